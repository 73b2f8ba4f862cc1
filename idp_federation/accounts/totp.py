"""Codes of an authenticator app.

Spec: RFC 6238
"""

import base64
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_BYTES = 20
_STEP_S = 30
_DIGITS = 6
_AROUND = (0, -1, 1)  # one step either way: clocks differ (§5.2)


def matching_step(secret: bytes, code: str, now: datetime, *, after: int) -> int | None:
    """Answer with the time step that a code belongs to; None where it counts for none.

    Args:
        secret: what the app and we share.
        code: what was typed.
        now: the present instant.
        after: the last step whose code was used; it and those before count no more (§5.2).
    """
    typed = "".join(code.split())
    if len(typed) != _DIGITS or not typed.isascii():
        return None
    present = int(now.timestamp()) // _STEP_S
    maker, given = _maker(secret), typed.encode()
    found = [
        step
        for step in (present + shift for shift in _AROUND)
        if step > after and maker.generate(step * _STEP_S) == given
    ]
    return found[0] if found else None


def enrolment_uri(secret: bytes, *, login: str, issuer: str) -> str:
    """Write what an app reads from a QR code."""
    return _maker(secret).get_provisioning_uri(login, issuer)


def typed_secret(secret: bytes) -> str:
    """Write a secret for somebody who types it, in groups of four.

    >>> typed_secret(bytes(5))
    'AAAA AAAA'
    """
    text = base64.b32encode(secret).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _maker(secret: bytes) -> TOTP:
    return TOTP(secret, _DIGITS, SHA1(), _STEP_S, enforce_key_length=False)  # noqa: S303 - RFC 6238
