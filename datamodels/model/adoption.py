"""What a tenant asks of its entities of one type."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from datamodels.model.checking import MOST_FAULTS, Checker, Fault
from datamodels.model.words import Words
from kit.json import JsonObject


class Validation(Enum):
    """What becomes of an entity that its model does not allow."""

    OFF = "off"
    WARN = "warn"  # it is written, its writer is told, it is counted
    ENFORCE = "enforce"  # it is refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """A model that a tenant has adopted.

    Args:
        tenant: its number.
        type: the model's.
        gaps: what the model requires may be missing, but for its key.
        change: the number of the change that made it so; greater is later.
    """

    tenant: int
    type: str
    validation: Validation
    gaps: bool = False
    is_dropped: bool = False
    change: int = 0
    set_by: str = ""
    set_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How often a place was wrong in what a tenant wrote.

    Args:
        last: what was wrong the last time.
    """

    type: str
    place: str
    is_refused: bool
    count: int
    last: Words
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of entities of one type."""

    checker: Checker
    validation: Validation

    def faults(self, before: object, after: object) -> tuple[Fault, ...]:
        """Say what is wrong with an entity's next state that was not wrong with its present one.

        So nobody is refused an update for what others left in the entity earlier.

        Args:
            before: the attributes in stored form; None: there was no entity.
            after: likewise.
        """
        if self.checker.is_valid(after):
            return ()
        faults = self.checker.faults(_attributes(after))
        if before is None:
            return faults[:MOST_FAULTS]
        known = {(one.pointer, one.words.en) for one in self.checker.faults(_attributes(before))}
        new = [one for one in faults if (one.pointer, one.words.en) not in known]
        return tuple(new[:MOST_FAULTS])


def _attributes(stored: object) -> JsonObject:
    return dict(stored) if isinstance(stored, Mapping) else {}
