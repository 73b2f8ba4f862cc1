"""Asks issuers of trust marks: for a mark, and whether one counts now."""

from urllib.parse import urlencode, urlsplit

from idp_federation.federation.errors import TemporarilyUnavailable
from idp_federation.federation.trust_mark import STATUS_RESPONSE, TRUST_MARK
from kit.http import Fetched, Outbound, OutboundError

_MAX_BYTES = 65_536
_TIMEOUT_S = 5.0


class AskedMarks:
    """Asks issuers of trust marks; satisfies `MarkIssuers`.

    Args:
        outbound: asks, behind the guard.
    """

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def mark(self, endpoint: str, *, trust_mark_type: str, subject: str) -> str | None:
        """Ask for somebody's mark; None where the issuer has none.

        Raises:
            TemporarilyUnavailable: it does not answer as it should.
        """
        asked = urlencode({"trust_mark_type": trust_mark_type, "sub": subject})
        joint = "&" if urlsplit(endpoint).query else "?"
        media_type = f"application/{TRUST_MARK}"
        try:
            answer = await self._outbound.fetch(
                f"{endpoint}{joint}{asked}",
                accept=media_type,
                max_bytes=_MAX_BYTES,
                timeout_s=_TIMEOUT_S,
                max_redirects=0,
            )
        except OutboundError as error:
            raise TemporarilyUnavailable(error.detail) from error
        return None if answer.status == 404 else _jwt(answer, media_type)

    async def status(self, endpoint: str, token: str) -> str | None:
        """Ask whether a mark counts now; None where the issuer does not know it.

        Raises:
            TemporarilyUnavailable: it does not answer as it should.
        """
        try:
            answer = await self._outbound.post_form(
                endpoint, {"trust_mark": token}, max_bytes=_MAX_BYTES, timeout_s=_TIMEOUT_S
            )
        except OutboundError as error:
            raise TemporarilyUnavailable(error.detail) from error
        return None if answer.status == 404 else _jwt(answer, f"application/{STATUS_RESPONSE}")


def _jwt(answer: Fetched, media_type: str) -> str:
    if answer.status != 200 or answer.content_type != media_type or not answer.body.isascii():
        raise TemporarilyUnavailable(
            f"{answer.url} answers with status {answer.status} and {answer.content_type or '–'}; "
            f"right would be {media_type}"
        )
    return answer.body.decode("ascii").strip()
