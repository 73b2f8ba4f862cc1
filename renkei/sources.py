"""External tenants: their own endpoints, how they are entered, and where notifications go on to."""

import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from broker import External, SourceClients, StoredRelays, tls_of
from broker.ngsi.notification import NotificationMessage
from broker.ngsi.subscription import Endpoint
from broker.notify.ports import Sender, Undelivered
from joint_use import ClientCredentials, EndpointCache, EndpointStore, ExternalEndpoint, InvalidTerm
from kit.db import Database, Databases
from kit.guard import AddressRefused, Guard, Unreachable
from kit.listen import Listener
from kit.sealing import Seal
from renkei.notifications import Notifications
from renkei.settings import Settings

_PORTS = {"http": 80, "https": 443}


class GuardedEntrance:
    """Looks whether an endpoint can be entered (joint use's port `Entrance`).

    Args:
        guard: which addresses may be reached.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def check(self, endpoint: ExternalEndpoint) -> None:
        """Let an endpoint pass; a host that has no address now passes, too.

        Raises:
            InvalidTerm: it leads where nobody may go, or its certificates are none.
        """
        await self._require_allowed(endpoint.url, "endpoint.url")
        if isinstance(endpoint.credentials, ClientCredentials):
            await self._require_allowed(
                endpoint.credentials.token_url, "endpoint.credentials.token_url"
            )
        try:
            tls_of(endpoint)
        except (ValueError, ssl.SSLError) as error:
            raise InvalidTerm(
                "The endpoint's certificates or key cannot be used; right are PEM texts, the key "
                "without a password",
                detail_ja="証明書または秘密鍵を読み取れません。PEM形式で指定してください。",
                where="endpoint.credentials",
            ) from error

    async def _require_allowed(self, url: str, where: str) -> None:
        parts = urlsplit(url)
        try:
            await self._guard.resolve(parts.hostname or "", parts.port or _PORTS[parts.scheme])
        except AddressRefused as error:
            raise InvalidTerm(
                error.detail, detail_ja="接続が許可されていないアドレスです。", where=where
            ) from error
        except Unreachable:
            return


class SubscribersReceivers:
    """Sends what is relayed to subscribers' own endpoints (the broker's port `Receivers`).

    Args:
        senders: by scheme of the endpoint's URI.
        timeout_s: how long a receiver may take, where its subscription says nothing.
        longest_s: how long it may take at most.
    """

    def __init__(self, senders: dict[str, Sender], *, timeout_s: float, longest_s: float) -> None:
        self._senders = senders
        self._timeout_s = timeout_s
        self._longest_s = longest_s

    async def send(self, endpoint: Endpoint, message: NotificationMessage) -> str | None:
        """Send one message; answers with why it did not arrive, or None."""
        asked_s = self._timeout_s if endpoint.timeout_ms is None else endpoint.timeout_ms / 1000
        sender = self._senders[urlsplit(endpoint.uri).scheme.lower()]
        try:
            await sender.send(endpoint, message, min(asked_s, self._longest_s))
        except Undelivered as failure:
            return str(failure)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What joint use knows of external tenants' endpoints."""

    store: EndpointStore
    cache: EndpointCache
    entrance: GuardedEntrance


def assemble_endpoints(
    settings: Settings, databases: Databases, control: Database, listener: Listener, seal: Seal
) -> Endpoints:
    """Put together what joint use asks for; nothing is connected yet."""
    store = EndpointStore(databases, control, seal)
    cache = EndpointCache(store)
    cache.follow(listener)
    return Endpoints(
        store=store, cache=cache, entrance=GuardedEntrance(Guard(settings.egress_allow))
    )


def assemble_sources(
    settings: Settings,
    databases: Databases,
    control: Database,
    endpoints: Endpoints,
    notifications: Notifications,
) -> tuple[External, SourceClients]:
    """Put together what the broker asks for; answers also with what is to be closed."""
    sources, notify = settings.broker.sources, settings.broker.notify
    clients = SourceClients(endpoints.cache.find, Guard(settings.egress_allow), sources)
    http, mqtt = notifications.http, notifications.mqtt
    receivers = SubscribersReceivers(
        {"http": http, "https": http, "mqtt": mqtt, "mqtts": mqtt},
        timeout_s=notify.timeout_s,
        longest_s=notify.max_timeout_s,
    )
    alias = settings.broker.api.alias or socket.gethostname()
    mark = notifications.seal.mark("pseudonym", "Via").hex()[:12]
    external = External(
        sources=clients,
        relays=StoredRelays(databases, control, notifications.seal),
        receivers=receivers,
        pseudonym=f"{alias}-{mark}",
        relay_url=sources.relay_url or settings.broker.api.public_url,
        most_bytes=sources.max_answer_bytes,
        most_relayed=sources.relays,
    )
    return external, clients
