"""`renkei export`: a tenant's entities of one model as a file."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from datamodels import Format, Model, export
from renkei.commands.broker_tenant import BrokerTenant, broker_client
from renkei.commands.options import Data
from renkei.commands.platform import (
    Lang,
    ModelName,
    Platform,
    Speaking,
    TenantName,
    Url,
    find_platform,
    in_words,
    registry_of,
)


def command(
    model: ModelName,
    tenant: TenantName,
    form: Annotated[
        Format,
        typer.Option("--format", help="csv (日本語の見出し, BOM), geojson, jsonld, ndjson"),
    ] = Format.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="By default: stdout.")
    ] = None,
    url: Url = None,
    data: Data = None,
    lang: Speaking = Lang.JA,
) -> None:
    """Export a tenant's entities of one model."""

    def act() -> int:
        wanted = registry_of(data).named(model)
        platform = find_platform(url, data)
        if output is None:
            asyncio.run(_export(wanted, platform, tenant, form, sys.stdout.buffer))
        else:
            _export_to_file(wanted, platform, tenant, form, output)
        return 0

    in_words(lang.value, act)


def _export_to_file(
    model: Model, platform: Platform, tenant: str, form: Format, path: Path
) -> None:
    """Write the whole file or none: one that breaks off leaves an older one in place."""
    fresh = path.with_name(f".{path.name}.part")
    try:
        with fresh.open("wb") as file:
            asyncio.run(_export(model, platform, tenant, form, file))
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


async def _export(
    model: Model, platform: Platform, tenant: str, form: Format, file: BinaryIO
) -> None:
    async with broker_client(platform, tenant) as client:
        source = BrokerTenant(client, tenant, model)
        async for piece in export(model, source.every(), form):
            file.write(piece)
