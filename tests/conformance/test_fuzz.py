"""The short form of `make fuzz`: nothing that the OpenAPI documents allow is a server error."""

import pytest

from api_catalog.catalog.openapi import HOUSES
from tests.conformance.fuzz import fuzz
from tests.platforms import Client

SECONDS = {"ngsi-ld": 12}
OTHERS = 4


@pytest.mark.parametrize("house", [one.key for one in HOUSES])
def test_no_request_that_a_fuzzer_makes_up_is_a_server_error(client: Client, house: str) -> None:
    seconds = SECONDS.get(house, OTHERS)
    outcome = fuzz(client.url, client.tenant, seconds, f"/openapi/{house}.json")
    assert outcome.passed, outcome.report[-8000:]
    assert client.get("/types").status_code == 200
