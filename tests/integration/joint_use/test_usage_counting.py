"""Journals are counted once, whoever counts them and whatever is interrupted."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from joint_use import (
    OPERATOR,
    JointUse,
    Journal,
    NewTenant,
    Stored,
    Tenant,
    TenantCount,
    UsageCounting,
    UsageStore,
    WrittenOfDay,
    create_tenant,
)
from joint_use.store.usage import Tally
from joint_use.store.usage_journal import NAMES, SLOT, CountedBy, Reader
from joint_use.terms.usage import Grouping, Operation, Period, Usage, Wanted
from kit.db import Database, Databases

AT = datetime(2026, 4, 1, 12, tzinfo=UTC)
DAY = date(2026, 4, 1)
PERIOD = Period(first=DAY, last=DAY)


@dataclass
class Counter:
    """Stands for tenants' own databases, which another house reads."""

    known: dict[int, TenantCount] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def count(self, tenant: Tenant) -> TenantCount:
        self.asked.append(tenant.name)
        return self.known.get(tenant.number, TenantCount(stored=Stored()))


@dataclass
class Process:
    """One process's journal and what counts it."""

    journal: Journal
    counting: UsageCounting

    def note(self, by: CountedBy) -> None:
        """Note a request, of five bytes and with an answer of a hundred."""
        if not self.journal.count(by, 5, 100):
            self.journal.open(by, by)
            assert self.journal.count(by, 5, 100)


@dataclass
class Books:
    """Makes processes over one folder and one control database."""

    folder: Path
    store: UsageStore
    joint_use: JointUse
    counter: Counter = field(default_factory=Counter)
    journals: list[Journal] = field(default_factory=list)
    now: datetime = AT

    def process(self, size: int = 1 << 16) -> Process:
        journal = Journal(self.folder, size)
        self.journals.append(journal)
        counting = UsageCounting(
            journal, self.store, self.counter, self.joint_use.directory, lambda: self.now
        )
        return Process(journal, counting)

    async def usage(self, *by: Grouping, tenant: str | None = None) -> list[Usage]:
        return list(await self.store.usage(Wanted(period=PERIOD, by=by, tenant=tenant)))


@pytest.fixture
async def books(
    tmp_path: Path, databases: Databases, control: Database, joint_use: JointUse
) -> AsyncIterator[Books]:
    books = Books(tmp_path, UsageStore(databases, control), joint_use)
    yield books
    for journal in books.journals:
        journal.close()


@pytest.fixture
async def tenant(joint_use: JointUse) -> Tenant:
    return await create_tenant(joint_use, OPERATOR, NewTenant(name="ebetsu"))


def counted_by(tenant: Tenant, **more: Any) -> CountedBy:
    usual: dict[str, Any] = {
        "at_s": int(AT.timestamp()),
        "tenant": tenant.number,
        "service": "anyone",
        "operation": Operation.RETRIEVE.value,
        "status": 2,
    }
    return CountedBy(**{**usual, **more})


async def requests_of(books: Books) -> int:
    [usage] = await books.usage()
    return usage.requests or 0


async def test_requests_are_summed_up_by_whatever_is_asked_for(
    books: Books, tenant: Tenant
) -> None:
    process = books.process()
    for user in (1, 2, 2, 3):
        process.note(counted_by(tenant, user=user))
    process.note(counted_by(tenant, service="sensors", user=1, status=4))
    await process.counting.count_own()
    [by_tenant] = await books.usage(Grouping.TENANT)
    assert by_tenant.group == {Grouping.TENANT: "ebetsu"}
    assert (by_tenant.requests, by_tenant.refused, by_tenant.users) == (5, 1, 3)
    assert (by_tenant.bytes_in, by_tenant.bytes_out) == (25, 500)
    by_service = await books.usage(Grouping.SERVICE, Grouping.DAY)
    assert [(one.group[Grouping.SERVICE], one.users) for one in by_service] == [
        ("anyone", 3),
        ("sensors", 1),
    ]
    by_status = await books.usage(Grouping.STATUS)
    assert [(one.group[Grouping.STATUS], one.requests, one.users) for one in by_status] == [
        ("2xx", 4, None),
        ("4xx", 1, None),
    ]


async def test_days_are_japans(books: Books, tenant: Tenant) -> None:
    process = books.process()
    late = datetime(2026, 4, 1, 15, 30, tzinfo=UTC)  # half past midnight in Japan
    process.note(counted_by(tenant, at_s=int(late.timestamp())))
    await process.counting.count_own()
    assert await books.usage() == []


async def test_counted_again_and_again_it_stays_the_same(books: Books, tenant: Tenant) -> None:
    process = books.process()
    for number in range(1, 6):
        process.note(counted_by(tenant))
        for _ in range(2):
            await process.counting.count_own()
        assert await requests_of(books) == number


