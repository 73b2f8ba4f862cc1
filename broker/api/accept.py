"""Which media type a response is written in (§6.3.4)."""

from collections.abc import Sequence
from functools import lru_cache

from broker.api.exchange import GEO_JSON, JSON, LD_JSON

ENTITY_FORMS = (JSON, LD_JSON, GEO_JSON)
DOCUMENT_FORMS = (JSON, LD_JSON)


class NotAcceptable(Exception):
    """Nothing that the client accepts can be served; holds what could be."""

    def __init__(self, available: Sequence[str]) -> None:
        super().__init__("Nothing the client accepts is available")
        self.available = available


@lru_cache(maxsize=512)
def negotiate(accept: str | None, available: tuple[str, ...]) -> str:
    """Choose the media type with the greatest quality; on a tie the first available.

    Spec: CIM 009 §6.3.4; RFC 9110 §12.5.1 (the most specific range decides)

    Raises:
        NotAcceptable: the client accepts none of them.

    >>> negotiate("application/ld+json;q=0.4, */*;q=0.1", DOCUMENT_FORMS)
    'application/ld+json'
    """
    if accept is None or not accept.strip():
        return available[0]
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    best, best_quality = "", 0.0
    for media_type in available:
        quality = _quality(media_type, ranges)
        if quality > best_quality:
            best, best_quality = media_type, quality
    if not best:
        raise NotAcceptable(available)
    return best


def _range(part: str) -> tuple[str, float]:
    media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = min(1.0, max(0.0, float(value)))
            except ValueError:
                quality = 0.0
    return media_range, quality


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    major = media_type.partition("/")[0]
    specific = {media_type: 3, f"{major}/*": 2, "*/*": 1}
    found = [(specific[name], quality) for name, quality in ranges if name in specific]
    return max(found)[1] if found else 0.0
