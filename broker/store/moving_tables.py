"""Which tables a tenant's data are in, read from the catalog: whatever has a tenant is moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from joint_use import MoveFailed
from kit.db import Connection

STATE: Final = "tenant_state"
_NOT_MOVED: Final = (STATE, "move_log")
_LEFT_OUT: Final[Mapping[str, frozenset[str]]] = {
    "matched_change": frozenset({"xact"}),  # a transaction of the database that it is in
}
RENUMBERED: Final[Mapping[str, str]] = {"snapshot": "number"}
"""By table, the column that holds a number below 0, which is another one in another database."""

# What rows without a primary key are found by: all of a key are replaced together.
_KEYS: Final[Mapping[str, Sequence[str]]] = {
    "entity_index": ("id",),
    "attribute_instance": ("entity_id", "attribute", "recorded_at"),
}
_COLUMNS = """
SELECT c.relname AS name, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
       coalesce(a.attnum = ANY (i.indkey::int2[]), false) AS is_key
FROM pg_class c
JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'tenant' AND NOT t.attisdropped
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attgenerated = '' AND a.attname <> 'tenant'
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition AND c.relname <> ALL ($1)
ORDER BY c.relname, a.attnum"""
_STATE_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = 'tenant_state'::regclass AND attnum > 0 AND NOT attisdropped
  AND attname NOT IN ('tenant', 'epoch', 'status', 'is_logged') ORDER BY attnum"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose rows belong to tenants.

    Args:
        columns: those that are moved, behind the tenant.
        keys: by column of its key behind the tenant, the type.
    """

    name: str
    columns: Sequence[str]
    keys: Mapping[str, str]

    @property
    def compared(self) -> Sequence[str]:
        """The columns whose values are the same in both places."""
        return [one for one in self.columns if one != RENUMBERED.get(self.name)]


async def tables_of(connection: Connection) -> Sequence[Table]:
    """Read the tables that are moved row by row, and what their rows are found by.

    Raises:
        MoveFailed: rows of a table cannot be told apart.
    """
    found: dict[str, dict[str, tuple[str, bool]]] = {}
    for row in await connection.fetch(_COLUMNS, list(_NOT_MOVED)):
        found.setdefault(row["name"], {})[row["column"]] = (row["type"], row["is_key"])
    return [_table(name, columns) for name, columns in found.items()]


async def state_columns(connection: Connection) -> Sequence[str]:
    """Read the columns of a tenant's own row that are moved as they are."""
    return [row[0] for row in await connection.fetch(_STATE_COLUMNS)]


def _table(name: str, columns: Mapping[str, tuple[str, bool]]) -> Table:
    keys = {
        column: kind
        for column, (kind, is_key) in columns.items()
        if (column in _KEYS[name] if name in _KEYS else is_key)
    }
    if not keys:
        raise MoveFailed(
            f"Table {name} has no key behind the tenant, so its rows cannot be followed",
            detail_ja=f"表 {name} に主キーがないため移動できません。",
        )
    left_out = _LEFT_OUT.get(name, frozenset())
    return Table(
        name=name, columns=[column for column in columns if column not in left_out], keys=keys
    )
