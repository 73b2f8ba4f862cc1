import asyncio
from dataclasses import replace

import asyncpg
import pytest

from joint_use import (
    OPERATOR,
    Action,
    Forbidden,
    InvalidTerm,
    JointUse,
    NewTenant,
    Principal,
    Storage,
    Tenant,
    TenantCache,
    TenantExists,
    TenantStatus,
    TenantStore,
    TenantSuspended,
    TenantUnknown,
    WrongStatus,
    create_tenant,
    list_tenants,
    resume_tenant,
    retire_tenant,
    show_tenant,
    suspend_tenant,
    tenant_events,
    use_tenant,
)
from kit.db import Database, Databases
from tests.integration.joint_use.conftest import Rooms

EBETSU = NewTenant(
    name="ebetsu",
    storage=Storage.SEPARATED,
    municipality_code="01217",
    name_ja=" 江別市 ",
    name_en="Ebetsu",
)


async def test_a_tenant_is_created_with_a_room_for_its_data(
    joint_use: JointUse, rooms: Rooms
) -> None:
    tenant = await create_tenant(joint_use, OPERATOR, EBETSU)
    assert tenant.status is TenantStatus.ACTIVE
    assert (tenant.municipality_code, tenant.name_ja) == ("012173", "江別市")
    assert tenant.placement.database.endswith(f"_{tenant.number}")
    assert rooms.provisioned == [tenant]
    assert await show_tenant(joint_use, OPERATOR, "ebetsu") == tenant
    assert await use_tenant(joint_use, "ebetsu") == tenant


async def test_a_name_is_given_once(joint_use: JointUse, rooms: Rooms) -> None:
    await create_tenant(joint_use, OPERATOR, EBETSU)
    for again in (EBETSU, replace(EBETSU, storage=Storage.SHARED)):
        with pytest.raises(TenantExists):
            await create_tenant(joint_use, OPERATOR, again)
    assert len(rooms.provisioned) == 1


async def test_of_racing_processes_one_creates_the_tenant_and_provisions_it_once(
    joint_use: JointUse, databases: Databases, control: Database, rooms: Rooms
) -> None:
    async def race() -> Tenant | TenantExists:
        store = TenantStore(databases, control)
        process = replace(joint_use, tenants=store, directory=TenantCache(store))
        try:
            return await create_tenant(process, OPERATOR, EBETSU)
        except TenantExists as exists:
            return exists

    outcomes = await asyncio.gather(*(race() for _ in range(8)))
    assert len([one for one in outcomes if isinstance(one, Tenant)]) == 1
    assert len(rooms.provisioned) == 1
    assert len(await list_tenants(joint_use, OPERATOR)) == 1


@pytest.mark.parametrize("death", ["before", "after"])
async def test_what_a_crash_left_half_provisioned_is_finished_by_the_next_attempt(
    joint_use: JointUse, rooms: Rooms, death: str
) -> None:
    rooms.deaths_before, rooms.deaths_after = int(death == "before"), int(death == "after")
    with pytest.raises(ConnectionAbortedError):
        await create_tenant(joint_use, OPERATOR, EBETSU)
    half = await show_tenant(joint_use, OPERATOR, "ebetsu")
    assert half.status is TenantStatus.PROVISIONING
    with pytest.raises(TenantExists, match="other terms"):
        await create_tenant(joint_use, OPERATOR, replace(EBETSU, storage=Storage.SHARED))
    whole = await create_tenant(joint_use, OPERATOR, EBETSU)
    assert whole == replace(half, status=TenantStatus.ACTIVE)


async def test_what_a_crash_left_half_provisioned_is_finished_at_its_first_use(
    joint_use: JointUse, rooms: Rooms
) -> None:
    rooms.deaths_before = 1
    with pytest.raises(ConnectionAbortedError):
        await create_tenant(joint_use, OPERATOR, EBETSU)
    users = await asyncio.gather(*(use_tenant(joint_use, "ebetsu") for _ in range(5)))
    assert {user.status for user in users} == {TenantStatus.ACTIVE}
    assert len(rooms.provisioned) == 2
    events = await tenant_events(joint_use, OPERATOR, "ebetsu")
    assert [event.by for event in events] == ["operator", "first use"]


async def test_a_suspended_tenant_is_not_used_until_it_is_resumed(
    joint_use: JointUse, rooms: Rooms
) -> None:
    created = await create_tenant(joint_use, OPERATOR, EBETSU)
    suspended = await suspend_tenant(joint_use, OPERATOR, "ebetsu")
    assert suspended.epoch > created.epoch
    with pytest.raises(TenantSuspended):
        await use_tenant(joint_use, "ebetsu")
    resumed = await resume_tenant(joint_use, OPERATOR, "ebetsu")
    assert resumed.epoch > suspended.epoch
    assert await use_tenant(joint_use, "ebetsu") == resumed
    assert rooms.provisioned == [created, suspended, resumed]


async def test_a_step_taken_again_mends_the_tenants_own_database(
    joint_use: JointUse, rooms: Rooms
) -> None:
    await create_tenant(joint_use, OPERATOR, EBETSU)
    rooms.deaths_before = 1
    with pytest.raises(ConnectionAbortedError):
        await suspend_tenant(joint_use, OPERATOR, "ebetsu")
    suspended = await suspend_tenant(joint_use, OPERATOR, "ebetsu")
    assert suspended.epoch == 2
    assert rooms.provisioned[-1] == suspended


