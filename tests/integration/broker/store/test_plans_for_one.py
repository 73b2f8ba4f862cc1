"""What goes through all rows of a tenant is planned for that tenant, however often it has run.

PostgreSQL takes up a plan for any tenant after five executions on a connection, where that seems no
dearer: where one tenant has nearly all rows, it reads them all for every other tenant.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from broker.store.holdings import StoredHoldings
from broker.store.sweeper import Sweeper
from joint_use import Tenant
from kit.clock import utc_now
from tests.entities import create
from tests.stores import Platform

_TIMES = 8
_OURS = "statement ~ '(FROM entity e JOIN|DELETE FROM entity )' AND statement !~ 'pg_prepared'"
_PLANNED_FOR_ANY = (
    f"SELECT statement FROM pg_prepared_statements WHERE {_OURS} AND generic_plans > 0"  # noqa: S608 — ours
)
_RUN = f"SELECT max(custom_plans) FROM pg_prepared_statements WHERE {_OURS}"  # noqa: S608 — ours


async def _sweep(platform: Platform, tenant: Tenant) -> None:
    sweeper = Sweeper(platform.databases, platform.tenants, None, clock=utc_now)  # type: ignore[arg-type]  # one tenant is swept
    await sweeper._expire(tenant, utc_now() - timedelta(minutes=1))


ACTS: dict[str, Callable[[Platform, Tenant], Awaitable[object]]] = {
    "types": lambda platform, tenant: platform.store.entities.types(tenant),
    "attributes": lambda platform, tenant: platform.store.entities.attributes(tenant),
    "holdings": lambda platform, tenant: StoredHoldings(platform.tenants).held(tenant),
    "sweep": _sweep,
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_it_is_never_planned_for_any_tenant(
    platform: Platform, act: Callable[[Platform, Tenant], Awaitable[object]]
) -> None:
    async with platform.another_process(budget=2) as one:
        tenant = await one.a_tenant()
        await one.store.entities.write_all(tenant, [create(number) for number in range(50)])
        for _ in range(_TIMES):
            await act(one, tenant)
        async with one.databases.connection(one.shared) as connection:
            assert await connection.fetch(_PLANNED_FOR_ANY) == []
            assert await connection.fetchval(_RUN) == _TIMES, "another connection has run it"
