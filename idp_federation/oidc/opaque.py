"""Texts that stand for something here and tell nothing elsewhere: codes, cookies, refresh tokens.

Only their digests are kept. They have 256 random bits, so one fast hash is enough: there is nothing
to guess.
"""

import base64
import hashlib
import hmac

_TAG_BYTES = 16


def digest(secret: str) -> bytes:
    """Answer with the SHA-256 under which a text is kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def signed(text: str, key: bytes) -> str:
    """Put our mark on a text, so that another's is known without a look into the database.

    >>> is_ours(signed("abc", b"key"), b"key"), is_ours(signed("abc", b"key"), b"another")
    (True, False)
    """
    return f"{text}.{_mark(text, key)}"


def is_ours(marked: str, key: bytes) -> bool:
    """Tell whether a text bears our mark."""
    text, dot, mark = marked.rpartition(".")
    expected = _mark(text, key).encode()
    return bool(dot) and hmac.compare_digest(mark.encode("utf-8", "surrogatepass"), expected)


def _mark(text: str, key: bytes) -> str:
    made = hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256")[:_TAG_BYTES]
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
