"""Notifications over MQTT 3.1.1 and 5, TLS too; a lost connection is opened again (§7)."""

import asyncio
import ssl
from collections import OrderedDict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from typing import Literal, cast
from urllib.parse import unquote, urlsplit

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from broker.ngsi.notification import NotificationMessage
from broker.ngsi.subscription import Endpoint
from broker.notify.ports import Undelivered
from kit import tracing
from kit.guard import Address, Guard, OutboundError
from kit.tasks import Tasks

_MOST_CONNECTIONS = 256
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_VERSIONS = {"mqtt3.1.1": aiomqtt.ProtocolVersion.V311, "mqtt5.0": aiomqtt.ProtocolVersion.V5}

QoS = Literal[0, 1, 2]


@dataclass(frozen=True, slots=True)
class _Server:
    """One MQTT server as one client of it; connections are shared by who agrees in all of it."""

    host: str
    port: int
    is_tls: bool
    user: str | None
    password: str | None
    version: str

    @classmethod
    def of(cls, endpoint: Endpoint, info: dict[str, str]) -> "_Server":
        parts = urlsplit(endpoint.uri)
        scheme = parts.scheme.lower()
        return cls(
            host=parts.hostname or "",
            port=parts.port or _PORTS[scheme],
            is_tls=scheme == "mqtts",
            user=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            version=info.get("mqtt-version", "mqtt5.0"),
        )


class _ClosingSocket(ssl.SSLSocket):
    """Does not stay open when the server's certificate is refused."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands, or hang up."""
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


class _NamedContext(ssl.SSLContext):
    """Checks the certificate for the name in the URI, though an address is connected to."""

    name: str
    sslsocket_class = _ClosingSocket

    def wrap_socket(  # type: ignore[override]  # MQTT's client calls it with these alone
        self, sock: object, server_hostname: str | None = None, **options: bool
    ) -> ssl.SSLSocket:
        """Wrap a socket under the right name."""
        del server_hostname
        return super().wrap_socket(sock, server_hostname=self.name, **options)  # type: ignore[arg-type]  # a socket it is


class _Connection:
    """A connection to a server that is opened when it is needed, and again when it is lost."""

    def __init__(self, server: _Server, guard: Guard, ca_file: str | None, tasks: Tasks) -> None:
        self._server = server
        self._tasks = tasks
        self._guard = guard
        self._ca_file = ca_file
        self._turn = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._client: aiomqtt.Client | None = None

    async def publish(self, topic: str, payload: bytes, qos: QoS, timeout_s: float) -> None:
        """Publish, once more over a new connection where the old one turns out to be lost."""
        client, is_new = await self._opened(timeout_s)
        try:
            await self._publish(client, topic, payload, qos, timeout_s)
        except aiomqtt.MqttError:
            await self._lose(client)
            if is_new:
                raise
            client, _ = await self._opened(timeout_s)
            await self._publish(client, topic, payload, qos, timeout_s)

    async def _publish(
        self, client: aiomqtt.Client, topic: str, payload: bytes, qos: QoS, timeout_s: float
    ) -> None:
        """Publish; MQTT 5 carries the trace beside the message, 3.1.1 has no room for it."""
        properties, trace = None, tracing.outgoing()
        if trace and _VERSIONS[self._server.version] is aiomqtt.ProtocolVersion.V5:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it untyped
            properties.UserProperty = [*trace.items()]
        await client.publish(topic, payload, qos=qos, properties=properties, timeout=timeout_s)

    async def close(self) -> None:
        """Take leave."""
        client = self._client
        if client is not None:
            await self._lose(client)

    async def _opened(self, timeout_s: float) -> tuple[aiomqtt.Client, bool]:
        async with self._turn:
            if self._client is not None:
                return self._client, False
            failure: aiomqtt.MqttError | None = None
            for address in await self._guard.resolve(self._server.host, self._server.port):
                stack, made = AsyncExitStack(), self._made(address, timeout_s)
                try:
                    client = await stack.enter_async_context(made)
                except aiomqtt.MqttError as error:
                    _hang_up(made)
                    failure = error
                except BaseException:
                    _hang_up(made)
                    raise
                else:
                    self._client, self._stack = client, stack
                    self._tasks.start("mqtt connection", partial(self._watch, client))
                    return client, True
            raise failure or aiomqtt.MqttError("no address")

    async def _watch(self, client: aiomqtt.Client) -> None:
        """Notice when a connection is lost."""
        try:
            async for _ in client.messages:
                pass
        except aiomqtt.MqttError:
            await self._lose(client)

    async def _lose(self, client: aiomqtt.Client) -> None:
        """Let go of a client that does not work; others that waited open a new one."""
        async with self._turn:
            if self._client is not client:
                return
            self._client = None
            stack, self._stack = self._stack, AsyncExitStack()
            try:
                await stack.aclose()
            except aiomqtt.MqttError:
                return

    def _made(self, address: Address, timeout_s: float) -> aiomqtt.Client:
        server = self._server
        return aiomqtt.Client(
            str(address),
            server.port,
            username=server.user,
            password=server.password,
            identifier=f"renkei-{token_hex(8)}",
            protocol=_VERSIONS[server.version],
            timeout=timeout_s,
            tls_context=self._tls() if server.is_tls else None,
        )

    def _tls(self) -> ssl.SSLContext:
        context = _NamedContext(ssl.PROTOCOL_TLS_CLIENT)
        context.name = self._server.host
        context.load_default_certs()
        if self._ca_file is not None:
            context.load_verify_locations(self._ca_file)
        return context


