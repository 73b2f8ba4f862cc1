"""The short form of `make fuzz`: nothing that the OpenAPI document allows is a server error."""

from tests.conformance.fuzz import fuzz
from tests.platforms import Client

SECONDS = 20


def test_no_request_that_a_fuzzer_makes_up_is_a_server_error(client: Client) -> None:
    outcome = fuzz(client.url, client.tenant, SECONDS)
    assert outcome.passed, outcome.report[-8000:]
    assert client.get("/types").status_code == 200
