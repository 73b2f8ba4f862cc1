"""Retrieve Context Source Identity Information: CIM 009 §5.15.1, over HTTP §6.33.3.1."""

import re

from tests.conformance.shelters import problem
from tests.platforms import Client

PATH = "/info/sourceIdentity"


def test_the_broker_tells_who_it_is_and_since_when(client: Client) -> None:
    answer = client.get(PATH)
    body = answer.json()
    assert answer.status_code == 200
    assert body["type"] == "ContextSourceIdentity"
    assert body["id"].startswith("urn:ngsi-ld:ContextSourceIdentity:")
    assert re.fullmatch(r"P(\d+D)?T?(\d+H)?(\d+M)?(\d+(\.\d+)?S)?", body["contextSourceUptime"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", body["contextSourceTimeAt"])


def test_the_alias_is_the_tenants_own_and_stays(client: Client, separated_client: Client) -> None:
    alias = client.get(PATH).json()["contextSourceAlias"]
    assert alias
    assert client.get(PATH).json()["contextSourceAlias"] == alias
    assert separated_client.get(PATH).json()["contextSourceAlias"] != alias


def test_an_unknown_parameter_is_refused(client: Client) -> None:
    problem(client.get(PATH, details="true"), 400, "InvalidRequest")
