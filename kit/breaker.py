"""Breaker: how much an endpoint is asked to take, after how it did."""

from dataclasses import dataclass

from kit.tasks import CHANCE, Backoff

TOLERATED = 5
"""Answers of failure in a row after which an endpoint counts as broken; one silence is enough."""


@dataclass(slots=True)
class Breaker:
    """Closed while an endpoint takes what it gets; open for a while after it failed.

    After the while one message is sent as a probe: its success closes the breaker.

    Args:
        limit: messages under way at a time while it is closed.
        backoff: for how long it opens.
    """

    limit: int
    backoff: Backoff
    failures: int = 0
    opens: int = 0
    until_s: float = 0.0

    @property
    def is_closed(self) -> bool:
        """Tell whether the endpoint works as far as is known."""
        return self.opens == 0

    def room(self, under_way: int, now_s: float) -> int:
        """Say how many more may be sent now."""
        if now_s < self.until_s:
            return 0
        return (self.limit if self.is_closed else 1) - under_way

    def succeeded(self) -> None:
        """Close: something arrived."""
        self.failures = self.opens = 0
        self.until_s = 0.0

    def failed(self, now_s: float, *, is_answered: bool, cooldown_s: float = 0.0) -> None:
        """Count a failure, and open where it is one too many; what was under way counts once."""
        self.failures += 1
        if now_s < self.until_s:
            return
        if not is_answered or self.failures >= TOLERATED or not self.is_closed:
            self.opens += 1
            wait_s = self.backoff.wait_s(self.opens) * CHANCE.uniform(0.8, 1.2)
            self.until_s = now_s + max(wait_s, cooldown_s)
        elif cooldown_s:
            self.until_s = now_s + cooldown_s
