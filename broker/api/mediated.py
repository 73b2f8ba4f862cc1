"""Requests to external tenants: handed to their sources, and answered in words of ours."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import quote, unquote

import structlog
from starlette.types import Send

from broker.api.body import Disconnected, read_body
from broker.api.exchange import GEO_JSON, JSON, LD_JSON, Header, Incoming, Reply
from broker.api.origin import BASE_PATH, base_url_of
from broker.api.problems import plain_problem
from broker.api.source_problems import batch_errors, failure_reply, refusal_reply
from broker.api.translation import Translation
from broker.ngsi.errors import BadRequestData
from broker.operations.call import Call
from broker.operations.within_visibility import require_whole
from broker.ports import Broker
from broker.settings import ApiSettings
from broker.source_ports import (
    SourceAnswer,
    SourceFailure,
    SourceMisanswers,
    SourceName,
    SourceRequest,
)
from joint_use import Action

log = structlog.stdlib.get_logger(__name__)

_BUFFERED = 256 * 1024  # what is longer is passed on piece by piece
_REFUSAL = 64 * 1024
_SLOWEST_S = 60.0  # that a client may take for one piece, while a connection to the source is held
_PASSED = ("accept", "content-type", "prefer")  # and the trace, as far as it is well formed
_PASSED_BACK = ("content-type", "preference-applied", "content-language", "accept-patch")
_FORMS = ("", JSON, LD_JSON, GEO_JSON)
_NGSILD = "ngsild-"
_NOT_ASCII = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mediation:
    """One request to an external tenant."""

    broker: Broker
    settings: ApiSettings
    call: Call
    incoming: Incoming

    @property
    def below(self) -> str:
        """The path behind /ngsi-ld/v1."""
        return self.incoming.path.removeprefix(BASE_PATH)

    @property
    def is_collection(self) -> bool:
        """Tell whether the path names no single resource."""
        return not self.incoming.segments

    @property
    def is_read(self) -> bool:
        """Tell whether an answer is read wholly: it holds addresses to be translated."""
        return self.below.startswith(("/subscriptions", "/jsonldContexts"))

    async def translation(self) -> Translation:
        """Say how addresses are translated for this client."""
        name = await self.broker.external.sources.name(self.call.tenant)
        return Translation(ours=base_url_of(self.settings, self.incoming), theirs=name.url)


async def mediate(mediation: Mediation) -> Reply:
    """Ask the tenant's source and answer as it does.

    Raises:
        AccessDenied: the caller may not act so in this tenant.
        BadRequestData: the path leads out of the API.
    """
    await require_whole(mediation.broker, mediation.call, action_of(mediation))
    try:
        request = await outgoing(mediation)
        if request is None:
            return _loop()
        return await passed(mediation, request)
    except SourceFailure as failure:
        return _failed(mediation, failure)


async def outgoing(mediation: Mediation, body: bytes | None = None) -> SourceRequest | None:
    """Write the request as the source gets it; None: it was here before.

    Args:
        mediation: the request as it came.
        body: what is sent instead of what came.

    Raises:
        BadRequestData: the path leads out of the API.
    """
    incoming = mediation.incoming
    _require_below(incoming)
    via = incoming.header(b"via")
    pseudonym = f"{mediation.broker.external.pseudonym}-{mediation.call.tenant.name}"
    if via is not None and pseudonym in via:
        return None
    translation = await mediation.translation()
    headers = _headers(incoming, translation)
    headers["Via"] = f"{via}, 1.1 {pseudonym}" if via else f"1.1 {pseudonym}"
    length = int(incoming.header(b"content-length") or 0)
    sent: bytes | AsyncIterator[bytes] | None = body
    if body is None and length > _BUFFERED:
        sent = _pieces(incoming)
    elif body is None and length:
        sent = translation.body_to_theirs(await read_body(incoming))
    return SourceRequest(
        method="GET" if incoming.method == "HEAD" else incoming.method,
        target=_target(incoming),
        headers=headers,
        body=sent,
        length=length if sent is not None and not isinstance(sent, bytes) else None,
        is_repeatable=_is_repeatable(mediation),
    )


async def passed(mediation: Mediation, request: SourceRequest) -> Reply:
    """Ask the source; its answer is read now, or as it is sent where it is long.

    Raises:
        SourceFailure: it cannot be asked, or does not answer.
    """
    external, tenant = mediation.broker.external, mediation.call.tenant
    async with AsyncExitStack() as stack:
        answer = await stack.enter_async_context(external.sources.exchange(tenant, request))
        translation = await mediation.translation()
        _require_json(translation, answer)
        if not mediation.is_read and _is_streamed(answer):
            headers = _headers_back(mediation, answer, translation)
            length = answer.length
            if length is not None:
                headers.append((b"content-length", b"%d" % length))
            return StreamedReply(
                status=answer.status,
                headers=headers,
                is_mediated=True,
                pieces=answer.pieces(external.most_bytes),
                stack=stack.pop_all(),
            )
        most = external.most_bytes if answer.status < 300 else _REFUSAL
        body = await answer.read(most)
        return answered(mediation, answer, body, translation)


def answered(
    mediation: Mediation, answer: SourceAnswer, body: bytes, translation: Translation
) -> Reply:
    """Write an answer that is here wholly as ours."""
    source = SourceName(url=translation.theirs, shown=translation.theirs)
    if answer.status >= 300:
        return refusal_reply(
            source,
            answer.status,
            body,
            retry_after=answer.headers.get("retry-after"),
            is_collection=mediation.is_collection,
        )
    if answer.status == 207:
        body = batch_errors(body, source)
    is_listing = mediation.below.startswith("/jsonldContexts")
    return Reply(
        status=answer.status,
        body=translation.body_to_ours(body, is_all=is_listing) if body else None,
        media_type=answer.headers.get("content-type", JSON),
        headers=[
            one
            for one in _headers_back(mediation, answer, translation)
            if one[0] != b"content-type"
        ],
        is_mediated=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedReply(Reply):
    """A long answer that is passed on piece by piece.

    Args:
        pieces: its body.
        stack: holds the connection to the source until it is sent.
    """

    pieces: AsyncIterator[bytes]
    stack: AsyncExitStack

    async def send(self, send: Send, extra: Sequence[Header] = ()) -> None:
        """Send it, with further headers; where the source or the client breaks off, so do we."""
        async with self.stack:
            headers = [*self.headers, *extra]
            await send({"type": "http.response.start", "status": self.status, "headers": headers})
            try:
                async for piece in self.pieces:
                    async with asyncio.timeout(_SLOWEST_S):
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
            except SourceFailure as failure:
                log.warning("source_broke_off", reason=failure.detail)
                return
            except TimeoutError:
                log.info("client_too_slow")
                return
            await send({"type": "http.response.body", "body": b""})


def action_of(mediation: Mediation) -> Action:
    """Say what a request does with the tenant's data, as the operations here do."""
    method = mediation.incoming.method
    first, _, second = mediation.below.removeprefix("/").partition("/")
    if first == "subscriptions":
        return Action.SUBSCRIBE
    reads = method in ("GET", "HEAD") or first == "entityMaps"
    if reads or (first == "entityOperations" and second.startswith("query")):
        return Action.READ
    return Action.READ if first == "snapshots" and method == "POST" else Action.WRITE


