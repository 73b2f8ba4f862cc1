"""Levels of assurance that callers hold, and what is required of them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=False)
class Levels:
    """身元確認 (identity proofing) and 当人認証 (authentication), 1 to 3 each.

    The two are independent: Levels are ordered by component, so (2, 3) and (3, 2) do not compare.
    """

    proofing: int = 1
    authentication: int = 1

    def satisfies(self, required: "Levels") -> bool:
        """Tell whether both components reach what is required.

        >>> Levels(3, 2).satisfies(Levels(2, 3))
        False
        """
        return self.proofing >= required.proofing and self.authentication >= required.authentication


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What is required of somebody who signed in.

    Args:
        levels: both components have to be reached.
        proofs: what is asked for beside levels, by the words of access tokens.
        max_age: how long ago the sign-in may be; None: as long as its session lasts.
        service_class: the class that it is the requirement of, by name; empty: of none.
    """

    levels: Levels = field(default_factory=Levels)
    proofs: frozenset[str] = frozenset()
    max_age: timedelta | None = None
    service_class: str = ""

    def lacking(
        self, held: Levels, proofs: frozenset[str], signed_in: datetime, now: datetime
    ) -> str | None:
        """Say what a sign-in lacks; None: nothing.

        >>> at = datetime(2026, 4, 1)
        >>> Requirement(levels=Levels(2, 2)).lacking(Levels(2, 1), frozenset(), at, at)
        'level 2 of proofing and 2 of authentication; held are 2 and 1'
        """
        wanted = self.levels
        if not held.satisfies(wanted):
            return (
                f"level {wanted.proofing} of proofing and {wanted.authentication} of "
                f"authentication; held are {held.proofing} and {held.authentication}"
            )
        if not self.proofs <= proofs:
            return f"proof {', '.join(sorted(self.proofs - proofs))}"
        if self.max_age is not None and now - signed_in > self.max_age:
            return f"a sign-in of the last {int(self.max_age.total_seconds())} s"
        return None
