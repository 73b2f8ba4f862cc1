"""Texts that only this platform can have written: tokens of forms, cookies of sessions."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

_LEAST_KEY = 16  # bytes


class Signer:
    """Signs short texts for a purpose and checks them.

    Args:
        key: the platform's, the same in all its processes.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < _LEAST_KEY:
            raise ValueError(f"A signing key has at least {_LEAST_KEY} bytes")
        self._key = key

    def mark(self, purpose: str, text: str) -> str:
        """Compute the signature of a text for one purpose."""
        message = f"{purpose}\0{text}".encode()
        digest = hmac.new(self._key, message, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def is_mark(self, purpose: str, text: str, mark: str) -> bool:
        """Tell whether a signature is right, in constant time."""
        return hmac.compare_digest(self.mark(purpose, text).encode(), mark.encode())

    def seal(self, purpose: str, text: str, expires_at: datetime) -> str:
        """Write a text down with its end and its signature; the text stays readable."""
        content = f"{int(expires_at.timestamp())}.{text}"
        return f"{self.mark(purpose, content)}.{content}"

    def unseal(self, purpose: str, sealed: str, now: datetime) -> str | None:
        """Answer with a sealed text; None where it was not sealed by us for this, or is over."""
        mark, _, content = sealed.partition(".")
        if not self.is_mark(purpose, content, mark):
            return None
        expires, _, text = content.partition(".")
        return text if now < datetime.fromtimestamp(int(expires), UTC) else None
