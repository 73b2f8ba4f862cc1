"""The declared paths of tenants in PostgreSQL (port `Indexes`)."""

from collections.abc import Callable, Sequence

import asyncpg

from broker.ngsi.errors import Conflict, TooManyResults
from broker.ngsi.indexes import DeclaredIndex, IndexStage
from broker.ngsi.q.paths import path_key, path_of_key
from broker.ngsi.q.syntax import Path
from broker.store.tenants import TenantDatabases
from joint_use import Tenant
from kit.db import Connection

MAX_DECLARED = 100
"""Paths of a tenant: each write looks at every one."""

_COLUMNS = "path, is_complete, is_withdrawn, declared_at, filled_to"
_EVERY = f"""
SELECT {_COLUMNS} FROM index_declaration WHERE tenant = $1
ORDER BY declared_at, path"""  # noqa: S608 — the columns are ours
_ONE = f"""
SELECT {_COLUMNS} FROM index_declaration
WHERE tenant = $1 AND path = $2"""  # noqa: S608 — likewise
_COUNT = "SELECT count(*) FROM index_declaration WHERE tenant = $1"
_DECLARE = """
INSERT INTO index_declaration (tenant, path) VALUES ($1, $2)
ON CONFLICT (tenant, path) DO NOTHING RETURNING path"""
MOVE_ON = "UPDATE tenant_state SET index_version = index_version + 1 WHERE tenant = $1"
"""Tells writers, whose statements read the version, that declarations changed."""
_WITHDRAW = """
UPDATE index_declaration SET is_complete = false, is_withdrawn = true
WHERE tenant = $1 AND path = $2"""


class StoredIndexes:
    """Declares and withdraws paths; what follows from that is done behind the answer.

    Args:
        tenants: lends connections that have entered a tenant.
        take_up: told of a tenant whose declarations are unfinished (`store.index_work`).
    """

    def __init__(self, tenants: TenantDatabases, take_up: Callable[[Tenant], None]) -> None:
        self._tenants = tenants
        self._take_up = take_up

    async def declare(self, tenant: Tenant, path: Path) -> DeclaredIndex:
        """Index a path; entities that are there already follow after the answer."""
        key = path_key(path)
        async with self._tenants.writing(tenant) as connection:
            found = await _find(connection, tenant, key)
            if found is None:
                found = await _insert(connection, tenant, key)
        if found.stage is IndexStage.WITHDRAWN:
            raise Conflict("The index is being withdrawn; it can be declared again in a moment")
        if found.stage is IndexStage.FILLING:
            self._take_up(tenant)
        return found

    async def every(self, tenant: Tenant) -> Sequence[DeclaredIndex]:
        """List them, oldest first."""
        async with self._tenants.reading(tenant) as connection:
            rows = await connection.fetch(_EVERY, tenant.number)
        return [_declared(row) for row in rows]

    async def withdraw(self, tenant: Tenant, path: Path) -> DeclaredIndex | None:
        """Let queries do without one, and remove it after the answer; None where there is none."""
        key = path_key(path)
        async with self._tenants.writing(tenant) as connection:
            await connection.execute(_WITHDRAW, tenant.number, key)
            found = await _find(connection, tenant, key)
        if found is not None:
            self._take_up(tenant)
        return found


async def _insert(connection: Connection, tenant: Tenant, key: str) -> DeclaredIndex:
    if await connection.fetchval(_COUNT, tenant.number) >= MAX_DECLARED:
        raise TooManyResults(
            f"The tenant has {MAX_DECLARED} indexes, as many as it may have; right would be to "
            "withdraw one first"
        )
    if await connection.fetchval(_DECLARE, tenant.number, key) is not None:
        await connection.execute(MOVE_ON, tenant.number)
    found = await _find(connection, tenant, key)
    if found is None:
        raise Conflict("The index is being withdrawn; it can be declared again in a moment")
    return found


async def _find(connection: Connection, tenant: Tenant, key: str) -> DeclaredIndex | None:
    row = await connection.fetchrow(_ONE, tenant.number, key)
    return None if row is None else _declared(row)


def _declared(row: asyncpg.Record) -> DeclaredIndex:
    stage = IndexStage.COMPLETE if row["is_complete"] else IndexStage.FILLING
    return DeclaredIndex(
        path=path_of_key(row["path"]),
        stage=IndexStage.WITHDRAWN if row["is_withdrawn"] else stage,
        declared_at=row["declared_at"],
        filled_to=row["filled_to"],
    )
