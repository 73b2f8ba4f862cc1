"""JSON and JSON-LD in: from bytes to Document, with the preconditions of §6.3.2 to §6.3.5."""

from functools import lru_cache
from typing import cast

import orjson

from broker.api.exchange import CONTEXT_REL, JSON, LD_JSON, MERGE_PATCH, Incoming
from broker.ngsi.errors import BadRequestData, InvalidRequest
from broker.operations.call import Document
from kit.json import JsonObject, JsonValue


class LengthRequired(Exception):
    """A body came without Content-Length (411)."""


class BodyTooLarge(Exception):
    """A body is larger than the operator allows (413)."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes")
        self.limit = limit


class UnsupportedMediaType(Exception):
    """A body came in another media type than JSON or JSON-LD (415)."""


class Disconnected(Exception):
    """The client went away before its body was here."""


def require_length(incoming: Incoming, limit: int) -> None:
    """Check Content-Length before anything else (§6.3.2).

    Raises:
        LengthRequired, BodyTooLarge: it is absent, or tells of too much.
    """
    length = incoming.headers.get(b"content-length")
    if length is None:
        raise LengthRequired
    if int(length) > limit:
        raise BodyTooLarge(limit)


async def read_body(incoming: Incoming) -> bytes:
    """Read the whole body; its length was bounded by `require_length`, which the server holds."""
    message = await incoming.receive()
    body = cast(bytes, message.get("body", b""))
    while message.get("more_body"):
        message = await incoming.receive()
        body += cast(bytes, message.get("body", b""))
    if message["type"] == "http.disconnect":
        raise Disconnected
    return body


def media_type_of(incoming: Incoming, *, patch: bool) -> str:
    """The body's media type: JSON or JSON-LD, or on PATCH merge-patch (treated as JSON).

    Raises:
        UnsupportedMediaType: it is another.
    """
    value = incoming.header(b"content-type") or ""
    media_type = value.partition(";")[0].strip().lower()
    if media_type in (JSON, LD_JSON):
        return media_type
    if patch and media_type == MERGE_PATCH:
        return JSON
    raise UnsupportedMediaType


def parse_json(body: bytes) -> JsonValue:
    """Read JSON text in UTF-8.

    Raises:
        InvalidRequest: it is none, or nested too deep to read; says at which line and column.
    """
    try:
        return cast(JsonValue, orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(
            f"The body is not JSON: {error.msg}", where=f"line {error.lineno} column {error.colno}"
        ) from error


@lru_cache(maxsize=1024)
def context_link(link: str | None) -> str | None:
    """Find the @context in a Link header (§6.3.5).

    Raises:
        BadRequestData: there are several.

    >>> context_link('<https://a.example/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"')
    'https://a.example/c.jsonld'
    """
    if not link:
        return None
    found = [target for target, rel in _links(link) if rel == CONTEXT_REL]
    if len(found) > 1:
        raise BadRequestData("Only one Link to a JSON-LD context is allowed", where="Link")
    return found[0] if found else None


def _links(header: str) -> list[tuple[str, str]]:
    found = []
    for part in header.split("<")[1:]:
        target, _, parameters = part.partition(">")
        for parameter in parameters.split(";"):
            name, _, value = parameter.strip().partition("=")
            if name.strip().lower() == "rel":
                found.append((target.strip(), value.strip().rstrip(",").strip().strip('"')))
    return found


def as_object(value: JsonValue, what: str) -> JsonObject:
    """Answer with the value where it is a JSON object.

    Raises:
        InvalidRequest: it is another JSON value.
    """
    if isinstance(value, dict):
        return value
    raise InvalidRequest(f"{what} is not a JSON object", where="/")


def split_context(body: JsonObject, media_type: str, link: str | None) -> Document:
    """Take the @context from where the Content-Type says it is (§6.3.5).

    Raises:
        BadRequestData: it stands where it must not, or is missing in JSON-LD.
    """
    if media_type == LD_JSON:
        if "@context" not in body:
            raise BadRequestData(
                "A body of application/ld+json holds no @context", where="/@context"
            )
        if link is not None:
            raise BadRequestData(
                "A Link to a @context stands beside a body of application/ld+json", where="Link"
            )
        context = body["@context"]
        return Document({k: v for k, v in body.items() if k != "@context"}, context)
    if "@context" in body:
        raise BadRequestData(
            "A body of application/json holds a @context; right would be a Link header or "
            "Content-Type: application/ld+json",
            where="/@context",
        )
    return Document(body, link)


async def read_document(incoming: Incoming, *, what: str = "The body") -> Document:
    """Read a JSON object with its @context.

    Raises:
        UnsupportedMediaType, InvalidRequest, BadRequestData: as the parts above.
    """
    media_type = media_type_of(incoming, patch=incoming.method == "PATCH")
    body = as_object(parse_json(await read_body(incoming)), what)
    return split_context(body, media_type, context_link(incoming.header(b"link")))
