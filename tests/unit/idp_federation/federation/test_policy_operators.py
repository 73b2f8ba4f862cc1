"""Vectors for every operator: what it takes, does, merges to, and what it goes with."""

from typing import TypeAlias

import pytest

from idp_federation.federation.errors import PolicyError
from idp_federation.federation.policy_operators import (
    OPERATORS,
    apply_operators,
    key_of,
    merge_operators,
    read_operators,
)
from kit.json import JsonObject, JsonValue

ABSENT = "absent"  # stands for a parameter that is not there; no vector has it as a value
A, B, C, D = "a", "b", "c", "d"
Pairs: TypeAlias = list[tuple[JsonValue, JsonValue]]


def applied(policy: JsonObject, given: JsonValue, parameter: str = "p") -> JsonValue:
    parameters: JsonObject = {} if given == ABSENT else {parameter: given}
    apply_operators(read_operators(policy, parameter), parameters, parameter)
    return parameters.get(parameter, ABSENT)


@pytest.mark.parametrize(
    ("policy", "given", "result"),
    [
        # value sets, whatever there is
        ({"value": "x"}, "y", "x"),
        ({"value": "x"}, ABSENT, "x"),
        ({"value": 7}, "y", 7),
        ({"value": False}, True, False),
        ({"value": [A, B]}, [C], [A, B]),
        ({"value": []}, [C], []),
        ({"value": {"k": 1}}, "y", {"k": 1}),
        ({"value": None}, "y", ABSENT),
        ({"value": None}, ABSENT, ABSENT),
        # add unites, without doubles
        ({"add": [A]}, [B], [B, A]),
        ({"add": [A, B]}, [B, C], [B, C, A]),
        ({"add": [A]}, ABSENT, [A]),
        ({"add": []}, [B], [B]),
        ({"add": []}, ABSENT, []),
        ({"add": [1]}, [1.0, 2], [1.0, 2]),
        ({"add": [{"k": 1}]}, [{"k": 1.0}], [{"k": 1.0}]),
        # default fills in
        ({"default": "x"}, ABSENT, "x"),
        ({"default": "x"}, "y", "y"),
        ({"default": [A]}, [], []),
        ({"default": False}, ABSENT, False),
        # one_of checks what is there
        ({"one_of": [A, B]}, A, A),
        ({"one_of": [A, B]}, ABSENT, ABSENT),
        ({"one_of": [1, 2]}, 2.0, 2.0),
        ({"one_of": [{"k": [1]}]}, {"k": [1]}, {"k": [1]}),
        # subset_of cuts down
        ({"subset_of": [A, B]}, [A, C], [A]),
        ({"subset_of": [A, B]}, [C, D], []),
        ({"subset_of": [A, B]}, [B, A], [B, A]),
        ({"subset_of": []}, [A], []),
        ({"subset_of": [A]}, ABSENT, ABSENT),
        # superset_of checks what is there
        ({"superset_of": [A]}, [A, B], [A, B]),
        ({"superset_of": [A, B]}, [B, A], [B, A]),
        ({"superset_of": []}, [], []),
        ({"superset_of": [A]}, ABSENT, ABSENT),
        # essential asks for presence
        ({"essential": True}, "x", "x"),
        ({"essential": True}, [], []),
        ({"essential": True}, False, False),
        ({"essential": True}, {"k": 1}, {"k": 1}),
        ({"essential": False}, ABSENT, ABSENT),
        # none at all, and those that nobody understands
        ({}, "x", "x"),
        ({"regexp": "^x"}, "y", "y"),
    ],
)
def test_an_operator_does_this(policy: JsonObject, given: JsonValue, result: JsonValue) -> None:
    assert key_of(applied(policy, given)) == key_of(result)


@pytest.mark.parametrize(
    ("policy", "given"),
    [
        ({"add": [A]}, "text"),
        ({"add": [A]}, True),
        ({"one_of": [A, B]}, C),
        ({"one_of": [1]}, True),
        ({"one_of": [A]}, [A]),
        ({"one_of": [1]}, "1"),
        ({"subset_of": [A]}, "a"),
        ({"subset_of": [A]}, {"a": 1}),
        ({"superset_of": [A, B]}, [A]),
        ({"superset_of": [A]}, []),
        ({"superset_of": [A]}, "a"),
        ({"essential": True}, ABSENT),
    ],
)
def test_an_operator_refuses_this(policy: JsonObject, given: JsonValue) -> None:
    with pytest.raises(PolicyError):
        applied(policy, given)


