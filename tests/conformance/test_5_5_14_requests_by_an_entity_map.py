"""Requests that go by an EntityMap: CIM 009 §5.5.14, §5.5.9.3, over HTTP §6.4.3.2, §6.5.3.1."""

import pytest

from kit.json import JsonObject
from tests.conformance.mapped import (
    HEADER,
    TYPE,
    a_shelter,
    by_map,
    create_shelters,
    delete,
    ids,
    ids_in,
    make_map,
    map_id,
    page_link,
    set_capacity,
    shelter_id,
    the_map,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages
UNKNOWN = "/ngsi-ld/v1/entityMaps/urn:ngsi-ld:EntityMap:unknown"


def map_by_query(client: Client, **params: str) -> str:
    answer = client.get("/entities", type=TYPE, entityMap="true", **params)
    assert answer.status_code == 201, answer.text
    return answer.headers[HEADER]


def test_a_query_with_the_flag_answers_as_ever_and_makes_a_map(client: Client) -> None:
    create_shelters(client, 3)
    plain = client.get("/entities", type=TYPE, count="true", limit="2")
    answer = client.get("/entities", type=TYPE, count="true", limit="2", entityMap="true")
    assert answer.status_code == 201
    assert answer.json() == plain.json()
    assert answer.headers["NGSILD-Results-Count"] == "3"
    assert list(the_map(client, answer.headers[HEADER]).json()["entityMap"]) == ids(0, 1, 2)


def test_a_query_by_a_map_says_which_and_makes_no_other(client: Client) -> None:
    create_shelters(client, 2)
    location = map_by_query(client)
    answer = by_map(client, location)
    assert answer.status_code == 200
    assert answer.headers[HEADER] == location
    assert ids_in(answer) == ids(0, 1)


def test_the_bare_id_and_the_whole_url_name_a_map_too(client: Client) -> None:
    create_shelters(client, 1)
    location = map_by_query(client)
    for reference in (map_id(location), client.url + location):
        answer = by_map(client, reference)
        assert (answer.status_code, answer.headers[HEADER]) == (200, location)


def test_what_is_created_later_is_not_in_the_map(client: Client) -> None:
    create_shelters(client, 2)
    location = make_map(client)
    client.create(a_shelter(5))
    assert ids_in(by_map(client, location)) == ids(0, 1)
    assert ids_in(client.get("/entities", type=TYPE)) == ids(0, 1, 5)


def test_filters_are_checked_again_and_what_fails_them_leaves_the_map(client: Client) -> None:
    create_shelters(client, 3)
    location = make_map(client, q="capacity==100")
    set_capacity(client, 1, 900)
    assert ids_in(by_map(client, location, q="capacity==100")) == ids(0, 2)
    assert list(the_map(client, location).json()["entityMap"]) == ids(0, 2)
    set_capacity(client, 1, 100)
    assert ids_in(by_map(client, location, q="capacity==100")) == ids(0, 2), "it does not return"


def test_pages_are_full_and_their_links_carry_the_query(client: Client) -> None:
    create_shelters(client, 5)
    location = map_by_query(client)
    first = by_map(client, location, limit="2")
    assert ids_in(first) == ids(0, 1)
    assert page_link(first, "next") == {"type": TYPE, "limit": "2", "offset": "2"}
    assert page_link(first, "prev") is None
    last = by_map(client, location, limit="2", offset="4")
    assert ids_in(last) == ids(4)
    assert page_link(last, "next") is None
    assert page_link(last, "prev") == {"type": TYPE, "limit": "2", "offset": "2"}


def test_a_deleted_entity_makes_no_hole_in_a_page(client: Client) -> None:
    create_shelters(client, 5)
    location = map_by_query(client)
    delete(client, 1)
    assert ids_in(by_map(client, location, limit="3")) == ids(0, 2, 3)
    assert list(the_map(client, location).json()["entityMap"]) == ids(0, 2, 3, 4)


def test_going_from_page_to_page_meets_every_entity_once_whatever_is_deleted(
    client: Client,
) -> None:
    create_shelters(client, 9)
    location = map_by_query(client)
    met: list[str] = []
    link: dict[str, str] | None = {"limit": "2"}
    for gone in (1, 4, 0, 8, 3):
        if link is None:
            break
        answer = by_map(client, location, **link)
        met += ids_in(answer)
        link = page_link(answer, "next")
        delete(client, gone)
    assert link is None
    assert met == ids(0, 1, 2, 3, 5, 6, 7, 8)


def test_the_page_before_ends_where_this_one_begins(client: Client) -> None:
    create_shelters(client, 6)
    location = map_by_query(client)
    delete(client, 2)
    last = by_map(client, location, limit="2", offset="4")
    assert ids_in(last) == ids(4, 5)
    by_map(client, location)  # whoever goes by the map clears it
    previous = page_link(by_map(client, location, limit="2", offset="4"), "prev")
    assert previous is not None
    assert ids_in(by_map(client, location, **previous)) == ids(1, 3)


def test_the_count_is_of_what_matches_now(client: Client) -> None:
    create_shelters(client, 5)
    location = map_by_query(client)
    delete(client, 3)
    client.create(a_shelter(8))
    answer = by_map(client, location, limit="2", offset="2", count="true")
    assert answer.headers["NGSILD-Results-Count"] == "4"
    assert ids_in(answer) == ids(2, 4)
    only_count = by_map(client, location, limit="0", count="true")
    assert (only_count.headers["NGSILD-Results-Count"], only_count.json()) == ("4", [])


def test_a_narrower_choice_of_ids_takes_nothing_out_of_the_map(client: Client) -> None:
    create_shelters(client, 3)
    location = map_by_query(client)
    assert ids_in(by_map(client, location, id=",".join(ids(1, 7)))) == ids(1)
    assert ids_in(by_map(client, location, idPattern=".*:2$")) == ids(2)
    assert list(the_map(client, location).json()["entityMap"]) == ids(0, 1, 2)


def test_another_question_is_answered_of_the_map_and_takes_nothing_out_of_it(
    client: Client,
) -> None:
    for number, capacity in enumerate((300, 100, 200)):
        client.create(a_shelter(number, capacity))
    location = map_by_query(client)
    client.create(a_shelter(5, 400))
    answer = by_map(client, location, q="capacity>150", orderBy="capacity")
    assert ids_in(answer) == ids(2, 0)
    assert list(the_map(client, location).json()["entityMap"]) == ids(0, 1, 2)


def test_pages_keep_the_order_that_the_map_was_made_in(client: Client) -> None:
    for number, capacity in enumerate((300, 100, 200)):
        client.create(a_shelter(number, capacity))
    location = make_map(client, orderBy="capacity")
    set_capacity(client, 1, 999)
    assert ids_in(by_map(client, location, orderBy="capacity")) == ids(1, 2, 0)


@pytest.mark.parametrize("reference", [UNKNOWN, "no reference at all", "/"])
def test_for_an_unknown_map_a_new_one_is_made(client: Client, reference: str) -> None:
    create_shelters(client, 1)
    answer = by_map(client, reference)
    assert answer.status_code == 201
    assert answer.headers[HEADER] != reference
    assert ids_in(answer) == ids(0)
    assert the_map(client, answer.headers[HEADER]).status_code == 200


def test_another_tenants_map_is_unknown(client: Client, separated_client: Client) -> None:
    create_shelters(client, 1)
    location = map_by_query(client)
    answer = separated_client.send(
        "GET", "/entities", params={"type": "Elsewhere"}, headers={HEADER: location}
    )
    assert answer.status_code == 201
    assert answer.headers[HEADER] != location
    assert answer.json() == []


def test_a_query_document_goes_by_maps_too(client: Client) -> None:
    create_shelters(client, 3)
    query: JsonObject = {"type": "Query", "entities": [{"type": TYPE}], "entityMap": True}
    made = client.send("POST", "/entityOperations/query", query)
    assert made.status_code == 201
    delete(client, 0)
    again = client.send(
        "POST", "/entityOperations/query", query, headers={HEADER: made.headers[HEADER]}
    )
    assert (again.status_code, again.headers[HEADER]) == (200, made.headers[HEADER])
    assert ids_in(again) == ids(1, 2)


def test_a_retrieval_makes_and_names_a_map_too(client: Client) -> None:
    create_shelters(client, 1)
    path = f"/entities/{shelter_id(0)}"
    made = client.get(path, entityMap="true")
    assert made.status_code == 200
    assert made.json() == a_shelter(0)
    location = made.headers[HEADER]
    assert the_map(client, location).json()["entityMap"] == {shelter_id(0): ["@none"]}
    again = client.send("GET", path, headers={HEADER: location})
    assert (again.status_code, again.headers[HEADER]) == (200, location)
    other = client.send("GET", path, headers={HEADER: UNKNOWN})
    assert other.status_code == 200
    assert "unknown" not in other.headers[HEADER]
    assert HEADER not in client.get(path).headers


def test_a_purge_by_a_map_leaves_what_came_later(client: Client) -> None:
    create_shelters(client, 2)
    location = map_by_query(client)
    client.create(a_shelter(5))
    answer = client.send("DELETE", "/entities", params={"type": TYPE}, headers={HEADER: location})
    assert answer.status_code == 204
    assert ids_in(client.get("/entities", type=TYPE)) == ids(5)


def test_a_purge_by_an_unknown_map_deletes_nothing(client: Client) -> None:
    create_shelters(client, 1)
    answer = client.send("DELETE", "/entities", params={"type": TYPE}, headers={HEADER: UNKNOWN})
    assert answer.status_code == 404
    assert ids_in(client.get("/entities", type=TYPE)) == ids(0)


def test_a_lifetime_that_is_no_duration_is_refused(client: Client) -> None:
    answer = client.get("/entities", type=TYPE, entityMap="true", entityMapLifetime="long")
    assert answer.status_code == 400
