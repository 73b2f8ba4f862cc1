"""Backup and restore of one separated tenant with PostgreSQL's own tools.

A backup is what `pg_dump --format=custom` writes of the tenant's database: everything of the
tenant, undelivered notifications too. It goes back into the same platform, for the tenant's number
and the key of subscribers' secrets are this platform's. (To another one: `renkei tenant export`.)

What is restored gets a database of another name, so that nothing that any process remembers of the
one before holds for it. That data leave so, and that they come back as they once were, stands in
the audit before it happens: neither goes through the operator's door.
"""

import asyncio
import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from joint_use import (
    OPERATOR,
    THE_OPERATOR,
    AuditEvent,
    AuditKind,
    AuditOutcome,
    MoveStore,
    Party,
    Storage,
    Tenant,
    TenantStatus,
    resume_tenant,
    show_tenant,
    suspend_tenant,
)
from kit.db import Database, DatabaseUnavailable
from kit.errors import RenkeiError
from renkei.embedded import own_tool
from renkei.platform import Platform
from renkei.servers import servers_of
from renkei.settings import Settings

_SAID = 400


class DumpFailed(RenkeiError):
    """A tool of PostgreSQL's is missing or has failed; the detail ends with its own words."""


def back_up(dsn: str, database: str, file: Path) -> None:
    """Write a database to a file; a whole one or none.

    Raises:
        DumpFailed: pg_dump fails.
    """
    partial = file.with_name(f".{file.name}.partial")
    try:
        with partial.open("wb") as out:
            _run("pg_dump", dsn, ["--format=custom", "--no-owner", database], out.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def restore(dsn: str, database: str, file: Path) -> None:
    """Put a file's content into an empty database, wholly or not at all.

    Raises:
        DumpFailed: pg_restore fails.
    """
    arguments = ["--no-owner", "--single-transaction", f"--dbname={database}", str(file)]
    _run("pg_restore", dsn, arguments, subprocess.DEVNULL)


async def restore_tenant(platform: Platform, name: str, file: Path) -> Tenant:
    """Put a backup in the place of a separated tenant's data; answers with where it is now.

    The tenant is suspended meanwhile, and stays so where it was; what fails changes nothing else.
    That it begins, and how it ends, is recorded.

    Raises:
        DatabaseUnavailable: it cannot be recorded now.
        DumpFailed: the tenant is none of a backup's, or a tool fails.
        TenantUnknown, WrongStatus: as they say.
    """
    await separated_tenant(platform, name)
    facts = {"sha256": await asyncio.to_thread(_digest, file)}
    await _note(platform, name, "restore begins", facts)
    try:
        restored = await _put_back(platform, name, file)
    except BaseException:
        with suppress(DatabaseUnavailable):  # that it began is recorded; why it failed is told
            await _note(platform, name, "restore", facts, AuditOutcome.FAILED)
        raise
    await _note(platform, name, "restore", {**facts, "epoch": str(restored.epoch)})
    return restored


async def note_backup(platform: Platform, name: str) -> None:
    """Record that all data of a tenant are about to be written to a file.

    Raises:
        DatabaseUnavailable: it cannot be recorded now.
    """
    await _note(platform, name, "backup", {})


async def _put_back(platform: Platform, name: str, file: Path) -> Tenant:
    joint_use, mover = platform.joint_use, platform.moves.mover
    was_active = (await separated_tenant(platform, name)).status is TenantStatus.ACTIVE
    held = await suspend_tenant(joint_use, OPERATOR, name)
    prefix = joint_use.placing.separated_prefix
    place = replace(held.placement, database=f"{prefix}{held.number}_{held.epoch}")
    restored = replace(held, placement=place, epoch=held.epoch + 1)
    await mover.clear(restored)
    try:
        await _fill(platform, restored, file)
    except BaseException:
        await mover.clear(restored)
        if was_active:
            await resume_tenant(joint_use, OPERATOR, name)
        raise
    if was_active:
        restored = await resume_tenant(joint_use, OPERATOR, name)
    await mover.clear(held)
    return restored


async def _fill(platform: Platform, restored: Tenant, file: Path) -> None:
    """Make a database of a backup, and let the registry name it."""
    place = restored.placement
    async with platform.databases.admin(Database(place.server, "postgres")) as connection:
        await connection.execute(
            f"CREATE DATABASE \"{place.database}\" TEMPLATE template0 ENCODING 'UTF8'"
        )
    await asyncio.to_thread(
        restore, admin_dsn(platform.settings, place.server), place.database, file
    )
    await _require_tenant(platform, restored)
    await platform.joint_use.provisioner.provision(restored)
    store = MoveStore(platform.databases, platform.control)
    await store.put_back(restored, by=OPERATOR.subject, at=platform.joint_use.clock())


async def separated_tenant(platform: Platform, name: str) -> Tenant:
    """Find a tenant that has a database of its own.

    Raises:
        DumpFailed: it has none.
        TenantUnknown: there is no such tenant.
    """
    tenant = await show_tenant(platform.joint_use, OPERATOR, name)
    if tenant.storage is not Storage.SEPARATED:
        raise DumpFailed(
            f"Tenant {name} has no database of its own; right is `renkei tenant export {name} FILE`"
        )
    return tenant


def admin_dsn(settings: Settings, server: str) -> str:
    """Answer with how the owner reaches a server."""
    return next(one.admin_dsn for one in servers_of(settings) if one.name == server)


async def _note(
    platform: Platform,
    tenant: str,
    what: str,
    facts: Mapping[str, str],
    outcome: AuditOutcome = AuditOutcome.DONE,
) -> None:
    await platform.audit.lane.record(
        AuditEvent(
            kind=AuditKind.OPERATOR_ACTION,
            outcome=outcome,
            by=THE_OPERATOR,
            about=Party.thing(tenant),
            tenant=tenant,
            what=what,
            facts=facts,
        )
    )


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


async def _require_tenant(platform: Platform, target: Tenant) -> None:
    """Check that a backup is of this tenant."""
    database = Database(target.placement.server, target.placement.database)
    async with platform.databases.admin(database) as connection:
        numbers = await connection.fetch("SELECT tenant FROM tenant_state WHERE owner IS NULL")
    if [row["tenant"] for row in numbers] != [target.number]:
        raise DumpFailed(
            f"The backup is not of tenant {target.name}, whose number is {target.number}"
        )


def _run(tool: str, dsn: str, arguments: list[str], output: int) -> None:
    """Run a tool against a server; the password goes by the environment, not by the arguments."""
    found = own_tool(tool) or shutil.which(tool)
    if found is None:
        raise DumpFailed(f"{tool} is not installed; right is the version of the server")
    environment = {**os.environ, **_environment(dsn)}
    done = subprocess.run(  # noqa: S603 - a tool of PostgreSQL's
        [str(found), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-_SAID:]
        raise DumpFailed(f"{tool} fails: {said}")


def _environment(dsn: str) -> dict[str, str]:
    """Name a server as libpq's tools read it.

    >>> sorted(_environment("postgresql://me:a%2Fb@db.example:5433/x?sslmode=require").items())
    [('PGHOST', 'db.example'), ('PGPASSWORD', 'a/b'), ('PGPORT', '5433'), \
('PGSSLMODE', 'require'), ('PGUSER', 'me')]
    """
    parts = urlsplit(dsn)
    named = {
        "PGHOST": parts.hostname,
        "PGPORT": str(parts.port) if parts.port else None,
        "PGUSER": unquote(parts.username) if parts.username else None,
        "PGPASSWORD": unquote(parts.password) if parts.password else None,
    }
    more = {f"PG{name.upper()}": value for name, value in parse_qsl(parts.query)}
    return {name: value for name, value in {**named, **more}.items() if value is not None}
