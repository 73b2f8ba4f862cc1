"""Reads the text of `q` into its syntax tree.

Beyond the grammar of §4.9 these are taken too: `!path` for absence, parentheses of any depth up to
a bound, and unquoted words and URIs as text, so that `name==札幌市` is understood.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from broker.ngsi.errors import BadRequestData, TooComplexQuery
from broker.ngsi.names import Iri, Term
from broker.ngsi.patterns import canonical
from broker.ngsi.q.literals import read_literal, read_pattern
from broker.ngsi.q.reader import Reader
from broker.ngsi.q.syntax import (
    Absent,
    AnyPath,
    Boolean,
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
    Text,
    moment_of,
)

MAX_DEPTH = 32
MAX_TERMS = 200
_TEMPORAL = frozenset({"createdAt", "modifiedAt", "observedAt", "expiresAt", "deletedAt"})
_VOCABULARY = frozenset({"valueType", "objectType"})
MEMBERS = _TEMPORAL | _VOCABULARY | {"unitCode", "datasetId"}
"""Members of an attribute instance that are not reified."""
ENTITY_MEMBERS = frozenset({"createdAt", "modifiedAt", "expiresAt", "deletedAt", "observedAt"})
"""What a first name may mean besides an attribute: the system attributes (§5.7.2.4)."""

_OPERATORS = ("!~=", "~=", "==", "!=", ">=", "<=", ">", "<")
_EQUALITY = (Operator.EQUAL, Operator.UNEQUAL)

Expand = Callable[[Term], Iri]


def parse_query(
    text: str,
    expand: Expand,
    *,
    expand_values: Collection[Term] = (),
    json_keys: Collection[Term] = (),
    where: str = "q",
) -> Query:
    """Read a query; names are expanded with the request's @context.

    Args:
        text: the query, already percent-decoded.
        expand: how a short name becomes an IRI.
        expand_values: attributes whose compared values are names to be expanded too.
        json_keys: attributes whose values are raw JSON; values are never expanded here, so naming
            an attribute only keeps `expand_values` from it.
        where: what the text is called in errors.

    Spec: CIM 009 §4.9
    Raises:
        BadRequestData: the text does not follow the grammar.
        TooComplexQuery: it has too many terms or nests too deeply.
    """
    reader = Reader.of(text, where)
    raw = {expand(name) for name in json_keys}
    expanded = frozenset(expand(name) for name in expand_values) - raw
    query = _Parser(reader, expand, expanded).alternatives(0)
    if not reader.at_end():
        raise reader.error("stands where ';', '|' or the end is due")
    return query


def parse_path(text: str, expand: Expand, *, where: str = "path") -> Path:
    """Read a path alone, as ordering and declarations of indexes name one.

    Raises:
        BadRequestData: it is malformed or leads into linked entities.
    """
    reader = Reader.of(text, where)
    path = _Parser(reader, expand, frozenset()).path()
    if not reader.at_end():
        raise reader.error("stands where the path should end")
    if isinstance(path, LinkedPath):
        raise BadRequestData(f"{where} {text!r} leads into linked entities", where=where)
    return path


@dataclass(slots=True)
class _Parser:
    reader: Reader
    expand: Expand
    expanded: frozenset[Iri]
    terms: int = field(default=0)

    def alternatives(self, depth: int) -> Query:
        """Read `a;b|c`: `;` binds tighter than `|`."""
        if depth > MAX_DEPTH:
            raise TooComplexQuery(
                f"{self.reader.where} nests parentheses deeper than {MAX_DEPTH}",
                where=self.reader.where,
            )
        parts = [self.conjunction(depth)]
        while self.reader.take("|"):
            parts.append(self.conjunction(depth))
        return parts[0] if len(parts) == 1 else Disjunction(tuple(parts))

    def conjunction(self, depth: int) -> Query:
        parts = [self.term(depth)]
        while self.reader.take(";"):
            parts.append(self.term(depth))
        return parts[0] if len(parts) == 1 else Conjunction(tuple(parts))

    def term(self, depth: int) -> Query:
        if self.reader.take("("):
            query = self.alternatives(depth + 1)
            if not self.reader.take(")"):
                raise self.reader.error("stands where ')' is due")
            return query
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise TooComplexQuery(
                f"{self.reader.where} has more than {MAX_TERMS} terms", where=self.reader.where
            )
        if self.reader.take("!"):
            return Absent(self.path())
        return self.predicate(self.path())

    def predicate(self, path: AnyPath) -> Query:
        symbol = self.reader.take_any(_OPERATORS)
        if symbol is None:
            return Exists(path)
        if symbol in ("~=", "!~="):
            if _last(path).member in _TEMPORAL:
                raise self.reader.error(f"ends {symbol}, but a DateTime has no pattern")
            pattern = canonical(read_pattern(self.reader), where=self.reader.where)
            return Like(path, pattern, negated=symbol == "!~=")
        operator = Operator(symbol)
        return Compare(path, operator, self.operand(path, operator))

    def operand(self, path: AnyPath, operator: Operator) -> Operand:
        start = self.reader.at
        first = self.literal(path)
        if self.reader.take(".."):
            operand: Operand = self.range(first, self.literal(path), start)
        elif self.reader.peek(","):
            values = [first]
            while self.reader.take(","):
                values.append(self.literal(path))
            operand = OneOf(tuple(values))
        else:
            operand = first
        if operator not in _EQUALITY and isinstance(operand, OneOf | Range | Boolean):
            raise self.reader.error(
                f"begins what {operator.value} does not compare with; right would be one number, "
                "text, date or time",
                start,
            )
        return operand

    def range(self, low: Literal, high: Literal, start: int) -> Range:
        alike = type(low) is type(high) and not isinstance(low, Boolean)
        if isinstance(low, Moment) and isinstance(high, Moment):
            alike = low.form is high.form
        if not alike:
            raise self.reader.error(
                "begins a range of two unlike ends; right would be 10..20 or two dates", start
            )
        return Range(low, high)

    def literal(self, path: AnyPath) -> Literal:
        start = self.reader.at
        literal = read_literal(self.reader)
        last = _last(path)
        if not isinstance(literal, Text):
            return literal
        if last.member in _TEMPORAL:
            at = moment_of(literal.value, MomentForm.DATE_TIME)
            if at is None:
                raise self.reader.error(f"begins no DateTime, and {last.member} is one", start)
            return Moment(MomentForm.DATE_TIME, at)
        if last.member in _VOCABULARY or self.expanded.intersection(last.attributes[-1:]):
            return Text(self.expand(Term(literal.value)))
        return literal

    def path(self) -> AnyPath:
        """Read `a`, `a.b`, `a.b[c.d]` or `a{…}`."""
        first = self.reader.name()
        if self.reader.take("{"):
            return self.linked(first)
        names = [first]
        while self.reader.peek(".") and not self.reader.peek(".."):
            self.reader.take(".")
            names.append(self.reader.name())
        keys = self.reader.keys() if self.reader.take("[") else ()
        return self.dotted(names, keys)

    def dotted(self, names: list[str], keys: tuple[str, ...]) -> Path:
        members = ENTITY_MEMBERS if len(names) == 1 else MEMBERS
        member = names.pop() if names[-1] in members else None
        if member and keys:
            raise self.reader.error(f"ends a way into {member}, which holds a single value")
        return Path(tuple(self.expand(Term(name)) for name in names), member, keys)

    def linked(self, relationship: str) -> LinkedPath:
        types = self.reader.type_hint()
        path = self.path()
        if not self.reader.take("}"):
            raise self.reader.error("stands where '}' is due")
        return LinkedPath(
            self.expand(Term(relationship)),
            tuple(self.expand(Term(name)) for name in types),
            path,
        )


def _last(path: AnyPath) -> Path:
    return _last(path.path) if isinstance(path, LinkedPath) else path
