"""`renkei import`: a municipal CSV file into a tenant."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from datamodels import Reading, Report, import_file, model_named, read_csv
from renkei.commands.broker_tenant import BrokerTenant, broker_client
from renkei.commands.import_report import console, show_reading, show_report
from renkei.commands.options import Data
from renkei.commands.platform import (
    Lang,
    ModelName,
    Speaking,
    TenantName,
    Url,
    find_platform,
    in_words,
    municipality_of,
)


def command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The CSV file.")],
    model: ModelName,
    tenant: TenantName,
    url: Url = None,
    municipality: Annotated[
        str | None,
        typer.Option(
            help="全国地方公共団体コード for rows without one; by default the tenant's, as 372013."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Compare and report; write nothing.")
    ] = False,
    data: Data = None,
    lang: Speaking = Lang.JA,
) -> None:
    """Import a CSV file: only what is new or differs is written; every refused row is explained."""

    def act() -> int:
        platform = find_platform(url, data)
        known = municipality or municipality_of(platform, tenant)
        reading = read_csv(file, model_named(model), municipality=known)
        out = console()
        show_reading(out, reading, lang.value)
        report = asyncio.run(_import(reading, platform.url, tenant, dry_run=dry_run))
        show_report(out, report, lang.value)
        return 0 if report.is_complete else 1

    in_words(lang.value, act)


async def _import(reading: Reading, url: str, tenant: str, *, dry_run: bool) -> Report:
    shown = console(is_error=True)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=shown,
        disable=not shown.is_terminal,
    )
    async with broker_client(url, tenant) as client:
        with progress:
            lines = reading.table.encoding.lines
            bar = progress.add_task(reading.table.path.name, total=lines)
            report = await import_file(
                BrokerTenant(client, tenant, reading.model),
                reading.model,
                reading.rows(),
                governed=reading.governed,
                dry_run=dry_run,
                on_progress=lambda line: progress.update(bar, completed=line),
            )
            progress.update(bar, completed=lines)
    return report
