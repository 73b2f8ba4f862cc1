"""Proofs of possession: who shows a token also shows that she has the key it is bound to.

Spec: RFC 9449
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from idp_federation.federation.errors import InvalidJwt
from idp_federation.federation.jwt import (
    KINDS_OF_KEY,
    Jwk,
    read_json,
    read_keys,
    unverified_claims,
)
from idp_federation.oidc.errors import InvalidDpopProof, InvalidToken, UseDpopNonce
from idp_federation.oidc.jwt import LEEWAY, instant, text
from idp_federation.oidc.opaque import is_ours, signed
from kit.json import JsonObject
from kit.jwt import bears_signature, thumbprint

TYP = "dpop+jwt"
ALGORITHMS = tuple(KINDS_OF_KEY)
NONCE_FOR = timedelta(minutes=2)
_MAX_BYTES = 8192
_MAX_JTI = 256
_HEADER = frozenset({"typ", "alg", "jwk", "kid"})
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedProof:
    """A proof as a request brings it, and what it has to be for."""

    jwt: str
    method: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof that counts, if it is the first of its name.

    Args:
        jkt: the thumbprint of its key.
        jti: its name.
        ath: the digest of the access token that it goes with, where there is one.
        issued_at: when it was made.
        expires_at: when no copy of it would count any more.
    """

    jkt: str
    jti: str
    ath: str | None
    issued_at: datetime
    expires_at: datetime


def read_proof(
    presented: PresentedProof,
    *,
    now: datetime,
    lifetime: timedelta,
    nonce_key: bytes,
    nonce_needed: bool,
) -> Proof:
    """Believe a proof: its key has signed it, for this request, just now.

    Spec: RFC 9449 §4.3
    Raises:
        UseDpopNonce: it has no nonce of ours, or an old one.
        InvalidDpopProof: it does not count.
    """
    key, claims = _signed_by(presented.jwt)
    if claims.get("htm") != presented.method or not _is_same(claims.get("htu"), presented.url):
        raise InvalidDpopProof("DPoP proof is for another request: htm or htu differ")
    jti, issued_at = text(claims, "jti"), instant(claims, "iat")
    if jti is None or len(jti) > _MAX_JTI or issued_at is None:
        raise InvalidDpopProof(f"DPoP proof has no iat, or no jti of at most {_MAX_JTI} characters")
    if not now - lifetime <= issued_at <= now + LEEWAY:
        raise InvalidDpopProof("DPoP proof was not made just now by its iat")
    nonce = text(claims, "nonce")
    if (nonce is not None or nonce_needed) and not _is_fresh(nonce, nonce_key, now):
        raise UseDpopNonce("DPoP proof needs the nonce of the header DPoP-Nonce")
    return Proof(
        jkt=thumbprint(key),
        jti=jti,
        ath=text(claims, "ath"),
        issued_at=issued_at,
        expires_at=issued_at + lifetime,
    )


def require_binding(proof: Proof, *, token: str, jkt: str) -> None:
    """See that a proof goes with an access token and comes from the key that it is bound to.

    Spec: RFC 9449 §7.1
    Raises:
        InvalidDpopProof: it goes with another token.
        InvalidToken: it comes from another key.
    """
    expected = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode()
    if proof.ath is None or not hmac.compare_digest(
        proof.ath.encode("utf-8", "surrogatepass"), expected.rstrip("=").encode()
    ):
        raise InvalidDpopProof("DPoP proof goes with another access token: ath differs")
    if proof.jkt != jkt:
        raise InvalidToken("Access token is bound to another key than the proof's")


def new_nonce(key: bytes, now: datetime) -> str:
    """Make a nonce that every process of the platform knows again for two minutes.

    Spec: RFC 9449 §8
    """
    return signed(str(int(now.timestamp())), key)


def _is_fresh(nonce: str | None, key: bytes, now: datetime) -> bool:
    if nonce is None or not is_ours(nonce, key):
        return False
    made_s = int(nonce.partition(".")[0])
    return -LEEWAY.total_seconds() <= now.timestamp() - made_s <= NONCE_FOR.total_seconds()


def _signed_by(jwt: str) -> tuple[Jwk, JsonObject]:
    """Check the signature by the key inside, as only proofs are checked."""
    if len(jwt) > _MAX_BYTES:
        raise InvalidDpopProof(f"DPoP proof has more than {_MAX_BYTES} bytes")
    try:
        claims = unverified_claims(jwt)
        first = jwt.partition(".")[0]
        padded = first + "=" * (-len(first) % 4)
        header = read_json(base64.urlsafe_b64decode(padded), what="DPoP proof's header")
        key = _key(header)
    except (InvalidJwt, ValueError) as wrong:
        raise InvalidDpopProof(f"DPoP proof cannot be read: {wrong}") from None
    if not bears_signature(jwt, key):
        raise InvalidDpopProof("DPoP proof does not bear the signature of its key")
    return key, claims


def _key(header: JsonObject) -> Jwk:
    alg, key = header.get("alg"), header.get("jwk")
    if header.get("typ") != TYP or header.keys() - _HEADER:
        raise ValueError(f"its header is not of typ {TYP}, or has more than alg and jwk")
    if not isinstance(alg, str) or alg not in KINDS_OF_KEY or not isinstance(key, dict):
        raise ValueError("its header has no jwk, or no asymmetric alg")
    kind, curve = KINDS_OF_KEY[alg]
    read_keys({"keys": [{**key, "kid": "proof"}]}, what="DPoP proof")  # public ones only
    if key.get("kty") != kind or (curve is not None and key.get("crv") != curve):
        raise ValueError("its key is not for its alg")
    return key


def _is_same(told: object, url: str) -> bool:
    """Compare addresses without query and fragment (RFC 9449 §4.3, RFC 3986 §6.2.2)."""
    return isinstance(told, str) and _address(told) == _address(url)


def _address(url: str) -> tuple[str, str, int | None, str]:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return ("", "", None, url)
    return (parts.scheme, (parts.hostname or "").lower(), port, parts.path or "/")
