"""Access tokens as JWTs: bound to one tenant, to services, and perhaps to a key.

Beside the specification's claims there are `tenant`, `proofs` (what is proven beside levels),
`gid` (the grant that it comes from) and `src` (who vouches for the sign-in, where it is not this
platform).

Spec: RFC 9068
"""

from dataclasses import dataclass, replace
from datetime import datetime

from idp_federation.assurance.acr import acr_of, levels_of
from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.levels import LOWEST
from idp_federation.federation.jwt import JwkSet
from idp_federation.oidc.errors import InvalidToken
from idp_federation.oidc.jwt import Expected, instant, read_signed, seconds, text, texts
from joint_use import Levels
from kit.json import JsonObject, JsonValue

TYP = "at+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedToken:
    """An access token that counts, as a resource reads it.

    Args:
        issuer: who made it.
        subject: whom the client knows the person as; the client itself where it acts alone.
        client: who was given it.
        tenant: the one tenant that it is for.
        audience: the services that it is for.
        scope: what it allows.
        issued_at: since when.
        expires_at: until when.
        jti: its own name.
        gid: the grant that it comes from; revoking that one revokes it.
        sid: the session that it comes from, if any.
        levels: what the person holds; the lowest where nobody signed in.
        proofs: what is proven beside levels.
        auth_time: when she signed in.
        amr: how.
        source: who vouches for the sign-in, where it is not this platform.
        jkt: the thumbprint of the key that it is bound to; None: whoever has it may use it.
        actor: who acts for the subject (RFC 8693 §4.1).
    """

    issuer: str
    subject: str
    client: str
    tenant: str
    audience: tuple[str, ...]
    scope: frozenset[str]
    issued_at: datetime
    expires_at: datetime
    jti: str
    gid: str
    sid: str | None = None
    levels: Levels = LOWEST
    proofs: frozenset[Proof] = frozenset()
    auth_time: datetime | None = None
    amr: frozenset[str] = frozenset()
    source: str | None = None
    jkt: str | None = None
    actor: JsonObject | None = None

    @property
    def is_person(self) -> bool:
        """Whether a person signed in, rather than a client acting in its own name."""
        return self.auth_time is not None

    @property
    def names(self) -> tuple[str, ...]:
        """By which names it can be withdrawn."""
        known = [f"token:{self.jti}", f"grant:{self.gid}", f"client:{self.client}"]
        if self.sid is not None:
            known.append(f"session:{self.sid}")
        if self.source is not None:
            known.append(f"source:{self.source}")
        return tuple(known)

    def lowered(self) -> "VerifiedToken":
        """Answer with the same token at the lowest levels."""
        return replace(self, levels=LOWEST, proofs=frozenset())


def claims_of(token: VerifiedToken, anchor: str) -> JsonObject:
    """Write an access token's claims.

    Spec: RFC 9068 §2.2; RFC 9449 §6.1
    """
    claims: dict[str, JsonValue] = {
        "iss": token.issuer,
        "sub": token.subject,
        "aud": [*token.audience],
        "client_id": token.client,
        "tenant": token.tenant,
        "scope": " ".join(sorted(token.scope)),
        "iat": seconds(token.issued_at),
        "exp": seconds(token.expires_at),
        "jti": token.jti,
        "gid": token.gid,
    }
    if token.auth_time is not None:
        claims["auth_time"] = seconds(token.auth_time)
        claims["acr"] = acr_of(token.levels, anchor)
        claims["amr"] = [*sorted(token.amr)]
        claims["proofs"] = [*sorted(proof.value for proof in token.proofs)]
    optional: dict[str, JsonValue] = {
        "sid": token.sid,
        "src": token.source,
        "cnf": None if token.jkt is None else {"jkt": token.jkt},
        "act": token.actor,
    }
    return {**claims, **{name: value for name, value in optional.items() if value is not None}}


def read_access_token(
    presented: str, keys: JwkSet, *, issuer: str, anchor: str, now: datetime
) -> VerifiedToken:
    """Believe an access token of this platform; whether it was withdrawn is not looked at.

    Spec: RFC 9068 §4
    Raises:
        InvalidToken: it does not count.
    """
    expected = Expected(
        what="Access token", refuse=InvalidToken, typ=(TYP,), issuer=issuer, audience=None
    )
    return _token(read_signed(presented, keys, expected, now).claims, anchor)


def _token(claims: JsonObject, anchor: str) -> VerifiedToken:
    confirmation, actor = claims.get("cnf"), claims.get("act")
    jkt = confirmation.get("jkt") if isinstance(confirmation, dict) else None
    if "cnf" in claims and not isinstance(jkt, str):
        raise InvalidToken("Access token is bound to something that is not understood")
    issued_at, expires_at = instant(claims, "iat"), instant(claims, "exp")
    if issued_at is None or expires_at is None:
        raise InvalidToken("Access token has no iat")
    auth_time = instant(claims, "auth_time")
    held = levels_of(text(claims, "acr"), anchor) if auth_time is not None else None
    known = {proof.value: proof for proof in Proof}
    return VerifiedToken(
        issuer=_required(claims, "iss"),
        subject=_required(claims, "sub"),
        client=_required(claims, "client_id"),
        tenant=_required(claims, "tenant"),
        audience=texts(claims.get("aud")),
        scope=frozenset(str(claims.get("scope", "")).split()),
        issued_at=issued_at,
        expires_at=expires_at,
        jti=_required(claims, "jti"),
        gid=_required(claims, "gid"),
        sid=text(claims, "sid"),
        levels=held or LOWEST,
        proofs=frozenset(known[one] for one in texts(claims.get("proofs")) if one in known),
        auth_time=auth_time,
        amr=frozenset(texts(claims.get("amr"))),
        source=text(claims, "src"),
        jkt=jkt if isinstance(jkt, str) else None,
        actor=actor if isinstance(actor, dict) else None,
    )


def _required(claims: JsonObject, name: str) -> str:
    value = text(claims, name)
    if value is None:
        raise InvalidToken(f"Access token has no text in {name}")
    return value
