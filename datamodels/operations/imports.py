"""Importing a file's rows: only what is new or differs is sent."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

from datamodels.model.entities import same_attribute
from datamodels.model.errors import UnreadableFile
from datamodels.model.model import Model
from datamodels.model.rows import Problem, Refused, Row, Taken
from datamodels.model.words import Words
from datamodels.operations.reports import Report
from datamodels.operations.seen import SeenIds
from datamodels.ports import EntitySink
from kit.json import JsonObject

BATCH = 500
"""How many rows are compared and sent together."""


async def import_file(
    sink: EntitySink,
    model: Model,
    rows: Iterable[Row],
    *,
    governed: frozenset[str],
    dry_run: bool = False,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Import a file's rows into the sink and account for every one of them.

    An attribute that the file governs and that a row leaves blank is removed from an entity that
    has it; attributes that the file has no column for stay as they are.

    Args:
        sink: where the entities go.
        model: what the rows are.
        rows: in the order of the file.
        governed: the attributes that the file has columns for.
        dry_run: compare only.
        on_progress: told the line that was reached.

    Raises:
        SinkRefused: the sink cannot be read or written.
    """
    report = Report(is_dry_run=dry_run)
    kept = governed & frozenset(model.attributes)
    with SeenIds() as seen:
        remaining = iter(rows)
        while batch := await asyncio.to_thread(_next_batch, remaining, seen, report):
            await _import_batch(sink, batch, kept, report)
            on_progress(batch[-1].line)
    return report


def _next_batch(rows: Iterable[Row], seen: SeenIds, report: Report) -> list[Taken]:
    """Gather rows that can be sent; refused ones are counted on the way."""
    batch: list[Taken] = []
    try:
        for row in rows:
            taken = _without_duplicate(row, seen)
            if isinstance(taken, Refused):
                report.refuse(taken.problems)
                continue
            report.assume(taken.assumptions)
            report.gaps.update(taken.gaps)
            batch.append(taken)
            if len(batch) == BATCH:
                break
    except UnreadableFile as broken:
        report.is_complete = False
        report.refuse([_broken(broken)])
    return batch


def _without_duplicate(row: Row, seen: SeenIds) -> Row:
    if isinstance(row, Refused):
        return row
    first = seen.first_line(row.id, row.line)
    if first is None:
        return row
    local_id = row.id.rsplit(":", 1)[-1]
    problem = Problem(
        line=row.line,
        column="ID",
        found=local_id,
        reason=Words(
            f"{first} 行目と {row.line} 行目の ID が同じです",
            f"lines {first} and {row.line} have the same id",
        ),
        right=Words("行ごとに異なる ID にしてください", "an id of its own for each row"),
    )
    return Refused(line=row.line, problems=(problem,))


async def _import_batch(
    sink: EntitySink, batch: Sequence[Taken], governed: frozenset[str], report: Report
) -> None:
    there = await sink.existing([row.id for row in batch])
    wanted = {row.id: row for row in batch}
    differing = {
        id_: row for id_, row in wanted.items() if not _says_the_same(row, there.get(id_), governed)
    }
    refusals: Mapping[str, str] = {}
    if differing and not report.is_dry_run:
        refusals = await sink.upsert([row.entity for row in differing.values()])
    for id_, row in wanted.items():
        current = there.get(id_)
        if id_ in refusals:
            report.refuse([_refused_by_sink(row, refusals[id_])])
        elif current is None:
            report.taken += 1
        elif id_ not in differing:
            report.unchanged += 1
        else:
            await _remove_blank(sink, row, current, governed, report)
            report.changed += 1


async def _remove_blank(
    sink: EntitySink, row: Taken, current: JsonObject, governed: frozenset[str], report: Report
) -> None:
    blank = sorted(name for name in governed if name in current and name not in row.entity)
    if blank and not report.is_dry_run:
        await sink.remove(row.id, blank)


def _says_the_same(row: Taken, current: JsonObject | None, governed: frozenset[str]) -> bool:
    if current is None:
        return False
    given = row.entity.keys() - {"id", "type"}
    return all(same_attribute(row.entity.get(name), current.get(name)) for name in given | governed)


def _refused_by_sink(row: Taken, reason: str) -> Problem:
    return Problem(
        line=row.line,
        column=None,
        found=row.id,
        reason=Words(
            f"ブローカーが受け付けませんでした: {reason}", f"the broker refuses: {reason}"
        ),
        right=Words("理由を確かめてください", "see the reason"),
    )


def _broken(broken: UnreadableFile) -> Problem:
    line = int(broken.where) if broken.where and broken.where.isdigit() else 0
    return Problem(
        line=line,
        column=None,
        found="",
        reason=broken.words,
        right=Words("ここから先は読んでいません", "nothing after this was read"),
    )
