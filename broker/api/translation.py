"""Translation: addresses of a source's resources become addresses of ours, and back."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from broker.api.exchange import CONTEXT_REL
from broker.api.origin import BASE_PATH
from kit.json import JsonValue

_CONTEXTS = f"{BASE_PATH}/jsonldContexts/"
_LINK = re.compile(r'<(?P<target>[^<>]*)>(?P<rest>(?:"(?:[^"\\]|\\.)*"|[^",])*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<token>[^\s;,"]+))', re.IGNORECASE)
_NAMING = frozenset({"@context", "jsonldContext"})
_HOLDING = frozenset({"data", "body"})  # of a Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """Between two addresses of one API.

    Args:
        ours: the platform's address, before /ngsi-ld/v1.
        theirs: the source's.
    """

    ours: str
    theirs: str

    def context_to_theirs(self, url: str) -> str:
        """Name a @context that the source hosts as the source knows it.

        >>> Translation(ours="https://a", theirs="http://b/c").context_to_theirs(
        ...     "https://a/ngsi-ld/v1/jsonldContexts/1")
        'http://b/c/ngsi-ld/v1/jsonldContexts/1'
        """
        return _moved(url, self.ours + _CONTEXTS, self.theirs + _CONTEXTS)

    def context_to_ours(self, url: str) -> str:
        """Name a @context that the source hosts as our clients know it."""
        return _moved(url, self.theirs + _CONTEXTS, self.ours + _CONTEXTS)

    def body_to_theirs(self, body: bytes) -> bytes:
        """Translate the @contexts that a body refers to."""
        return _translated(body, self.ours + _CONTEXTS, self.context_to_theirs, is_all=False)

    def body_to_ours(self, body: bytes, *, is_all: bool = False) -> bytes:
        """Translate the @contexts that a body refers to.

        Args:
            body: JSON, or what is passed on as it is.
            is_all: all its texts are addresses of @contexts, if they look so.
        """
        return _translated(body, self.theirs + _CONTEXTS, self.context_to_ours, is_all=is_all)

    def path_to_ours(self, location: str) -> str | None:
        """Answer with our path of a resource that a source points to; None: it is none.

        >>> Translation(ours="", theirs="").path_to_ours("http://b/c/ngsi-ld/v1/entities/urn:x:1")
        '/ngsi-ld/v1/entities/urn:x:1'
        """
        _, found, rest = location.partition(f"{BASE_PATH}/")
        return f"{BASE_PATH}/{rest}" if found else None

    def link_to_theirs(self, link: str) -> str:
        """Translate a Link header of a request."""
        return _LINK.sub(
            lambda one: f"<{self.context_to_theirs(one['target'])}>{one['rest']}", link
        )

    def link_to_ours(self, link: str, path: str) -> str:
        """Translate a Link header of an answer: pages are on our path, @contexts where they are.

        Args:
            link: as it came.
            path: the request's, for pages that say their query alone.
        """
        return ", ".join(
            f"<{target}>{one['rest'].strip()}"
            for one in _LINK.finditer(link)
            if (target := self._target(one, path)) is not None
        )

    def _target(self, link: re.Match[str], path: str) -> str | None:
        found = _REL.search(link["rest"])
        rel = "" if found is None else found["quoted"] or found["token"] or ""
        if rel == CONTEXT_REL:
            return self.context_to_ours(link["target"])
        _, mark, query = link["target"].partition("?")
        return self.path_to_ours(link["target"]) or (f"{path}?{query}" if mark else None)


def _moved(url: str, here: str, there: str) -> str:
    return there + url.removeprefix(here) if url.startswith(here) else url


def _translated(body: bytes, here: str, move: Callable[[str], str], *, is_all: bool) -> bytes:
    if here.encode() not in body:
        return body
    try:
        document: JsonValue = orjson.loads(body)
        return orjson.dumps(_within(document, move, is_all=is_all))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return body


def _within(value: JsonValue, move: Callable[[str], str], *, is_all: bool) -> JsonValue:
    if isinstance(value, str):
        return move(value) if is_all else value
    if isinstance(value, list):
        return [_within(one, move, is_all=is_all) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _within(inner, move, is_all=is_all or name in _NAMING)
        if is_all or name in _NAMING or name in _HOLDING
        else inner
        for name, inner in value.items()
    }
