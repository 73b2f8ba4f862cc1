from urllib.parse import parse_qs, urlsplit

import orjson

from loadtests.shelters import TYPE, Shelters
from loadtests.wire import Target
from loadtests.workloads import PAGE, PAGES, Create, Delete, Get, Patch, Query
from tests.unit.loadtests.parsed import Parsed

# A context with per cent signs: the templates of requests are filled in with `%`.
TARGET = Target(url="http://127.0.0.1:1026/ngsi-ld/v1", context="http://h.example/%E6%96%87%s")
ENTITIES = Shelters(run="unit-00000000")


def test_creations_go_from_number_to_number_and_send_the_whole_entity() -> None:
    acknowledged: list[int] = []
    creations = Create(TARGET, ENTITIES, first=3, acknowledged=acknowledged.append)
    for expected in (3, 4, 5):
        number, payload = creations.take()
        request = Parsed(payload)
        assert request.is_complete
        assert request.method == "POST"
        assert number == expected
        assert orjson.loads(request.body) == ENTITIES.entity(expected)
    creations.answer(4)
    assert (acknowledged, creations.next) == ([4], 6)


def test_retrievals_ask_for_shelters_that_are_there() -> None:
    gets = Get(TARGET, ENTITIES, 3)
    seen = set()
    for _ in range(100):
        number, payload = gets.take()
        request = Parsed(payload)
        assert request.is_complete
        assert request.path == f"/ngsi-ld/v1/entities/{ENTITIES.entity_id(number)}"
        seen.add(number)
    assert seen == {0, 1, 2}


def test_updates_change_one_attribute() -> None:
    number, payload = Patch(TARGET, ENTITIES, 50).take()
    request = Parsed(payload)
    assert request.is_complete
    assert request.method == "PATCH"
    assert request.path.endswith(f"/entities/{ENTITIES.entity_id(number)}/attrs/temperature")
    assert set(orjson.loads(request.body)) == {"value", "observedAt"}


def test_deletions_take_each_shelter_once() -> None:
    deletions = Delete(TARGET, ENTITIES, 3)
    assert [deletions.take()[0] for _ in range(3)] == [2, 1, 0]


def test_queries_ask_for_the_first_pages_of_the_type() -> None:
    queries = Query(TARGET)
    offsets = set()
    for _ in range(300):
        request = Parsed(queries.take()[1])
        parameters = parse_qs(urlsplit(request.path).query)
        assert parameters["type"] == [TYPE]
        assert parameters["limit"] == [str(PAGE)]
        offsets.add(int(parameters["offset"][0]))
    assert offsets == {page * PAGE for page in range(PAGES)}
