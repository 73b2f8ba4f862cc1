"""`renkei import`: a municipal file into a tenant: CSV, Excel, GeoJSON."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from datamodels import (
    NO_CHOICES,
    Language,
    Reading,
    Report,
    Told,
    import_file,
    read_choices,
    read_file,
    write_choices,
    write_report,
)
from renkei.commands.broker_tenant import BrokerTenant, broker_client
from renkei.commands.import_report import console, show_reading, show_report
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
    municipality_of,
    registry_of,
)


def command(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV, Excel (.xlsx), GeoJSON.")
    ],
    model: ModelName,
    tenant: TenantName,
    url: Url = None,
    municipality: Annotated[
        str | None,
        typer.Option(
            help="全国地方公共団体コード for rows without one; by default the tenant's, as 372013."
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="How columns are taken / 列の対応表"),
    ] = None,
    write_mapping: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Write how columns are taken, to adjust it; no import."),
    ] = None,
    series: Annotated[
        str | None,
        typer.Option(
            help="Begins ids made of row numbers; one for each file of a model / "
            "行番号から作るIDの先頭につける系列"
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, help="Write the report to .csv, .xlsx or .html / 結果を書き出す"
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Compare and report; write nothing.")
    ] = False,
    data: Data = None,
    lang: Speaking = Lang.JA,
) -> None:
    """Import a file: only what is new or differs is written; every refused row is explained."""

    def act() -> int:
        platform = find_platform(url, data)
        known = municipality or municipality_of(platform, tenant)
        choices = NO_CHOICES if mapping is None else read_choices(mapping)
        choices = choices if series is None else replace(choices, series=series)
        wanted = registry_of(data).named(model)
        reading = read_file(file, wanted, municipality=known, choices=choices)
        out = console()
        show_reading(out, reading, lang.value)
        if write_mapping is not None:
            write_mapping.write_text(write_choices(reading.table, wanted), "utf-8")
            return 0
        found = asyncio.run(_import(reading, platform, tenant, dry_run=dry_run))
        show_report(out, found, lang.value)
        if report is not None:
            _write_report(reading, found, lang.value, report)
        return 0 if found.is_complete else 1

    in_words(lang.value, act)


def _write_report(reading: Reading, report: Report, language: Language, path: Path) -> None:
    """Write the report as a file that can go back to who made the data."""
    name = reading.table.path.name
    write_report(Told(model=reading.model, file=name, report=report, language=language), path)


async def _import(reading: Reading, platform: Platform, tenant: str, *, dry_run: bool) -> Report:
    shown = console(is_error=True)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=shown,
        disable=not shown.is_terminal,
    )
    async with broker_client(platform, tenant) as client:
        with progress:
            lines = reading.table.lines or None
            bar = progress.add_task(reading.table.path.name, total=lines)
            report = await import_file(
                BrokerTenant(client, tenant, reading.model),
                reading.model,
                reading.rows(),
                governed=reading.governed,
                dry_run=dry_run,
                on_progress=lambda line: progress.update(bar, completed=line),
            )
            progress.update(bar, completed=lines or 0)
    return report
