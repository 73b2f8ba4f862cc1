"""Where external tenants' sources send notifications: POST /broker/v1/relay/{token}."""

from typing import cast

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from broker.api.body import BodyTooLarge, Disconnected
from broker.api.exchange import JSON, NO_CONTENT, Incoming, Reply
from broker.api.mediated_subscriptions import RELAY_PATH
from broker.api.origin import base_url_of
from broker.api.problems import denied_reply, plain_problem, problem_reply
from broker.api.source_problems import failure_reply
from broker.api.translation import Translation
from broker.ngsi.errors import NgsiLdError
from broker.operations import relays
from broker.operations.call import AccessDenied
from broker.ports import Broker
from broker.settings import ApiSettings
from broker.source_ports import SourceFailure

_RETRY_AFTER_S = b"5"
_TOKEN = "token"  # noqa: S105 — the name of a path's segment


class RelayEndpoint:
    """Sends a notification on before it is answered: 2xx says that the subscriber has it."""

    def __init__(self, broker: Broker, settings: ApiSettings) -> None:
        self._broker = broker
        self._settings = settings
        self._under_way = 0

    def route(self) -> Route:
        """Say where it is."""
        return Route(f"{RELAY_PATH}{{{_TOKEN}}}", self, include_in_schema=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        incoming = Incoming(scope=scope, receive=receive, segments=scope["path_params"])
        self._under_way += 1
        try:
            reply = await self._answered(incoming)
        except Disconnected:
            return
        finally:
            self._under_way -= 1
        await reply.send(send)

    async def _answered(self, incoming: Incoming) -> Reply:
        if incoming.method != "POST":
            return plain_problem(405, "The method is not allowed", "Notifications are POSTed")
        try:
            relays.require_turn(self._under_way - 1, self._broker)
            failure = await self._relayed(incoming)
        except NgsiLdError as error:
            return problem_reply(error)
        except AccessDenied as error:
            return denied_reply(error)
        except SourceFailure as error:
            return failure_reply(error)
        except BodyTooLarge as error:
            return plain_problem(413, "The body is too large", str(error))
        if failure is None:
            return NO_CONTENT
        return plain_problem(
            503, "The receiver has not taken it", failure, ((b"retry-after", _RETRY_AFTER_S),)
        )

    async def _relayed(self, incoming: Incoming) -> str | None:
        relay, tenant = await relays.find(self._broker, incoming.segments[_TOKEN])
        body = await self._read(incoming)
        source = await self._broker.external.sources.name(tenant)
        ours = base_url_of(self._settings, incoming)
        translation = Translation(ours=ours, theirs=source.url)
        headers = {"Content-Type": incoming.header(b"content-type") or JSON}
        if link := translation.link_to_ours(incoming.header(b"link") or "", ""):
            headers["Link"] = link
        return await relays.relay_notification(
            self._broker, relay, headers, translation.body_to_ours(body)
        )

    async def _read(self, incoming: Incoming) -> bytes:
        """Read the body, whose length a source need not say.

        Raises:
            BodyTooLarge: it is longer than the operator allows.
            Disconnected: it breaks off.
        """
        body = bytearray()
        while True:
            message = await incoming.receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            body += cast(bytes, message.get("body", b""))
            if len(body) > self._settings.max_body_bytes:
                raise BodyTooLarge(self._settings.max_body_bytes)
            if not message.get("more_body"):
                return bytes(body)
