"""An authenticator in software, as a browser would drive it, and its maker who may vouch for it.

Spec: Web Authentication Level 3 §6, §8.2
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kit.json import JsonObject

_PRESENT, _VERIFIED, _MAY_BE_COPIED, _IS_COPIED, _NEW = 0x01, 0x04, 0x08, 0x10, 0x40
_AAGUID = bytes(range(16))


@dataclass(kw_only=True)
class Maker:
    """Who makes authenticators, with a root certificate of its own."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def root(self) -> x509.Certificate:
        return self._certificate("Maker", self.key.public_key(), is_root=True)

    @property
    def pem(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.PEM)

    def vouches_for(self, key: ec.EllipticCurvePublicKey) -> bytes:
        """Make the certificate of a batch of authenticators."""
        made = self._certificate("Batch", key, is_root=False)
        return made.public_bytes(serialization.Encoding.DER)

    def _certificate(
        self, name: str, key: ec.EllipticCurvePublicKey, *, is_root: bool
    ) -> x509.Certificate:
        attributes = [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Maker"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Authenticator Attestation"),
        ]

        def named(last: str) -> x509.Name:
            return x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, last)])

        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named("Maker"))
            .public_key(key)
            .serial_number(1 if is_root else 2)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )


@dataclass(kw_only=True)
class Authenticator:
    """An authenticator with one passkey.

    Args:
        origin: of the page that asks.
        synced: whether its passkey may be copied elsewhere.
        verifies: whether it checks its owner's PIN or body.
        maker: who vouches for it; None: nobody.
    """

    origin: str
    synced: bool = False
    verifies: bool = True
    maker: Maker | None = None
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def make(self, options: JsonObject) -> JsonObject:
        """Make the passkey that a page asks for."""
        said = self._said("webauthn.create", options)
        host = cast("dict[str, str]", options["rp"])["id"]
        data = self._data(host, _NEW) + _AAGUID + len(self.id).to_bytes(2, "big")
        data += self.id + self._public_key()
        attested = {"fmt": "none", "attStmt": {}, "authData": data}
        if self.maker is not None:
            batch = ec.generate_private_key(ec.SECP256R1())
            signature = batch.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
            chain = [self.maker.vouches_for(batch.public_key())]
            attested |= {"fmt": "packed", "attStmt": {"alg": -7, "sig": signature, "x5c": chain}}
        return self._answer(
            {
                "clientDataJSON": base64url(said),
                "attestationObject": base64url(cbor2.dumps(attested)),
                "transports": ["usb"],
            }
        )

    def show(self, options: JsonObject) -> JsonObject:
        """Show the passkey to a page that asks for it."""
        self.count += 0 if self.synced else 1
        said = self._said("webauthn.get", options)
        data = self._data(str(options["rpId"]), 0)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": base64url(said),
                "authenticatorData": base64url(data),
                "signature": base64url(signature),
                "userHandle": None,
            }
        )

    def _answer(self, response: JsonObject) -> JsonObject:
        name = base64url(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}

    def _said(self, kind: str, options: JsonObject) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(told).encode()

    def _data(self, host: str, more: int) -> bytes:
        flags = _PRESENT | more
        flags |= _VERIFIED if self.verifies else 0
        flags |= (_MAY_BE_COPIED | _IS_COPIED) if self.synced else 0
        digest = hashlib.sha256(host.encode()).digest()
        return digest + bytes([flags]) + self.count.to_bytes(4, "big")

    def _public_key(self) -> bytes:
        """Write the public key as COSE has it (RFC 9053 §7.1)."""
        numbers = self.key.public_key().public_numbers()
        place = (numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big"))
        return bytes(cbor2.dumps({1: 2, 3: -7, -1: 1, -2: place[0], -3: place[1]}))


def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
