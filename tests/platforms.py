"""A platform in this process, served over HTTP on a free port, for tests that are its clients."""

import asyncio
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import uvicorn

from kit.json import JsonObject, JsonValue
from renkei.app import create_app, prepare
from renkei.instance import Instance
from renkei.settings import Settings, load
from tests import asking

NGSI_LD = "/ngsi-ld/v1"
LINK = '<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


def settings_of(data: Path, admin_dsn: str, **more: JsonValue) -> Settings:
    """Settings of a platform whose databases have names of their own on a shared server.

    It asks nobody for a token, unless a test says so.
    """
    unique = secrets.token_hex(4)
    together: JsonObject = {
        "control_database": f"test_{unique}_control",
        "placing": {
            "shared_database": f"test_{unique}_shared",
            "separated_prefix": f"test_{unique}_tenant_",
        },
        "audit": {"sign_s": 2.0},
    }
    return load(
        {
            "data": str(data),
            "database_url": admin_dsn,
            "egress_allow": "127.0.0.0/8",
            "joint_use": together,
            "auth": "off",
            "api_catalog": {"looks": {"part": 1.0}},  # a session makes many tenants in minutes
            **more,
        }
    )


@contextmanager
def served(settings: Settings, port: int = 0) -> Iterator[str]:
    """Prepare and serve a platform in a thread of its own; answers with its address."""
    asyncio.run(prepare(settings))
    listener = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(
        create_app(settings),
        lifespan="on",
        log_config=None,
        http="httptools",
        ws="none",
        ssl_certfile=settings.tls.certificate,
        ssl_keyfile=settings.tls.key,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: server.run([listener]), daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(0.01)
        port = listener.getsockname()[1]
        is_secure = settings.tls.certificate is not None
        yield f"https://localhost:{port}" if is_secure else f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


@dataclass(frozen=True, kw_only=True)
class Client:
    """A client of one tenant: paths are those behind /ngsi-ld/v1."""

    url: str
    tenant: str
    http: httpx2.Client

    def send(
        self,
        method: str,
        path: str,
        body: JsonValue = None,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx2.Response:
        """Send one request; a body is JSON, and JSON-LD where it (or its first item) says so."""
        sent = {"NGSILD-Tenant": self.tenant, **(headers or {})}
        first = body[0] if isinstance(body, list) and body else body
        if isinstance(first, dict) and "@context" in first:
            sent.setdefault("Content-Type", "application/ld+json")
        if body is None:
            return self.http.request(
                method, self.url + NGSI_LD + path, params=params, headers=sent, content=content
            )
        return self.http.request(
            method, self.url + NGSI_LD + path, params=params, headers=sent, json=body
        )

    def get(self, path: str, **params: str) -> httpx2.Response:
        """GET with parameters."""
        return self.send("GET", path, params=params or None)

    def create(self, entity: JsonObject) -> None:
        """Create an entity that must be accepted."""
        answer = self.send("POST", "/entities", entity)
        assert answer.status_code == 201, answer.text


def make_tenant(url: str, settings: Settings, storage: str = "shared") -> str:
    """Make a tenant of the test's own; answers with its name."""
    name = f"t_{secrets.token_hex(6)}"
    token = Instance(settings.data).operator_token()
    answer = asking.post(
        f"{url}/admin/tenants",
        json={"name": name, "storage": storage},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    assert answer.status_code == 201, answer.text
    return name
