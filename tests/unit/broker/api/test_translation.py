"""Addresses of a source's resources become ours and come back the same."""

import doctest

import orjson
from hypothesis import given
from hypothesis import strategies as st

from broker.api import translation
from broker.api.translation import Translation

BETWEEN = Translation(ours="https://hub.example", theirs="http://broker.city.example/orion")
OURS = "https://hub.example/ngsi-ld/v1/jsonldContexts/"
THEIRS = "http://broker.city.example/orion/ngsi-ld/v1/jsonldContexts/"
CONTEXT = '; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


def test_links_of_pages_are_on_our_path_and_contexts_at_our_address() -> None:
    theirs = (
        '<http://broker.city.example/orion/ngsi-ld/v1/entities?type=A,B&offset=2>; rel="next", '
        f'<?offset=0>;rel=prev, <{THEIRS}urn:x:1>{CONTEXT}, <https://a.example/other>; rel="help"'
    )
    assert BETWEEN.link_to_ours(theirs, "/ngsi-ld/v1/entities") == (
        '</ngsi-ld/v1/entities?type=A,B&offset=2>; rel="next", '
        f"</ngsi-ld/v1/entities?offset=0>;rel=prev, <{OURS}urn:x:1>{CONTEXT}"
    )


def test_a_context_that_is_elsewhere_stays_there() -> None:
    link = f"<https://a.example/c.jsonld>{CONTEXT}"
    assert BETWEEN.link_to_ours(link, "/x") == link
    assert BETWEEN.link_to_theirs(link) == link


def test_a_link_of_ours_becomes_one_of_theirs() -> None:
    assert BETWEEN.link_to_theirs(f"<{OURS}1>{CONTEXT}") == f"<{THEIRS}1>{CONTEXT}"


def test_only_contexts_are_translated_in_bodies() -> None:
    entity = {
        "@context": [f"{THEIRS}1", "https://a.example/c.jsonld"],
        "seeAlso": {"type": "Property", "value": f"{THEIRS}1"},
    }
    translated = orjson.loads(BETWEEN.body_to_ours(orjson.dumps([entity])))
    assert translated == [{**entity, "@context": [f"{OURS}1", "https://a.example/c.jsonld"]}]
    listing = orjson.dumps([f"{THEIRS}1"])
    assert BETWEEN.body_to_ours(listing, is_all=True) == orjson.dumps([f"{OURS}1"])


def test_a_notification_s_entities_are_looked_into() -> None:
    notification = {"type": "Notification", "data": [{"@context": f"{THEIRS}1"}]}
    translated = orjson.loads(BETWEEN.body_to_ours(orjson.dumps(notification)))
    assert translated["data"] == [{"@context": f"{OURS}1"}]


@given(st.binary(max_size=64))
def test_a_body_without_such_addresses_passes_as_it_is(body: bytes) -> None:
    assert BETWEEN.body_to_ours(body) == body
    assert BETWEEN.body_to_theirs(body + THEIRS.encode()) == body + THEIRS.encode()


@given(st.text("abc:/%?#é", max_size=20))
def test_there_and_back_is_where_it_was(name: str) -> None:
    assert BETWEEN.context_to_ours(BETWEEN.context_to_theirs(OURS + name)) == OURS + name


def test_the_examples_hold() -> None:
    found = doctest.testmod(translation)
    assert found.attempted
    assert not found.failed
