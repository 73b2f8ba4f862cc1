"""One separated tenant is backed up and restored by PostgreSQL's own tools."""

import asyncio
from pathlib import Path

import pytest

from joint_use import Tenant
from kit.db import Database
from renkei.dumps import DumpFailed, admin_dsn, back_up, restore_tenant, separated_tenant
from renkei.platform import Platform, assemble, opened
from renkei.settings import Settings
from tests.platforms import Client


async def put_back(settings: Settings, name: str, file: Path) -> Tenant:
    platform = assemble(settings)
    async with opened(platform):
        return await restore_tenant(platform, name, file)


async def placed(settings: Settings, name: str) -> Tenant:
    platform = assemble(settings)
    async with opened(platform):
        return await separated_tenant(platform, name)


async def databases(platform: Platform) -> set[str]:
    async with (
        opened(platform),
        platform.databases.admin(Database("main", "postgres")) as connection,
    ):
        return {row[0] for row in await connection.fetch("SELECT datname FROM pg_database")}


def test_a_tenant_is_as_it_was_when_it_was_backed_up(
    separated_client: Client, platform_settings: Settings, tmp_path: Path
) -> None:
    client, file = separated_client, tmp_path / "tenant.dump"
    client.create({"id": "urn:a:1", "type": "Before", "n": {"type": "Property", "value": 1}})
    was = asyncio.run(placed(platform_settings, client.tenant))
    back_up(admin_dsn(platform_settings, "main"), was.placement.database, file)
    client.create({"id": "urn:a:2", "type": "After", "n": {"type": "Property", "value": 2}})
    assert client.send("DELETE", "/entities/urn:a:1").status_code == 204
    now = asyncio.run(put_back(platform_settings, client.tenant, file))
    assert client.get("/entities/urn:a:1").json()["n"]["value"] == 1
    assert client.get("/entities/urn:a:2").status_code == 404
    client.create({"id": "urn:a:3", "type": "Later", "n": {"type": "Property", "value": 3}})
    assert client.get("/entities/urn:a:3").json()["type"] == "Later"
    names = asyncio.run(databases(assemble(platform_settings)))
    assert now.placement.database in names
    assert was.placement.database not in names


def test_a_file_that_is_no_backup_changes_nothing(
    separated_client: Client, platform_settings: Settings, tmp_path: Path
) -> None:
    client, file = separated_client, tmp_path / "nonsense"
    file.write_text("nonsense")
    client.create({"id": "urn:a:1", "type": "Before"})
    with pytest.raises(DumpFailed, match="pg_restore"):
        asyncio.run(put_back(platform_settings, client.tenant, file))
    assert client.get("/entities/urn:a:1").status_code == 200


def test_another_tenants_backup_is_refused(
    separated_client: Client, broker_url: str, platform_settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "tenant.dump"
    default = Database("main", platform_settings.joint_use.placing.shared_database)
    back_up(admin_dsn(platform_settings, "main"), default.name, file)
    separated_client.create({"id": "urn:a:1", "type": "Before"})
    with pytest.raises(DumpFailed, match="not of tenant"):
        asyncio.run(put_back(platform_settings, separated_client.tenant, file))
    assert separated_client.get("/entities/urn:a:1").status_code == 200


def test_a_shared_tenant_is_referred_to_its_archive(
    client: Client, platform_settings: Settings
) -> None:
    with pytest.raises(DumpFailed, match="renkei tenant export"):
        asyncio.run(placed(platform_settings, client.tenant))
