"""What a client prefers: the header Prefer (RFC 7240), and the version it asks for (§4.3.6.8)."""

import re
from collections.abc import Mapping
from functools import lru_cache

from broker.api.exchange import JSON, LD_JSON, Header, Incoming, Reply
from broker.ngsi.versions import CURRENT, Version, parse_version

VERSION = "ngsi-ld"

_LANGUAGE = re.compile(r"\s*([A-Za-z*]+)[A-Za-z0-9-]*\s*(?:;\s*q\s*=\s*([0-9.]+))?\s*")

_PREFERENCE = re.compile(
    r"""[\s,]*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)
        (?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^\s",;]*)))?
        (?P<rest>(?:"(?:[^"\\]|\\.)*"|[^",])*)""",
    re.VERBOSE,
)


@lru_cache(maxsize=512)
def preferences(header: str) -> Mapping[str, str]:
    """Read a Prefer header: names in lower case, without the parameters of a preference.

    Spec: RFC 7240 §2 (of one that is given twice the first counts)

    >>> preferences('respond-async, NGSI-LD="1.5"; q=0.1')
    {'respond-async': '', 'ngsi-ld': '1.5'}
    """
    found: dict[str, str] = {}
    position = 0
    while match := _PREFERENCE.match(header, position):
        value = match["quoted"] if match["quoted"] is not None else match["token"] or ""
        found.setdefault(match["name"].lower(), re.sub(r"\\(.)", r"\1", value))
        position = match.end() + 1
    return found


def prefers_japanese(incoming: Incoming) -> bool:
    """Tell whether the client would rather read Japanese than English (RFC 9110 §12.5.4)."""
    header = incoming.header(b"accept-language")
    return header is not None and _is_japanese_first(header)


@lru_cache(maxsize=512)
def _is_japanese_first(header: str) -> bool:
    weights = {"ja": 0.0, "en": 0.0}
    for part in header.split(","):
        found = _LANGUAGE.fullmatch(part)
        if found is not None and found[1].lower() in weights:
            weights[found[1].lower()] = _weight(found[2])
    return weights["ja"] > weights["en"]


def _weight(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        return 0.0


def preferred_version(incoming: Incoming) -> Version | None:
    """The version of the standard that Entities shall conform to; None: any.

    Spec: CIM 009 §6.3.6; of a later version than ours the present one is applied.
    """
    header = incoming.header(b"prefer")
    asked = None if header is None else parse_version(preferences(header).get(VERSION, ""))
    return None if asked is None else min(asked, CURRENT)


def applied(incoming: Incoming, reply: Reply) -> list[Header]:
    """Say which version a response conforms to, where the client asked for one (§6.3.6).

    What is no Entity conforms to all versions.
    """
    if (
        reply.is_mediated
        or reply.body is None
        or reply.status >= 300
        or reply.media_type not in (JSON, LD_JSON)
    ):
        return []
    version = preferred_version(incoming)
    return [] if version is None else [(b"preference-applied", f"{VERSION}={version}".encode())]
