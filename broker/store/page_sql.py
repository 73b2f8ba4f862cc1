"""Puts statements together that read a page of matching entities, count them, or list them all.

Plans are chosen here, not left to the planner, which cannot know how many documents satisfy a
jsonpath:

- by ids: on the primary key;
- one value equalled at a declared path: its index rows, which come in order of id;
- a range, a list, a geometry: index rows are gathered up to a bound and put in order; where there
  are more, walking through the type in order of id meets a page soon enough. Before values, a
  glance at the first entities of the type tells whether matches fill the page at once;
- otherwise: through the types asked for, each in order of id.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from broker.ngsi.names import EntityId
from broker.ngsi.ordering import Ordering
from broker.ngsi.queries import EntityFilter
from broker.store.filter_sql import (
    Candidates,
    Kinds,
    Reach,
    candidates,
    conditions,
    ids_of,
    kinds_of,
)
from broker.store.order_sql import is_sortable, order_by
from broker.store.sql_text import Statement

GATHERED = 2_000
"""How many index rows are gathered; twenty matches among more are soon met on the way."""

GATHERED_CELLS = 4_000
"""How many are gathered of cells, which hold more than matches; geometries cost more to check."""

FEW = 400
"""Index rows that are gathered at once; more may be frequent matches."""

GLANCED = 200
"""How many entities are looked at before index rows are: frequent matches fill a page at once."""

_WALKED_KINDS = 16  # more types are not walked one by one
_COLUMNS = "id, kind, created_at, modified_at, expires_at, scopes, document"
_E_COLUMNS = ", ".join(f"e.{name}" for name in _COLUMNS.split(", "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a query is read in: the tenant, the present instant, and what is known of the tenant.

    Args:
        declared: keys of paths whose index rows are complete (`q.paths.path_key`).
        kinds: the tenant's combinations of types.
    """

    tenant: int
    now: datetime
    declared: Collection[str] = ()
    kinds: Kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Which rows of all matches: from an offset or after an id, at most so many."""

    limit: int
    offset: int = 0
    after: EntityId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryStatement:
    """A statement ready to run.

    Args:
        exact: each row matches; otherwise the geoquery is still to be decided in memory.
        in_order: rows come in the order asked for; otherwise in order of id.
        reach: how candidates are found.
    """

    sql: str
    args: tuple[object, ...]
    exact: bool
    in_order: bool
    reach: Reach


def query_statement(
    wanted: EntityFilter,
    part: Slice,
    scene: Scene,
    ordering: Ordering | None = None,
    collation: str | None = None,
) -> QueryStatement:
    """Write the statement that reads a slice of the matches.

    Args:
        wanted: the filter.
        part: the slice.
        scene: what is known of the tenant.
        ordering: the order asked for; None: of ids.
        collation: the server's that the order asks for (`order_sql.collation_of`).

    Its first column tells how many kinds the tenant has: where they are more than `scene.kinds`,
    the statement was put together in ignorance and is to be written again.
    """
    statement = Statement(scene.tenant, scene.now)
    sortable = ordering is not None and is_sortable(ordering, collation)
    writer = _Writer(wanted, part, scene, statement)
    rows = writer.sorted(ordering, collation) if sortable and ordering else writer.by_id()
    number = "SELECT count(*)::int AS known FROM entity_kind k WHERE k.tenant = $1::int"
    return QueryStatement(
        sql=f"SELECT n.known, p.* FROM ({number}) n LEFT JOIN LATERAL ({rows}) p ON true",
        args=tuple(statement.args),
        exact=wanted.geo is None,
        in_order=ordering is None or sortable,
        reach=writer.reach,
    )


def count_statement(wanted: EntityFilter, scene: Scene) -> QueryStatement:
    """Write the statement that counts the matches, the kinds before them as in a page."""
    statement = Statement(scene.tenant, scene.now)
    writer = _Writer(wanted, Slice(limit=0), scene, statement)
    where = writer.where()
    number = "SELECT count(*)::int FROM entity_kind k WHERE k.tenant = $1::int"
    return QueryStatement(
        sql=f"SELECT ({number}) AS known, count(*)::int AS total FROM entity e WHERE {where}",
        args=tuple(statement.args),
        exact=wanted.geo is None,
        in_order=True,
        reach=writer.reach,
    )


class _Writer:
    """Writes the rows of one statement."""

    def __init__(
        self, wanted: EntityFilter, part: Slice, scene: Scene, statement: Statement
    ) -> None:
        self.part = part
        self.statement = statement
        meant = kinds_of(wanted, scene.kinds)
        self.is_of_any_type = meant is None
        self.kinds = list(scene.kinds) if meant is None else meant
        self.ids = ids_of(wanted)
        self.conditions = ["e.tenant = $1::int", *conditions(wanted, statement, scene.kinds)]
        if self.ids is not None:
            self.conditions.append(f"e.id = ANY ({statement.bind(self.ids, 'text[]')})")
        if part.after is not None:
            self.conditions.append(f"e.id > {statement.bind(part.after, 'text')}")
        self.found: Candidates | None = None
        if self.ids is None and self.kinds:
            self.found = candidates(wanted, statement, scene.declared)

    @property
    def reach(self) -> Reach:
        if not self.kinds:
            return Reach.NONE
        if self.ids is not None:
            return Reach.IDS
        if self.found is not None:
            walkable = self.found.is_ordered and len(self.kinds) <= _WALKED_KINDS
            return Reach.VALUE if walkable else Reach.VALUES
        return Reach.ALL if self.is_of_any_type else Reach.TYPES

    def by_id(self) -> str:
        """Write the rows in order of id."""
        if self.reach is Reach.NONE:
            return f"SELECT {_E_COLUMNS} FROM entity e WHERE {self.where()}"
        if self.found is None:
            return self.walk(self.window())
        if self.reach is Reach.VALUE:
            return self.one_value(self.found)
        return self.gathered(self.found)

    def window(self) -> str:
        """Write the limit; as a number where plans profit from knowing it: on the first page."""
        if not self.part.offset:
            return f"LIMIT {self.part.limit:d}"
        limit = self.statement.bind(self.part.limit, "bigint")
        return f"LIMIT {limit} OFFSET {self.statement.bind(self.part.offset, 'bigint')}"

    def most(self) -> str:
        """Write how many rows a part of the answer may hold at most."""
        if not self.part.offset:
            return f"{self.part.limit:d}"
        return self.statement.bind(self.part.offset + self.part.limit, "bigint")

    def condition(self) -> str:
        return " AND ".join(self.conditions)

    def where(self) -> str:
        """Write the whole condition, candidates as a set of ids."""
        if self.reach is Reach.NONE:
            return f"{self.condition()} AND false"
        if self.found is None:
            return self.condition()
        return f"{self.condition()} AND e.id IN ({self.found.rows(self.is_kind())})"

    def is_kind(self) -> str:
        """Write that an index row is of one of the kinds asked for."""
        if len(self.kinds) == 1:
            return f"i.kind = {self.statement.bind(self.kinds[0], 'int')}"
        return f"i.kind = ANY ({self.statement.bind(self.kinds, 'int[]')})"

    def walk(self, window: str) -> str:
        """Go through the types asked for, or through all entities, in order of id."""
        by_kind = not self.is_of_any_type and 1 < len(self.kinds) <= _WALKED_KINDS
        where = self.condition()
        if not by_kind or self.ids is not None:
            return f"SELECT {_E_COLUMNS} FROM entity e WHERE {where} ORDER BY e.id {window}"
        return self.by_kind(
            f"SELECT {_E_COLUMNS} FROM entity e WHERE {where} AND e.kind = w.kind"
            f" ORDER BY e.id LIMIT {self.most()}",
            window,
        )

    def by_kind(self, rows: str, window: str) -> str:
        """Put the rows of several kinds, each in order of id, into one order."""
        kinds = self.statement.bind(self.kinds, "int[]")
        return (
            f"SELECT {_E_COLUMNS} FROM unnest({kinds}) AS w(kind) CROSS JOIN LATERAL ({rows}) e"
            f" ORDER BY e.id {window}"
        )

    def one_value(self, found: Candidates) -> str:
        """Go through the rows of one value in order of id."""
        after = ""
        if self.part.after is not None:
            after = f" AND i.id > {self.statement.bind(self.part.after, 'text')}"
        rows = (
            f"SELECT {_E_COLUMNS} FROM entity_index i JOIN entity e"
            f" ON e.tenant = i.tenant AND e.id = i.id WHERE i.tenant = $1::int"
            f" AND {found.condition}{after} AND {self.condition()} AND i.kind = "
        )
        if len(self.kinds) == 1:
            kind = self.statement.bind(self.kinds[0], "int")
            return f"{rows}{kind} ORDER BY i.id {self.window()}"
        return self.by_kind(f"{rows}w.kind ORDER BY i.id LIMIT {self.most()}", self.window())

    def gathered(self, found: Candidates) -> str:
        """Gather candidates; where these are many, walk; a glance may spare either."""
        parts = [self.glanced(found)] if self.may_glance(found) else []
        bound = GATHERED_CELLS if found.ranges else GATHERED
        unless_full = " WHERE NOT (SELECT is_full FROM glance)" if parts else ""
        parts.append(
            f"found AS MATERIALIZED (SELECT c.id FROM ({found.rows(self.is_kind())}) c"
            f"{unless_full} LIMIT {bound + 1}),"
            f" few AS MATERIALIZED (SELECT count(*) <= {bound} AS are FROM found)"
        )
        rows = [
            f"SELECT {_E_COLUMNS} FROM (SELECT DISTINCT id FROM found ORDER BY id) f"
            " JOIN entity e ON e.tenant = $1::int AND e.id = f.id"
            f" WHERE (SELECT are FROM few) AND {self.condition()}"
            f" ORDER BY e.id LIMIT {self.most()}",
            f"SELECT {_COLUMNS} FROM ({self.walk_unless_few()}) w",
        ]
        if unless_full:
            rows.append(f"SELECT {_COLUMNS} FROM first WHERE (SELECT is_full FROM glance)")
        union = " UNION ALL ".join(f"({each})" for each in rows)
        return (
            f"WITH {', '.join(parts)} SELECT {_COLUMNS} FROM ({union}) u"
            f" ORDER BY id {self.window()}"
        )

    def may_glance(self, found: Candidates) -> bool:
        asked = self.part.offset + self.part.limit
        is_one_walk = self.is_of_any_type or len(self.kinds) == 1
        return is_one_walk and not found.ranges and asked <= GLANCED // 2

    def glanced(self, found: Candidates) -> str:
        """Write the matches among the first entities, and whether they fill the page.

        Where candidates are few, nobody looks: gathering them costs less.
        """
        among = [self.conditions[0]]
        if not self.is_of_any_type:
            among.append(f"e.kind = {self.statement.bind(self.kinds[0], 'int')}")
        if self.part.after is not None:
            among.append(f"e.id > {self.statement.bind(self.part.after, 'text')}")
        among.append("(SELECT are FROM many)")
        return (
            f"many AS MATERIALIZED (SELECT EXISTS ({found.rows(self.is_kind())} OFFSET {FEW})"
            f" AS are), first AS MATERIALIZED (SELECT {_COLUMNS} FROM"
            f" (SELECT {_E_COLUMNS} FROM entity e"
            f" WHERE {' AND '.join(among)} ORDER BY e.id LIMIT {GLANCED}) e"
            f" WHERE {self.condition_on_first()} ORDER BY e.id LIMIT {self.most()}),"
            f" glance AS MATERIALIZED (SELECT count(*) >= {self.most()} AS is_full FROM first)"
        )

    def condition_on_first(self) -> str:
        return " AND ".join(self.conditions[1:])

    def walk_unless_few(self) -> str:
        self.conditions.append("NOT (SELECT are FROM few)")
        walk = self.walk(f"LIMIT {self.most()}")
        self.conditions.pop()
        return walk

    def sorted(self, ordering: Ordering, collation: str | None) -> str:
        """Write the rows in the order asked for: all matches are found first."""
        order = order_by(ordering, self.statement, collation=collation)
        return (
            f"SELECT {_E_COLUMNS} FROM entity e{order.joins} WHERE {self.where()}"
            f" ORDER BY {order.keys} {self.window()}"
        )
