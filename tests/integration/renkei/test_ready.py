"""A worker says that it is ready when it is, and else what it lacks."""

import asyncio
from pathlib import Path

import asyncpg
import httpx2
import pytest

from tests.platforms import served, settings_of
from tests.scenarios.processes.conftest import eventually


def test_what_a_worker_lacks_is_named(
    tmp_path: Path, postgres_admin_dsn: str, http: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("renkei.readiness._CURRENT_S", 0.0)
    settings = settings_of(tmp_path, postgres_admin_dsn)
    control = settings.joint_use.control_database

    def run(sql: str, database: str = control, *arguments: str) -> None:
        async def running() -> None:
            head, _, query = postgres_admin_dsn.partition("?")
            dsn = f"{head.rpartition('/')[0]}/{database}?{query}"
            connection = await asyncpg.connect(dsn)
            await connection.execute(sql, *arguments)
            await connection.close()

        asyncio.run(running())

    def missing() -> dict[str, str]:
        told: dict[str, str] = http.get(f"{url}/health/ready").json().get("missing", {})
        return told

    with served(settings) as url:
        assert eventually(lambda: http.get(f"{url}/health/ready").status_code == 200)
        run("UPDATE schema_version SET number = -number WHERE package LIKE 'datamodels%'")
        assert missing() == {
            "schema": "The control database lacks migrations of datamodels: run `renkei migrate`"
        }
        run("UPDATE schema_version SET number = -number WHERE package LIKE 'datamodels%'")
        assert missing() == {}
        run(f"ALTER DATABASE {control} ALLOW_CONNECTIONS false", "postgres")
        run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
            "postgres",
            control,
        )
        assert eventually(lambda: {"control database", "listener"} <= set(missing()))
        assert http.get(f"{url}/health/live").status_code == 200
        run(f"ALTER DATABASE {control} ALLOW_CONNECTIONS true", "postgres")
        assert eventually(lambda: http.get(f"{url}/health/ready").status_code == 200)
