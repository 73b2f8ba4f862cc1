"""How usage is summed up: one query per table, put together by group."""

from collections.abc import Mapping, Sequence

from joint_use.terms.usage import Grouping, Usage, Wanted
from kit.db import Connection

_Group = tuple[str, ...]
_COLUMN = {
    Grouping.DAY: "u.day::text",
    Grouping.TENANT: "tenant.name",
    Grouping.MUNICIPALITY: "coalesce(tenant.municipality_code, '')",
    Grouping.SERVICE: "u.service",
    Grouping.OPERATION: "u.operation",
    Grouping.STATUS: "u.status::text || 'xx'",
}
_OF_REQUESTS = frozenset({Grouping.OPERATION, Grouping.STATUS})
_WHERE = """
JOIN tenant ON tenant.number = u.tenant
WHERE u.day BETWEEN $1 AND $2 AND ($3::text IS NULL OR tenant.name = $3)
  AND ($4::text IS NULL OR tenant.municipality_code = $4)"""

_REQUESTS = """
SELECT {keys} AS key, sum(u.requests)::bigint AS requests,
       coalesce(sum(u.requests) FILTER (WHERE u.status >= 4), 0)::bigint AS refused,
       sum(u.bytes_in)::bigint AS bytes_in, sum(u.bytes_out)::bigint AS bytes_out
FROM usage_request u {where} GROUP BY 1"""
_WRITTEN = """
SELECT {keys} AS key, sum(u.changes)::bigint AS changes,
       sum(u.notifications)::bigint AS notifications
FROM usage_written u {where} GROUP BY 1"""
_USERS = """
SELECT {keys} AS key, sum(u.users)::bigint AS users
FROM (
    SELECT day, tenant, service, users FROM usage_user_count WHERE {closed}
    UNION ALL
    SELECT day, tenant, {service} AS service, count(DISTINCT hash) FROM usage_user GROUP BY 1, 2, 3
) u {where} GROUP BY 1"""
# Of each tenant the last that was seen, on each day or in the whole period.
_STORED = """
SELECT {keys} AS key, sum(u.entities)::bigint AS entities, sum(u.attributes)::bigint AS attributes,
       sum(u.bytes)::bigint AS bytes_stored
FROM (
    SELECT DISTINCT ON (tenant{day}) * FROM usage_stored
    WHERE day <= $2 ORDER BY tenant{day}, day DESC
) u {where} GROUP BY 1"""


async def read_usage(connection: Connection, wanted: Wanted) -> Sequence[Usage]:
    """Sum up usage, in order of the groups; what a group is not counted by stays None."""
    by = wanted.by
    found: dict[_Group, dict[str, int]] = {}
    for sql in _statements(by):
        period = wanted.period
        rows = await connection.fetch(
            sql, period.first, period.last, wanted.tenant, wanted.municipality
        )
        for row in rows:
            sums: Mapping[str, int] = {name: row[name] for name in row.keys() if name != "key"}  # noqa: SIM118 — a record iterates over its values
            found.setdefault(tuple(row["key"]), {}).update(sums)
    return [Usage(group=dict(zip(by, key, strict=True)), **found[key]) for key in sorted(found)]


def _statements(by: Sequence[Grouping]) -> list[str]:
    """Write the queries of the tables that are counted by all of these."""
    keys = f"ARRAY[{', '.join(_COLUMN[one] for one in by)}]::text[]"
    statements = [_REQUESTS.format(keys=keys, where=_WHERE)]
    if _OF_REQUESTS.isdisjoint(by):
        is_by_service = Grouping.SERVICE in by
        statements += [
            _WRITTEN.format(keys=keys, where=_WHERE),
            _USERS.format(
                keys=keys,
                where=_WHERE,
                closed="service IS NOT NULL" if is_by_service else "service IS NULL",
                service="service" if is_by_service else "NULL::text",
            ),
        ]
        if not is_by_service:
            day = ", day" if Grouping.DAY in by else ""
            where = _WHERE if day else _WHERE.replace("u.day BETWEEN $1 AND $2", "u.day <= $2")
            where = where if day else where + " AND $1::date IS NOT NULL"
            statements.append(_STORED.format(keys=keys, where=where, day=day))
    return statements
