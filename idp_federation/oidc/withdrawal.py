"""Tokens that were given out and do not count any more, or not for as much."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Effect(Enum):
    """What a withdrawal does to tokens."""

    END = "end"
    LOWER = "lower"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Tokens that were given out and do not count any more, or not for as much.

    Args:
        name: by one of `VerifiedToken.names`.
        effect: whether they end or fall to the lowest levels.
        at: what was issued later is not meant.
        expires_at: when all that is meant has expired by itself.
    """

    name: str
    effect: Effect = Effect.END
    at: datetime
    expires_at: datetime
