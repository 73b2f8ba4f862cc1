"""The seven operators of metadata policy: what each takes, merges to, goes with and does.

Spec: OpenID Federation 1.0 §6.1.3
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from idp_federation.federation.errors import PolicyError
from kit.json import JsonObject, JsonValue

Operators: TypeAlias = Mapping[str, JsonValue]
"""The policy of one metadata parameter: operator → its value, arrays without doubles."""

SCOPE = "scope"
"""The one parameter that is a text with spaces and is treated as an array."""


def read_operators(value: JsonObject, parameter: str) -> Operators:
    """Take the standard operators of a parameter's policy; others are left to who knows them.

    Raises:
        PolicyError: an operator has a value of a kind that it does not take.
    """
    read: dict[str, JsonValue] = {}
    for name in OPERATORS:
        if name in value:
            read[name] = OPERATORS[name].read(_Place(parameter, name), value[name])
    require_combination(read, parameter)
    return read


def merge_operators(superior: Operators, subordinate: Operators, parameter: str) -> Operators:
    """Merge the policy of a superior with that of the next below it.

    Raises:
        PolicyError: two values of one operator do not merge, or the result is no allowed
            combination.
    """
    merged = {**superior, **subordinate}
    for name in superior.keys() & subordinate.keys():
        place = _Place(parameter, name)
        merged[name] = OPERATORS[name].merge(place, superior[name], subordinate[name])
    require_combination(merged, parameter)
    return merged


def require_combination(operators: Operators, parameter: str) -> None:
    """See that the operators of one parameter may stand together.

    Raises:
        PolicyError: they may not.
    """
    for one, other, allowed in _COMBINATIONS:
        both = one in operators and other in operators
        if both and not allowed(operators[one], operators[other]):
            raise PolicyError(
                f"Policy of {parameter} combines {one} {_shown(operators[one])} with {other} "
                f"{_shown(operators[other])}, which is not allowed",
                where=parameter,
            )


def apply_operators(operators: Operators, parameters: JsonObject, parameter: str) -> None:
    """Apply a parameter's policy to an entity's metadata, in the standard's order, in place.

    Raises:
        PolicyError: the metadata do not pass.
    """
    present = parameter in parameters
    held = _as_array(parameters[parameter], parameter) if present else None
    for name, operator in OPERATORS.items():
        if name in operators:
            held = operator.apply(_Place(parameter, name), operators[name], held)
    parameters.pop(parameter, None)
    if held is not None:
        is_scope = parameter == SCOPE and isinstance(held, list)
        parameters[parameter] = " ".join(map(str, _items(held))) if is_scope else held


@dataclass(frozen=True, slots=True)
class _Place:
    parameter: str
    operator: str

    def refusal(self, problem: str) -> PolicyError:
        return PolicyError(
            f"Policy of {self.parameter} {problem}", where=f"{self.parameter}/{self.operator}"
        )

    def values(self, value: JsonValue) -> list[JsonValue]:
        if isinstance(value, list):
            return value
        raise self.refusal(f"cannot apply {self.operator} to {_shown(value)}: it is no array")


@dataclass(frozen=True, slots=True)
class _Operator:
    read: Callable[[_Place, JsonValue], JsonValue]
    merge: Callable[[_Place, JsonValue, JsonValue], JsonValue]
    apply: Callable[[_Place, JsonValue, JsonValue], JsonValue]


def _read_any(place: _Place, value: JsonValue) -> JsonValue:
    if value is None and place.operator != "value":
        raise place.refusal(f"has null for {place.operator}")
    return _as_array(value, place.parameter)


def _read_array(place: _Place, value: JsonValue) -> JsonValue:
    kinds = (str, int, float, dict)
    taken = _as_array(value, place.parameter)
    if not isinstance(taken, list) or not all(
        isinstance(item, kinds) and not isinstance(item, bool) for item in taken
    ):
        raise place.refusal(f"has no array of texts, numbers or objects for {place.operator}")
    if place.operator == "one_of" and not taken:
        raise place.refusal("has an empty one_of, which nothing can be of")
    return _union(taken, [])


def _read_boolean(place: _Place, value: JsonValue) -> JsonValue:
    if not isinstance(value, bool):
        raise place.refusal(f"has {_shown(value)} for {place.operator}; right are true and false")
    return value


def _merge_equal(place: _Place, superior: JsonValue, subordinate: JsonValue) -> JsonValue:
    if key_of(superior) != key_of(subordinate):
        raise place.refusal(
            f"has {place.operator} {_shown(superior)} and, below, {_shown(subordinate)}"
        )
    return superior


def _merge_union(_place: _Place, superior: JsonValue, subordinate: JsonValue) -> JsonValue:
    return _union(_items(superior), _items(subordinate))


def _merge_intersection(_place: _Place, superior: JsonValue, subordinate: JsonValue) -> JsonValue:
    return _intersection(_items(superior), _items(subordinate))


def _merge_one_of(place: _Place, superior: JsonValue, subordinate: JsonValue) -> JsonValue:
    merged = _intersection(_items(superior), _items(subordinate))
    if not merged:
        raise place.refusal("leaves nothing that one_of would allow")
    return merged


def _merge_or(_place: _Place, superior: JsonValue, subordinate: JsonValue) -> JsonValue:
    return superior is True or subordinate is True


def _set(_place: _Place, value: JsonValue, _held: JsonValue) -> JsonValue:
    return value


def _add(place: _Place, value: JsonValue, held: JsonValue) -> JsonValue:
    return _union([] if held is None else place.values(held), _items(value))


def _set_default(_place: _Place, value: JsonValue, held: JsonValue) -> JsonValue:
    return value if held is None else held


def _check_one_of(place: _Place, value: JsonValue, held: JsonValue) -> JsonValue:
    if isinstance(held, list | bool):
        raise place.refusal(f"cannot apply one_of to {_shown(held)}")
    if held is not None and not _includes(_items(value), [held]):
        raise place.refusal(f"allows one of {_shown(value)}, not {_shown(held)}")
    return held


def _keep_subset(place: _Place, value: JsonValue, held: JsonValue) -> JsonValue:
    return None if held is None else _intersection(place.values(held), _items(value))


def _check_superset(place: _Place, value: JsonValue, held: JsonValue) -> JsonValue:
    if held is not None and not _includes(place.values(held), _items(value)):
        raise place.refusal(f"asks for all of {_shown(value)}; there are {_shown(held)}")
    return held


def _check_essential(place: _Place, value: JsonValue, held: JsonValue) -> JsonValue:
    if value is True and held is None:
        raise place.refusal("asks for a value, and there is none")
    return held


OPERATORS: Mapping[str, _Operator] = {
    "value": _Operator(_read_any, _merge_equal, _set),
    "add": _Operator(_read_array, _merge_union, _add),
    "default": _Operator(_read_any, _merge_equal, _set_default),
    "one_of": _Operator(_read_array, _merge_one_of, _check_one_of),
    "subset_of": _Operator(_read_array, _merge_intersection, _keep_subset),
    "superset_of": _Operator(_read_array, _merge_union, _check_superset),
    "essential": _Operator(_read_boolean, _merge_or, _check_essential),
}
"""The standard operators, in the order in which they are applied."""


def key_of(value: JsonValue) -> str:
    """Write a JSON value so that equal values are equal texts: 1 is 1.0 and is not true.

    >>> key_of(1.0) == key_of(1), key_of(True) == key_of(1)
    (True, False)
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"))


