"""Contexts: names into IRIs and back, with core always last."""

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.ngsi import core_context
from broker.ngsi.contexts import Context, build_context, core
from broker.ngsi.errors import BadRequestData, LdContextNotAvailable, NgsiLdError
from broker.ngsi.names import DEFAULT_VOCABULARY
from broker.ngsi.user_context import references
from kit.json import JsonObject, JsonValue

EX = "https://example.jp/ns#"
DEFAULT = DEFAULT_VOCABULARY


def context(user: JsonValue, documents: dict[str, JsonObject] | None = None) -> Context:
    return build_context(user, documents or {})


def test_an_unknown_name_falls_under_the_default_vocabulary_and_comes_back_short() -> None:
    iri = core().attribute("capacity")

    assert iri == f"{DEFAULT}capacity"
    assert core().compact(iri) == "capacity"


def test_a_name_that_the_reader_claims_for_another_iri_is_printed_with_its_vocabulary() -> None:
    reader = context({"capacity": f"{EX}capacity"})

    assert reader.compact(f"{DEFAULT}capacity") == "ngsi-ld:default-context/capacity"
    assert reader.expand("ngsi-ld:default-context/capacity") == f"{DEFAULT}capacity"


def test_an_iri_without_a_name_is_printed_in_full() -> None:
    assert core().compact(f"{EX}capacity") == f"{EX}capacity"


def test_a_user_cannot_give_a_core_term_another_meaning() -> None:
    evil = context(
        ["https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.3.jsonld", {"location": f"{EX}x"}]
    )

    assert evil.attribute("location") == "https://uri.etsi.org/ngsi-ld/location"
    assert evil.compact(f"{EX}x") == f"{EX}x"


def test_a_prefix_serves_both_ways() -> None:
    prefixed = context({"ex": EX})

    assert prefixed.attribute("ex:size") == f"{EX}size"
    assert prefixed.compact(f"{EX}size") == "ex:size"


def test_a_term_may_build_on_another_and_on_core_prefixes() -> None:
    built = context({"ex": EX, "size": "ex:size", "thing": "ngsi-ld:default-context/thing2"})

    assert built.expand("size") == f"{EX}size"
    assert built.expand("thing") == f"{DEFAULT}thing2"


def test_of_several_terms_for_one_iri_the_shortest_is_printed() -> None:
    assert context({"temperature": f"{EX}t", "t": f"{EX}t"}).compact(f"{EX}t") == "t"


def test_a_vocabulary_of_the_user_completes_definitions_and_loses_against_core_otherwise() -> None:
    user = context({"@vocab": EX, "name": {"@type": "@id"}})

    assert user.expand("name") == f"{EX}name"
    assert user.expand("other") == f"{DEFAULT}other"


def test_a_term_with_a_datatype_names_an_attribute_in_simplified_form_only() -> None:
    coerced = context({"testedAt": {"@id": f"{EX}testedAt", "@type": f"{EX}DateTime"}})

    assert coerced.compact(coerced.attribute("testedAt")) == f"{EX}testedAt"
    assert coerced.compact_simplified(f"{EX}testedAt") == "testedAt"


def test_a_term_for_relationships_names_them() -> None:
    linked = context({"managedBy": {"@id": f"{EX}managedBy", "@type": "@id"}})

    assert linked.compact(f"{EX}managedBy") == "managedBy"


def test_null_forgets_what_came_before() -> None:
    assert context([{"a": f"{EX}a"}, None, {"b": f"{EX}b"}]).expand("a") == f"{DEFAULT}a"


def test_urls_are_followed_relative_to_where_they_stand() -> None:
    documents: dict[str, JsonObject] = {
        "https://example.jp/models/all.jsonld": {"@context": ["aed.jsonld", core_context.CORE_URL]},
        "https://example.jp/models/aed.jsonld": {"@context": {"AED": f"{EX}AED"}},
    }
    user = "https://example.jp/models/all.jsonld"

    assert references(user, {}) == (user,)
    assert references(user, {user: documents[user]}) == ("https://example.jp/models/aed.jsonld",)
    assert references(user, documents) == ()
    assert context(user, documents).entity_type("AED") == f"{EX}AED"


def test_an_import_is_a_ground_to_build_on() -> None:
    documents: dict[str, JsonObject] = {"https://example.jp/a": {"@context": {"a": f"{EX}1"}}}
    built = context({"@import": "https://example.jp/a", "b": f"{EX}2"}, documents)

    assert (built.expand("a"), built.expand("b")) == (f"{EX}1", f"{EX}2")


def test_a_context_that_is_not_loaded_is_not_available() -> None:
    with pytest.raises(LdContextNotAvailable, match="/gone is not available"):
        context("https://example.jp/gone")


