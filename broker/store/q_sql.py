"""Compiles a query to SQL on `entity.document`; `q.evaluate` must agree.

What looks at one document only becomes a single jsonpath; columns (createdAt of the Entity) and
linked Entities become SQL around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from broker.ngsi.q.syntax import (
    Absent,
    AnyPath,
    Compare,
    Conjunction,
    Disjunction,
    Exists,
    Like,
    LinkedPath,
    Literal,
    Moment,
    MomentForm,
    OneOf,
    Operand,
    Operator,
    Path,
    Query,
    Range,
)
from broker.store.index_sql import as_instant
from broker.store.q_paths import (
    Equal,
    OfValue,
    Ordered,
    Present,
    Test,
    Textual,
    Variables,
    chain,
    leads,
    on_item,
)
from broker.store.sql_text import Statement

_INHERITED = frozenset({"createdAt", "modifiedAt"})
_COLUMNS = {"createdAt": "created_at", "modifiedAt": "modified_at", "expiresAt": "expires_at"}


def condition(query: Query, statement: Statement, entity: str = "e") -> str:
    """Write the condition that an entity row satisfies a query.

    Args:
        query: the syntax tree.
        statement: takes the compared values.
        entity: the alias of the row.
    """
    return _Writer(statement, entity).query(query)


def is_in_document(query: Query) -> bool:
    """Tell whether a query looks at the document alone."""
    match query:
        case Conjunction(parts) | Disjunction(parts):
            return all(is_in_document(part) for part in parts)
        case Exists(path) | Absent(path):
            return isinstance(path, Path) and bool(path.attributes)
        case Compare(path) | Like(path):
            return (
                isinstance(path, Path) and bool(path.attributes) and path.member not in _INHERITED
            )
        case _:
            assert_never(query)


@dataclass(frozen=True, slots=True)
class _Writer:
    statement: Statement
    entity: str

    def query(self, query: Query) -> str:
        if is_in_document(query):
            variables = Variables()
            return self.on_document(f"$ ? ({_predicate(query, variables)})", variables)
        match query:
            case Conjunction(parts):
                return self.joined(parts, "AND", Conjunction)
            case Disjunction(parts):
                return self.joined(parts, "OR", Disjunction)
            case Exists(path):
                return self.leads(path, Present())
            case Absent(path):
                return f"NOT {self.leads(path, Present())}"
            case Compare(path, Operator.UNEQUAL, operand):
                present = self.leads(path, Present())
                return f"({present} AND NOT {self.leads(path, Equal(operand))})"
            case Compare(path, Operator.EQUAL, operand):
                return self.leads(path, Equal(operand))
            case Compare(path, operator, operand):
                return self.leads(path, Ordered(operator, _single(operand)))
            case Like(path, pattern, negated):
                found = self.leads(path, Textual(pattern))
                return f"({self.leads(path, Textual())} AND NOT {found})" if negated else found
            case _:
                assert_never(query)

    def joined(
        self,
        parts: Sequence[Query],
        word: str,
        group: type[Conjunction] | type[Disjunction],
    ) -> str:
        """Join parts, those on the document as one jsonpath."""
        inside = tuple(part for part in parts if is_in_document(part))
        outside = [part for part in parts if not is_in_document(part)]
        texts = [self.query(group(inside))] if inside else []
        texts += [self.query(part) for part in outside]
        return "(" + f" {word} ".join(texts) + ")"

    def on_document(self, path: str, variables: Variables) -> str:
        place = self.statement.bind_path(path)
        values = self.statement.bind_variables(variables.values)
        return f"jsonb_path_exists({self.entity}.document, {place}, {values})"

    def leads(self, path: AnyPath, test: Test) -> str:
        if isinstance(path, LinkedPath):
            return self.linked(path, test)
        if not path.attributes:
            return self.column(path, test)
        if path.member in _INHERITED and not isinstance(test, Present):
            return self.inherited(path, test)
        if path.member in _INHERITED:
            path = Path(path.attributes)
        variables = Variables()
        return self.on_document(f"$ ? ({leads(path, test, variables)})", variables)

    def linked(self, path: LinkedPath, test: Test) -> str:
        """Look at the stored Entities that a Relationship leads to."""
        linked = f"{self.entity}l"
        objects = " UNION ALL ".join(
            f"SELECT jsonb_path_query({self.entity}.document, {way}, {values}) #>> '{{}}'"
            for way, values in (
                (
                    self.statement.bind_path(f"{chain([path.relationship])}.{member}[*]"),
                    self.statement.bind_variables({}),
                )
                for member in ("object", "objectList")
            )
        )
        tenant, now = "$1::int", self.statement.bind(self.statement.now, "timestamptz")
        types = ""
        if path.types:
            wanted = self.statement.bind(list(path.types), "text[]")
            types = (
                f" AND {linked}.kind IN (SELECT k.kind FROM entity_kind k"
                f" WHERE k.tenant = {tenant} AND k.types && {wanted})"
            )
        inner = _Writer(self.statement, linked).leads(path.path, test)
        return (
            f"EXISTS (SELECT 1 FROM entity {linked} WHERE {linked}.tenant = {tenant}"
            f" AND {linked}.id = ANY (ARRAY({objects}))"
            f" AND ({linked}.expires_at IS NULL OR {linked}.expires_at > {now}){types}"
            f" AND {inner})"
        )

    def inherited(self, path: Path, test: OfValue) -> str:
        """Look at createdAt or modifiedAt: of the instance, or of what it was created with."""
        levels = len(path.attributes)
        lacks = "!exists(@.createdAt)"
        last = ""
        ways = []
        variables = Variables()
        if path.member == "modifiedAt":
            own = f"exists(@.modifiedAt ? ({on_item(test, variables)}))"
            ways.append([""] * (levels - 1) + [own])
            last = "!exists(@.modifiedAt)"
        holds = f"exists(@.createdAt ? ({on_item(test, variables)}))"
        for level in range(levels):
            conditions = [""] * level + [holds] + [lacks] * (levels - level - 1)
            ways.append(_and_last(conditions, last))
        found = " || ".join(f"exists({chain(path.attributes, way)})" for way in ways)
        in_document = self.on_document(f"$ ? ({found})", variables)
        everywhere = chain(path.attributes, _and_last([lacks] * levels, last))
        by_entity = self.on_document(everywhere, Variables())
        return f"({in_document} OR ({self.column(Path((), 'createdAt'), test)} AND {by_entity}))"

    def column(self, path: Path, test: Test) -> str:
        """Look at a member of the Entity, which is a column."""
        name = _COLUMNS.get(path.member or "")
        if name is None:
            return "false"
        column = f"{self.entity}.{name}"
        match test:
            case Present():
                return f"{column} IS NOT NULL"
            case Equal(operand):
                return self.equal_moment(column, operand)
            case Ordered(operator, literal):
                return self.moment(column, operator.value, literal)
            case Textual():
                return "false"
            case _:
                assert_never(test)

    def equal_moment(self, column: str, operand: Operand) -> str:
        match operand:
            case Range(low, high):
                return f"({self.moment(column, '>=', low)} AND {self.moment(column, '<=', high)})"
            case OneOf(values):
                return "(" + " OR ".join(self.moment(column, "=", each) for each in values) + ")"
            case literal:
                return self.moment(column, "=", literal)

    def moment(self, column: str, operator: str, literal: Literal) -> str:
        if not isinstance(literal, Moment) or literal.form is not MomentForm.DATE_TIME:
            return "false"
        at = self.statement.bind(as_instant(literal.at), "timestamptz")
        return f"coalesce({column} {operator} {at}, false)"


def _and_last(conditions: Sequence[str], more: str) -> list[str]:
    last = " && ".join(part for part in (conditions[-1], more) if part)
    return [*conditions[:-1], last]


def _single(operand: Literal | OneOf | Range) -> Literal:
    if isinstance(operand, OneOf | Range):
        message = "a list or range has no order"
        raise TypeError(message)
    return operand


def _predicate(query: Query, variables: Variables) -> str:
    """Write a query on the document as a jsonpath predicate."""
    match query:
        case Conjunction(parts):
            return "(" + " && ".join(_predicate(part, variables) for part in parts) + ")"
        case Disjunction(parts):
            return "(" + " || ".join(_predicate(part, variables) for part in parts) + ")"
        case Exists(path):
            return _leads(path, Present(), variables)
        case Absent(path):
            return f"!{_leads(path, Present(), variables)}"
        case Compare(path, Operator.UNEQUAL, operand):
            present = _leads(path, Present(), variables)
            return f"({present} && !{_leads(path, Equal(operand), variables)})"
        case Compare(path, Operator.EQUAL, operand):
            return _leads(path, Equal(operand), variables)
        case Compare(path, operator, operand):
            return _leads(path, Ordered(operator, _single(operand)), variables)
        case Like(path, pattern, negated):
            found = _leads(path, Textual(pattern), variables)
            text = _leads(path, Textual(), variables)
            return f"({text} && !{found})" if negated else found
        case _:
            assert_never(query)


def _leads(path: AnyPath, test: Test, variables: Variables) -> str:
    if isinstance(path, LinkedPath):
        message = "a linked path leaves the document"
        raise TypeError(message)
    if path.member in _INHERITED:
        path = Path(path.attributes)  # every instance has one: only its presence is asked here
    return leads(path, test, variables)
