"""One row of a file: an entity, or every reason why it is refused."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from datamodels.model.words import Words
from kit.json import JsonObject


class IdRule(Enum):
    """Where the local id of a file's rows comes from."""

    COLUMN = "column"
    ROW_NUMBER = "row number"
    HASH = "hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a row.

    Args:
        line: where the row begins in the file, the first line being 1.
        column: the header in the file, None where the whole row is meant.
        found: the text that is there, shortened.
    """

    line: int
    column: str | None
    found: str
    reason: Words
    right: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """How a cell was taken that was not plain."""

    column: str
    taken: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A row that is an entity.

    Args:
        gaps: headers of the standard's required columns that are blank.
    """

    line: int
    id: str
    entity: JsonObject
    assumptions: tuple[Assumption, ...] = ()
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A row that is not taken, with everything that is wrong with it."""

    line: int
    problems: tuple[Problem, ...]


Row: TypeAlias = Taken | Refused
