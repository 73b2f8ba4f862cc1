"""How usage is summed up: one query per table, put together by group."""

from collections.abc import Iterator, Mapping, Sequence

from joint_use.terms.usage import Grouping, Usage, Wanted
from kit.db import Connection

_Group = tuple[str, ...]
_COLUMN = {
    Grouping.DAY: "u.day::text",
    Grouping.TENANT: "tenant.name",
    Grouping.ORGANISATION: "coalesce(tenant.organisation, '')",
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

_WHERE_LAST = _WHERE.replace("u.day BETWEEN $1 AND $2", "$1::date IS NOT NULL AND u.day <= $2")

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
    by, period = wanted.by, wanted.period
    arguments = (period.first, period.last, wanted.tenant, wanted.municipality)
    found: dict[_Group, dict[str, int]] = {}
    counted: dict[str, int] = {}
    for sql, columns in _statements(by):
        counted.update(dict.fromkeys(columns, 0))
        for row in await connection.fetch(sql, *arguments):
            sums: Mapping[str, int] = {name: row[name] for name in row.keys() if name != "key"}  # noqa: SIM118 — a record iterates over its values
            found.setdefault(tuple(row["key"]), {}).update(sums)
    return [
        Usage(group=dict(zip(by, key, strict=True)), **(counted | found[key]))
        for key in sorted(found)
    ]


def _statements(by: Sequence[Grouping]) -> Iterator[tuple[str, Sequence[str]]]:
    """Write the queries of the tables that are counted by all of these, with what they give."""
    keys = f"ARRAY[{', '.join(_COLUMN[one] for one in by)}]::text[]"
    yield (
        _REQUESTS.format(keys=keys, where=_WHERE),
        ("requests", "refused", "bytes_in", "bytes_out"),
    )
    if not _OF_REQUESTS.isdisjoint(by):
        return
    yield _WRITTEN.format(keys=keys, where=_WHERE), ("changes", "notifications")
    if Grouping.SERVICE in by:
        parts = {"closed": "service IS NOT NULL", "service": "service"}
        yield _USERS.format(keys=keys, where=_WHERE, **parts), ("users",)
        return
    parts = {"closed": "service IS NULL", "service": "NULL::text"}
    yield _USERS.format(keys=keys, where=_WHERE, **parts), ("users",)
    is_daily = Grouping.DAY in by
    stored = _STORED.format(
        keys=keys, where=_WHERE if is_daily else _WHERE_LAST, day=", day" if is_daily else ""
    )
    yield stored, ("entities", "attributes", "bytes_stored")