def _hang_up(client: aiomqtt.Client) -> None:
    """Close the socket of a client that was not let in: who made it does not."""
    client._client._sock_close()  # noqa: SLF001 — nothing public closes it before it is let in


class MqttSender:
    """Publishes notifications.

    Args:
        guard: which addresses may be reached.
        ca_file: certificates to trust beside the usual ones.
    """

    def __init__(self, guard: Guard, ca_file: str | None = None) -> None:
        self._guard = guard
        self._ca_file = ca_file
        self._tasks = Tasks()
        self._connections: OrderedDict[_Server, _Connection] = OrderedDict()

    async def send(
        self, endpoint: Endpoint, message: NotificationMessage, timeout_s: float
    ) -> None:
        """Publish one notification; with QoS 1 and 2 the server has said that it has it.

        Raises:
            Undelivered: it has not.
        """
        info = {key.lower(): value for key, value in endpoint.notifier_info}
        connection = await self._connection(_Server.of(endpoint, info))
        topic = unquote(urlsplit(endpoint.uri).path.removeprefix("/"))
        qos = cast(QoS, int(info.get("mqtt-qos", "0")))
        try:
            async with asyncio.timeout(timeout_s):
                await connection.publish(topic, message.body, qos, timeout_s)
        except TimeoutError as error:
            raise Undelivered(f"MQTT server does not answer within {timeout_s:g} s") from error
        except OutboundError as error:
            raise Undelivered(error.detail) from error
        except (aiomqtt.MqttError, ssl.SSLError, OSError, ValueError) as error:
            raise Undelivered(f"MQTT server refuses or cannot be reached: {error}") from error

    async def close(self) -> None:
        """Take leave of all servers."""
        await self._tasks.close()
        for connection in self._connections.values():
            await connection.close()
        self._connections.clear()

    async def _connection(self, server: _Server) -> _Connection:
        connection = self._connections.get(server)
        if connection is None:
            connection = _Connection(server, self._guard, self._ca_file, self._tasks)
            self._connections[server] = connection
            if len(self._connections) > _MOST_CONNECTIONS:
                _, oldest = self._connections.popitem(last=False)
                await oldest.close()
        else:
            self._connections.move_to_end(server)
        return connection
