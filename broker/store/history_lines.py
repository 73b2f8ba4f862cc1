"""History rows as lines of an archive: one for each attribute instance, whatever row it is in."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, TypeAlias, cast

import asyncpg
import orjson

from broker.ngsi.archive import (
    DamagedArchive,
    Line,
    instant_of,
    instant_or_none,
    told_or_none,
)
from broker.ngsi.entity import Instance
from broker.ngsi.values import format_instant
from broker.store.history import CREATED, DELETED, SEVERAL, UPDATED
from kit.json import JsonValue

_EFFECTS: Final = {CREATED: "created", UPDATED: "updated", DELETED: "deleted"}
_NUMBERS: Final = {word: number for number, word in _EFFECTS.items()}

HISTORY: Final = """
SELECT effect, recorded_at, observed_at, entity_id, attribute, dataset_id, body
FROM attribute_instance WHERE tenant = $1 ORDER BY recorded_at, number"""

HistoryRow: TypeAlias = tuple[
    int, datetime, datetime | None, JsonValue, JsonValue, JsonValue, str | None
]


def history_lines(row: asyncpg.Record) -> Iterator[Line]:
    """Write the lines of a row that `HISTORY` read."""
    body = None if row["body"] is None else orjson.loads(row["body"])
    if row["attribute"] != SEVERAL:
        told = told_or_none(row["observed_at"])
        yield _line(row, row["attribute"], row["dataset_id"], told, body)
        return
    for attribute, instances in cast("dict[str, list[Instance]]", body).items():
        for one in instances:
            dataset_id, observed = one.get("datasetId"), one.get("observedAt")
            instance = None if row["effect"] == DELETED else one
            yield _line(row, attribute, dataset_id, observed, instance)


def history_row(line: Line) -> HistoryRow:
    """Answer with the row that keeps a line.

    Raises:
        DamagedArchive: a word or an instant of it is none.
    """
    effect = _NUMBERS.get(str(line["effect"]))
    if effect is None:
        raise DamagedArchive(f"{line['effect']!r} is no effect; right are {sorted(_NUMBERS)}")
    instance = line["instance"]
    return (
        effect,
        instant_of(line["recordedAt"]),
        instant_or_none(line["observedAt"]),
        line["entityId"],
        line["attribute"],
        line["datasetId"],
        None if instance is None else orjson.dumps(instance).decode(),
    )


def _line(
    row: asyncpg.Record,
    attribute: str,
    dataset_id: JsonValue,
    observed_at: JsonValue,
    instance: JsonValue,
) -> Line:
    return {
        "entityId": row["entity_id"],
        "attribute": attribute,
        "effect": _EFFECTS[row["effect"]],
        "recordedAt": format_instant(row["recorded_at"]),
        "observedAt": observed_at,
        "datasetId": dataset_id,
        "instance": instance,
    }
