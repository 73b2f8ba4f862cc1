"""Lanes whose connections break: what nobody heard of is found out, what is away comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from broker.ngsi.commands import Append
from broker.ngsi.entity import Fragment
from broker.ngsi.errors import Unavailable
from tests.entities import CAPACITY, an_id, create, now
from tests.stores import Platform, Proxy


@asynccontextmanager
async def behind(proxy: Proxy, platform: Platform) -> AsyncIterator[Platform]:
    """Open another process whose connections go through the proxy."""
    server = replace(platform.server, application_dsn=proxy.dsn)
    async with platform.another_process(server=server) as other:
        yield other


def appended(number: int) -> Append:
    """Add one more instance: seen twice if done twice, for its value is counted."""
    fragment = Fragment(
        attributes={
            CAPACITY: [{"type": "Property", "value": number, "datasetId": f"urn:d:{number}"}]
        }
    )
    return Append(id=an_id(), at=now(), fragment=fragment, overwrite=False)


class TestUnknownOutcomes:
    async def test_a_commit_that_was_not_heard_of_is_not_done_twice(
        self, platform: Platform, proxy: Proxy
    ) -> None:
        tenant = await platform.a_tenant()
        async with behind(proxy, platform) as other:
            entities = other.store.entities
            await entities.write(tenant, create(1))
            proxy.cut_after_commit = 1
            assert (await entities.write(tenant, create(2))).created
            proxy.cut_after_commit = 1
            applied = await entities.write(tenant, appended(7))
            assert applied.not_updated == ()
            assert proxy.cut_after_commit == 0
        found = await platform.read(tenant, an_id(1), an_id(2))
        assert len(found) == 2
        assert len(found[an_id(1)].attributes[CAPACITY]) == 2

    async def test_a_commit_that_never_arrived_is_done_again(
        self, platform: Platform, proxy: Proxy
    ) -> None:
        tenant = await platform.a_tenant()
        async with behind(proxy, platform) as other:
            proxy.cut_before_commit = 2
            assert (await other.store.entities.write(tenant, create(1))).created
            assert proxy.cut_before_commit == 0
        assert len(await platform.read(tenant, an_id(1))) == 1
        groups = await platform.as_owner(tenant, "SELECT count(*) FROM flush")
        assert groups == [(1,)]

    async def test_an_outcome_that_stays_unknown_is_answered_as_unavailable(
        self, platform: Platform, proxy: Proxy
    ) -> None:
        tenant = await platform.a_tenant()
        async with behind(proxy, platform) as other:
            lane = other.store.lanes._lane(tenant)
            lane.committer._replay_s = 0.3
            proxy.cut_before_commit = 10_000
            with pytest.raises(Unavailable, match="not known"):
                await other.store.entities.write(tenant, create(1))
            proxy.cut_before_commit = 0
            assert (await other.store.entities.write(tenant, create(1))).created


class TestDatabaseAway:
    async def test_writes_and_reads_are_refused_at_once_and_come_back_by_themselves(
        self, platform: Platform, proxy: Proxy
    ) -> None:
        tenant = await platform.a_tenant()
        async with behind(proxy, platform) as other:
            entities = other.store.entities
            await entities.write(tenant, create(1))
            proxy.is_down = True
            proxy.hang_up()
            async with asyncio.timeout(30):
                refused = await asyncio.gather(
                    *(entities.write(tenant, create(number)) for number in range(2, 40)),
                    other.read(tenant, an_id()),
                    return_exceptions=True,
                )
            assert {type(one) for one in refused} == {Unavailable}
            proxy.is_down = False
            assert (await entities.write(tenant, create(2))).created
            assert len(await other.read(tenant, an_id(1), an_id(2))) == 2

    async def test_a_connection_that_died_while_idle_is_replaced_unnoticed(
        self, platform: Platform, proxy: Proxy
    ) -> None:
        tenant = await platform.a_tenant()
        async with behind(proxy, platform) as other:
            await other.store.entities.write(tenant, create(1))
            await platform.as_owner(
                tenant,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            assert (await other.store.entities.write(tenant, create(2))).created
