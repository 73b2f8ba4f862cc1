"""Addresses of our own resources, as the client that asks knows them."""

from urllib.parse import quote

from broker.api.origin import BASE_PATH, base_url_of
from broker.api.resource import Exchange

__all__ = ["BASE_PATH", "base_url", "context_url", "path_of"]

_ID_SAFE = ":@!$&'()*+,;=-._~"  # what a segment may hold as it is (RFC 3986 pchar)


def base_url(exchange: Exchange) -> str:
    """The platform's address: the setting `public_url`, else what the Host header says."""
    return base_url_of(exchange.settings, exchange.incoming)


def path_of(collection: str, id_: str) -> str:
    """The path of a resource with an id, relative to the host."""
    return f"{BASE_PATH}/{collection}/{quote(id_, safe=_ID_SAFE)}"


def context_url(exchange: Exchange, local_id: str) -> str:
    """Where a stored @context of the tenant is served."""
    return f"{base_url(exchange)}{BASE_PATH}/jsonldContexts/{quote(local_id, safe=':')}"