def _plain(value: JsonValue) -> JsonValue:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


def _as_array(value: JsonValue, parameter: str) -> JsonValue:
    if parameter == SCOPE and isinstance(value, str):
        return list(value.split())
    return value


def _items(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else [value]


def _union(first: Iterable[JsonValue], second: Iterable[JsonValue]) -> list[JsonValue]:
    found: dict[str, JsonValue] = {}
    for value in (*first, *second):
        found.setdefault(key_of(value), value)
    return list(found.values())


def _intersection(first: Iterable[JsonValue], second: Iterable[JsonValue]) -> list[JsonValue]:
    kept = {key_of(value) for value in second}
    return [value for value in _union(first, []) if key_of(value) in kept]


def _includes(whole: Iterable[JsonValue], part: Iterable[JsonValue]) -> bool:
    return {key_of(value) for value in part} <= {key_of(value) for value in whole}


def _never(_one: JsonValue, _other: JsonValue) -> bool:
    return False


def _all_of(superset: JsonValue, subset: JsonValue) -> bool:
    """Tell whether two arrays are superset and subset; what is no array is neither."""
    return isinstance(superset, list) and isinstance(subset, list) and _includes(superset, subset)


_COMBINATIONS: tuple[tuple[str, str, Callable[[JsonValue, JsonValue], bool]], ...] = (
    ("value", "add", _all_of),
    ("value", "default", lambda value, _: value is not None),
    ("value", "one_of", lambda value, one_of: _includes(_items(one_of), [value])),
    ("subset_of", "value", _all_of),
    ("value", "superset_of", _all_of),
    ("value", "essential", lambda value, essential: value is not None or essential is False),
    ("add", "one_of", _never),
    ("subset_of", "add", _all_of),
    ("one_of", "subset_of", _never),
    ("one_of", "superset_of", _never),
    ("subset_of", "superset_of", _all_of),
)
"""Pairs under a condition; all other pairs are always allowed."""


def _shown(value: JsonValue) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"
