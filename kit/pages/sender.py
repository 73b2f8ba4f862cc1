"""Who sends without signing in: told apart for a day, and known to nobody."""

from datetime import datetime

from starlette.requests import Request

from kit.pages.signed import Signer


def sender_mark(request: Request, signer: Signer, now: datetime) -> bytes:
    """Compute a keyed hash of the address a request comes from, another one each day."""
    address = "" if request.client is None else request.client.host
    return signer.mark("sender", f"{now:%Y%m%d} {address}").encode()
