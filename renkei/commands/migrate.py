"""`renkei migrate`: bring every database to this version, before its processes are started."""

import asyncio
from collections.abc import AsyncIterator

import typer

from broker import Unavailable
from joint_use import OPERATOR, Storage, Tenant, list_tenants
from kit.db import DatabaseUnavailable
from renkei.commands.options import Data, as_text
from renkei.platform import Platform, assemble, opened
from renkei.preparation import make_ready
from renkei.settings import Settings, SettingsRefused, load


def command(data: Data = None) -> None:
    """Migrate the control database and all tenants' on the server of RENKEI_DATABASE_URL.

    Migrations only add, so processes of the version before serve on meanwhile. Without this the
    start migrates the control database, and the first use a tenant's.
    """
    settings = load({"data": as_text(data)})
    if settings.database_url is None:
        raise SettingsRefused(
            "The PostgreSQL of the platform's own is migrated by `renkei up`; "
            "`renkei migrate` is for a server named by RENKEI_DATABASE_URL"
        )
    ready, away = asyncio.run(_migrate(settings))
    typer.echo(f"renkei: {ready} tenants are ready, {len(away)} could not be reached")
    for reason in away:
        typer.echo(f"  {reason}", err=True)
    if away:
        raise typer.Exit(1)


async def _migrate(settings: Settings) -> tuple[int, list[str]]:
    platform = assemble(settings)
    ready, away = 0, []
    async with opened(platform):
        await make_ready(platform)
        async for tenant in _stored(platform):
            try:
                await platform.store.tenants.make_ready(tenant)
                ready += 1
            except (DatabaseUnavailable, Unavailable) as error:
                away.append(f"{tenant.name}: {error.detail}")
    return ready, away


async def _stored(platform: Platform) -> AsyncIterator[Tenant]:
    last = ""
    while page := await list_tenants(platform.joint_use, OPERATOR, after=last):
        for tenant in page:
            if tenant.storage is not Storage.EXTERNAL:
                yield tenant
        last = page[-1].name
