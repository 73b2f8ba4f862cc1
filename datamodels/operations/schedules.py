"""Scheduled imports: set by who administers a tenant, carried out by one process at a time."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import structlog

from datamodels.model.errors import DataModelError, UnreadableFile
from datamodels.model.headers import Choices
from datamodels.model.model import Model
from datamodels.model.rows import Row, Taken
from datamodels.model.schedule import Schedule
from datamodels.model.words import Words
from datamodels.operations.imports import import_file
from datamodels.operations.reports import Report
from datamodels.operations.seen import SeenIds
from datamodels.ports import EntityKeeper, Gathering, Schedules, TenantData
from datamodels.registry import Registry
from joint_use import OPERATOR, JointUseError
from kit.clock import Clock
from kit.db import DatabaseUnavailable
from kit.json import JsonObject, JsonValue

log = structlog.stdlib.get_logger("datamodels")

_LOOK_S = 2.0
_LEASE_S = 3_600.0  # a process that dies at it leaves it to another after so long
_MOST_TOLD = 100
_DELETED_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRows:
    """A file's rows, and the attributes that it has columns for."""

    rows: Iterable[Row]
    governed: frozenset[str]


ReadFile = Callable[[Path, Model, str | None, Choices], ReadRows]
"""Opens a file as rows of a model: path, model, municipality, choices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledImports:
    """Imports what is due.

    Args:
        gathering: brings files here.
        data: the tenants' entities.
        read_file: opens a file.
    """

    schedules: Schedules
    registry: Registry
    gathering: Gathering
    data: TenantData
    read_file: ReadFile
    clock: Clock

    async def run(self) -> None:
        """Import what is due, for ever; to be run under `kit.tasks`."""
        while True:
            try:
                is_busy = await self.import_next()
            except DatabaseUnavailable as error:
                log.warning("schedules_not_read", reason=error.detail)
                is_busy = False
            if not is_busy:
                await asyncio.sleep(_LOOK_S)

    async def import_next(self) -> bool:
        """Import one file that is due; False: nothing is.

        Raises:
            DatabaseUnavailable: the schedules cannot be read or written.
        """
        claimed = await self.schedules.claim(self.clock(), _LEASE_S)
        if claimed is None:
            return False
        schedule, lease = claimed
        try:
            schedule = await self._import(schedule)
        except (DataModelError, JointUseError) as error:
            schedule = replace(schedule, report={"outcome": "failed", "error": error.detail})
        next_at = self.clock() + timedelta(seconds=schedule.every_s)
        report = {**(schedule.report or {}), "at": self.clock().isoformat()}
        await self.schedules.finish(replace(schedule, next_at=next_at, report=report), lease)
        log.info("scheduled_import", tenant=schedule.tenant_name, outcome=report.get("outcome"))
        return True

    async def _import(self, schedule: Schedule) -> Schedule:
        model = self.registry.named(schedule.type)
        keeper = await self.data.entities(schedule.tenant_name, model, OPERATOR)
        async with self.gathering.gather(schedule) as gathered:
            if gathered.path is None:
                return replace(schedule, report={"outcome": "unchanged"})
            choices = Choices(columns=schedule.mapping, series=schedule.series)
            reading = await asyncio.to_thread(
                self.read_file, gathered.path, model, schedule.municipality, choices
            )
            with SeenIds() as seen:
                rows = _noting(reading.rows, seen)
                report = await import_file(keeper, model, rows, governed=reading.governed)
                vanished = await _vanished(keeper, model, schedule, seen)
        is_deleting = schedule.deletes_vanished and report.is_complete and not report.refused
        for start in range(0, len(vanished) if is_deleting else 0, _DELETED_AT_ONCE):
            await keeper.delete(vanished[start : start + _DELETED_AT_ONCE])
        return replace(
            schedule,
            etag=gathered.etag,
            last_modified=gathered.last_modified,
            report=_told(report, vanished, is_deleted=is_deleting),
        )


def _noting(rows: Iterable[Row], seen: SeenIds) -> Iterator[Row]:
    """Note the ids that a file has, to know afterwards which it has not."""
    for row in rows:
        if isinstance(row, Taken):
            seen.first_line(row.id, row.line)
        yield row


async def _vanished(
    keeper: EntityKeeper, model: Model, schedule: Schedule, seen: SeenIds
) -> list[str]:
    """Name the entities of the source's municipality and series that the file does not have."""
    whose = f"{schedule.municipality}:" if schedule.municipality else ""
    whose += f"{schedule.series}-" if schedule.series else ""
    prefix = f"urn:ngsi-ld:{model.type}:{whose}"
    ids = [str(one["id"]) async for one in keeper.every() if str(one["id"]).startswith(prefix)]
    return [id_ for id_ in ids if seen.first_line(id_, 0) is None]


def _told(report: Report, vanished: Sequence[str], *, is_deleted: bool) -> JsonObject:
    problems: list[JsonValue] = [
        {
            "row": one.line,
            "column": one.column,
            "found": one.found,
            "reason": {"ja": one.reason.ja, "en": one.reason.en},
        }
        for one in report.problems[:_MOST_TOLD]
    ]
    return {
        "outcome": "imported" if report.is_complete else "incomplete",
        "created": report.taken,
        "updated": report.changed,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "vanished": len(vanished),
        "deleted": len(vanished) if is_deleted else 0,
        "vanished_ids": list[JsonValue](vanished[:_MOST_TOLD]),
        "problems": problems,
    }


def within(folder: Path, name: str) -> Path:
    """Answer with a file of a folder: itself, or the newest one of a folder in it.

    Raises:
        UnreadableFile: it leads out of the folder, or is not there.
    """
    path = (folder / name).resolve()
    if path.is_dir() and path.is_relative_to(folder.resolve()):
        files = [one for one in path.iterdir() if one.is_file() and not one.name.startswith(".")]
        path = max(files, key=lambda one: one.stat().st_mtime_ns, default=path)
    if not path.is_file() or not path.is_relative_to(folder.resolve()):
        raise UnreadableFile(
            Words(
                f"取込フォルダーに {name} がありません",
                f"File {name} is not in the import folder",
            ),
            where="source",
        )
    return path
