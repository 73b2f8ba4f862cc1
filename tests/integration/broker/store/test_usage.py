"""What a tenant stores and what was written is counted by the writes themselves."""

import asyncio
import itertools
import random
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from broker.ngsi.commands import Append, Command, Delete
from broker.ngsi.entity import Fragment
from broker.ngsi.errors import AlreadyExists, QuotaExceeded
from broker.ngsi.names import Iri
from broker.ports import StorageLimit
from broker.store.sweeper import Sweeper
from broker.store.usage import StoredUsage
from joint_use import SERVICE, Stored, Tenant, TenantCount, WrittenOfDay, japanese_day
from kit.clock import utc_now
from tests.entities import an_id, create, now, update, upsert
from tests.stores import Platform, Proxy

NOTE = Iri("https://example.org/note")
_ROWS = "SELECT document::text FROM entity WHERE tenant = $1"


async def counted(platform: Platform, tenant: Tenant) -> TenantCount:
    return await StoredUsage(platform.tenants, utc_now).count(tenant)


async def there(platform: Platform, tenant: Tenant) -> Stored:
    """Measure what is stored by reading all of it."""
    rows = await platform.as_owner(tenant, _ROWS, tenant.number)
    documents = [orjson.loads(text) for (text,) in rows]
    return Stored(
        entities=len(documents),
        attributes=sum(len(instances) for one in documents for instances in one.values()),
        bytes=sum(len(orjson.dumps(one)) for one in documents),
    )


def changes_of(count: TenantCount) -> int:
    return sum(one.changes for one in count.written)


async def test_a_tenant_that_nobody_wrote_to_stores_nothing(
    platform: Platform, tenant: Tenant
) -> None:
    assert await counted(platform, tenant) == TenantCount(stored=Stored())


async def test_whatever_is_written_the_count_is_what_is_there(
    platform: Platform, tenant: Tenant
) -> None:
    source = random.Random(7)  # noqa: S311 — the same every time
    done = 0
    async with platform.another_process() as other:
        for _ in range(40):
            commands: list[Command] = [
                source.choice((create, upsert, update))(number, "あ" * source.randrange(50))
                if source.random() < 0.7
                else Delete(id=an_id(number), at=now())
                for number in source.choices(range(12), k=10)
            ]
            entities = source.choice((platform, other)).store.entities
            outcomes = await entities.write_all(tenant, commands)
            done += sum(getattr(one, "change", None) is not None for one in outcomes)
    found = await counted(platform, tenant)
    assert found.stored == await there(platform, tenant)
    assert changes_of(found) == done > 100


async def test_a_group_of_several_services_counts_for_each_and_is_stored_once(
    platform: Platform, tenant: Tenant
) -> None:
    await platform.store.entities.write(tenant, create(1))
    services = ["sensors", "", "shelters", "sensors", "o'clock \\ 時計"]

    async def write(service: str, number: int) -> None:
        SERVICE.set(service)
        await platform.store.entities.write(tenant, create(number))

    for round_ in range(2):  # the second finds rows
        ones = zip(services, itertools.count(10 * round_ + 2), strict=False)
        await asyncio.gather(*(asyncio.create_task(write(*one)) for one in ones))
    found = await counted(platform, tenant)
    assert {one.service: one.changes for one in found.written} == {
        "": 3, "sensors": 4, "shelters": 2, "o'clock \\ 時計": 2,
    }  # fmt: skip
    assert found.stored == await there(platform, tenant)
    assert found.stored.entities == 11


async def test_what_is_refused_counts_for_nothing(platform: Platform, tenant: Tenant) -> None:
    await platform.store.entities.write(tenant, create(1))
    with pytest.raises(AlreadyExists):
        await platform.store.entities.write(tenant, create(1))
    assert changes_of(await counted(platform, tenant)) == 1


async def test_writes_are_on_the_account_of_the_service_they_come_through(
    platform: Platform, tenant: Tenant
) -> None:
    async def write(service: str, number: int) -> None:
        SERVICE.set(service)
        await platform.store.entities.write(tenant, create(number))

    services = [("shelters", number) for number in range(5)]
    services += [("sensors", number) for number in range(5, 12)]
    await asyncio.gather(*(asyncio.create_task(write(*one)) for one in services))
    today = japanese_day(utc_now())
    assert (await counted(platform, tenant)).written == (
        WrittenOfDay(day=today, service="sensors", changes=7, notifications=0),
        WrittenOfDay(day=today, service="shelters", changes=5, notifications=0),
    )