async def test_a_retired_tenant_is_gone_for_users_and_its_name_stays_taken(
    joint_use: JointUse, rooms: Rooms
) -> None:
    await create_tenant(joint_use, OPERATOR, EBETSU)
    retired = await retire_tenant(joint_use, OPERATOR, "ebetsu")
    assert rooms.retired == [retired]
    with pytest.raises(TenantUnknown):
        await use_tenant(joint_use, "ebetsu")
    with pytest.raises(TenantExists, match="exists already"):
        await create_tenant(joint_use, OPERATOR, EBETSU)
    with pytest.raises(WrongStatus):
        await resume_tenant(joint_use, OPERATOR, "ebetsu")
    assert (await show_tenant(joint_use, OPERATOR, "ebetsu")).status is TenantStatus.RETIRED


async def test_numbers_are_never_given_twice(joint_use: JointUse) -> None:
    numbers = []
    for name in ("one", "two", "three"):
        tenant = await create_tenant(joint_use, OPERATOR, NewTenant(name=name))
        await retire_tenant(joint_use, OPERATOR, name)
        numbers.append(tenant.number)
    assert numbers == sorted(set(numbers))


async def test_rows_of_tenants_cannot_be_deleted_by_the_application(
    databases: Databases, control: Database
) -> None:
    async with databases.connection(control) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM tenant")


async def test_what_was_done_is_recorded_with_who_did_it(joint_use: JointUse) -> None:
    await create_tenant(joint_use, OPERATOR, EBETSU)
    clerk = Principal(
        subject="clerk", tenants=frozenset({"ebetsu"}), actions=frozenset({Action.ADMINISTER})
    )
    await suspend_tenant(joint_use, clerk, "ebetsu")
    events = await tenant_events(joint_use, OPERATOR, "ebetsu")
    assert [(event.status.value, event.by) for event in events] == [
        ("provisioning", "operator"),
        ("active", "operator"),
        ("suspended", "clerk"),
    ]
    assert events[0].at <= events[-1].at


async def test_only_who_may_administer_a_tenant_does(joint_use: JointUse) -> None:
    await create_tenant(joint_use, OPERATOR, EBETSU)
    await create_tenant(joint_use, OPERATOR, NewTenant(name="sarabetsu"))
    reader = Principal(subject="reader", tenants=None, actions=frozenset({Action.READ}))
    clerk = Principal(
        subject="clerk", tenants=frozenset({"sarabetsu"}), actions=frozenset({Action.ADMINISTER})
    )
    with pytest.raises(Forbidden):
        await create_tenant(joint_use, reader, NewTenant(name="x"))
    for act in (show_tenant, suspend_tenant, resume_tenant, retire_tenant):
        with pytest.raises(Forbidden):
            await act(joint_use, clerk, "ebetsu")
    with pytest.raises(Forbidden):
        await tenant_events(joint_use, clerk, "ebetsu")
    with pytest.raises(Forbidden):
        await list_tenants(joint_use, reader)
    assert [one.name for one in await list_tenants(joint_use, clerk)] == ["sarabetsu"]


async def test_tenants_are_listed_in_order_and_in_pages(joint_use: JointUse) -> None:
    for name in ("b", "a", "c", "_z", "0"):
        await create_tenant(joint_use, OPERATOR, NewTenant(name=name))
    first = await list_tenants(joint_use, OPERATOR, limit=3)
    rest = await list_tenants(joint_use, OPERATOR, after=first[-1].name)
    assert [one.name for one in (*first, *rest)] == ["0", "_z", "a", "b", "c"]


async def test_unknown_tenants_are_unknown_everywhere(joint_use: JointUse) -> None:
    for act in (show_tenant, tenant_events, suspend_tenant, resume_tenant, retire_tenant):
        with pytest.raises(TenantUnknown, match="absent"):
            await act(joint_use, OPERATOR, "absent")
    with pytest.raises(TenantUnknown):
        await use_tenant(joint_use, "absent")
    with pytest.raises(InvalidTerm):
        await use_tenant(joint_use, "Not Canonical")


async def test_wrong_terms_leave_nothing_behind(joint_use: JointUse) -> None:
    for wanted in (
        NewTenant(name="No"),
        NewTenant(name="no", municipality_code="012174"),
        NewTenant(name="no", server="absent"),
        NewTenant(name="no", name_ja="a\nb"),
    ):
        with pytest.raises(InvalidTerm):
            await create_tenant(joint_use, OPERATOR, wanted)
    assert not await list_tenants(joint_use, OPERATOR)


async def test_an_unknown_tenant_is_made_for_a_request_where_that_is_set(
    joint_use: JointUse, rooms: Rooms
) -> None:
    made = await asyncio.gather(
        *(use_tenant(joint_use, "conformance", auto_create=True) for _ in range(5))
    )
    assert {one.name for one in made} == {"conformance"}
    assert len(rooms.provisioned) == 1
    assert (await use_tenant(joint_use, "conformance")).status is TenantStatus.ACTIVE