async def test_an_interrupted_count_goes_on_where_it_was(books: Books, tenant: Tenant) -> None:
    process = books.process()
    for attempt in range(50):
        for _ in range(20):
            process.note(counted_by(tenant))
        counting = asyncio.create_task(process.counting.count_own())
        for _ in range(attempt):
            await asyncio.sleep(0)
        counting.cancel()
        await asyncio.gather(counting, return_exceptions=True)
    await process.counting.count_own()
    assert await requests_of(books) == 1_000


async def test_a_count_that_was_committed_unheard_is_not_made_again(
    books: Books, tenant: Tenant
) -> None:
    process = books.process()
    process.note(counted_by(tenant))
    process.journal.seal()
    [segment] = process.journal.segments
    reader = Reader(segment.content)
    tally = Tally(start=reader.position, stop=segment.sealed)
    tally.add(reader.part(segment.sealed, 10), reader.names())
    await books.store.add(segment.name, tally)  # and the process never heard of it
    process.note(counted_by(tenant))
    for _ in range(2):
        await process.counting.count_own()
    assert await requests_of(books) == 2


async def test_what_a_dead_process_left_is_counted_by_another_once(
    books: Books, tenant: Tenant
) -> None:
    dead = books.process()
    for _ in range(30):
        dead.note(counted_by(tenant))
    await dead.counting.count_own()
    for _ in range(30):
        dead.note(counted_by(tenant))
    dead.journal.close()  # as a kill does: nothing more is counted
    others = [books.process() for _ in range(3)]
    await asyncio.gather(*(other.counting.take_over() for other in others))
    assert await requests_of(books) == 60
    assert list(books.folder.iterdir()) == []


async def test_full_files_are_deleted_when_they_are_counted(books: Books, tenant: Tenant) -> None:
    process = books.process(size=NAMES + SLOT * 10)
    for user in range(100):
        process.note(counted_by(tenant, user=user))
    await process.counting.count_own()
    assert (await requests_of(books), len(process.journal.segments)) == (100, 1)


async def test_a_stop_leaves_nothing_to_count(books: Books, tenant: Tenant) -> None:
    process = books.process()
    process.note(counted_by(tenant))
    await process.counting.close()
    assert (await requests_of(books), list(books.folder.iterdir())) == (1, [])


async def test_tenants_that_were_written_to_are_asked_what_they_store(
    books: Books, tenant: Tenant
) -> None:
    written = WrittenOfDay(day=DAY, service="anyone", changes=7, notifications=2)
    books.counter.known[tenant.number] = TenantCount(
        stored=Stored(entities=3, attributes=9, bytes=300), written=(written,)
    )
    process = books.process()
    process.note(counted_by(tenant))
    await process.counting.count_now()
    assert books.counter.asked == ["ebetsu"]  # once a day in any case
    await process.counting.count_now()
    assert books.counter.asked == ["ebetsu"]
    process.note(counted_by(tenant, operation=Operation.WRITE.value))
    for _ in range(2):
        await process.counting.count_now()
        process.note(counted_by(tenant, operation=Operation.BATCH.value))
    [usage] = await books.usage(Grouping.TENANT)
    assert (usage.changes, usage.notifications) == (7, 2)
    assert (usage.entities, usage.attributes, usage.bytes_stored) == (3, 9, 300)


async def test_what_one_process_has_just_read_another_reads_later(
    books: Books, tenant: Tenant
) -> None:
    first, second = books.process(), books.process()
    for process in (first, second):
        process.note(counted_by(tenant, operation=Operation.WRITE.value))
        await process.counting.count_own()
    for process in (first, second):
        await process.counting.collect(pause=1)
    assert books.counter.asked == ["ebetsu"]
    books.now += timedelta(seconds=31)
    for _ in range(2):
        for process in (first, second):
            await process.counting.collect(pause=1)
    assert books.counter.asked == ["ebetsu", "ebetsu"]


async def test_of_days_that_are_over_only_the_number_of_users_is_kept(
    books: Books, tenant: Tenant, databases: Databases, control: Database
) -> None:
    process = books.process()
    for user, service in ((1, "a"), (2, "a"), (2, "b")):
        process.note(counted_by(tenant, user=user, service=service))
    await process.counting.count_own()
    before = [await books.usage(), await books.usage(Grouping.SERVICE)]
    await books.store.close_days(date(2026, 4, 2))
    assert [await books.usage(), await books.usage(Grouping.SERVICE)] == before
    assert before[0][0].users == 2
    async with databases.connection(control) as connection:
        assert await connection.fetchval("SELECT count(*) FROM usage_user") == 0


async def test_a_tenant_that_the_registry_does_not_know_holds_nothing_up(
    books: Books, tenant: Tenant
) -> None:
    process = books.process()
    process.note(counted_by(tenant)._replace(tenant=999_999))
    process.note(counted_by(tenant))
    await process.counting.count_own()
    assert await requests_of(books) == 1
