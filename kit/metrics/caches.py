"""How often what a process knows already was enough: of caches whose misses ask a database."""

from kit.metrics import Counter, counter

_LOOKUPS = counter(
    "renkei_cache_lookups_total", "Lookups in what a process knows, by outcome.", "cache", "outcome"
)


class Lookups:
    """Counts the lookups of one cache.

    Args:
        cache: its name, the plural of what is in it.
    """

    __slots__ = ("hit", "miss")

    def __init__(self, cache: str) -> None:
        self.hit: Counter = _LOOKUPS.of(cache, "hit")
        self.miss: Counter = _LOOKUPS.of(cache, "miss")
