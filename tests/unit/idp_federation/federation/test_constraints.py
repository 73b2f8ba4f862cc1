import pytest

from idp_federation.federation.constraints import (
    Constraints,
    check_constraints,
    keep_allowed_types,
    matches,
    read_constraints,
)
from idp_federation.federation.errors import ConstraintViolated, InvalidStatement
from idp_federation.federation.identifiers import EntityId
from kit.json import JsonObject, JsonValue


def entities(*hosts: str) -> list[EntityId]:
    return [EntityId(f"https://{host}") for host in hosts]


@pytest.mark.parametrize(
    ("longest", "path", "is_allowed"),
    [
        (0, ["le"], True),
        (0, ["le", "i1"], False),
        (1, ["le", "i1"], True),
        (1, ["le", "i1", "i2"], False),
        (2, ["le", "i1", "i2"], True),
        (None, ["le", "i1", "i2", "i3"], True),
    ],
)
def test_intermediates_are_counted_between_setter_and_subject(
    longest: int | None, path: list[str], *, is_allowed: bool
) -> None:
    constraints = Constraints(max_path_length=longest)
    below = entities(*(f"{name}.example" for name in path))
    if is_allowed:
        check_constraints(constraints, below)
    else:
        with pytest.raises(ConstraintViolated, match="intermediates"):
            check_constraints(constraints, below)


@pytest.mark.parametrize(
    ("name", "host", "is_match"),
    [
        ("a.jp", "a.jp", True),
        ("a.jp", "x.a.jp", False),
        (".a.jp", "x.a.jp", True),
        (".a.jp", "y.x.a.jp", True),
        (".a.jp", "a.jp", False),
        (".a.jp", "xa.jp", False),
        (".A.JP", "x.a.jp", True),
        (".a.jp", "x.a.jp.evil.example", False),
    ],
)
def test_names_match_by_the_host_rules_of_rfc_5280(name: str, host: str, *, is_match: bool) -> None:
    assert matches(name, host) is is_match


@pytest.mark.parametrize(
    ("permitted", "excluded", "host", "is_allowed"),
    [
        ((".lg.jp",), (), "city.sapporo.lg.jp", True),
        ((".lg.jp",), (), "lg.jp", False),
        ((".lg.jp",), (), "city.example", False),
        ((".lg.jp", "city.example"), (), "city.example", True),
        (None, (".evil.lg.jp",), "city.lg.jp", True),
        (None, (".evil.lg.jp",), "x.evil.lg.jp", False),
        ((".lg.jp",), ("city.lg.jp",), "city.lg.jp", False),
        ((), (), "city.lg.jp", False),
        ((".lg.jp",), (), "CITY.LG.JP", True),
        ((".lg.jp",), (), "192.0.2.1", False),
        (None, (".lg.jp",), "192.0.2.1", False),
        (None, (), "192.0.2.1", True),
    ],
)
def test_excluded_names_win_over_permitted_ones(
    permitted: tuple[str, ...] | None, excluded: tuple[str, ...], host: str, *, is_allowed: bool
) -> None:
    constraints = Constraints(permitted=permitted, excluded=excluded)
    if is_allowed:
        check_constraints(constraints, entities(host))
    else:
        with pytest.raises(ConstraintViolated):
            check_constraints(constraints, entities(host))


def test_names_hold_for_every_entity_below_not_only_for_the_subject() -> None:
    constraints = Constraints(permitted=(".lg.jp",))
    with pytest.raises(ConstraintViolated, match="is not among the permitted names"):
        check_constraints(constraints, entities("city.lg.jp", "i.example"))


def test_entity_types_that_are_not_allowed_are_taken_away() -> None:
    metadata: dict[str, JsonObject] = {
        "openid_provider": {},
        "openid_relying_party": {},
        "federation_entity": {},
    }
    allowed = Constraints(allowed_entity_types=frozenset({"openid_provider"}))
    assert set(keep_allowed_types(allowed, metadata)) == {"openid_provider", "federation_entity"}
    nothing = Constraints(allowed_entity_types=frozenset())
    assert set(keep_allowed_types(nothing, metadata)) == {"federation_entity"}
    assert keep_allowed_types(Constraints(), metadata) == metadata


def test_constraints_are_read_and_unknown_ones_ignored() -> None:
    read = read_constraints(
        {
            "max_path_length": 2,
            "naming_constraints": {"permitted": [".lg.jp"], "excluded": ["x.lg.jp"]},
            "allowed_entity_types": ["openid_provider"],
            "max_colour": "blue",
        },
        what="Statement",
    )
    assert read == Constraints(
        max_path_length=2,
        permitted=(".lg.jp",),
        excluded=("x.lg.jp",),
        allowed_entity_types=frozenset({"openid_provider"}),
    )
    assert read_constraints({}, what="Statement") == Constraints()


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"max_path_length": -1},
        {"max_path_length": 1.5},
        {"max_path_length": True},
        {"max_path_length": None},
        {"naming_constraints": []},
        {"naming_constraints": {"permitted": "lg.jp"}},
        {"naming_constraints": {"permitted": ["https://lg.jp"]}},
        {"naming_constraints": {"permitted": ["*.lg.jp"]}},
        {"naming_constraints": {"excluded": [""]}},
        {"naming_constraints": {"excluded": ["."]}},
        {"naming_constraints": {"excluded": ["a..jp"]}},
        {"allowed_entity_types": "openid_provider"},
        {"allowed_entity_types": [7]},
        {"allowed_entity_types": ["federation_entity"]},
    ],
)
def test_a_broken_constraint_is_refused_and_not_ignored(value: JsonValue) -> None:
    with pytest.raises(InvalidStatement):
        read_constraints(value, what="Statement")
