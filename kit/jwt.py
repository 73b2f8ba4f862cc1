"""Signatures of JWTs and their keys, over joserfc: arithmetic alone.

Whether a JWT's header and claims are right is its reader's to say, who looks before this module is
asked: the algorithm comes from the header and is one of those listed here, never `none`, never one
with a shared secret.
"""

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from kit.json import JsonObject, JsonValue

Jwk: TypeAlias = JsonObject
_PublicKey: TypeAlias = ECKey | OKPKey | RSAKey

ALGORITHMS = ("ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "EdDSA", "Ed25519")
OWN_ALGORITHM = "ES256"
_MOST_BYTES = 262_144
_MOST_KEYS = 1024
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key pair of this platform.

    Args:
        kid: the thumbprint of the public half (RFC 7638).
        private: the whole key as JWK; never shown.
    """

    kid: str
    private: Jwk = field(repr=False)

    @property
    def public(self) -> Jwk:
        """The public half, as a JWKS tells it."""
        known = {name: self.private[name] for name in ("kty", "crv", "x", "y")}
        return {**known, "kid": self.kid, "alg": OWN_ALGORITHM, "use": "sig"}


def new_signing_key() -> SigningKey:
    """Make a key pair for ES256."""
    made = ECKey.generate_key("P-256", private=True, auto_kid=True)
    return SigningKey(kid=str(made.kid), private=cast(Jwk, made.as_dict(private=True)))


def derived_signing_key(secret: bytes) -> SigningKey:
    """Answer with the key pair for ES256 that belongs to a secret, each time the same.

    Args:
        secret: at least 48 random bytes, so that every key is as likely as any other.
    """
    number = int.from_bytes(secret, "big") % (_P256_ORDER - 1) + 1
    pem = ec.derive_private_key(number, ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    made = ECKey.import_key(pem)
    return SigningKey(kid=made.thumbprint(), private=cast(Jwk, made.as_dict(private=True)))


def sign(claims: Mapping[str, JsonValue], key: SigningKey, *, typ: str) -> str:
    """Write a JWT of one kind, signed with ES256.

    Spec: RFC 7515 §3.1, RFC 8725 §3.11
    """
    header = {"alg": OWN_ALGORITHM, "kid": key.kid, "typ": typ}
    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
    return jws.serialize_compact(header, payload, _private(_canonical(key.private)))


def bears_signature(token: str, key: Jwk) -> bool:
    """Tell whether a compact JWS carries the signature of one public key, by its header's alg."""
    try:
        jws.deserialize_compact(token, _public(_canonical(key)), registry=_REGISTRY)
    except (JoseError, ValueError, TypeError):
        return False
    return True


def thumbprint(key: Jwk) -> str:
    """Answer with the SHA-256 thumbprint of a key.

    Spec: RFC 7638 §3
    Raises:
        ValueError: it is no key.
    """
    try:
        return _public(_canonical(key)).thumbprint()
    except (JoseError, TypeError, KeyError) as error:
        raise ValueError(f"JWK is not a public key: {error}") from error


def left_half(value: str, alg: str = OWN_ALGORITHM) -> bytes:
    """Answer with the left half of a text's hash by an algorithm, of which at_hash is made.

    Spec: OpenID Connect Core 1.0 §3.1.3.6

    >>> len(left_half("token")), len(left_half("token", "ES384"))
    (16, 24)
    """
    bits = alg[2:] if alg[2:] in ("256", "384", "512") else "512"  # Ed25519 hashes with SHA-512
    digest = hashlib.new(f"sha{bits}", value.encode("ascii")).digest()
    return digest[: len(digest) // 2]


def _canonical(key: Jwk) -> str:
    return json.dumps(key, sort_keys=True)


class _Registry(jws.JWSRegistry):
    """What is taken; a header may hold a whole trust chain, and readers bound what they read."""

    max_header_length = _MOST_BYTES
    max_payload_length = _MOST_BYTES


_REGISTRY = _Registry(strict_check_header=False, algorithms=list(ALGORITHMS))


@functools.lru_cache(_MOST_KEYS)
def _public(text: str) -> _PublicKey:
    imported = import_key(json.loads(text))
    if isinstance(imported, ECKey | OKPKey | RSAKey):
        return imported
    raise ValueError("JWK is a shared secret; right are public keys")


@functools.lru_cache(64)
def _private(text: str) -> ECKey:
    return ECKey.import_key(json.loads(text))
