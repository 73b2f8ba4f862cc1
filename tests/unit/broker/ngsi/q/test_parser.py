from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.ngsi.errors import BadRequestData, TooComplexQuery
from broker.ngsi.names import Iri, Term
from broker.ngsi.q.parser import MAX_DEPTH, MAX_TERMS, parse_path, parse_query
from broker.ngsi.q.paths import path_key, path_of_key
from broker.ngsi.q.syntax import (
    Absent,
    Boolean,
    Compare,
    Conjunction,
    Disjunction,
    Exists,
    Instant,
    Like,
    LinkedPath,
    Moment,
    MomentForm,
    Number,
    OneOf,
    Operator,
    Path,
    Query,
    Range,
    Text,
    link_depth,
    names_only_system_attributes,
)


def expand(term: Term) -> Iri:
    return Iri(f"x:{term}")


def a(name: str) -> Path:
    return Path((Iri(f"x:{name}"),))


def parse(text: str) -> Query:
    return parse_query(text, expand)


def operand_of(text: str) -> object:
    query = parse(text)
    assert isinstance(query, Compare)
    return query.operand


def test_and_binds_tighter_than_or() -> None:
    assert parse("a|b;c") == Disjunction(
        (Exists(a("a")), Conjunction((Exists(a("b")), Exists(a("c")))))
    )


def test_parentheses_nest() -> None:
    assert parse("((speed>50|rpm>3000);brandName)") == Conjunction(
        (
            Disjunction(
                (
                    Compare(a("speed"), Operator.GREATER, Number(50)),
                    Compare(a("rpm"), Operator.GREATER, Number(3000)),
                )
            ),
            Exists(a("brandName")),
        )
    )


def test_an_exclamation_mark_asks_for_absence() -> None:
    assert parse("!a;b!=1") == Conjunction(
        (Absent(a("a")), Compare(a("b"), Operator.UNEQUAL, Number(1)))
    )


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a.b", Path((Iri("x:a"), Iri("x:b")))),
        ("a.observedAt", Path((Iri("x:a"),), "observedAt")),
        ("a.b[c.d]", Path((Iri("x:a"), Iri("x:b")), None, ("c", "d"))),
        ("name[ja]", Path((Iri("x:name"),), None, ("ja",))),
        ("name[*]", Path((Iri("x:name"),), None, ("*",))),
        ("name[zh-Hant]", Path((Iri("x:name"),), None, ("zh-Hant",))),
        ("address[住所]", Path((Iri("x:address"),), None, ("住所",))),
        ("ex:a", Path((Iri("x:ex:a"),))),
        ("避難所", Path((Iri("x:避難所"),))),
        ("createdAt", Path((), "createdAt")),
        ("unitCode", Path((Iri("x:unitCode"),))),
    ],
)
def test_paths(text: str, path: Path) -> None:
    assert parse(text) == Exists(path)
    assert path_of_key(path_key(path)) == path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20", Number(20)),
        ("-1.5e3", Number(-1500.0)),
        ("0123", Text("0123")),
        ("true", Boolean(True)),
        ('"true"', Text("true")),
        (r'"a\"\\;|)"', Text('a"\\;|)')),
        ('"\\u3042"', Text("あ")),
        ("札幌市", Text("札幌市")),
        ("urn:ngsi-ld:City:1", Text("urn:ngsi-ld:City:1")),
        ("https://example.jp/a?b=c", Text("https://example.jp/a?b=c")),
        (
            "2026-09-01T03:00:00.50Z",
            Moment(MomentForm.DATE_TIME, Instant("2026-09-01T03:00:00", "5")),
        ),
        ("2026-09-01", Moment(MomentForm.DATE, Instant("2026-09-01", ""))),
        ("03:00:00Z", Moment(MomentForm.TIME, Instant("03:00:00", ""))),
        ('1,"b",c', OneOf((Number(1), Text("b"), Text("c")))),
        ("10..20", Range(Number(10), Number(20))),
        ('"a".."b"', Range(Text("a"), Text("b"))),
        (" 1 ", Number(1)),
    ],
)
def test_values(text: str, value: object) -> None:
    assert operand_of(f"a=={text}") == value


