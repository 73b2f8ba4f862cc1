"""Pairs of levels as a product order: compared by component, never added up."""

from functools import reduce

from idp_federation.assurance.errors import InvalidLevels
from joint_use import Levels

LOWEST = Levels(1, 1)
HIGHEST = Levels(3, 3)
EVERY = tuple(
    Levels(proofing, authentication) for proofing in (1, 2, 3) for authentication in (1, 2, 3)
)
"""All pairs, lower ones first."""


def require_level(value: object, *, what: str) -> int:
    """Answer with a level of one component.

    Raises:
        InvalidLevels: it is not 1, 2 or 3.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 3:
        return value
    raise InvalidLevels(f"{what} is {value!r}; right are 1, 2 and 3")


def lower(first: Levels, *others: Levels) -> Levels:
    """Answer with the component-wise minimum.

    >>> lower(Levels(2, 3), Levels(3, 2))
    Levels(proofing=2, authentication=2)
    """
    return reduce(
        lambda one, other: Levels(
            min(one.proofing, other.proofing), min(one.authentication, other.authentication)
        ),
        others,
        first,
    )


def shown(levels: Levels) -> str:
    """Write a pair for people.

    >>> shown(Levels(2, 3))
    '(2, 3)'
    """
    return f"({levels.proofing}, {levels.authentication})"
