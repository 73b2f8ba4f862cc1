"""The user's @context as received: the URLs it needs, and its plain objects (§5.5.7)."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin, urlsplit

from broker.ngsi import core_context
from broker.ngsi.errors import BadRequestData, LdContextNotAvailable
from kit.json import JsonObject, JsonValue

_MOST_PARTS = 512  # objects that one @context may come to, all URLs followed
_MOST_LEVELS = 16  # @contexts that refer to @contexts that refer to …
_KEYWORDS = frozenset({"@version", "@vocab", "@base", "@language", "@direction", "@protected"})
_LIKE_KEYWORD = re.compile(r"@[A-Za-z]+")
_TERM_KEYWORDS = frozenset({"@id", "@type", "@none", "@nest", "@reverse", "@graph", "@included"})
_WHERE = "/@context"


def references(user: JsonValue, documents: Mapping[str, JsonObject]) -> tuple[str, ...]:
    """Name the URLs that a @context still needs, beyond `documents` and the built-in core ones.

    Ask again with what they led to, until none is left; then `build_context` finds all it needs.

    Raises:
        BadRequestData: it is no @context, refers to itself, or has too many parts.

    >>> references(["https://example.jp/a.jsonld", {"AED": "https://example.jp/AED"}], {})
    ('https://example.jp/a.jsonld',)
    """
    missing = (part for part in _parts(user, documents, None, ()) if isinstance(part, str))
    return tuple(dict.fromkeys(missing))


def flatten(user: JsonValue, documents: Mapping[str, JsonObject]) -> list[JsonObject]:
    """Flatten a @context into its objects, in order, without what core defines itself.

    Raises:
        BadRequestData: it is no @context, or has scoped contexts.
        LdContextNotAvailable: `documents` lacks one that is needed.
    """
    objects: list[JsonObject] = []
    for part in _parts(user, documents, None, ()):
        if isinstance(part, str):
            raise LdContextNotAvailable(f"The @context {part} is not available", where=_WHERE)
        if part is None:
            objects.clear()  # JSON-LD: null forgets what came before
        elif cleaned := dict(_definitions(part)):
            objects.append(cleaned)
    return objects


def _parts(
    user: JsonValue, documents: Mapping[str, JsonObject], base: str | None, path: tuple[str, ...]
) -> Iterator[JsonObject | str | None]:
    """Walk a @context: objects as they are, URLs replaced by what they lead to, if it is there."""
    count = 0
    for part in user if isinstance(user, list) else [user]:
        for found in _part(part, documents, base, path):
            count += 1
            if count > _MOST_PARTS:
                raise BadRequestData(
                    f"The @context has more than {_MOST_PARTS} parts", where=_WHERE
                )
            yield found


def _part(
    part: JsonValue, documents: Mapping[str, JsonObject], base: str | None, path: tuple[str, ...]
) -> Iterator[JsonObject | str | None]:
    if isinstance(part, str):
        yield from _linked(_absolute(part, base), documents, path)
    elif isinstance(part, dict) and "@import" in part:
        imported = part["@import"]
        if not isinstance(imported, str):
            raise _not_a_context(imported)
        yield from _linked(_absolute(imported, base), documents, path)
        yield {key: value for key, value in part.items() if key != "@import"}
    elif isinstance(part, dict) and "@context" in part:
        yield from _parts(part["@context"], documents, base, path)
    elif isinstance(part, dict) or part is None:
        yield part
    else:
        raise _not_a_context(part)


def _linked(
    url: str, documents: Mapping[str, JsonObject], path: tuple[str, ...]
) -> Iterator[JsonObject | str | None]:
    """Follow one URL; a core one has nothing to add, it counts in any case."""
    if core_context.is_core(url):
        return
    if url in path or len(path) >= _MOST_LEVELS:
        raise BadRequestData(
            f"The @context {url} refers to itself or lies more than {_MOST_LEVELS} levels deep",
            where=_WHERE,
        )
    document = documents.get(url)
    if document is None:
        yield url
    elif "@context" not in document:
        raise BadRequestData(
            f"The document at {url} is no JSON-LD @context: it has no @context member",
            where=_WHERE,
        )
    else:
        yield from _parts(document["@context"], documents, url, (*path, url))


def _absolute(reference: str, base: str | None) -> str:
    if base is None and reference.startswith("/"):
        return reference  # a path on this platform, as Location names a hosted @context
    url = urljoin(base, reference) if base else reference
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _not_a_context(reference) from error
    if any(character <= " " for character in url):  # PostgreSQL keeps no NUL, and no URL has them
        raise _not_a_context(reference)
    if parts.scheme in ("http", "https") and parts.netloc:
        return url
    if parts.scheme == "urn":  # the local id of a stored one
        return url
    raise _not_a_context(reference)


def _not_a_context(part: JsonValue) -> BadRequestData:
    return BadRequestData(
        f"{str(part)[:80]!r} is no @context; right would be an http(s) URL, an object, or an array"
        " of both",
        where=_WHERE,
    )


def _definitions(part: JsonObject) -> Iterator[tuple[str, JsonValue]]:
    """Take the definitions of an object that count: core's own and reserved words do not."""
    for term, definition in part.items():
        if term in core_context.terms() or (term.startswith("@") and term not in _KEYWORDS):
            continue
        if isinstance(definition, dict) and "@context" in definition:
            raise BadRequestData(
                f"The term {term!r} has a scoped @context; NGSI-LD allows none (§5.5.7)",
                where=_WHERE,
            )
        if definition is None and term.startswith("@"):
            continue
        if not _is_reserved(definition):
            yield term, definition


def _is_reserved(definition: JsonValue) -> bool:
    """Tell whether a definition names a keyword-to-be, which JSON-LD tells processors to ignore."""
    if isinstance(definition, dict):
        return _is_reserved(definition.get("@id")) or _is_reserved(definition.get("@reverse"))
    return (
        isinstance(definition, str)
        and _LIKE_KEYWORD.fullmatch(definition) is not None
        and definition not in _TERM_KEYWORDS
    )
