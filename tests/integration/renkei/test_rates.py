"""Requests per second, over all processes of a platform."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from broker import TooManyRequests
from joint_use import MIGRATIONS, QuotaStore
from kit.db import Database, Databases, Server
from renkei.admission import Rates
from tests.databases import a_database

TENANT, OTHER = 7, 8


@pytest.fixture
async def shelf(server: Server) -> AsyncIterator[QuotaStore]:
    async with (
        a_database(server, MIGRATIONS) as control,
        Databases([server], budget=4) as databases,
    ):
        yield QuotaStore(databases, control)


async def taken(rates: Rates, tenant: int, tries: int, per_s: float) -> int:
    """Ask so often at once; answers with how many were let in."""
    let_in = 0

    async def ask() -> None:
        nonlocal let_in
        with suppress(TooManyRequests):
            await rates.take(tenant, per_s)
            let_in += 1

    await asyncio.gather(*(ask() for _ in range(tries)))
    return let_in


async def test_processes_share_what_a_tenant_may_ask(shelf: QuotaStore) -> None:
    per_s = 0.5  # so little that the time a test takes adds next to nothing
    first, second = Rates(shelf), Rates(shelf)
    let_in = await asyncio.gather(*(taken(one, TENANT, 50, per_s) for one in (first, second)))
    assert 1 <= sum(let_in) < 40


async def test_one_tenants_rate_is_not_anothers(shelf: QuotaStore) -> None:
    rates = Rates(shelf)
    await taken(rates, TENANT, 50, 0.5)
    assert await taken(rates, OTHER, 1, 0.5) == 1


async def test_tokens_come_back_with_time(shelf: QuotaStore) -> None:
    now_s = [0.0]
    rates = Rates(shelf, lambda: now_s[0])
    while await taken(rates, TENANT, 10, 200.0):
        pass
    await asyncio.sleep(0.2)  # the bucket's own time, which is the database's
    assert await taken(rates, TENANT, 1, 200.0) == 0  # it is not asked again so soon
    now_s[0] += 1
    assert await taken(rates, TENANT, 1, 200.0) == 1


async def test_while_the_database_is_away_nobody_is_refused() -> None:
    dsn = "postgresql://nobody@127.0.0.1:1/x"
    async with Databases([Server(name="gone", admin_dsn=dsn, application_dsn=dsn)]) as databases:
        rates = Rates(QuotaStore(databases, Database("gone", "x")))
        assert await taken(rates, TENANT, 3, 1.0) == 3