def test_a_context_that_refers_to_itself_is_refused() -> None:
    url = "https://example.jp/loop"
    with pytest.raises(BadRequestData, match="refers to itself"):
        context(url, {url: {"@context": [url]}})


def test_a_context_that_multiplies_itself_is_refused() -> None:
    documents: dict[str, JsonObject] = {
        f"https://example.jp/{n}": {"@context": [f"https://example.jp/{n + 1}"] * 100}
        for n in range(4)
    }
    documents["https://example.jp/4"] = {"@context": {"a": f"{EX}a"}}
    with pytest.raises(BadRequestData, match="more than 512 parts"):
        references("https://example.jp/0", documents)


@pytest.mark.parametrize(
    "user",
    [
        True,
        42,
        ["https://example.jp/a", 7],
        "not a URL",
        "file:///etc/passwd",
        {"a": 5},
        {"a": {"@id": f"{EX}a", "@context": {"b": f"{EX}b"}}},
        {"a": {"@id": 5}},
        {"a": "b", "b": "a"},
        {"@version": "1.1"},
        {"": f"{EX}a"},
        {"@import": 5},
    ],
    ids=str,
)
def test_what_is_no_context_is_refused(user: JsonValue) -> None:
    with pytest.raises(BadRequestData) as refusal:
        context(user, {"https://example.jp/a": {"@context": {}}})
    assert refusal.value.where == "/@context"


def test_a_document_without_a_context_is_refused() -> None:
    with pytest.raises(BadRequestData, match="no @context member"):
        context("https://example.jp/a", {"https://example.jp/a": {"A1": "urn:x"}})


def test_a_scoped_context_of_a_core_term_does_no_harm() -> None:
    copied = core_context.document(core_context.CURRENT)["@context"]

    assert context(copied).expand("ngsildproof") == "https://uri.etsi.org/ngsi-ld/ngsildproof"


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "9lives",
        "a.b",
        "",
        "type",
        "id",
        "@id",
        "a:b:c d",
        "half-way",
        "x\u200by",
        "_a",
        "²a",
    ],
)
def test_a_name_that_breaks_the_grammar_is_refused(name: str) -> None:
    with pytest.raises(BadRequestData):
        core().attribute(name)


@pytest.mark.parametrize(
    "name",
    ["value", "observedAt", "ngsi-ld:observedAt", "https://uri.etsi.org/ngsi-ld/hasValue", "lang"],
)
def test_a_member_of_the_standard_is_no_name_for_an_attribute(name: str) -> None:
    with pytest.raises(BadRequestData, match="the standard defines"):
        core().attribute(name)


@pytest.mark.parametrize("name", ["収容人数", "a_1", "ex:size", "https://example.jp/ns#half-way"])
def test_names_of_the_world_and_iris_are_names(name: str) -> None:
    assert core().compact(core().attribute(name)) == name


def test_a_term_that_is_mapped_to_null_names_no_attribute() -> None:
    with pytest.raises(BadRequestData):
        context({"secret": None}).attribute("secret")


def test_what_is_printed_is_what_was_given() -> None:
    one: JsonValue = ["https://example.jp/a"]
    documents: dict[str, JsonObject] = {"https://example.jp/a": {"@context": {}}}

    assert core().reference == core().link == core_context.CORE_URL
    assert context(one, documents).reference == one
    assert context(one, documents).link == "https://example.jp/a"
    assert context({"a": f"{EX}a"}).link is None


def test_memory_of_names_is_bounded() -> None:
    fresh = Context(None, core().tables)
    for number in range(10_000):
        fresh.attribute(f"name{number}")
        fresh.compact(f"{DEFAULT}name{number}")

    assert len(fresh.attribute_names) <= 4096
    assert len(fresh.short_names) <= 4096


_NAMES = st.sampled_from(["a", "b", "ex", "type", "@vocab", "@language", "@import", "@foo", "a:b"])
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["a", "a:b", EX, "@id", "@foo", "@type", "", "ngsi-ld:x", "https://e.jp/c"])
)
_ANYTHING = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            _NAMES | st.sampled_from(["@id", "@type", "@container", "@context", "@reverse"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150)
@given(user=_ANYTHING)
def test_anything_is_a_context_or_refused_and_what_is_printed_reads_back(user: object) -> None:
    try:
        built = context(cast("JsonValue", user), {"https://e.jp/c": {"@context": {"b": f"{EX}b"}}})
        iris = [built.attribute(name) for name in ("c", "ex:c", f"{EX}b", "b")]
    except NgsiLdError:
        return
    for iri in iris:
        assert built.expand(built.compact(iri)) == iri
