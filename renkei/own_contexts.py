"""JSON-LD @contexts that this platform serves itself: read here instead of asked for over HTTP."""

from urllib.parse import urlsplit

from datamodels import Registry, UnknownModel, built_in, context_path
from kit.json import JsonObject
from renkei.settings import Settings, is_loopback

_BEFORE, _, _AFTER = context_path("{}").partition("{}")


def own_context(
    settings: Settings, url: str, registry: Registry | None = None
) -> JsonObject | None:
    """Answer with the document of a data model's @context where the URL is one of ours.

    Args:
        settings: they say under which addresses this platform is known.
        url: absolute, or a path on this platform.
        registry: the models; by default those that come with the product.
    """
    parts = urlsplit(url)
    if not (parts.path.startswith(_BEFORE) and parts.path.endswith(_AFTER)):
        return None
    if parts.netloc and not _is_ours(settings, parts.scheme, parts.hostname or "", parts.port):
        return None
    try:
        return (registry or built_in()).context_document(
            parts.path.removeprefix(_BEFORE).removesuffix(_AFTER)
        )
    except UnknownModel:
        return None


def _is_ours(settings: Settings, scheme: str, host: str, port: int | None) -> bool:
    if settings.broker.api.public_url is not None:
        known = urlsplit(settings.broker.api.public_url)
        if (scheme, host, port) == (known.scheme, known.hostname, known.port):
            return True
    is_here = host == settings.host or (is_loopback(host) and is_loopback(settings.host))
    return scheme == "http" and is_here and port == settings.port
