"""A platform's OpenID Provider as its clients and browsers meet it, for tests."""

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc import jws
from joserfc.jwk import ECKey

from idp_federation import Account, Consent, Held, NewSession, SignedIn, begin_session
from joint_use import Levels, TenantCache, TenantStore
from kit.db import Database
from kit.json import JsonObject, JsonValue
from kit.listen import Listener
from renkei.auditing import assemble_audit
from renkei.identity import Identity, assemble_identity
from renkei.instance import Instance
from renkei.servers import MAIN, open_databases
from renkei.settings import Settings

CALLBACK = "https://app.example/callback"
ANCHOR = "trust.example"
LEVELS_2_2 = f"https://{ANCHOR}/acr/ial2/aal2"


@dataclass(frozen=True, kw_only=True)
class Person:
    """A resident with an account, and what she holds when she signs in."""

    account: str
    tenant: str
    levels: Levels


@dataclass(frozen=True, kw_only=True)
class ClientKey:
    """A key pair of a client's."""

    key: ECKey

    @classmethod
    def new(cls) -> "ClientKey":
        return cls(key=ECKey.generate_key("P-256", private=True, auto_kid=True))

    @property
    def public(self) -> JsonObject:
        return cast(JsonObject, self.key.as_dict(private=False))

    @property
    def jwks(self) -> JsonObject:
        return {"keys": [{**self.public, "alg": "ES256", "use": "sig"}]}

    def sign(self, claims: Mapping[str, JsonValue], **header: JsonValue) -> str:
        protected = {"alg": "ES256", "kid": self.key.kid, **header}
        protected = {name: value for name, value in protected.items() if value is not None}
        registry = jws.JWSRegistry(strict_check_header=False)
        return jws.serialize_compact(
            protected, json.dumps(claims).encode(), self.key, registry=registry
        )


@dataclass(kw_only=True)
class Op:
    """An OpenID Provider at an address, and the inside of it for what pages would do."""

    url: str
    settings: Settings
    http: httpx2.Client

    @property
    def identity(self) -> "InsideOut":
        return InsideOut(self.settings)

    def endpoint(self, place: str) -> str:
        return f"{self.url}/identity/v1/{place}"

    def register(self, **metadata: JsonValue) -> "RelyingParty":
        """Register a client as an operator does."""
        key = ClientKey.new()
        given: JsonObject = {
            "client_id": f"app-{secrets.token_hex(4)}",
            "client_name": "施設予約",
            "purpose": "施設の予約",
            "tenants": ["default"],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": key.jwks,
            "grant_types": ["authorization_code", "refresh_token"],
            "redirect_uris": [CALLBACK],
            "scope": "openid profile email offline_access read write",
            "resources": [f"{self.url}/ngsi-ld/v1"],
            "consent_required": False,
            **metadata,
        }
        given = {name: value for name, value in given.items() if value is not None}
        answer = self.admin("POST", "/clients", given)
        assert answer.status_code == 201, answer.text
        told = answer.json()
        return RelyingParty(
            op=self, id=told["client"]["client_id"], key=key, secret=told["client_secret"]
        )

    def admin(self, method: str, path: str, body: JsonValue = None) -> httpx2.Response:
        token = Instance(self.settings.data).operator_token()
        return self.http.request(
            method,
            f"{self.url}/admin/identity{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
        )


class InsideOut:
    """Does what the sign-in and consent pages do: through the same front door, in this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def open_account(
        self,
        tenant: str = "default",
        *,
        levels: Levels | None = None,
        verified: tuple[JsonObject, ...] = (),
    ) -> Person:
        account = Account(
            id=secrets.token_hex(8),
            tenant=tenant,
            claims={"name": "札幌 花子", "birthdate": "1990-04-01", "email": "h@example.jp"},
            verified_claims=verified,
        )
        self._run(lambda identity: identity.accounts.add(account, datetime.now(UTC)))
        return Person(account=account.id, tenant=tenant, levels=levels or Levels(2, 2))

    def sign_in(self, person: Person, **more: object) -> NewSession:
        now = datetime.now(UTC)
        held = Held(levels=person.levels, valid_until=now + timedelta(hours=8))
        signed_in = SignedIn(
            account=person.account,
            tenant=person.tenant,
            held=held,
            amr=frozenset({"pwd", "otp"}),
            auth_time=now,
        )
        signed_in = replace(signed_in, **more)  # type: ignore[arg-type]  # a test names fields
        made: list[NewSession] = []

        async def begin(identity: Identity) -> None:
            made.append(await begin_session(identity.provider, signed_in, agent="test"))

        self._run(begin)
        return made[0]

    def consent(self, person: Person, client: str, scope: str, *claims: str) -> None:
        consent = Consent(
            account=person.account,
            client=client,
            scope=frozenset(scope.split()),
            claims=frozenset(claims),
            purpose="施設の予約",
            given_at=datetime.now(UTC),
        )
        self._run(lambda identity: identity.consents.give(consent))

    def _run(self, act: Callable[[Identity], Awaitable[None]]) -> None:
        async def run() -> None:
            control = Database(MAIN, self._settings.joint_use.control_database)
            async with open_databases(self._settings) as databases:
                listener = Listener(databases, control)
                audit = assemble_audit(self._settings, databases, control).lane
                tenants = TenantCache(TenantStore(databases, control), absent_s=1)
                settings = self._settings
                await act(assemble_identity(settings, databases, control, listener, audit, tenants))

        asyncio.run(run())


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What the token endpoint gave."""

    answer: JsonObject

    def __getitem__(self, name: str) -> str:
        return str(self.answer[name])

    def claims(self, name: str = "access_token") -> JsonObject:
        return claims_in(self[name])


