"""Seals what only some may know: encrypted and bound to its place; and marks that tell nothing."""

import hashlib
import hmac
import os

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kit.errors import RenkeiError
from kit.json import JsonObject

_NONCE = 12
_FORM = b"\x01"  # AES-256-GCM under the instance's key


class Unsealable(RenkeiError):
    """What is stored was sealed with another key, for another place, or is damaged."""


class Seal:
    """Encrypts JSON with the instance's key.

    Args:
        key: 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._marking = hmac.digest(key, b"marks", hashlib.sha256)

    def close(self, content: JsonObject, place: str) -> bytes:
        """Encrypt; only for the same place it opens again."""
        nonce = os.urandom(_NONCE)
        return _FORM + nonce + self._cipher.encrypt(nonce, orjson.dumps(content), place.encode())

    def open(self, sealed: bytes, place: str) -> JsonObject:
        """Decrypt.

        Raises:
            Unsealable: the key or the place is another one.
        """
        nonce, ciphertext = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            opened: JsonObject = orjson.loads(
                self._cipher.decrypt(nonce, ciphertext, place.encode())
            )
        except (InvalidTag, ValueError) as error:
            raise Unsealable(
                f"The secrets of {place} do not open with this instance's key; right is the "
                "secrets directory that they were stored with"
            ) from error
        return opened

    def mark(self, text: str, place: str) -> bytes:
        """Answer with a keyed hash by which a text is found again, and from which it is not read.

        Of the same text for another place it is another one.
        """
        told = len(place).to_bytes(4, "big") + place.encode() + text.encode()
        return hmac.digest(self._marking, told, hashlib.sha256)
