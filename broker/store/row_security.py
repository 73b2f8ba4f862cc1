"""Row-level security: forced on shared tables, for a role that nothing lets past it."""

from kit.db import Connection
from kit.errors import RenkeiError

# Tables of the platform that have a tenant; partitions are reached through their parents alone.
_TENANT_TABLES = """
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"""
_UNFORCED = f"""
SELECT c.relname {_TENANT_TABLES}
  AND NOT c.relispartition AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
ORDER BY c.relname"""
# Roles that the application's could become by SET ROLE count as itself.
_ROLE = """
SELECT current_user AS name,
       coalesce(bool_or(r.rolsuper OR r.rolbypassrls), false) AS bypasses
FROM pg_roles r WHERE pg_has_role(current_user, r.oid, 'MEMBER')"""
_OWNED = f"""
SELECT c.relname {_TENANT_TABLES} AND pg_has_role(current_user, c.relowner, 'MEMBER')
ORDER BY c.relname"""
_BARE_PARTITIONS = f"""
SELECT c.relname {_TENANT_TABLES} AND c.relispartition
  AND has_table_privilege(current_user, c.oid, 'SELECT, INSERT, UPDATE, DELETE')
ORDER BY c.relname"""
# Permissive policies are alternatives: one that is not ours could let more through.
_STRANGE_POLICIES = f"""
SELECT c.relname || '.' || p.polname FROM pg_policy p, LATERAL (
    SELECT c.relname {_TENANT_TABLES} AND c.oid = p.polrelid) c
WHERE p.polpermissive AND p.polname <> 'own_tenant' ORDER BY 1"""  # noqa: S608 — fixed text


class UnsafeRole(RenkeiError):
    """The application's role could read past row-level security."""


async def force_row_security(connection: Connection) -> list[str]:
    """Force row-level security on every table that has a tenant; answer with those it lacked on.

    A table without a policy then shows nothing to anybody.
    """
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '4s'")
        tables = [row[0] for row in await connection.fetch(_UNFORCED)]
        for table in tables:
            await connection.execute(
                f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'
            )
    return tables


async def require_safe_role(connection: Connection, *, is_shared: bool = True) -> None:
    """Check that nothing lets the application's role, whose the connection is, past its tenant.

    Args:
        connection: the application's.
        is_shared: several tenants live here, so that row-level security has to be forced.

    Raises:
        UnsafeRole: the role is, or can become, a superuser, one with BYPASSRLS or the owner of the
            tables; or a shared table is not forced, open by partition or by another policy.
    """
    name = await require_bound_role(connection)
    if await connection.fetch(_OWNED):
        raise _unsafe(name)
    if is_shared:
        await _require_walls(connection)


async def require_bound_role(connection: Connection) -> str:
    """Check that the application's role is bound by policies at all; answer with its name.

    Raises:
        UnsafeRole: it is, or can become, a superuser or one with BYPASSRLS.
    """
    role = await connection.fetchrow(_ROLE)
    name = str(role["name"]) if role else "?"
    if role is None or role["bypasses"]:
        raise _unsafe(name)
    return name


def _unsafe(name: str) -> UnsafeRole:
    return UnsafeRole(
        f"Role {name} can read past row-level security; right is a role that is neither "
        "superuser nor BYPASSRLS nor owner of the tables, such as renkei_app"
    )


async def _require_walls(connection: Connection) -> None:
    for statement, what in (
        (_UNFORCED, "is without forced row-level security"),
        (_BARE_PARTITIONS, "is a partition that the application reaches past its table's policy"),
        (_STRANGE_POLICIES, "is a permissive policy beside own_tenant"),
    ):
        found = [row[0] for row in await connection.fetch(statement)]
        if found:
            raise UnsafeRole(
                f"{', '.join(found)} {what}; tenants of this database could see each other's data"
            )
