"""Which rows of entity_index an Entity has: its values at declared paths and its geometries.

A row narrows a query down; the document decides. So a row may say less than the value: text is cut,
a DateTime that no calendar has is moved to the nearest one that some calendar has.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from broker.ngsi.cells import cells_of, point_cell
from broker.ngsi.entity import Entity, Instance
from broker.ngsi.geometry import geometry_of
from broker.ngsi.names import Iri
from broker.ngsi.q.paths import path_key, targets
from broker.ngsi.q.syntax import Instant, MomentForm, Path, moment_of
from kit.json import JsonValue

MAX_TEXT = 250
"""Characters of an indexed text: at most 1,000 bytes, which an index entry can hold."""

_EVER = datetime.min.replace(tzinfo=UTC)  # sees expired instances too: they expire, rows stay


class IndexRow(NamedTuple):
    """One row of entity_index, without tenant and id."""

    path: str
    number: float | None = None
    text: str | None = None
    instant: datetime | None = None
    cell: int | None = None


def index_rows(entity: Entity, declared: Sequence[Path] = ()) -> list[IndexRow]:
    """Give the rows of an Entity, each once.

    Args:
        entity: the Entity after a write.
        declared: the tenant's declared paths (`path_of_key` reads them from index_declaration).
    """
    rows: list[IndexRow] = []
    for attribute, instances in entity.attributes.items():
        for instance in instances:
            if instance["type"] == "GeoProperty":
                rows.extend(_cell_rows(attribute, instance))
    for path in declared:
        rows.extend(_value_rows(path, entity))
    return rows if len(rows) < 2 else list(dict.fromkeys(rows))


def value_rows(entity: Entity, path: Path) -> list[IndexRow]:
    """Give the rows of an Entity for one declared path alone, each once."""
    return list(dict.fromkeys(_value_rows(path, entity)))


def _cell_rows(attribute: Iri, instance: Instance) -> list[IndexRow]:
    value = instance.get("value")
    if isinstance(value, dict) and value.get("type") == "Point":
        match value.get("coordinates"):
            case [float(longitude), float(latitude), *_] if abs(longitude) <= 180:
                return [IndexRow(attribute, cell=point_cell(longitude, latitude))]
    geometry = geometry_of(value)
    return [IndexRow(attribute, cell=cell) for cell in cells_of(geometry)] if geometry else []


def _value_rows(path: Path, entity: Entity) -> Iterator[IndexRow]:
    if path.attributes and path.attributes[0] not in entity.attributes:
        return
    key = path_key(path)
    for target in targets(path, entity, _EVER):
        for value in target.value if isinstance(target.value, list) else [target.value]:
            row = _value_row(key, value)
            if row is not None:
                yield row


def _value_row(key: str, value: JsonValue) -> IndexRow | None:
    if isinstance(value, bool):
        return IndexRow(key, text=boolean_text(flag=value))
    if isinstance(value, int | float):
        return IndexRow(key, number=as_float(value))
    if not isinstance(value, str):
        return None
    at = moment_of(value, MomentForm.DATE_TIME)
    return IndexRow(key, text=value[:MAX_TEXT], instant=None if at is None else as_instant(at))


def boolean_text(*, flag: bool) -> str:
    """Give what a boolean is indexed as."""
    return "true" if flag else "false"


def as_float(number: float) -> float:
    """Give a number as a column holds it; one that is too large becomes infinite."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def as_instant(at: Instant) -> datetime:
    """Give a DateTime as a column holds it.

    Where no calendar has it, the parts from the first impossible one on become the largest
    possible (the smallest, where they are too small): order is kept.

    >>> as_instant(Instant("2026-02-30T10:00:00", "5")).isoformat()
    '2026-02-28T23:59:59.999999+00:00'
    """
    wanted = [int(part) for part in at.second.replace("T", "-").replace(":", "-").split("-")]
    wanted.append(int(at.fraction.ljust(6, "0")))
    year, month, *rest = wanted
    days = [31, 29 if _is_leap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    bounds = [(1, 9999), (1, 12), (1, days[month - 1] if 1 <= month <= 12 else 31)]
    bounds += [(0, 23), (0, 59), (0, 59), (0, 999_999)]
    for index, (value, (low, high)) in enumerate(zip(wanted, bounds, strict=True)):
        if not low <= value <= high:
            wanted[index:] = [bound[value > high] for bound in bounds[index:]]
            break
    year, month, day, *rest = wanted
    hour, minute, second, micro = rest
    return datetime(year, month, day, hour, minute, second, micro, UTC)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
