"""What became of a file's rows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from datamodels.model.rows import Assumption, Problem
from datamodels.model.words import Words

MOST_PROBLEMS = 1_000
"""How many problems a report spells out; the others are counted, so that memory stays level."""
MOST_ASSUMPTIONS = 200
OTHERS = Assumption(column="…", taken=Words("そのほか", "others"))


@dataclass(slots=True, kw_only=True)
class Report:
    """What became of a file's rows: each is taken, changed, unchanged or refused.

    Args:
        taken: rows that are new entities.
        changed: rows whose entity was there and differed.
        unchanged: rows whose entity was there and said the same.
        refused: rows that were not taken; `problems` says why.
        assumptions: how often a cell was taken in a way that is not plain.
        gaps: how often a column that the standard requires is blank in rows that were taken.
        is_complete: the file was read to its end.
        is_dry_run: nothing was written.
    """

    taken: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    assumptions: Counter[Assumption] = field(default_factory=Counter)
    gaps: Counter[str] = field(default_factory=Counter)
    is_complete: bool = True
    is_dry_run: bool = False

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.taken + self.changed + self.unchanged + self.refused

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Count one refused row and note its problems."""
        self.refused += 1
        for problem in problems:
            self.problem_count += 1
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(problem)

    def assume(self, assumptions: Iterable[Assumption]) -> None:
        """Count how cells were taken."""
        for assumption in assumptions:
            is_known = assumption in self.assumptions or len(self.assumptions) < MOST_ASSUMPTIONS
            self.assumptions[assumption if is_known else OTHERS] += 1