@dataclass(kw_only=True)
class RelyingParty:
    """A client: code with PKCE, private_key_jwt, and what a test wants otherwise."""

    op: Op
    id: str
    key: ClientKey
    secret: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)

    def browse(self, session: NewSession) -> None:
        """Let the browser hold a session's cookie."""
        tenant = session.session.signed_in.tenant
        self.cookies[f"renkei_session_{tenant}"] = session.cookie

    def ask(self, verifier: str, **more: str | None) -> httpx2.Response:
        """Send a browser to the authorization endpoint."""
        challenge = base64url(hashlib.sha256(verifier.encode()).digest())
        asked = {
            "client_id": self.id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile read",
            "state": "s-1",
            "nonce": "n-1",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **more,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        return self.visit(self.op.endpoint("authorize"), given)

    def visit(self, url: str, params: Mapping[str, str] | None = None) -> httpx2.Response:
        """Follow a link in the browser, keeping the cookies that it is given."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.op.http.get(url, params=params, headers={"cookie": cookie} if cookie else {})
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        return answer

    def code(self, **more: str | None) -> str:
        """Get a code without anybody being asked."""
        told = answered(self.ask("v" * 43, **more))
        assert "code" in told, told
        return told["code"]

    def assertion(self, **more: JsonValue) -> str:
        now = int(time.time())
        claims: JsonObject = {
            "iss": self.id,
            "sub": self.id,
            "aud": self.op.url,
            "jti": secrets.token_hex(8),
            "iat": now,
            "exp": now + 60,
            **more,
        }
        return self.key.sign(claims)

    def post(
        self,
        place: str,
        form: Mapping[str, str],
        *,
        assertion: str | None = None,
        dpop: str | None = None,
    ) -> httpx2.Response:
        """Call an endpoint as a client that proves who it is."""
        sent = {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion or self.assertion(),
            **form,
        }
        headers = {} if dpop is None else {"DPoP": dpop}
        return self.op.http.post(self.op.endpoint(place), data=sent, headers=headers)

    def redeem(self, code: str, verifier: str = "v" * 43, **more: str) -> httpx2.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": verifier,
            **more,
        }
        return self.post("token", form)

    def tokens(self, **more: str | None) -> Tokens:
        """Go the whole way."""
        answer = self.redeem(self.code(**more))
        assert answer.status_code == 200, answer.text
        return Tokens(answer=answer.json())

    def refresh(self, token: str, **more: str) -> httpx2.Response:
        return self.post("token", {"grant_type": "refresh_token", "refresh_token": token, **more})

    def introspect(self, token: str) -> JsonObject:
        answer = self.post("introspect", {"token": token})
        assert answer.status_code == 200, answer.text
        return cast(JsonObject, answer.json())

    def userinfo(self, token: str) -> httpx2.Response:
        return self.op.http.get(
            self.op.endpoint("userinfo"), headers={"Authorization": f"Bearer {token}"}
        )

    def proof(self, method: str, url: str, **more: JsonValue) -> str:
        """Make a DPoP proof with the client's key; header members by `header`."""
        claims: JsonObject = {
            "jti": secrets.token_hex(8),
            "htm": method,
            "htu": url,
            "iat": int(time.time()),
            **more,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return self.key.sign(claims, typ="dpop+jwt", jwk=self.key.public, kid=None)


def answered(answer: httpx2.Response) -> dict[str, str]:
    """Read what a redirection to the client carries."""
    assert answer.status_code == 303, answer.text
    location = answer.headers["location"]
    assert location.startswith(CALLBACK), location
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def handed_to(answer: httpx2.Response) -> tuple[str, str]:
    """Read to which page somebody is sent, and with which interaction."""
    assert answer.status_code == 303, answer.text
    parts = urlsplit(answer.headers["location"])
    return parts.path.rpartition("/")[2], parse_qs(parts.query)["interaction"][0]


def claims_in(token: str) -> JsonObject:
    payload = token.split(".")[1]
    return cast(JsonObject, json.loads(base64.urlsafe_b64decode(payload + "==")))


def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
