"""Providers that people sign in at: oidc-provider on Node, and browsers that go there and back."""

import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import pytest

from kit.json import JsonObject, JsonValue
from tests.integration.idp_federation.people import CALLBACK, Op, RelyingParty, claims_in, handed_to

COUNTERPARTS = Path(__file__).parents[2] / "counterparts"
NODE = shutil.which("node")

needs_oidc_provider = [
    pytest.mark.skipif(NODE is None, reason="Node is not here"),
    pytest.mark.skipif(
        not (COUNTERPARTS / "node_modules" / "oidc-provider").is_dir(),
        reason="oidc-provider is not here: `npm ci` in tests/counterparts brings it",
    ),
]


@dataclass(frozen=True, kw_only=True)
class OidcProvider:
    """A provider of others: a process with oidc-provider."""

    issuer: str
    http: httpx2.Client

    def next_sign_in(self, **script: JsonValue) -> None:
        """Say how the next person signs in there, and what a forger makes of it."""
        self._control("script", script)

    def rotate(self) -> None:
        """Let it sign with a new key, and publish no other."""
        self._control("rotate", {})

    @property
    def seen(self) -> JsonObject:
        """What it was asked so far."""
        return self._control("seen", {})

    def _control(self, what: str, body: JsonObject) -> JsonObject:
        answer = self.http.post(f"{self.issuer}/control/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return cast(JsonObject, answer.json())


@contextmanager
def oidc_provider(http: httpx2.Client) -> Iterator[OidcProvider]:
    """Run oidc-provider for as long as it is needed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [str(NODE), "upstream_provider.mjs", str(port)],
        cwd=COUNTERPARTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "listening\n"
        yield OidcProvider(issuer=f"http://127.0.0.1:{port}", http=http)
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A provider as it is registered at a platform, and the platform there."""

    op: Op
    provider: OidcProvider
    id: str

    def change(self, **members: JsonValue) -> httpx2.Response:
        """Change the registration as an operator does."""
        return self.op.admin("PATCH", f"/providers/{self.id}", members)

    @property
    def shown(self) -> JsonObject:
        """The registration as an operator sees it."""
        return cast(JsonObject, self.op.admin("GET", f"/providers/{self.id}").json())

    @property
    def url(self) -> str:
        return self.op.endpoint(f"upstream/{self.id}")


def registered(op: Op, provider: OidcProvider, **given: JsonValue) -> Registered:
    """Register a provider at a platform, and the platform at the provider."""
    name, method = f"up-{secrets.token_hex(4)}", str(given.pop("method", "private_key_jwt"))
    callback = op.endpoint(f"upstream/{name}")
    wanted: JsonObject = {
        "redirect_uris": [f"{callback}/callback"],
        "backchannel_logout_uri": f"{callback}/backchannel-logout",
        "backchannel_logout_session_required": True,
        "token_endpoint_auth_method": method,
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "scope": "openid profile name address birthdate gender sign",
        "id_token_signed_response_alg": str(given.pop("alg", "ES256")),
        "jwks_uri": f"{callback}/jwks" if method == "private_key_jwt" else None,
    }
    if given.pop("signed_userinfo", False):
        wanted["userinfo_signed_response_alg"] = "ES256"
    made = provider.http.post(
        f"{provider.issuer}/reg", json={k: v for k, v in wanted.items() if v is not None}
    )
    assert made.status_code == 201, made.text
    told = made.json()
    answer = op.admin(
        "POST",
        "/providers",
        {
            "id": name,
            "name": "認証事業者",
            "name#en": "Provider",
            "issuer": provider.issuer,
            "client_id": told["client_id"],
            "client_secret": told.get("client_secret"),
            "token_endpoint_auth_method": method,
            **given,
        },
    )
    assert answer.status_code == 201, answer.text
    return Registered(op=op, provider=provider, id=name)


@dataclass(kw_only=True)
class Person:
    """Somebody with a browser: keeps cookies, and follows where she is sent."""

    app: RelyingParty
    jars: dict[str, dict[str, str]] = field(default_factory=dict)

    def get(self, url: str, params: dict[str, str] | None = None) -> httpx2.Response:
        """Follow one link."""
        return self._send("GET", url, params=params)

    def post(self, url: str, form: dict[str, str]) -> httpx2.Response:
        """Send a form."""
        return self._send("POST", url, form=form)

    def _send(
        self,
        method: str,
        url: str,
        *,
        params: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
    ) -> httpx2.Response:
        jar = self.jars.setdefault(_origin(url), {})
        cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
        answer = self.app.op.http.request(
            method, url, params=params, data=form, headers={"cookie": cookie} if cookie else {}
        )
        for name, value in answer.cookies.items():
            jar[name] = value
        return answer

    def asked(self, **more: str | None) -> str:
        """Come to the service, and be sent to a page; answers with the interaction."""
        self.app.cookies = self.jars.setdefault(self.app.op.url, {})
        _, interaction = handed_to(self.app.ask("v" * 43, **more))
        return interaction

    def sent(self, there: Registered, interaction: str) -> str:
        """Choose a provider on the page; answers with where she is sent."""
        answer = self.get(f"{there.url}/begin", {"interaction": interaction})
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def walked(self, url: str) -> str:
        """Go through the provider's own steps; answers with the address that leads back."""
        for _ in range(8):
            answer = self.get(url)
            assert answer.status_code in (302, 303), answer.text
            url = urljoin(url, answer.headers["location"])
            if "/callback" in url:
                return url
        raise AssertionError(url)

    def signs_in(self, there: Registered, **more: str | None) -> httpx2.Response:
        """Go the whole way to where the platform takes her back."""
        return self.get(self.walked(self.sent(there, self.asked(**more))))

    def goes_on(self, answer: httpx2.Response) -> dict[str, str]:
        """Follow the platform until it sends her to the service; answers with what it says."""
        for _ in range(4):
            assert answer.status_code == 303, answer.text
            location = answer.headers["location"]
            if location.startswith(CALLBACK):
                return {name: one[0] for name, one in parse_qs(urlsplit(location).query).items()}
            answer = self.get(location)
        raise AssertionError(answer.headers["location"])

    def signed_in(self, there: Registered, **more: str | None) -> JsonObject:
        """Sign in, and let the service redeem its code; answers with what it got."""
        told = self.goes_on(self.signs_in(there, **more))
        assert "code" in told, told
        given = self.app.redeem(told["code"])
        assert given.status_code == 200, given.text
        return cast(JsonObject, given.json())

    def tokens(self, there: Registered, **more: str | None) -> JsonObject:
        """Sign in; answers with the claims of the service's ID token."""
        return claims_in(str(self.signed_in(there, **more)["id_token"]))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
