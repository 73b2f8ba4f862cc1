"""OpenAPI documents by their addresses: our own at once, others' fetched and kept for a while."""

import time
from collections import OrderedDict
from typing import cast

import httpx2
import orjson
import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from broker import PRINCIPAL
from joint_use import Principal
from kit.errors import RenkeiError
from kit.http import Outbound
from kit.json import JsonObject, JsonValue

log = structlog.get_logger(__name__)

_ACCEPT = "application/vnd.oai.openapi+json, application/json"
_MOST_BYTES = 4 << 20
_TIMEOUT_S = 5.0
_KEPT = 50
_KEPT_S = 600.0
_OWN_KEPT_S = 30.0
_OK = 200


class OwnDocuments:
    """Documents of this platform, read in this process as anybody would.

    Args:
        app: answers for them.
        reader: anybody.
    """

    def __init__(self, app: ASGIApp, reader: Principal) -> None:
        async def as_anybody(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, PRINCIPAL: reader}, receive, send)

        self._transport = httpx2.ASGITransport(as_anybody)

    async def read(self, url: str) -> bytes | None:
        """Answer with what is at an address of ours; None: nothing."""
        async with httpx2.AsyncClient(transport=self._transport) as client:
            answer = await client.get(url, headers={"accept": _ACCEPT})
        return answer.content if answer.status_code == _OK else None


class KnownDocuments:
    """OpenAPI documents by address (port `Descriptions`).

    Args:
        address: the platform's, without a slash at the end; what is below it is ours.
        own: reads what is ours.
        outbound: fetches what is not, behind the guard.
    """

    def __init__(self, address: str, own: OwnDocuments, outbound: Outbound) -> None:
        self._address = address
        self._own = own
        self._outbound = outbound
        self._known: OrderedDict[str, tuple[float, JsonObject | None]] = OrderedDict()

    async def of(self, url: str) -> JsonObject | None:
        """Answer with the document at an address; None: it cannot be had now, or is none."""
        until, document = self._known.get(url, (0.0, None))
        if time.monotonic() < until:
            return document
        is_ours = url.startswith(self._address + "/")
        content = await (self._own.read(url) if is_ours else self._fetch(url))
        document = _document(content)
        kept_s = _OWN_KEPT_S if is_ours or document is None else _KEPT_S
        self._known[url] = (time.monotonic() + kept_s, document)
        self._known.move_to_end(url)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return document

    async def _fetch(self, url: str) -> bytes | None:
        try:
            fetched = await self._outbound.fetch(
                url, accept=_ACCEPT, max_bytes=_MOST_BYTES, timeout_s=_TIMEOUT_S
            )
        except RenkeiError as error:
            log.info("description_not_fetched", url=url, reason=error.detail)
            return None
        return fetched.body if fetched.status == _OK else None


def _document(content: bytes | None) -> JsonObject | None:
    try:
        read = cast(JsonValue, None if content is None else orjson.loads(content))
    except orjson.JSONDecodeError:
        return None
    return read if isinstance(read, dict) and "paths" in read else None
