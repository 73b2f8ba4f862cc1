"""The stage: three platforms on this machine, each by `renkei up`, over TLS."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kit.errors import RenkeiError
from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.platform import Platform
from renkei.instance import Instance
from renkei.two_cities.certificates import AUTHORITY, CERTIFICATE, KEY, write_certificates

_STARTS_WITHIN_S = 180.0
_STOPS_WITHIN_S = 20.0
NAMES = ("hokkaido", "sapporo", "ebetsu")
FIRST_PORT = 8440


class StageFailed(RenkeiError):
    """A platform does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One platform of the stage.

    Args:
        name: its name in Latin letters.
        url: its address, and its name in the federation.
        data: what it keeps.
        authority: whose certificates are believed.
    """

    name: str
    url: str
    data: Path
    authority: Path

    @property
    def platform(self) -> Platform:
        """The platform, with its operator's token."""
        token = Instance(self.data).operator_token()
        return Platform(url=self.url, operator_token=token, ca_file=self.authority)

    def admin(
        self,
        method: str,
        path: str,
        body: JsonObject | None = None,
        params: Mapping[str, str] | None = None,
    ) -> JsonObject:
        """Do what its operator does.

        Raises:
            AdminRefused: the platform says no.
        """
        asked = dict(params) if params else None
        told = call_admin(self.platform, method, path, body, params=asked)
        return told if isinstance(told, dict) else {"found": told}


@contextmanager
def stage(directory: Path) -> Iterator[tuple[Site, Site, Site]]:
    """Start the three platforms together, and stop them in the end.

    Raises:
        StageFailed: one does not start.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / AUTHORITY).exists():
        write_certificates(directory)
    sites = [_site(directory, name, FIRST_PORT + at) for at, name in enumerate(NAMES)]
    with ExitStack() as stack:
        started = [(site, stack.enter_context(_started(site))) for site in sites]
        for site, process in started:
            _await(site, process)
        hokkaido, sapporo, ebetsu = sites
        yield hokkaido, sapporo, ebetsu


def _site(directory: Path, name: str, port: int) -> Site:
    """Write down what one platform starts with."""
    data = directory / name
    data.mkdir(exist_ok=True)
    settings = data / "settings.toml"
    if not settings.exists():
        free = _free(port)
        settings.write_text(_settings(directory, free), "utf-8")
    told = settings.read_text("utf-8")
    url = told.partition('issuer = "')[2].partition('"')[0]
    return Site(name=name, url=url, data=data, authority=directory / AUTHORITY)


def _settings(directory: Path, port: int) -> str:
    return f'''host = "localhost"
port = {port}
workers = 1
auth = "on"
egress_allow = "127.0.0.0/8,::1/128"
egress_ca_file = "{directory / AUTHORITY}"

[tls]
certificate = "{directory / CERTIFICATE}"
key = "{directory / KEY}"

[idp_federation]
issuer = "https://localhost:{port}"
anchor = "localhost"
'''


def _free(port: int) -> int:
    """Take a port, or any other where somebody listens on it."""
    for wanted in (port, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            free: int = probe.getsockname()[1]
            return free
    raise StageFailed("No port of 127.0.0.1 is free")


@contextmanager
def _started(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """Run `renkei up`; what it writes goes into a file beside its data."""
    # Settings that the caller's environment has are meant for another platform.
    environment = {name: one for name, one in os.environ.items() if not name.startswith("RENKEI_")}
    command = [sys.executable, "-m", "renkei", "up", "--data", str(site.data)]
    with (site.data / "log.txt").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, stdout=log, stderr=log, env=environment, start_new_session=True
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(site: Site, process: subprocess.Popen[bytes]) -> None:
    """Wait until a platform serves.

    Raises:
        StageFailed: it does not.
    """
    ends_at, instance = time.monotonic() + _STARTS_WITHIN_S, Instance(site.data)
    while time.monotonic() < ends_at and process.poll() is None:
        running = instance.running()
        if running is not None and running.is_ready:
            return
        time.sleep(0.1)
    raise StageFailed(f"{site.name} does not start; the reason is in {site.data / 'log.txt'}")