def test_a_quoted_date_time_is_one_where_the_member_is_temporal() -> None:
    moment = Moment(MomentForm.DATE_TIME, Instant("2020-01-01T00:00:00", ""))
    assert operand_of('modifiedAt>"2020-01-01T00:00:00Z"') == moment
    assert operand_of('a>"2020-01-01T00:00:00Z"') == Text("2020-01-01T00:00:00Z")


def test_expand_values_expands_what_is_compared() -> None:
    assert parse_query("gender==Male,Female", expand, expand_values=[Term("gender")]) == Compare(
        a("gender"), Operator.EQUAL, OneOf((Text("x:Male"), Text("x:Female")))
    )
    raw = parse_query(
        "gender==Male", expand, expand_values=[Term("gender")], json_keys=[Term("gender")]
    )
    assert raw == Compare(a("gender"), Operator.EQUAL, Text("Male"))


def test_linked_paths_nest_and_take_a_hint_of_types() -> None:
    query = parse('managedBy{Organization,City:partOf{name}}=="札幌市"')
    inner = LinkedPath(Iri("x:partOf"), (), a("name"))
    path = LinkedPath(Iri("x:managedBy"), (Iri("x:Organization"), Iri("x:City")), inner)
    assert query == Compare(path, Operator.EQUAL, Text("札幌市"))
    assert link_depth(query) == 2
    assert link_depth(parse("a;b{c}")) == 1


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ('name~="^Eiffel"', "^Eiffel"),
        (r'name~="a\.b\d"', r"a\.b[0-9]"),
        (r'name~="a\\.b"', r"a\.b"),
        ("name~=(a|b)c", "(a|b)c"),
        ("name~=小学校", "小学校"),
    ],
)
def test_patterns_are_read_and_made_canonical(text: str, pattern: str) -> None:
    assert parse(text) == Like(a("name"), pattern)
    assert parse(text.replace("~=", "!~=")) == Like(a("name"), pattern, negated=True)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0), ("a==", 3), ("a=1", 1), ("a==1)", 4), ("(a", 2), ("a;", 2), ("a>4..5", 2),
        ("a>true", 2), ("a>1,2", 2), ('a=="x', 3), ("a==1..b", 3), ("a[b", 3), ("a[]", 2),
        ("a[b][c]", 4), ("a{b", 3), ("a..b", 1), ("1a", 0), ("a==1e400", 3), ("a~=", 3),
        ("a==2026-02-30", 3), ("createdAt==x", 11), ('createdAt~="2"', 11), ("a.observedAt[k]", 15),
        ('a=="\\ud800"', 3), ("a\x00", 1), ("a==b<c", 3), ("a==1..true", 3), ('a=="b"c', 6),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused_with_its_position(text: str, position: int) -> None:
    with pytest.raises(BadRequestData, match=f"at position {position}") as refusal:
        parse(text)
    assert refusal.value.where == "q"


def test_depth_and_number_of_terms_are_bounded() -> None:
    parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)
    with pytest.raises(TooComplexQuery):
        parse("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1))
    with pytest.raises(TooComplexQuery):
        parse(";".join(["a"] * (MAX_TERMS + 1)))


def test_a_query_of_system_attributes_alone_is_told() -> None:
    assert names_only_system_attributes(parse('createdAt>"2020-01-01T00:00:00Z"|modifiedAt'))
    assert not names_only_system_attributes(parse("createdAt;a.observedAt"))
    assert not names_only_system_attributes(parse("managedBy{createdAt}"))


def test_a_path_alone_leads_into_no_linked_entity() -> None:
    assert parse_path("a.b[c]", expand) == Path((Iri("x:a"), Iri("x:b")), None, ("c",))
    with pytest.raises(BadRequestData, match="linked"):
        parse_path("a{b}", expand)
    with pytest.raises(BadRequestData):
        parse_path("a==1", expand)


@settings(max_examples=300)
@given(st.text(alphabet='ab.[]{}()=!~<>;|,"\\ 0159-:TZ*あ\x00', max_size=24))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(BadRequestData, TooComplexQuery):
        parse(text)
