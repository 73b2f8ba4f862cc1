"""The statements that move a tenant; names of tables and columns come from the catalog."""

from collections.abc import Mapping, Sequence

from broker.store.moving_tables import RENUMBERED, Table

ENTER = "SELECT set_config('renkei.tenant', $1::int::text, true)"
NUMBERS = "SELECT tenant FROM tenant_state WHERE owner = $1 ORDER BY tenant DESC"
"""The numbers of a tenant's snapshots."""

SESSION = """
SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET extra_float_digits = 1; SET bytea_output = 'hex';
CREATE TEMP TABLE moved_key (source text COLLATE "C" NOT NULL, key jsonb NOT NULL)"""
FORGET_KEYS = "TRUNCATE moved_key"
TAKE_KEYS = """
WITH taken AS (
    DELETE FROM move_log WHERE tenant = $1 AND number IN (
        SELECT number FROM move_log WHERE tenant = $1 ORDER BY number LIMIT $2)
    RETURNING source, key
)
INSERT INTO moved_key SELECT DISTINCT source, key FROM taken"""
KEYS = "SELECT source, key FROM moved_key"
KEYED = "SELECT source, count(*) FROM moved_key GROUP BY source ORDER BY source"
KEY_PLAN = """
SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"""

SEQUENCES = """
SELECT sequencename AS name, last_value FROM pg_sequences
WHERE schemaname = 'public' AND increment_by > 0 AND last_value IS NOT NULL
  AND sequencename <> 'move_log_number_seq'"""

_ACTS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}

CLOSE = """
UPDATE tenant_state SET epoch = $2, status = 'moved', is_logged = false
WHERE tenant = $1 OR owner = $1"""
IS_CLOSED = "SELECT status = 'moved' AND epoch >= $2 FROM tenant_state WHERE tenant = $1"


def quoted(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: Sequence[str]) -> str:
    """Quote identifiers and put commas between."""
    return ", ".join(quoted(name) for name in names)


def every_row(table: Table, number: int, new: int, numbers: Mapping[int, int]) -> str:
    """Select all rows of a number as they are in the other database."""
    return (
        f"SELECT {_row(table, new, numbers)} FROM {quoted(table.name)} r WHERE tenant = {number:d}"
    )


def keyed_rows(table: Table, number: int, new: int, numbers: Mapping[int, int]) -> str:
    """Select the rows whose keys were taken as they are in the other database."""
    return f"SELECT {_row(table, new, numbers)} {_among_keys(table, number)}"


def delete_keyed(table: Table, number: int) -> str:
    """Delete the rows whose keys were taken."""
    found = _found_by(table)
    return (
        f"DELETE FROM {quoted(table.name)} r USING {_key_rows(table)} k "
        f"WHERE r.tenant = {number:d} AND {found}"
    )


def checksum_of_all(table: Table, number: int) -> str:
    """Count all rows of a number, and sum what they hash to."""
    return f"SELECT {_checksum(table)} FROM {quoted(table.name)} r WHERE tenant = {number:d}"


def checksum_of_keyed(table: Table, number: int) -> str:
    """Count the rows whose keys were taken, and sum what they hash to."""
    return f"SELECT {_checksum(table)} {_among_keys(table, number)}"


def count_all(tables: Sequence[Table], number: int) -> str:
    """Count the rows of every table."""
    return " UNION ALL ".join(
        f"SELECT '{table.name}' AS name, count(*) FROM {quoted(table.name)} "
        f"WHERE tenant = {number:d}"
        for table in tables
    )


def put_state(columns: Sequence[str]) -> str:
    """Write the row of a tenant or snapshot: number, epoch, status, and its columns as JSON."""
    names = listed(columns)
    return (
        f"INSERT INTO tenant_state (tenant, epoch, status, {names}) "
        f"SELECT $1, $2, $3, {names} FROM json_populate_record(NULL::tenant_state, $4::text::json)"
    )


def read_states(columns: Sequence[str]) -> str:
    """Read the rows of a tenant and its snapshots, their columns as JSON."""
    return (
        f"SELECT t.tenant, t.status, row_to_json(s)::text AS state FROM tenant_state t, "
        f"LATERAL (SELECT {listed(columns)}) s WHERE t.tenant = $1 OR t.owner = $1"
    )


def note_function(table: Table) -> str:
    """Make what notes the keys of changed rows, of tenants that are being copied."""
    keys = listed(list(table.keys))
    return f"""
CREATE OR REPLACE FUNCTION {quoted(f"note_{table.name}")}() RETURNS trigger
LANGUAGE plpgsql AS $note$ BEGIN
    INSERT INTO move_log (tenant, source, key)
    SELECT DISTINCT c.tenant, '{table.name}', jsonb_build_array({keys}) FROM changed c
    WHERE EXISTS (SELECT FROM tenant_state s WHERE s.tenant = c.tenant AND s.is_logged);
    RETURN NULL;
END $note$"""


def note_triggers(table: Table) -> str:
    """Make the triggers that call it, once a statement."""
    return ";".join(
        f"CREATE OR REPLACE TRIGGER {trigger_of(act)} AFTER {act} ON {quoted(table.name)} "
        f"REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT "
        f"EXECUTE FUNCTION {quoted(f'note_{table.name}')}()"
        for act, rows in _ACTS.items()
    )


def awaken(table: Table) -> str:
    """Let the triggers of a table work."""
    return _switched(table, "ENABLE")


def silence(table: Table) -> str:
    """Let the triggers of a table sleep."""
    return _switched(table, "DISABLE")


def trigger_of(act: str) -> str:
    """Name the trigger of an act, so that it comes after others."""
    return f"zz_note_move_{act.lower()}"


def _switched(table: Table, way: str) -> str:
    changes = ", ".join(f"{way} TRIGGER {trigger_of(act)}" for act in _ACTS)
    return f"ALTER TABLE {quoted(table.name)} {changes}"


def _row(table: Table, new: int, numbers: Mapping[int, int]) -> str:
    renumbered = RENUMBERED.get(table.name)
    columns = [
        _mapped(column, numbers) if column == renumbered else f"r.{quoted(column)}"
        for column in table.columns
    ]
    return ", ".join([f"{new:d}::int", *columns])


def _mapped(column: str, numbers: Mapping[int, int]) -> str:
    cases = " ".join(f"WHEN {old:d} THEN {new:d}" for old, new in numbers.items())
    return f"(CASE r.{quoted(column)} {cases} END)::int" if cases else "NULL::int"


def _key_rows(table: Table) -> str:
    columns = ", ".join(
        f"(key ->> {place:d})::{kind} AS {quoted(column)}"
        for place, (column, kind) in enumerate(table.keys.items())
    )
    return f"(SELECT DISTINCT {columns} FROM moved_key WHERE source = '{table.name}')"


def _found_by(table: Table) -> str:
    return " AND ".join(f"r.{quoted(column)} = k.{quoted(column)}" for column in table.keys)


def _among_keys(table: Table, number: int) -> str:
    return (
        f"FROM {_key_rows(table)} k CROSS JOIN LATERAL (SELECT r.* FROM {quoted(table.name)} r "
        f"WHERE r.tenant = {number:d} AND {_found_by(table)}) r"
    )


def _checksum(table: Table) -> str:
    columns = ", ".join(f"r.{quoted(column)}" for column in table.compared)
    hashed = f"hashtextextended(ROW({columns})::text, 0)"
    return f"count(*) AS rows, coalesce(sum({hashed}), 0)::text AS sum"
