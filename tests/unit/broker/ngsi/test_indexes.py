"""Paths of indexes as operators write them."""

import pytest

from broker.ngsi.contexts import Context, build_context, core
from broker.ngsi.errors import BadRequestData
from broker.ngsi.indexes import read_path, spell
from broker.ngsi.names import Iri
from broker.ngsi.q.paths import path_key, path_of_key
from broker.ngsi.q.syntax import Path

CAPACITY = Iri("https://a.example/capacity")


def a_context() -> Context:
    return build_context({"収容人数": CAPACITY, "ex": "https://a.example/"}, {})


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("収容人数", Path((CAPACITY,))),
        ("収容人数.observedAt", Path((CAPACITY,), "observedAt")),
        (
            "ex:address[city.name]",
            Path((Iri("https://a.example/address"),), None, ("city", "name")),
        ),
        ("ex:t.収容人数", Path((Iri("https://a.example/t"), CAPACITY))),
        ("createdAt", Path((), "createdAt")),
    ],
)
def test_a_path_is_read_and_spelt_in_the_names_of_a_context(text: str, path: Path) -> None:
    assert read_path(text, a_context()) == path
    assert read_path(spell(path, a_context()), a_context()) == path
    assert path_of_key(path_key(path)) == path


@pytest.mark.parametrize("keys", [(), ("city",), ("city", "name")])
@pytest.mark.parametrize("iri", [CAPACITY, "urn:x:y.z", "https://a.example/a.b#c"])
def test_an_attribute_may_be_named_by_its_iri(iri: str, keys: tuple[str, ...]) -> None:
    text = f"{iri}[{'.'.join(keys)}]" if keys else iri
    assert read_path(text, core()) == Path((Iri(iri),), None, keys)
    assert spell(read_path(text, core()), core()) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9",
        "a{b}",
        "a==1",
        "https://a b/",
        "https://a.example/a[",
        "https://a.example/a[b]c",
        "urn:",
    ],
)
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData):
        read_path(text, core())
