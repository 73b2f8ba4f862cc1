"""Where notifications may be sent, asked when a subscription names it (port `Endpoints`)."""

from urllib.parse import urlsplit

from broker.ngsi.errors import BadRequestData
from kit.guard import AddressRefused, Guard, Unreachable

_PORTS = {"http": 80, "https": 443, "mqtt": 1883, "mqtts": 8883}
_WHERE = "/notification/endpoint/uri"


class GuardedEndpoints:
    """Asks the guard.

    Args:
        guard: which addresses may be reached.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def check(self, uri: str) -> None:
        """Let an endpoint's address pass; a host that has no address now passes, too.

        Raises:
            BadRequestData: it leads where nobody may go, or is no endpoint.
        """
        try:
            parts = urlsplit(uri)
            port = parts.port or _PORTS[parts.scheme.lower()]
        except (ValueError, KeyError) as error:
            raise BadRequestData(
                "Endpoint has no URI that can be used; right would be http(s) or mqtt(s) with a "
                "host",
                where=_WHERE,
            ) from error
        if not parts.hostname:
            raise BadRequestData("Endpoint's URI has no host", where=_WHERE)
        try:
            await self._guard.resolve(parts.hostname, port)
        except AddressRefused as error:
            raise BadRequestData(error.detail, where=_WHERE) from error
        except Unreachable:
            return