@pytest.mark.parametrize(
    ("policy", "given", "result"),
    [
        # in the order value, add, default, one_of, subset_of, superset_of, essential
        ({"value": [A, B], "add": [A]}, [C], [A, B]),
        ({"value": "x", "default": "y"}, ABSENT, "x"),
        ({"add": [A], "default": [B]}, ABSENT, [A]),
        ({"default": "a", "one_of": [A, B]}, ABSENT, "a"),
        ({"default": [A, C], "subset_of": [A, B]}, ABSENT, [A]),
        ({"add": [A], "subset_of": [A, B]}, [C], [A]),
        ({"add": [A], "superset_of": [A, B]}, [B], [B, A]),
        ({"default": [A], "superset_of": [A]}, ABSENT, [A]),
        ({"subset_of": [A, B], "superset_of": [A, B]}, [B, A, C], [B, A]),
        ({"value": None, "essential": False}, "x", ABSENT),
        ({"default": "x", "essential": True}, ABSENT, "x"),
        ({"add": [], "essential": True}, ABSENT, []),
        # the standard's own map of essential and subset_of
        ({"essential": True, "subset_of": [A, B, C]}, [A, "e"], [A]),
        ({"essential": False, "subset_of": [A, B, C]}, [A, "e"], [A]),
        ({"essential": True, "subset_of": [A, B, C]}, [D, "e"], []),
        ({"essential": False, "subset_of": [A, B, C]}, [D, "e"], []),
        ({"essential": False, "subset_of": [A, B, C]}, ABSENT, ABSENT),
    ],
)
def test_operators_are_applied_in_the_standard_order(
    policy: JsonObject, given: JsonValue, result: JsonValue
) -> None:
    assert applied(policy, given) == result


@pytest.mark.parametrize(
    ("policy", "given"),
    [
        ({"subset_of": [A, B], "superset_of": [A, B]}, [A, C]),
        ({"default": "c", "one_of": [A, B]}, ABSENT),
        ({"default": [B], "superset_of": [A]}, ABSENT),
        ({"essential": True, "subset_of": [A]}, ABSENT),
        ({"essential": True, "one_of": [A]}, ABSENT),
        ({"essential": True, "superset_of": [A]}, ABSENT),
    ],
)
def test_metadata_that_operators_together_refuse(policy: JsonObject, given: JsonValue) -> None:
    with pytest.raises(PolicyError):
        applied(policy, given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("add", "a"),
        ("add", None),
        ("add", [True]),
        ("add", [None]),
        ("add", [[A]]),
        ("default", None),
        ("one_of", "a"),
        ("one_of", []),
        ("one_of", [False]),
        ("subset_of", "a"),
        ("subset_of", {"a": 1}),
        ("superset_of", None),
        ("superset_of", 7),
        ("essential", "true"),
        ("essential", 1),
        ("essential", None),
    ],
)
def test_an_operator_takes_only_its_kinds_of_values(name: str, value: JsonValue) -> None:
    with pytest.raises(PolicyError):
        read_operators({name: value}, "p")


# For each pair: values with which it may stand, and values with which it may not.
COMBINATIONS: list[tuple[str, str, Pairs, Pairs]] = [
    ("value", "add", [([A, B], [A]), ([A], []), ([A], [A])],
     [([A], [B]), (A, [A]), (None, [A]), (None, []), ([A], [A, B])]),
    ("value", "default", [(A, B), ([A], [B]), (False, True)], [(None, A)]),
    ("value", "one_of", [(A, [A, B]), (1, [1.0])], [(C, [A, B]), (None, [A]), ([A], [A])]),
    ("value", "subset_of", [([A], [A, B]), ([], [A]), ([], [])],
     [([C], [A]), ([A, C], [A]), (A, [A]), (None, [A])]),
    ("value", "superset_of", [([A, B], [A]), ([A], []), ([A], [A])],
     [([A], [B]), ([], [A]), (A, [A]), (None, [A])]),
    ("value", "essential", [(A, True), (A, False), (None, False), ([], True)], [(None, True)]),
    ("add", "default", [([A], [B]), ([], A)], []),
    ("add", "one_of", [], [([A], [A]), ([], [A]), ([A], [B])]),
    ("add", "subset_of", [([A], [A, B]), ([], []), ([A], [A])], [([C], [A, B]), ([A], [])]),
    ("add", "superset_of", [([A], [B]), ([A], [A]), ([], [A])], []),
    ("add", "essential", [([A], True), ([A], False)], []),
    ("default", "one_of", [(A, [A]), (C, [A])], []),
    ("default", "subset_of", [([A], [A]), ([C], [A])], []),
    ("default", "superset_of", [([A], [A]), ([C], [A])], []),
    ("default", "essential", [(A, True), (A, False)], []),
    ("one_of", "subset_of", [], [([A], [A]), ([A], [])]),
    ("one_of", "superset_of", [], [([A], [A]), ([A], [])]),
    ("one_of", "essential", [([A], True), ([A], False)], []),
    ("subset_of", "superset_of", [([A, B], [A]), ([A], [A]), ([], []), ([A], [])],
     [([A], [A, B]), ([A], [B]), ([], [A])]),
    ("subset_of", "essential", [([A], True), ([], True), ([A], False)], []),
    ("superset_of", "essential", [([A], True), ([A], False)], []),
]  # fmt: skip


