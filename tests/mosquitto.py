"""A real MQTT server for tests: plain and TLS, with a user, killed and started again."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiomqtt
import orjson

from kit.json import JsonObject
from tests.certificates import write_certificates

PROGRAM = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
USER, PASSWORD = "renkei", "p@ss:word/"
_PASSWD = shutil.which("mosquitto_passwd")


@dataclass
class Mosquitto:
    """A running server and what was published to it, user properties beside it."""

    directory: Path
    port: int
    tls_port: int
    process: subprocess.Popen[bytes] | None = None
    received: list[tuple[str, int, JsonObject]] = field(default_factory=list)
    beside: list[tuple[str, str]] = field(default_factory=list)

    @property
    def ca_file(self) -> Path:
        return self.directory / "ca.pem"

    def start(self) -> None:
        assert PROGRAM is not None
        command = [PROGRAM, "-c", str(self.directory / "mosquitto.conf")]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    async def ready(self) -> None:
        for _ in range(500):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
        raise AssertionError("mosquitto does not start")

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Note what is published."""
        async with aiomqtt.Client(
            "127.0.0.1",
            self.port,
            username=USER,
            password=PASSWORD,
            protocol=aiomqtt.ProtocolVersion.V5,
        ) as client:
            await client.subscribe("#", qos=2)

            async def note() -> None:
                async for message in client.messages:
                    assert isinstance(message.payload, bytes)
                    document = orjson.loads(message.payload)
                    self.beside += getattr(message.properties, "UserProperty", [])
                    self.received.append((str(message.topic), message.qos, document))

            task = asyncio.create_task(note())
            try:
                yield
            finally:
                task.cancel()

    async def until_received(self, count: int) -> None:
        for _ in range(750):
            if len(self.received) >= count:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{len(self.received)} of {count} were received")


@contextmanager
def a_mosquitto(directory: Path, port: int, tls_port: int) -> Iterator[Mosquitto]:
    """Start a server that asks for a user and a password, in the clear and over TLS."""
    write_certificates(directory)
    passwords = directory / "passwords"
    passwords.touch(mode=0o600)
    if _PASSWD is not None:
        subprocess.run([_PASSWD, "-b", str(passwords), USER, PASSWORD], check=True)
    options = f"allow_anonymous {'false' if _PASSWD else 'true'}\npersistence false\nuser root\n"
    if _PASSWD is not None:
        options += f"password_file {passwords}\n"
    certified = "\n".join(f"{name}file {directory / name}.pem" for name in ("ca", "cert", "key"))
    (directory / "mosquitto.conf").write_text(
        f"{options}listener {port} 127.0.0.1\nlistener {tls_port} 127.0.0.1\n{certified}\n"
    )
    mosquitto = Mosquitto(directory, port, tls_port)
    mosquitto.start()
    try:
        yield mosquitto
    finally:
        mosquitto.kill()
