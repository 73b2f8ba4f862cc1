"""Two processes' worth of databases: a control database and a shared one; receivers beside."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from broker.store.process_register import CONTROL_MIGRATIONS
from broker.store.tenants import MIGRATIONS
from joint_use import Placement, Storage, Tenant
from kit.db import Database, Server
from tests.databases import a_database
from tests.notifying import Process, a_process
from tests.receivers import Receiver, a_receiver
from tests.stores import Registry

_numbers = itertools.count(5001)

MakeProcess = Callable[..., AbstractAsyncContextManager[Process]]


@pytest.fixture
async def control(server: Server) -> AsyncIterator[Database]:
    async with a_database(server, CONTROL_MIGRATIONS) as database:
        yield database


@pytest.fixture
async def shared(server: Server) -> AsyncIterator[Database]:
    async with a_database(server, MIGRATIONS) as database:
        yield database


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def make_process(server: Server, control: Database, registry: Registry) -> MakeProcess:
    """Makes processes over the same databases."""

    def make(**options: Any) -> AbstractAsyncContextManager[Process]:
        return a_process(server, control, registry, **options)

    return make


@pytest.fixture
async def process(make_process: MakeProcess, shared: Database) -> AsyncIterator[Process]:
    async with make_process() as opened:
        yield opened


@pytest.fixture
async def tenant(process: Process, shared: Database) -> Tenant:
    return await a_tenant(process, shared)


@pytest.fixture
async def another_tenant(process: Process, shared: Database) -> Tenant:
    return await a_tenant(process, shared)


async def a_tenant(process: Process, shared: Database) -> Tenant:
    number = next(_numbers)
    placed = Placement(server=shared.server, database=shared.name)
    made = Tenant(number=number, name=f"t{number}", storage=Storage.SHARED, placement=placed)
    process.registry.note(made)
    await process.tenants.provision(made)
    return made


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as opened:
        yield opened
