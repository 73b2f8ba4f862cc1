"""The whole platform is put back to the minute before a mistake, with PostgreSQL's own tools.

As docs/operations.md says it: a base backup, an archive of WAL, a time.
"""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from kit.json import JsonObject
from renkei.account import account_for
from renkei.embedded import EmbeddedPostgres, own_tool
from tests import asking
from tests.platforms import Client, make_tenant, served, settings_of

BEFORE: JsonObject = {
    "id": "urn:a:before",
    "type": "Shelter",
    "n": {"type": "Property", "value": 1},
}
LATER: JsonObject = {"id": "urn:a:later", "type": "Shelter", "n": {"type": "Property", "value": 2}}


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that PostgreSQL's account reaches, too."""
    folder = Path(tempfile.mkdtemp(prefix="renkei-backup-"))
    folder.chmod(0o755)
    archive = folder / "archive"
    archive.mkdir()
    archive.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def run(tool: str, *options: str) -> None:
    path = own_tool(tool)
    assert path is not None
    subprocess.run([str(path), *options], check=True, capture_output=True)


async def switched(dsn: str) -> None:
    """Have what was written so far go to the archive."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_switch_wal()")
    finally:
        await connection.close()


def put_back(base: Path, archive: Path, at: datetime) -> None:
    """Make of a base backup a cluster that recovers up to a time and is then open for use."""
    with (base / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = 'cp {archive}/%f %p'\n")
        settings.write(f"recovery_target_time = '{at.isoformat()}'\n")
        settings.write("recovery_target_action = 'promote'\n")
    (base / "recovery.signal").touch()
    account = account_for(base)
    for path in (base, *base.rglob("*")):
        account.own(path)


@pytest.mark.timeout(480)
def test_what_was_deleted_by_mistake_is_there_again(place: Path) -> None:
    archive = place / "archive"
    keeping = {
        "archive_mode": "on",
        "archive_command": f"test ! -f {archive}/%f && cp %p {archive}/%f",
    }
    with EmbeddedPostgres(place / "postgres", parameters=keeping) as postgres:
        settings = settings_of(place / "data", postgres.admin_dsn)
        with served(settings) as url, asking.client(timeout=30) as http:
            tenant = make_tenant(url, settings, "separated")
            client = Client(url=url, tenant=tenant, http=http)
            client.create(BEFORE)
            run("pg_basebackup", "-d", postgres.admin_dsn, "-D", str(place / "base"), "-c", "fast")
            run("pg_verifybackup", str(place / "base"))
            client.create(LATER)  # after the base backup: from the archive alone
            time.sleep(0.1)
            good = datetime.now(UTC)
            time.sleep(0.1)
            assert client.send("DELETE", "/entities?type=Shelter").status_code == 204
            assert client.get("/entities/urn:a:before").status_code == 404
        asyncio.run(switched(postgres.admin_dsn))
    put_back(place / "base", archive, good)
    with EmbeddedPostgres(place / "base") as postgres:
        url_again = SecretStr(postgres.admin_dsn)
        again = settings.model_copy(update={"database_url": url_again})
        with served(again) as url, asking.client(timeout=30) as http:
            client = Client(url=url, tenant=tenant, http=http)
            assert client.get("/entities/urn:a:before").json()["n"]["value"] == 1
            assert client.get("/entities/urn:a:later").json()["n"]["value"] == 2
            client.create({**BEFORE, "id": "urn:a:new"})
