"""Platforms that are members of one federation, each served over TLS in this process, for tests."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from kit.http import new_tls_context
from kit.json import JsonObject, JsonValue
from renkei.cli import assemble
from renkei.commands.platform import Platform
from renkei.instance import Instance
from renkei.settings import Settings
from tests import asking
from tests.platforms import served, settings_of

WELL_KNOWN = "/.well-known/openid-federation"
ANCHOR = "localhost"
FRAMEWORK = f"https://{ANCHOR}/tf/area-data"
MAP: JsonObject = {
    "version": 1,
    "acr": {
        f"https://{ANCHOR}/acr/ial{proofing}/aal{authentication}": authentication
        for proofing in (1, 2, 3)
        for authentication in (1, 2, 3)
    },
    "proofing": [
        {
            "trust_framework": FRAMEWORK,
            "assurance_level": f"ial{level}",
            "evidence": ["document"],
            "ial": level,
        }
        for level in (2, 3)
    ],
    "max_ial": 3,
    "max_aal": 3,
}
"""What the prefecture attests of a city: its words mean what they say."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """A platform of a federation, and who operates it."""

    url: str
    settings: Settings
    http: httpx2.Client
    authority: Path

    @property
    def platform(self) -> Platform:
        token = Instance(self.settings.data).operator_token()
        return Platform(url=self.url, operator_token=token, ca_file=self.authority)

    def admin(
        self, method: str, path: str, body: JsonValue = None, **params: str
    ) -> httpx2.Response:
        return self.http.request(
            method,
            f"{self.url}/admin/federation{path}",
            json=body,
            params=params,
            headers={"Authorization": f"Bearer {self.platform.operator_token}"},
        )

    def run(self, *words: str, stdin: str | None = None) -> str:
        """Run a command of `renkei federation` as the platform's operator."""
        with pytest.MonkeyPatch.context() as patched:
            for part in ("federation", "federation_marks", "federation_peers"):
                patched.setattr(f"renkei.commands.{part}.find_platform", lambda *_: self.platform)
            told = CliRunner().invoke(
                assemble("federation"), ["federation", *words], input=stdin, env={"COLUMNS": "250"}
            )
        if told.exception is not None:
            raise told.exception
        return told.output

    def configuration(self) -> str:
        """What the command prints, without what this process logs meanwhile."""
        printed = self.run("configuration").split()
        return next(word for word in printed if word.startswith("ey") and word.count(".") == 2)

    def get(self, path: str, **params: str) -> httpx2.Response:
        return self.http.get(f"{self.url}{path}", params=params or None)

    def below(self, superior: "Member", role: str = "leaf", **terms: JsonValue) -> None:
        """Join a federation below somebody, who takes it in, and trust the anchor at its top."""
        self.run("init", role, "--superior", superior.url, "--name", "市", "--name-en", "City")
        given: JsonObject = {"configuration": self.configuration(), "terms": {**terms}}
        answer = superior.admin("POST", "/subordinates", given)
        assert answer.status_code == 201, answer.text


@contextmanager
def serving(
    directory: Path, admin_dsn: str, authority: Path, http: httpx2.Client, **more: JsonValue
) -> Iterator[Member]:
    """Serve a platform over TLS; its identifier is its address on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    data = directory / secrets.token_hex(4)
    settings = settings_of(
        data,
        admin_dsn,
        tls={
            "certificate": str(authority.with_name("cert.pem")),
            "key": str(authority.with_name("key.pem")),
        },
        auth="on",
        egress_ca_file=str(authority),
        idp_federation={"issuer": f"https://localhost:{port}", "anchor": "localhost"},
        **more,
    )
    with served(settings, port) as url:
        yield Member(url=url, settings=settings, http=http, authority=authority)


def tls_client(authority: Path) -> httpx2.Client:
    """Make connections that are closed at once: a server that stops waits for those over TLS."""
    return asking.client(
        timeout=30,
        follow_redirects=False,
        trust_env=False,
        verify=new_tls_context(authority),
        limits=httpx2.Limits(max_keepalive_connections=0),
    )