def test_every_pair_of_operators_has_its_vectors() -> None:
    names = list(OPERATORS)
    pairs = {frozenset((one, other)) for at, one in enumerate(names) for other in names[at + 1 :]}
    assert {frozenset(entry[:2]) for entry in COMBINATIONS} == pairs
    assert len(COMBINATIONS) == len(pairs) == 21


@pytest.mark.parametrize(
    ("one", "other", "values"),
    [(one, other, pair) for one, other, allowed, _ in COMBINATIONS for pair in allowed],
)
def test_a_combination_is_allowed_in_a_statement_and_after_merging(
    one: str, other: str, values: tuple[JsonValue, JsonValue]
) -> None:
    first, second = values
    together = read_operators({one: first, other: second}, "p")
    above, below = read_operators({one: first}, "p"), read_operators({other: second}, "p")
    assert merge_operators(above, below, "p") == together
    assert merge_operators(below, above, "p") == together


@pytest.mark.parametrize(
    ("one", "other", "values"),
    [(one, other, pair) for one, other, _, refused in COMBINATIONS for pair in refused],
)
def test_a_combination_is_refused_in_a_statement_and_after_merging(
    one: str, other: str, values: tuple[JsonValue, JsonValue]
) -> None:
    first, second = values
    with pytest.raises(PolicyError, match="which is not allowed"):
        read_operators({one: first, other: second}, "p")
    above, below = read_operators({one: first}, "p"), read_operators({other: second}, "p")
    for order in ((above, below), (below, above)):
        with pytest.raises(PolicyError, match="which is not allowed"):
            merge_operators(*order, "p")


@pytest.mark.parametrize(
    ("name", "above", "below", "merged"),
    [
        ("value", A, A, A),
        ("value", 1, 1.0, 1),
        ("value", [A, B], [A, B], [A, B]),
        ("value", None, None, None),
        ("add", [A], [B], [A, B]),
        ("add", [A, B], [B, C], [A, B, C]),
        ("add", [], [], []),
        ("default", A, A, A),
        ("default", {"k": 1, "l": 2}, {"l": 2, "k": 1}, {"k": 1, "l": 2}),
        ("one_of", [A, B], [B, C], [B]),
        ("subset_of", [A, B], [B, C], [B]),
        ("subset_of", [A], [B], []),
        ("subset_of", [], [A], []),
        ("superset_of", [A], [B], [A, B]),
        ("superset_of", [A], [A], [A]),
        ("essential", True, False, True),
        ("essential", False, True, True),
        ("essential", False, False, False),
        ("essential", True, True, True),
    ],
)
def test_two_values_of_one_operator_merge_to_this(
    name: str, above: JsonValue, below: JsonValue, merged: JsonValue
) -> None:
    policies = read_operators({name: above}, "p"), read_operators({name: below}, "p")
    assert merge_operators(*policies, "p") == {name: merged}


@pytest.mark.parametrize(
    ("name", "above", "below"),
    [
        ("value", A, B),
        ("value", True, 1),
        ("value", None, A),
        ("value", A, None),
        ("value", [A, B], [B, A]),
        ("default", A, B),
        ("default", [A], [A, B]),
        ("one_of", [A], [B]),
        ("one_of", [1], ["1"]),
    ],
)
def test_two_values_of_one_operator_conflict(name: str, above: JsonValue, below: JsonValue) -> None:
    policies = read_operators({name: above}, "p"), read_operators({name: below}, "p")
    with pytest.raises(PolicyError):
        merge_operators(*policies, "p")


@pytest.mark.parametrize(
    ("policy", "given", "result"),
    [
        ({"subset_of": ["openid", "profile"]}, "openid email profile", "openid profile"),
        ({"subset_of": ["openid"]}, "email", ""),
        ({"superset_of": ["openid"]}, "email openid", "email openid"),
        ({"add": ["email"]}, "openid", "openid email"),
        ({"add": ["openid"]}, ABSENT, "openid"),
        ({"default": ["openid", "email"]}, ABSENT, "openid email"),
        ({"default": "openid email"}, ABSENT, "openid email"),
        ({"value": "openid profile"}, "email", "openid profile"),
        ({"value": ["openid"], "subset_of": ["openid", "email"]}, ABSENT, "openid"),
        ({"essential": True}, "openid  email", "openid email"),
    ],
)
def test_scope_is_treated_as_an_array_and_stays_a_text(
    policy: JsonObject, given: JsonValue, result: JsonValue
) -> None:
    assert applied(policy, given, "scope") == result


@pytest.mark.parametrize(
    ("policy", "given"),
    [
        ({"superset_of": ["openid"]}, "email"),
        ({"superset_of": ["open"]}, "openid"),
        ({"one_of": ["openid"]}, "openid"),
        ({"essential": True}, ABSENT),
    ],
)
def test_scope_is_checked_word_by_word(policy: JsonObject, given: JsonValue) -> None:
    with pytest.raises(PolicyError):
        applied(policy, given, "scope")
