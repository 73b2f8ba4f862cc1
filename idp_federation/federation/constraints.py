"""What a superior allows of those below it: how deep, under which names, of which types.

Spec: OpenID Federation 1.0 §6.2
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from idp_federation.federation.errors import ConstraintViolated, InvalidStatement
from idp_federation.federation.identifiers import EntityId, host_of
from idp_federation.federation.metadata import FEDERATION_ENTITY, Metadata
from kit.json import JsonObject, JsonValue

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"\.?{_LABEL}(?:\.{_LABEL})*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """The constraints of one subordinate statement; None where there is no such constraint."""

    max_path_length: int | None = None
    permitted: tuple[str, ...] | None = None
    excluded: tuple[str, ...] = ()
    allowed_entity_types: frozenset[str] | None = None


def read_constraints(value: JsonValue, *, what: str) -> Constraints:
    """Read a `constraints` claim; what else may stand in it is ignored.

    Raises:
        InvalidStatement: a constraint is of another form.
    """
    members = _object(value, "constraints", what)
    naming = _object(members.get("naming_constraints", {}), "naming_constraints", what)
    return Constraints(
        max_path_length=_length(members, what),
        permitted=_names(naming, "permitted", what),
        excluded=_names(naming, "excluded", what) or (),
        allowed_entity_types=_types(members, what),
    )


def check_constraints(constraints: Constraints, below: Sequence[EntityId]) -> None:
    """See that a path keeps to what a superior has set.

    Args:
        constraints: what it has set.
        below: the entities below it, from the chain's subject up to its immediate subordinate.

    Spec: OpenID Federation 1.0 §6.2.1, §6.2.2
    Raises:
        ConstraintViolated: there are too many intermediates, or a name is not allowed.
    """
    longest = constraints.max_path_length
    between = len(below) - 1
    if longest is not None and between > longest:
        raise ConstraintViolated(
            f"Path to {below[0]} has {between} intermediates; allowed are {longest}",
            where="max_path_length",
        )
    for entity in below:
        _check_name(constraints, entity)


def keep_allowed_types(constraints: Constraints, metadata: Metadata) -> Metadata:
    """Take away the Entity Types that are not allowed; `federation_entity` always is.

    Spec: OpenID Federation 1.0 §6.2.3
    """
    allowed = constraints.allowed_entity_types
    if allowed is None:
        return metadata
    return {
        kind: parameters
        for kind, parameters in metadata.items()
        if kind in allowed or kind == FEDERATION_ENTITY
    }


def matches(name: str, host: str) -> bool:
    """Tell whether a host is the one named, or below a name that begins with a period.

    Spec: RFC 5280 §4.2.1.10

    >>> matches(".a.jp", "x.a.jp"), matches(".a.jp", "a.jp"), matches("a.jp", "x.a.jp")
    (True, False, False)
    """
    name = name.lower()
    return host.endswith(name) if name.startswith(".") else host == name


def _check_name(constraints: Constraints, entity: EntityId) -> None:
    if constraints.permitted is None and not constraints.excluded:
        return
    host = host_of(entity)
    if host is None:
        raise ConstraintViolated(f"{entity} has no host name, and names are constrained")
    if any(matches(name, host) for name in constraints.excluded):
        raise ConstraintViolated(f"{entity} has an excluded name", where="naming_constraints")
    permitted = constraints.permitted
    if permitted is not None and not any(matches(name, host) for name in permitted):
        raise ConstraintViolated(
            f"{entity} is not among the permitted names {', '.join(permitted)}",
            where="naming_constraints",
        )


def _object(value: JsonValue, name: str, what: str) -> JsonObject:
    if isinstance(value, dict):
        return value
    raise InvalidStatement(f"{what} has no object in {name}", where=name)


def _length(members: JsonObject, what: str) -> int | None:
    value = members.get("max_path_length")
    if "max_path_length" not in members:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise InvalidStatement(
        f"{what} has max_path_length {value!r}; right would be 0 or more", where="max_path_length"
    )


def _names(naming: JsonObject, member: str, what: str) -> tuple[str, ...] | None:
    if member not in naming:
        return None
    names = _texts(naming[member], member, what)
    wrong = [name for name in names if not _NAME.fullmatch(name)]
    if wrong:
        raise InvalidStatement(
            f"{what} has {wrong[0]!r} in {member}; right would be city.example or .city.example",
            where=f"naming_constraints/{member}",
        )
    return names


def _types(members: JsonObject, what: str) -> frozenset[str] | None:
    if "allowed_entity_types" not in members:
        return None
    types = _texts(members["allowed_entity_types"], "allowed_entity_types", what)
    if FEDERATION_ENTITY in types:
        raise InvalidStatement(
            f"{what} lists {FEDERATION_ENTITY} in allowed_entity_types, where it may not stand",
            where="allowed_entity_types",
        )
    return frozenset(types)


def _texts(value: JsonValue, name: str, what: str) -> tuple[str, ...]:
    if isinstance(value, list):
        texts = tuple(item for item in value if isinstance(item, str) and item)
        if len(texts) == len(value):
            return texts
    raise InvalidStatement(f"{what} has no array of texts in {name}", where=name)
