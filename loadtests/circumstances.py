"""What a figure was measured under: without it a figure says nothing."""

import ipaddress
import os
import platform
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import asyncpg
import orjson
import psutil

from loadtests.wire import Target
from renkei.embedded import EmbeddedPostgres
from renkei.instance import Instance

_DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")
_SETTINGS = "SELECT name, setting FROM pg_settings WHERE name = ANY($1) ORDER BY name"
_EXCEPTIONS = """
    SELECT DISTINCT setting FROM pg_db_role_setting, unnest(setconfig) AS setting
    WHERE split_part(setting, '=', 1) = ANY($1) ORDER BY setting
"""
_WORKER = "renkei.worker"
_FACTS_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Durability:
    """What the database says a commit survives.

    `exceptions` are settings that some role or database has of its own, as `name=value`.
    """

    server: str
    settings: dict[str, str]
    exceptions: list[str]
    is_durable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A platform on this machine, found by its data directory."""

    supervisor: int
    url: str
    workers: int
    database_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Where, when and against what a run was made."""

    url: str
    tenant: str | None
    context: str
    connections: int
    cores: int
    machine: str
    generator: str
    workers: int | None
    facts: dict[str, str]
    durability: Durability | None
    note: str
    python: str = field(default_factory=platform.python_version)
    measured_at: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds")
    )


def installation(data: Path) -> Installation:
    """Find the platform that runs with this data.

    Raises:
        ValueError: none does.
    """
    instance = Instance(data)
    running = instance.running()
    if running is None:
        raise ValueError(f"Nothing runs with the data in {data}: start it with `renkei up`")
    return Installation(
        supervisor=running.pid,
        url=f"{running.url.rstrip('/')}/ngsi-ld/v1",
        workers=_workers(running.pid),
        database_url=EmbeddedPostgres(instance.postgres).admin_dsn,
    )


async def durability(database_url: str) -> Durability:
    """Ask the database what a commit survives."""
    connection = await asyncpg.connect(database_url)
    try:
        settings = {
            str(row["name"]): str(row["setting"])
            for row in await connection.fetch(_SETTINGS, _DURABILITY)
        }
        exceptions = [row["setting"] for row in await connection.fetch(_EXCEPTIONS, _DURABILITY)]
        server = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    said = [*(f"{name}={setting}" for name, setting in settings.items()), *exceptions]
    return Durability(
        server=f"PostgreSQL {server}",
        settings=settings,
        exceptions=exceptions,
        is_durable=not any(one.endswith("=off") for one in said),
    )


async def facts(target: Target) -> dict[str, str]:
    """Ask the broker what it says of itself at `/health/ready`; another broker says nothing."""
    url = f"http://{target.netloc}/health/ready"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(_FACTS_LIMIT_S)) as session,
            session.get(url) as answer,
        ):
            said = orjson.loads(await answer.read())
    except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError):
        return {}
    return {name: str(fact) for name, fact in said.items()} if isinstance(said, dict) else {}


def circumstances(
    target: Target,
    connections: int,
    *,
    found: Installation | None,
    said: dict[str, str],
    durable: Durability | None,
    note: str,
) -> Circumstances:
    """Write down what a run is made under."""
    return Circumstances(
        url=target.url,
        tenant=target.tenant,
        context=target.context,
        connections=connections,
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else _cpus(),
        machine=f"{platform.system()} {platform.machine()}",
        generator=_whereabouts(target.host),
        workers=found.workers if found else None,
        facts=said,
        durability=durable,
        note=note,
    )


def _cpus() -> int:
    return os.cpu_count() or 1


def _whereabouts(host: str) -> str:
    """Say whether the generator shares the broker's machine."""
    address = ipaddress.ip_address(socket.gethostbyname(host))
    if address.is_loopback:
        return "on the broker's machine, sharing its cores"
    return f"on {platform.node()}; the broker on {host}"


def _workers(supervisor: int) -> int:
    children = psutil.Process(supervisor).children()
    return sum(1 for child in children if _WORKER in child.cmdline())
