"""What a token costs a resource: believing it once, knowing it again, believing a DPoP proof.

    python -m loadtests.tokens

One process, no network and no database: CPU time per call, the median of several rounds.
"""

import hashlib
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import cast

from joserfc import jws
from joserfc.jwk import ECKey
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp_federation import TokenVerifier, VerifiedToken
from idp_federation.federation.jwt import JwkSet
from idp_federation.oidc.access_token import TYP, claims_of, read_access_token
from idp_federation.oidc.dpop import PresentedProof, read_proof
from joint_use import Levels, TenantCache, TenantStore
from kit.db import Database, Databases
from kit.json import JsonObject
from kit.jwt import new_signing_key, sign
from kit.listen import Listener
from loadtests.cpu import microseconds
from renkei.auditing import assemble_audit
from renkei.enforcement import Enforcement, Gate
from renkei.identity import assemble_identity
from renkei.settings import load

ISSUER, ANCHOR, URL = "https://op.example", "trust.example", "https://op.example/ngsi-ld/v1"


def a_token(now: datetime) -> VerifiedToken:
    """Make a resident's token."""
    return VerifiedToken(
        issuer=ISSUER,
        subject="s" * 43,
        client="facility-booking",
        tenant="sapporo",
        audience=(URL,),
        scope=frozenset({"openid", "read"}),
        issued_at=now,
        expires_at=now + timedelta(minutes=5),
        jti="j" * 43,
        gid="g" * 43,
        sid="i" * 43,
        levels=Levels(2, 2),
        auth_time=now,
        amr=frozenset({"pwd", "otp"}),
    )


def a_proof(now: datetime) -> str:
    """Make a DPoP proof."""
    key = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": key.as_dict(private=False)}
    claims = f'{{"jti":"j","htm":"GET","htu":"{URL}","iat":{int(now.timestamp())}}}'
    registry = jws.JWSRegistry(strict_check_header=False)
    return jws.serialize_compact(header, claims.encode(), key, registry=registry)


def a_verifier() -> TokenVerifier:
    """Make what a resource asks; nothing is connected."""
    given: JsonObject = {"idp_federation": {"key": "A" * 43, "issuer": ISSUER, "anchor": ANCHOR}}
    control, databases = Database("main", "renkei"), Databases([])
    settings, listener = load(given), Listener(databases, control)
    audit = assemble_audit(settings, databases, control).lane
    tenants = TenantCache(TenantStore(databases, control), absent_s=1)
    identity = assemble_identity(settings, databases, control, listener, audit, tenants)
    return identity.verifier


def a_request(verifier: TokenVerifier, token: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """Make what lets a request with a known token through the middleware, and without it."""
    gate = Gate(
        verifier=verifier, issuer=ISSUER, anchor=ANCHOR, operator_token="o" * 43, nonce=lambda: ""
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        del message

    def through(door: ASGIApp) -> Callable[[], None]:
        def act() -> None:
            scope: Scope = {
                "type": "http",
                "method": "GET",
                "path": "/ngsi-ld/v1/entities/urn:e:1",
                "headers": [
                    (b"accept", b"application/json"),
                    (b"authorization", b"Bearer " + token.encode()),
                ],
            }
            try:
                cast(Coroutine[None, None, None], door(scope, receive, send)).send(None)
            except StopIteration:
                return

        return act

    return through(Enforcement(app, gate)), through(app)


def main() -> None:
    """Measure and print."""
    now, key = datetime.now(UTC), new_signing_key()
    keys = JwkSet({key.kid: key.public})
    claims = claims_of(a_token(now), ANCHOR)
    token = sign(claims, key, typ=TYP)
    proof = PresentedProof(jwt=a_proof(now), method="GET", url=URL)

    def believe() -> object:
        return read_access_token(token, keys, issuer=ISSUER, anchor=ANCHOR, now=now)

    def prove() -> object:
        lifetime = timedelta(minutes=1)
        return read_proof(
            proof, now=now, lifetime=lifetime, nonce_key=b"k" * 32, nonce_needed=False
        )

    verifier = a_verifier()
    verifier._remember(hashlib.sha256(token.encode()).digest(), a_token(now))  # noqa: SLF001 - what `verify` does at the end
    asked, bare = a_request(verifier, token)
    print(f"the middleware, known  {microseconds(asked) - microseconds(bare):7.1f} µs")
    print(f"know a token again     {microseconds(lambda: verifier.known(token)):7.1f} µs")
    print(f"make an access token   {microseconds(lambda: sign(claims, key, typ=TYP)):7.1f} µs")
    print(f"believe an access token{microseconds(believe):7.1f} µs")
    print(f"believe a DPoP proof   {microseconds(prove):7.1f} µs")


if __name__ == "__main__":
    main()
