"""The projection language of pick and omit: `id,managedBy{id,name}` (§4.21)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from broker.ngsi.contexts import Context
from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import Iri

_MEMBERS = {
    **{name: name for name in ("id", "type", "scope", "createdAt", "modifiedAt", "deletedAt")},
    "expiresAt": "expiresAt",
    "@id": "id",
    "@type": "type",
}
_TOKEN = re.compile(r"[{},|]|[^{},|]+")
_MOST_LEVELS = 16


@dataclass(frozen=True, slots=True)
class Projection:
    """Names of members, and for Relationships what is meant of the Entity behind them.

    Args:
        members: attribute IRIs and members of an Entity (`id`, `type` …) → the projection in
            braces, or None where there are none.
    """

    members: Mapping[str, "Projection | None"]

    @property
    def depth(self) -> int:
        """How many levels of linked entities it speaks of."""
        return max((inner.depth + 1 for inner in self.members.values() if inner), default=0)

    def behind(self, relationship: Iri) -> "Projection | None":
        """What it says of the Entity behind a Relationship."""
        return self.members.get(relationship)


def parse_projection(
    text: str | Sequence[str], context: Context, *, where: str | None = None
) -> Projection:
    """Parse pick or omit, given as one text or as an array of terms.

    Spec: CIM 009 §4.21
    Raises:
        BadRequestData: a brace or a name is missing, or a name is none.
    """
    tokens = _TOKEN.findall(text if isinstance(text, str) else ",".join(text))
    try:
        projection, rest = _projection(tokens, 0, context, 0)
    except BadRequestData as refusal:
        raise BadRequestData(refusal.detail, where=where) from None
    if rest < len(tokens):
        raise BadRequestData("A projection closes a brace that it never opened", where=where)
    return projection


def parse_attributes(text: str, context: Context, *, where: str | None = None) -> frozenset[Iri]:
    """Parse attrs, a list of attribute names.

    Raises:
        BadRequestData: one is no name of an attribute.
    """
    try:
        return frozenset(context.attribute(name.strip()) for name in text.split(","))
    except BadRequestData as refusal:
        raise BadRequestData(refusal.detail, where=where) from None


def _projection(
    tokens: Sequence[str], at: int, context: Context, level: int
) -> tuple[Projection, int]:
    """Read terms from a position on; answers with them and the position behind them."""
    if level > _MOST_LEVELS:
        raise BadRequestData(f"A projection is nested deeper than {_MOST_LEVELS} levels")
    members: dict[str, Projection | None] = {}
    while True:
        name = _name(tokens, at, context)
        inner = None
        at += 1
        if tokens[at : at + 1] == ["{"]:
            inner, at = _projection(tokens, at + 1, context, level + 1)
            at = _closed(tokens, at)
        members[name] = inner or members.get(name)
        if tokens[at : at + 1] not in ([","], ["|"]):
            return Projection(members), at
        at += 1


def _name(tokens: Sequence[str], at: int, context: Context) -> str:
    if at >= len(tokens) or tokens[at] in "{},|" or not tokens[at].strip():
        raise BadRequestData(
            "A projection lacks a name where one belongs; right would be id,managedBy{id,name}"
        )
    name = tokens[at].strip()
    return _MEMBERS.get(name) or context.attribute(name)


def _closed(tokens: Sequence[str], at: int) -> int:
    if tokens[at : at + 1] != ["}"]:
        raise BadRequestData(
            "A projection does not close a brace; right would be id,managedBy{id,name}"
        )
    return at + 1


def require_compatible(
    pick: Projection | None, omit: Projection | None, attributes: Iterable[Iri] | None = None
) -> None:
    """Check that pick and omit do not mean one member, and that attrs stands alone.

    Spec: CIM 009 §5.7.1.4, §5.7.2.4
    Raises:
        BadRequestData: they do, or it does not.
    """
    if attributes is not None and (pick or omit):
        raise BadRequestData("attrs goes together with neither pick nor omit; right would be pick")
    if pick is None or omit is None:
        return
    for name, omitted in omit.members.items():
        if name not in pick.members:
            continue
        if omitted is None:
            raise BadRequestData(f"pick and omit both name {name}; right would be one of them")
        require_compatible(pick.members[name], omitted)


def require_joined(projection: Projection | None, join_level: int | None) -> None:
    """Check that a projection speaks of linked entities only as far as they are joined.

    Args:
        projection: pick or omit.
        join_level: how many levels are joined; None: none, there is no join.

    Spec: CIM 009 §5.7.1.4
    Raises:
        BadRequestData: it goes further.
    """
    depth = projection.depth if projection else 0
    if depth and join_level is None:
        raise BadRequestData("A projection has braces without a join; right would be join=inline")
    if join_level is not None and depth > join_level:
        raise BadRequestData(
            f"A projection goes {depth} levels deep and the join {join_level}; right would be"
            f" joinLevel={depth}"
        )
