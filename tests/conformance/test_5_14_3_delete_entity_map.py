"""Delete EntityMap: CIM 009 §5.14.3, over HTTP §6.32.3.3."""

from tests.conformance.mapped import create_shelters, ids, make_map, map_id, map_path, the_map
from tests.platforms import Client

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


def test_a_deleted_map_is_gone_and_its_entities_stay(client: Client) -> None:
    create_shelters(client, 1)
    location = make_map(client)
    answer = client.send("DELETE", map_path(map_id(location)))
    assert answer.status_code == 204
    assert answer.content == b""
    assert the_map(client, location).status_code == 404
    again = client.send("DELETE", map_path(map_id(location)))
    assert again.status_code == 404
    assert again.json()["type"] == ERRORS + "ResourceNotFound"
    assert client.get(f"/entities/{ids(0)[0]}").status_code == 200


def test_a_map_id_that_is_no_uri_is_refused(client: Client) -> None:
    answer = client.send("DELETE", map_path("not a uri"))
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "BadRequestData"