async def test_a_write_whose_commit_nobody_heard_of_counts_once(
    platform: Platform, proxy: Proxy, tenant: Tenant
) -> None:
    through = replace(platform.server, application_dsn=proxy.dsn)
    async with platform.another_process(server=through) as other:
        proxy.cut_after_commit = 1
        await other.store.entities.write(tenant, create(1))
        proxy.cut_before_commit = 1
        await other.store.entities.write(tenant, create(2))
    found = await counted(platform, tenant)
    assert (changes_of(found), found.stored) == (2, await there(platform, tenant))


async def test_many_processes_rows_become_one_and_the_sums_stay(
    platform: Platform, tenant: Tenant
) -> None:
    for number in range(70):
        async with platform.another_process() as other:
            await other.store.entities.write(tenant, create(number))
    before = await counted(platform, tenant)  # folds, for there are many
    rows = await platform.as_owner(
        tenant, "SELECT count(*) FROM written_amount WHERE tenant = $1", tenant.number
    )
    assert rows == [(1,)]
    assert await counted(platform, tenant) == before
    assert (changes_of(before), before.stored) == (70, await there(platform, tenant))


async def test_what_the_sweeper_takes_away_is_stored_no_more(
    platform: Platform, tenant: Tenant
) -> None:
    await platform.store.entities.write(tenant, create(1))
    gone = create(2, "short-lived", expires_at=now() - timedelta(hours=1))
    await platform.store.entities.write(tenant, gone)
    await Sweeper(platform.databases, platform.tenants, platform.registry.every).sweep()
    found = (await counted(platform, tenant)).stored
    assert found == await there(platform, tenant)
    assert found.entities == 1


class TestLimits:
    async def test_what_is_too_much_is_refused_and_the_rest_of_the_group_is_not(
        self, platform: Platform, tenant: Tenant
    ) -> None:
        limit = StorageLimit(entities=3)
        async with platform.another_process(limit_of=lambda _: limit) as limited:
            outcomes = await limited.store.entities.write_all(
                tenant, [create(number) for number in range(5)] + [update(1, 5)]
            )
        refused = [isinstance(one, QuotaExceeded) for one in outcomes]
        assert refused == [False, False, False, True, True, False]

    async def test_bytes_are_limited_and_what_makes_smaller_is_not(
        self, platform: Platform, tenant: Tenant
    ) -> None:
        entities = platform.store.entities
        await entities.write(tenant, create(1, "x" * 1_000))
        limit = StorageLimit(bytes=1_000)  # less than there is already
        async with platform.another_process(limit_of=lambda _: limit) as limited:
            note = Fragment(attributes={NOTE: [{"type": "Property", "value": "more"}]})
            with pytest.raises(QuotaExceeded, match="1000"):
                await limited.store.entities.write(
                    tenant, Append(id=an_id(1), at=now(), fragment=note)
                )
            await limited.store.entities.write(tenant, update(1, "x" * 900))
            await limited.store.entities.write(tenant, Delete(id=an_id(1), at=now()))
            await limited.store.entities.write(tenant, create(2))

    async def test_processes_that_write_at_once_exceed_a_limit_by_no_more_than_a_group_each(
        self, platform: Platform, tenant: Tenant
    ) -> None:
        limit = StorageLimit(entities=100)
        async with (
            platform.another_process(limit_of=lambda _: limit) as first,
            platform.another_process(limit_of=lambda _: limit) as second,
        ):
            await asyncio.gather(
                *(
                    process.store.entities.write_all(
                        tenant, [create(start + number) for number in range(90)]
                    )
                    for start, process in ((0, first), (1_000, second))
                )
            )
            stored = (await counted(platform, tenant)).stored.entities
            assert 100 <= stored <= 200
            with pytest.raises(QuotaExceeded):
                await first.store.entities.write(tenant, create(5_000))
