"""Seals what only this platform may read, and derives the keys that its processes share."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kit.errors import RenkeiError

_NONCE = 12
_FORM = b"\x01"  # AES-256-GCM under a key derived of the instance's


class Unsealable(RenkeiError):
    """What is stored was sealed with another key, for another place, or is damaged."""


def derived(key: bytes, purpose: str, length: int = 32) -> bytes:
    """Derive bytes for one purpose; of another purpose's they tell nothing.

    Spec: RFC 5869
    """
    made = HKDF(algorithm=SHA256(), length=length, salt=None, info=f"renkei {purpose}".encode())
    return made.derive(key)


class Seal:
    """Encrypts with a key of the instance's.

    Args:
        key: the instance's identity key; what is sealed has a key derived of it.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(derived(key, "sealing"))

    def close(self, content: bytes, place: str) -> bytes:
        """Encrypt; only for the same place it opens again."""
        nonce = os.urandom(_NONCE)
        return _FORM + nonce + self._cipher.encrypt(nonce, content, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt.

        Raises:
            Unsealable: the key or the place is another one.
        """
        nonce, ciphertext = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, place.encode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable(
                f"The secret of {place} does not open with this instance's identity key; right is "
                "the secrets directory that it was stored with"
            ) from error