def _is_repeatable(mediation: Mediation) -> bool:
    """Tell whether a request asked twice does, and answers, the same as once."""
    if mediation.incoming.method in ("GET", "HEAD", "PUT"):
        return True
    return mediation.below.rstrip("/") == "/entityOperations/query"


def _is_streamed(answer: SourceAnswer) -> bool:
    """Tell whether a body is passed on as it comes: it is long, and holds no @context."""
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_plain = media_type == JSON and answer.status == 200
    return is_plain and (answer.length is None or answer.length > _BUFFERED)


def _require_json(translation: Translation, answer: SourceAnswer) -> None:
    """Check that what is passed on as NGSI-LD may be: a page of some proxy is none.

    Raises:
        SourceMisanswers: it is in another media type.
    """
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status < 300 and answer.length != 0 and media_type not in _FORMS:
        raise SourceMisanswers(f"Source {translation.theirs} answers with {media_type}")


def _headers(incoming: Incoming, translation: Translation) -> dict[str, str]:
    """Choose what of a request's headers the source gets: no credentials, cookies or framing."""
    headers: dict[str, str] = {}
    for raw, value in incoming.headers.items():
        name, text = raw.decode("latin-1"), value.decode("latin-1")
        if name == "link":
            headers[name] = translation.link_to_theirs(text)
        elif name in _PASSED or (name.startswith(_NGSILD) and name != "ngsild-tenant"):
            headers[name] = text
    return headers


def _headers_back(
    mediation: Mediation, answer: SourceAnswer, translation: Translation
) -> list[Header]:
    """Choose what of an answer's headers the client gets, with addresses of ours."""
    headers: list[Header] = []
    for name, value in answer.headers.items():
        text: str | None = None
        if name == "link":
            text = translation.link_to_ours(value, mediation.incoming.path.rstrip("/"))
        elif name == "location":
            text = translation.path_to_ours(value)
        elif name == "ngsild-entitymap":
            text = translation.path_to_ours(value) or value
        elif name in _PASSED_BACK or _is_ngsild(name):
            text = value
        if text:
            headers.append((name.encode("latin-1"), text.encode("latin-1", "replace")))
    return headers


def _is_ngsild(name: str) -> bool:
    """Tell whether a header is NGSI-LD's; tenant and snapshot are echoed in words of ours."""
    return name.startswith(_NGSILD) and name not in ("ngsild-tenant", "ngsild-snapshot")


def _target(incoming: Incoming) -> str:
    """Write path and query as they came, in ASCII."""
    path = incoming.path.removeprefix(BASE_PATH)
    query = incoming.query_string.decode("latin-1")
    text = f"{path}?{query}" if query else path
    return _NOT_ASCII.sub(lambda one: quote(one[0].encode("latin-1")), text)


def _require_below(incoming: Incoming) -> None:
    """Check that no segment leads upwards, for whoever on the way decodes it.

    Raises:
        BadRequestData: one does.
    """
    for segment in incoming.segments.values():
        decoded = unquote(unquote(segment))
        if {".", ".."} & set(re.split(r"[/\\]", decoded)) or "\0" in decoded:
            raise BadRequestData(
                "The path leads upwards; right would be an id or a name", where="path"
            )


async def _pieces(incoming: Incoming) -> AsyncIterator[bytes]:
    """Read a request's body as it comes."""
    while True:
        message = await incoming.receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        if body := message.get("body"):
            yield body
        if not message.get("more_body"):
            return


def _failed(mediation: Mediation, failure: SourceFailure) -> Reply:
    log.warning(
        "source_failed",
        tenant=mediation.call.tenant.name,
        kind=type(failure).__name__,
        reason=failure.detail,
    )
    return failure_reply(failure)


def _loop() -> Reply:
    return plain_problem(
        508, "The request goes in a circle", "This platform has asked the source, which asks it"
    )
