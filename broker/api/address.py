"""Addresses of our own resources, as the client that asks knows them."""

from urllib.parse import quote

from broker.api.resource import Exchange

BASE_PATH = "/ngsi-ld/v1"
_ID_SAFE = ":@!$&'()*+,;=-._~"  # what a segment may hold as it is (RFC 3986 pchar)


def base_url(exchange: Exchange) -> str:
    """The platform's address: the setting `public_url`, else what the Host header says."""
    if exchange.settings.public_url is not None:
        return exchange.settings.public_url.rstrip("/")
    incoming = exchange.incoming
    host = incoming.header(b"host") or "localhost"
    return f"{incoming.scope['scheme']}://{host}"


def path_of(collection: str, id_: str) -> str:
    """The path of a resource with an id, relative to the host."""
    return f"{BASE_PATH}/{collection}/{quote(id_, safe=_ID_SAFE)}"


def context_url(exchange: Exchange, local_id: str) -> str:
    """Where a stored @context of the tenant is served."""
    return f"{base_url(exchange)}{BASE_PATH}/jsonldContexts/{quote(local_id, safe=':')}"
