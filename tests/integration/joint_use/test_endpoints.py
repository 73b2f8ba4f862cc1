"""External tenants: created with their endpoint, which is kept sealed and changed with care."""

from dataclasses import replace

import asyncpg
import pytest

from joint_use import (
    OPERATOR,
    ApiKey,
    ExternalEndpoint,
    InvalidTerm,
    JointUse,
    NewTenant,
    NoCredentials,
    Storage,
    TenantStatus,
    WrongStatus,
    create_tenant,
    retire_tenant,
    set_endpoint,
    show_endpoint,
    show_tenant,
    suspend_tenant,
    use_tenant,
)
from kit.db import Database, Databases
from tests.integration.joint_use.conftest import Rooms

KEY = ApiKey(header="X-Api-Key", value="M4RKER-key")
THERE = ExternalEndpoint(
    url="http://127.0.0.1:9/ngsi-ld/v1/", tenant="urn:x:Ebetsu", credentials=KEY, timeout_s=5
)
EBETSU = NewTenant(name="ebetsu", storage=Storage.EXTERNAL, endpoint=THERE)


async def test_an_external_tenant_has_an_endpoint_and_no_database(
    joint_use: JointUse, rooms: Rooms
) -> None:
    tenant = await create_tenant(joint_use, OPERATOR, EBETSU)
    assert (tenant.status, tenant.placement.database) == (TenantStatus.ACTIVE, "")
    assert await use_tenant(joint_use, "ebetsu") == tenant
    known = await joint_use.endpoints.find(tenant)
    assert known is not None
    assert known.endpoint == replace(THERE, url="http://127.0.0.1:9")
    await suspend_tenant(joint_use, OPERATOR, "ebetsu")
    await retire_tenant(joint_use, OPERATOR, "ebetsu")
    assert (rooms.provisioned, rooms.retired) == ([], [])


async def test_credentials_cannot_be_read_in_the_database(
    joint_use: JointUse, databases: Databases, control: Database
) -> None:
    await create_tenant(joint_use, OPERATOR, EBETSU)
    async with databases.admin(control) as owner:
        rows = await owner.fetch("SELECT e::text FROM external_endpoint AS e")
    assert len(rows) == 1
    assert b"M4RKER".hex() not in rows[0][0]
    assert "M4RKER" not in rows[0][0]


@pytest.mark.parametrize(
    "wanted",
    [
        replace(EBETSU, endpoint=None),
        replace(EBETSU, storage=Storage.SHARED),
        replace(EBETSU, endpoint=replace(THERE, url="http://10.1.2.3")),
        replace(EBETSU, endpoint=replace(THERE, url="ftp://127.0.0.1")),
        replace(EBETSU, endpoint=replace(THERE, url="http://me:pw@127.0.0.1")),
        replace(EBETSU, endpoint=replace(THERE, tenant="a b")),
        replace(EBETSU, endpoint=replace(THERE, timeout_s=0)),
        replace(EBETSU, endpoint=replace(THERE, credentials=ApiKey(header="Host", value="x"))),
        replace(EBETSU, endpoint=replace(THERE, authorities="no PEM")),
    ],
)
async def test_an_endpoint_that_cannot_be_right_is_refused(
    joint_use: JointUse, wanted: NewTenant
) -> None:
    with pytest.raises(InvalidTerm):
        await create_tenant(joint_use, OPERATOR, wanted)
    assert await joint_use.tenants.find("ebetsu") is None


async def test_credentials_stay_where_none_are_named_and_follow_to_no_other_host(
    joint_use: JointUse,
) -> None:
    await create_tenant(joint_use, OPERATOR, EBETSU)
    moved = replace(THERE, url="http://127.0.0.1:9/other", credentials=NoCredentials())
    known = await set_endpoint(joint_use, OPERATOR, "ebetsu", moved, keeps_credentials=True)
    assert (known.endpoint.credentials, known.version) == (KEY, 2)
    elsewhere = replace(moved, url="http://127.0.0.1:10")
    with pytest.raises(InvalidTerm, match="another host"):
        await set_endpoint(joint_use, OPERATOR, "ebetsu", elsewhere, keeps_credentials=True)
    rotated = replace(elsewhere, credentials=replace(KEY, value="next"))
    await set_endpoint(joint_use, OPERATOR, "ebetsu", rotated)
    assert (await show_endpoint(joint_use, OPERATOR, "ebetsu")).endpoint == rotated


async def test_only_an_external_tenant_has_an_endpoint(joint_use: JointUse) -> None:
    await create_tenant(joint_use, OPERATOR, NewTenant(name="here"))
    with pytest.raises(WrongStatus):
        await set_endpoint(joint_use, OPERATOR, "here", THERE)
    with pytest.raises(WrongStatus):
        await show_endpoint(joint_use, OPERATOR, "here")


async def test_a_tenant_left_without_its_endpoint_is_finished_when_created_again(
    joint_use: JointUse, databases: Databases, control: Database
) -> None:
    await joint_use.tenants.claim(EBETSU, joint_use.placing, by="x", at=joint_use.clock())
    with pytest.raises(InvalidTerm):
        await use_tenant(joint_use, "ebetsu")
    await create_tenant(joint_use, OPERATOR, EBETSU)
    assert (await show_tenant(joint_use, OPERATOR, "ebetsu")).status is TenantStatus.ACTIVE


async def test_the_database_knows_three_storages(databases: Databases, control: Database) -> None:
    async with databases.admin(control) as owner:
        with pytest.raises(asyncpg.CheckViolationError):
            await owner.execute(
                "INSERT INTO tenant (name, storage, server, database, status, created_at)"
                " VALUES ('x', 'elsewhere', '', '', 'active', now())"
            )
