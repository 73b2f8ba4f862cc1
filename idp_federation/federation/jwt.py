"""JWTs as federations send them: read, of the right kind, and signed by a key one knows.

Reading proves nothing. Who reads asks `check_signature` before believing a claim; the one thing
left to the caller is the arithmetic of the signature (`Verify`).
"""

import base64
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import NoReturn, TypeAlias

from idp_federation.federation.errors import InvalidJwt
from kit.json import JsonObject, JsonValue

MAX_BYTES = 262_144
MAX_DEPTH = 32
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
# A key that travels inside the JWT proves only that the sender has some key.
_KEYS_INSIDE = ("jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256")
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

KINDS_OF_KEY: Mapping[str, tuple[str, str | None]] = {
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "PS256": ("RSA", None),
    "PS384": ("RSA", None),
    "PS512": ("RSA", None),
    "RS256": ("RSA", None),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
"""The signing algorithms accepted, each with the `kty` and `crv` of its keys: asymmetric only."""

Jwk: TypeAlias = JsonObject
Verify: TypeAlias = Callable[[str, Jwk], bool]
"""Tells whether a compact JWS carries the signature of one key, by its header's algorithm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedJwt:
    """A compact JWS as received: read, not yet verified."""

    token: str
    typ: str | None
    alg: str
    kid: str
    header: JsonObject
    claims: JsonObject


@dataclass(frozen=True, slots=True)
class JwkSet:
    """Public signing keys, by their `kid`."""

    keys: Mapping[str, Jwk]

    def as_json(self) -> JsonObject:
        """Write the set as JSON."""
        return {"keys": list(self.keys.values())}


def read_jwt(token: str, *, typ: Collection[str | None]) -> SignedJwt:
    """Read a compact JWS of one of the kinds that are right in this place.

    Spec: RFC 7515 §3.1, RFC 8725 §3; OpenID Federation 1.0 §3.2
    Raises:
        InvalidJwt: it is no JWS, too large, of another kind, or its header is not acceptable.
    """
    first, second = _parts(token)
    header = read_json(first, what="JWT header")
    kind = header.get("typ")
    if (kind is not None and not isinstance(kind, str)) or kind not in typ:
        wanted = ", ".join(sorted(one for one in typ if one)) or "none"
        raise InvalidJwt(f"JWT has typ {kind!r}; right here would be {wanted}", where="typ")
    return SignedJwt(
        token=token,
        typ=kind,
        alg=_algorithm(header),
        kid=_key_id(header),
        header=header,
        claims=read_json(second, what="JWT"),
    )


def unverified_claims(token: str) -> JsonObject:
    """Look into a compact JWS of any kind; what is seen there is worth nothing yet.

    Raises:
        InvalidJwt: it is no JWS.
    """
    return read_json(_parts(token)[1], what="JWT")


def read_json(text: bytes, *, what: str) -> JsonObject:
    """Read a JSON object without doubled members, NaN, lone surrogates and deep nesting.

    Spec: RFC 8259 §4, RFC 7493
    Raises:
        InvalidJwt: it is none.
    """
    try:
        value = json.loads(text.decode(), object_pairs_hook=_object, parse_constant=_not_a_number)
    except (ValueError, RecursionError):
        raise InvalidJwt(f"{what} is not a JSON object with each member once") from None
    if not isinstance(value, dict):
        raise InvalidJwt(f"{what} is not a JSON object")
    _require_plain(value, what)
    return value


def read_keys(value: JsonValue, *, what: str) -> JwkSet:
    """Read a JWK Set: public keys only, each with a `kid` of its own.

    Spec: RFC 7517 §5; OpenID Federation 1.0 §3.1.1
    Raises:
        InvalidJwt: the set breaks a rule.
    """
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not keys:
        raise InvalidJwt(f"{what} is not a JWK Set with at least one key", where="jwks")
    found: dict[str, Jwk] = {}
    for key in keys:
        kid = key.get("kid") if isinstance(key, dict) else None
        if not isinstance(key, dict) or not isinstance(kid, str) or not kid:
            raise InvalidJwt(f"{what} has a key without kid", where="jwks")
        if kid in found:
            raise InvalidJwt(f"{what} has the kid {kid!r} twice", where="jwks")
        if not isinstance(key.get("kty"), str) or key["kty"] == "oct" or key.keys() & _PRIVATE:
            raise InvalidJwt(f"{what} has a key that is not a public one: {kid!r}", where="jwks")
        found[kid] = key
    return JwkSet(found)


def check_signature(jwt: SignedJwt, keys: JwkSet, verify: Verify, *, what: str) -> None:
    """See that a JWT is signed by the one key that its `kid` names.

    Spec: OpenID Federation 1.0 §3.2, RFC 8725 §3.1
    Raises:
        InvalidJwt: no key bears the kid, the key is not for the algorithm, the signature is wrong.
    """
    key = keys.keys.get(jwt.kid)
    if key is None:
        raise InvalidJwt(f"{what} is signed with the key {jwt.kid!r}, which is not known for it")
    if not _is_for(key, jwt.alg):
        raise InvalidJwt(f"{what} is signed by {jwt.alg}, which its key {jwt.kid!r} is not for")
    if not verify(jwt.token, key):
        raise InvalidJwt(f"{what} does not bear the signature of its key {jwt.kid!r}")


def _is_for(key: Jwk, alg: str) -> bool:
    kind, curve = KINDS_OF_KEY[alg]
    operations = key.get("key_ops", ["verify"])
    return (
        key.get("kty") == kind
        and (curve is None or key.get("crv") == curve)
        and key.get("alg", alg) == alg
        and key.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
    )


def _algorithm(header: JsonObject) -> str:
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in KINDS_OF_KEY:
        known = ", ".join(KINDS_OF_KEY)
        raise InvalidJwt(f"JWT has alg {alg!r}; accepted are {known}", where="alg")
    return alg


def _key_id(header: JsonObject) -> str:
    inside = [name for name in _KEYS_INSIDE if name in header]
    if inside:
        raise InvalidJwt(f"JWT brings its own key in {', '.join(inside)}", where=inside[0])
    if "crit" in header or "b64" in header:
        raise InvalidJwt("JWT header has critical parameters; understood are none", where="crit")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise InvalidJwt("JWT header has no kid", where="kid")
    return kid


def _parts(token: str) -> tuple[bytes, bytes]:
    """Decode header and claims of a compact JWS."""
    if len(token) > MAX_BYTES:
        raise InvalidJwt(f"JWT has {len(token)} bytes; accepted are {MAX_BYTES}")
    parts = _COMPACT.fullmatch(token)
    if parts is None:
        raise InvalidJwt("JWT is not a signed JWT; right are three parts of base64url with dots")
    return _decode(parts[1]), _decode(parts[2])


def _decode(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise InvalidJwt("JWT has a part that is not base64url") from None


def _object(pairs: Iterable[tuple[str, JsonValue]]) -> JsonObject:
    members: JsonObject = {}
    for name, value in pairs:
        if name in members:
            raise ValueError(name)
        members[name] = value
    return members


def _not_a_number(constant: str) -> NoReturn:
    raise ValueError(constant)


def _require_plain(value: JsonValue, what: str) -> None:
    """Refuse depth, infinite numbers and texts that are no Unicode, without recursion."""
    waiting: list[tuple[JsonValue, int]] = [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise InvalidJwt(f"{what} is nested deeper than {MAX_DEPTH}")
        if isinstance(one, dict):
            waiting.extend((name, depth) for name in one)
            waiting.extend((inner, depth + 1) for inner in one.values())
        elif isinstance(one, list):
            waiting.extend((inner, depth + 1) for inner in one)
        elif not _is_plain(one):
            raise InvalidJwt(f"{what} has a number or a text that JSON does not allow")


def _is_plain(value: JsonValue) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    return not isinstance(value, str) or not any("\ud800" <= char <= "\udfff" for char in value)
