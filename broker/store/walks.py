"""Queries that took long for want of an index: an operator is told which one would help."""

import shlex
import time
from collections.abc import Callable, Collection

import structlog

from broker.ngsi.contexts import core
from broker.ngsi.indexes import spell
from broker.ngsi.q.paths import path_of_key
from broker.ngsi.queries import EntityFilter
from broker.store.filter_sql import Reach, indexable
from joint_use import Tenant
from kit.metrics import counter

log = structlog.get_logger(__name__)

_LONG_S = 0.1
_AGAIN_S = 3_600.0
_MOST_REMEMBERED = 10_000

_WALKS = counter(
    "renkei_queries_without_index_total",
    "Queries that went through entities for long, where an index could have found the matches.",
)


class Walks:
    """Tells of queries that went through a tenant's Entities for long, once an hour of each path.

    Values that were looked for are nobody's business: paths alone are told.

    Args:
        clock_s: monotonic seconds.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._told: dict[tuple[int, str], float] = {}

    def note(
        self,
        tenant: Tenant,
        wanted: EntityFilter,
        took_s: float,
        *,
        reach: Callable[[], Reach],
        declared: Collection[str],
    ) -> None:
        """Note a query that was answered.

        Args:
            tenant: where it looked.
            wanted: what for.
            took_s: how long.
            reach: says how its candidates were found; asked where it took long.
            declared: keys of the paths whose values are indexed.
        """
        if took_s < _LONG_S or wanted.q is None or not reach().is_walk:
            return
        if tenant.number <= 0:
            return  # a snapshot's: nobody declares indexes there
        lacking = [
            spell(path_of_key(key), core()) for key in sorted(indexable(wanted) - {*declared})
        ]
        if not lacking:
            return
        _WALKS.of().add()
        untold = [path for path in lacking if self._is_due(tenant.number, path)]
        if untold:
            log.warning(
                "query_without_index",
                tenant=tenant.name,
                paths=untold,
                took_s=round(took_s, 3),
                advice=f"renkei index add --tenant {tenant.name} {shlex.quote(untold[0])}",
            )

    def _is_due(self, tenant: int, path: str) -> bool:
        now_s = self._clock_s()
        if now_s - self._told.get((tenant, path), -_AGAIN_S) < _AGAIN_S:
            return False
        if len(self._told) >= _MOST_REMEMBERED:
            self._told.clear()
        self._told[tenant, path] = now_s
        return True
