"""NGSI-LD requests as bytes ready to send.

Spec: CIM 009 §6.4, §6.5, §6.7 (entities, one entity, one attribute), §6.3.5 (@context by Link).
"""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

CORE = "core"
"""Says that requests carry no Link: the core @context is understood."""

_LINK = '<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The broker under load: where its NGSI-LD interface is and what every request carries.

    Args:
        url: of the interface, as in `http://127.0.0.1:1026/ngsi-ld/v1`; plain HTTP.
        tenant: sent as NGSILD-Tenant; None stands for the default tenant.
        context: URL of a @context sent as Link, or `core`.
        headers: further header lines, as in `Authorization: Bearer …`.
    """

    url: str
    tenant: str | None = None
    context: str = CORE
    headers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"URL {self.url!r} does not start with http:// and a host")

    @property
    def host(self) -> str:
        """The host to connect to."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port to connect to."""
        return urlsplit(self.url).port or 80

    @property
    def netloc(self) -> str:
        """Host and port as they stand in the URL."""
        return urlsplit(self.url).netloc

    def request(self, method: str, path: str, body_bytes: int | None = None) -> bytes:
        """Write the head of a request; `path` follows the interface's own, as in `/entities`.

        With `body_bytes` the head announces a JSON body of that length, to be appended.
        """
        parts = urlsplit(self.url)
        lines = [f"{method} {parts.path.rstrip('/')}{path} HTTP/1.1", f"Host: {self.netloc}"]
        lines += ["Accept: application/json", *self.headers]
        if self.tenant is not None:
            lines.append(f"NGSILD-Tenant: {self.tenant}")
        if self.context != CORE:
            lines.append(f"Link: {link(self.context)}")
        if body_bytes is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {body_bytes}"]
        return "\r\n".join([*lines, "", ""]).encode()


def link(context: str) -> str:
    """Write the value of a Link header that names a @context."""
    return _LINK.format(url=context)


def query(**parameters: str | int) -> str:
    """Write a path that queries entities.

    >>> query(type="EvacuationShelter", limit=20)
    '/entities?type=EvacuationShelter&limit=20'
    """
    return f"/entities?{urlencode(parameters)}"
