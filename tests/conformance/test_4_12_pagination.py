"""Pagination: CIM 009 §4.12, §5.5.9, over HTTP §6.3.10; counting: §4.13, over HTTP §6.3.13."""

import re

import httpx2
import pytest

from tests.conformance.shelters import ENTITIES, a_shelter, bad_data, ids, ok, prop
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
LINK = re.compile(r'<([^>]*)>;\s*rel="(next|prev)";\s*type="([^"]*)"')
COUNT = "NGSILD-Results-Count"


@pytest.fixture(scope="module")
def filled(reader: Client) -> Client:
    """Twenty-five shelters."""
    batch = [a_shelter(number, capacity=prop(number)) for number in range(25)]
    ok(reader.send("POST", "/entityOperations/create", [*batch]), 201)
    return reader


def links(answer: httpx2.Response) -> dict[str, str]:
    return {rel: target for target, rel, _ in LINK.findall(answer.headers.get("Link", ""))}


def follow(client: Client, target: str) -> httpx2.Response:
    return client.http.get(client.url + target, headers={"NGSILD-Tenant": client.tenant})


def test_following_next_gives_every_entity_once(filled: Client) -> None:
    answer = filled.get(ENTITIES, type="EvacuationShelter", limit="7")
    seen = ids(answer)
    while "next" in links(answer):
        answer = follow(filled, links(answer)["next"])
        seen += ids(answer)
    assert len(seen) == 25
    assert len(set(seen)) == 25


def test_following_prev_comes_back_to_the_first_page(filled: Client) -> None:
    pages = [filled.get(ENTITIES, type="EvacuationShelter", limit="10")]
    pages += [follow(filled, links(pages[0])["next"])]
    back = follow(filled, links(pages[1])["prev"])
    assert ids(back) == ids(pages[0])


def test_the_first_page_has_no_prev_and_the_last_no_next(filled: Client) -> None:
    first = filled.get(ENTITIES, type="EvacuationShelter", limit="20")
    assert set(links(first)) == {"next"}
    last = filled.get(ENTITIES, type="EvacuationShelter", limit="20", offset="20")
    assert set(links(last)) == {"prev"}
    exact = filled.get(ENTITIES, type="EvacuationShelter", limit="25")
    assert links(exact) == {}


def test_links_keep_the_other_parameters_and_name_the_media_type(filled: Client) -> None:
    answer = filled.get(ENTITIES, q="capacity>=0;name", limit="3", format="simplified")
    target = links(answer)["next"]
    assert "q=capacity%3E%3D0%3Bname" in target
    assert "format=simplified" in target
    (found,) = LINK.findall(answer.headers["Link"])
    assert found[2] == "application/json"
    as_json_ld = filled.send(
        "GET",
        ENTITIES,
        params={"type": "EvacuationShelter", "limit": "3"},
        headers={"Accept": "application/ld+json"},
    )
    assert LINK.findall(as_json_ld.headers["Link"])[0][2] == "application/ld+json"


def test_without_a_limit_a_page_is_of_twenty(filled: Client) -> None:
    assert len(ids(filled.get(ENTITIES, type="EvacuationShelter"))) == 20


def test_beyond_the_end_there_is_nothing(filled: Client) -> None:
    answer = filled.get(ENTITIES, type="EvacuationShelter", offset="100")
    assert ids(answer) == []
    assert "next" not in links(answer)


def test_the_count_is_of_all_that_match_and_only_when_asked_for(filled: Client) -> None:
    counted = filled.get(ENTITIES, q="capacity>=10", limit="2", count="true")
    assert counted.headers[COUNT] == "15"
    assert len(ids(counted)) == 2
    assert COUNT not in filled.get(ENTITIES, q="capacity>=10", limit="2").headers
    assert COUNT not in filled.get(ENTITIES, q="capacity>=10", count="false").headers


def test_a_limit_of_zero_is_for_counting(filled: Client) -> None:
    counted = filled.get(ENTITIES, type="EvacuationShelter", limit="0", count="true")
    assert ids(counted) == []
    assert counted.headers[COUNT] == "25"
    bad_data(filled.get(ENTITIES, type="EvacuationShelter", limit="0"))


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "-1"},
        {"limit": "1.5"},
        {"limit": ""},
        {"limit": "１"},
        {"limit": "99999999999999999999"},
        {"limit": "1000000"},
        {"offset": "-1"},
        {"offset": "x"},
        {"offset": "99999999999999999999"},
        {"count": "1"},
    ],
)
def test_what_is_no_number_of_entities_is_refused(filled: Client, params: dict[str, str]) -> None:
    bad_data(filled.get(ENTITIES, type="EvacuationShelter", **params))


def test_the_order_of_pages_stays_while_entities_change(client: Client) -> None:
    for number in range(6):
        client.create(a_shelter(number))
    before = ids(client.get(ENTITIES, type="EvacuationShelter"))
    ok(client.send("PATCH", f"{ENTITIES}/{before[0]}", {"floors": prop(2)}))
    assert ids(client.get(ENTITIES, type="EvacuationShelter")) == before
