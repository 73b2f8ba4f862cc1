"""When tenants are looked at, in the control database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api_catalog import MIGRATIONS, LookStore
from kit.db import Databases, Server
from tests.databases import a_database

AT = datetime(2026, 4, 1, tzinfo=UTC)
ROUND_S = 600.0


@pytest.fixture
async def looks(server: Server) -> AsyncIterator[LookStore]:
    async with (
        Databases([server], budget=2) as databases,
        a_database(server, MIGRATIONS) as control,
    ):
        yield LookStore(databases, control)


def after(**passed: float) -> datetime:
    return AT + timedelta(**passed)


async def test_a_look_is_remembered_with_what_it_made(looks: LookStore) -> None:
    await looks.enrol(["ebetsu"], AT)
    look = await looks.claim(AT, 60)
    assert look is not None
    assert await looks.claim(AT, 60) is None
    seen = replace(look, looked_at=AT, mark="3 3 9", made="2 2 abc")
    await looks.finish(seen, due_at=after(hours=1), cost_s=0.01)
    assert await looks.claim(after(minutes=59), 60) is None
    assert await looks.claim(after(hours=1), 60) == seen


async def test_who_lost_news_lets_everybody_be_looked_at_within_a_round(
    looks: LookStore,
) -> None:
    names = [f"t{n}" for n in range(20)]
    await looks.enrol(names, after(days=1))
    await looks.enrol(["soon"], after(seconds=1))
    await looks.spread(AT, ROUND_S)
    due = []
    for at in (after(seconds=1), after(seconds=ROUND_S / 2), after(seconds=ROUND_S)):
        while (look := await looks.claim(at, 60 * 60)) is not None:
            due.append((at, look.tenant))
    assert (after(seconds=1), "soon") in due  # who was due before is due no later
    assert {tenant for _, tenant in due} == {*names, "soon"}
    assert len({at for at, tenant in due if tenant != "soon"}) > 1  # not all at once


async def looked_at(looks: LookStore, tenant: str, *, cost_s: float) -> None:
    """Have a tenant looked at just now, for the last time today."""
    await looks.enrol([tenant], AT)
    look = await looks.claim(AT, 60)
    assert look is not None
    await looks.finish(replace(look, looked_at=AT), due_at=after(days=1), cost_s=cost_s)


async def test_who_is_told_of_is_looked_at_before_who_waits_already(looks: LookStore) -> None:
    await looked_at(looks, "told", cost_s=0.01)
    await looks.enrol(["waiting"], AT)
    await looks.put_first(["told", "new"], after(seconds=60))
    turns = []
    while (look := await looks.claim(after(seconds=60), 60 * 60)) is not None:
        turns.append(look.tenant)
    assert sorted(turns[:2]) == ["new", "told"]
    assert turns[2:] == ["waiting"]


async def test_who_is_told_of_while_looked_at_is_looked_at_again(looks: LookStore) -> None:
    await looks.enrol(["told"], AT)
    look = await looks.claim(AT, 60)
    assert look is not None
    await looks.put_first(["told"], AT)
    await looks.finish(replace(look, looked_at=AT), due_at=after(days=1), cost_s=0.01)
    assert await looks.claim(after(seconds=1), 60) is not None


async def test_who_takes_long_to_be_looked_at_is_not_put_first(looks: LookStore) -> None:
    await looked_at(looks, "large", cost_s=10)
    await looks.put_first(["large"], after(seconds=60))
    assert await looks.claim(after(seconds=99), 60) is None
    assert await looks.claim(after(seconds=100), 60) is not None
