"""The descriptions of the APIs, held against the validators of others; nothing is served."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import orjson
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api_catalog.catalog.asyncapi import notifications_document
from api_catalog.catalog.openapi import (
    HOUSES,
    House,
    TypeDescribed,
    house_document,
    house_of,
    tenant_document,
)
from datamodels import built_in
from kit.json import JsonObject, JsonValue
from renkei.app import create_app
from renkei.documents import HousesDescribed
from tests.catalog_entries import BASE, CATALOG
from tests.platforms import settings_of

ASYNCAPI = (
    Path(__file__).parents[2] / "counterparts/node_modules/@asyncapi/specs/schemas" / "3.0.0.json"
)
TYPES = ("AED", "Event", "EvacuationShelter")


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> HousesDescribed:
    nowhere = "postgresql://postgres@127.0.0.1:1/postgres"
    front = create_app(settings_of(tmp_path_factory.mktemp("data"), nowhere))
    return HousesDescribed(front.rest, built_in(), BASE)


@pytest.fixture(scope="module")
def types(described: HousesDescribed) -> list[TypeDescribed]:
    return [cast(TypeDescribed, described.type_of(name)) for name in TYPES]


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: str(house.key))
def test_the_document_of_a_house_is_openapi(described: HousesDescribed, house: House) -> None:
    document = house_document(described.whole(), house, BASE)
    assert document["paths"]
    assert list(OpenAPIV31SpecValidator(cast(Any, document)).iter_errors()) == []
    assert broken(document) == []


def test_each_path_is_in_the_document_of_one_house(described: HousesDescribed) -> None:
    whole = described.whole()
    parts = [house_document(whole, house, BASE)["paths"] for house in HOUSES]
    paths = [path for part in parts for path in cast(JsonObject, part)]
    assert sorted(paths) == sorted(cast(JsonObject, whole["paths"]))
    assert house_of("/ngsi-ld/v1/entities").key == "ngsi-ld"
    assert house_of("/api/3/action/{action}").key == "catalog"


def test_the_document_of_a_tenant_is_openapi_and_shows_its_types(
    described: HousesDescribed, types: list[TypeDescribed]
) -> None:
    document = tenant_document(described.whole(), CATALOG, "ebetsu", types, BASE)
    assert list(OpenAPIV31SpecValidator(cast(Any, document)).iter_errors()) == []
    assert broken(document) == []
    post = at(document, "paths", "/ngsi-ld/v1/entities", "post")
    body = at(post, "requestBody", "content", "application/ld+json")
    assert set(body["examples"]) == set(TYPES)
    header = next(one for one in post["parameters"] if one["name"] == "NGSILD-Tenant")
    assert (header["required"], header["schema"]["const"]) == (True, "ebetsu")
    for name in TYPES:
        schema = at(document, "components", "schemas", name)
        example = at(document, "components", "examples", name)["value"]
        assert jsonschema_rs.is_valid(schema, example)


def test_the_documents_of_notifications_are_asyncapi(
    described: HousesDescribed, types: list[TypeDescribed]
) -> None:
    if not ASYNCAPI.exists():
        pytest.skip("@asyncapi/specs is not here: `npm ci` in tests/counterparts brings it")
    official = jsonschema_rs.validator_for(orjson.loads(ASYNCAPI.read_bytes()))
    schemas = described.notifications()
    for some, tenant in (((), None), (types, "ebetsu")):
        document = notifications_document(CATALOG, "0.1.0", schemas, some, tenant)
        found = [(list(one.instance_path), one.message) for one in official.iter_errors(document)]
        assert found == []
        assert broken(document) == []
        channel = at(document, "channels", "mqtt")
        assert not official.is_valid({**document, "channels": {"mqtt": {**channel, "address": 1}}})


def test_the_example_of_a_notification_is_one(
    described: HousesDescribed, types: list[TypeDescribed]
) -> None:
    document = notifications_document(CATALOG, "0.1.0", described.notifications(), types, "ebetsu")
    for message in ("notification", "mqttNotification"):
        told = at(document, "components", "messages", message)
        whole = {**document, **told["payload"]}
        validator = jsonschema_rs.validator_for(whole)
        assert [one["name"] for one in told["examples"]] == list(TYPES)
        for example in told["examples"]:
            assert validator.is_valid(example["payload"])
            assert not validator.is_valid({**example["payload"], "body": 1, "data": 1})


def at(document: Any, *steps: str) -> Any:
    for step in steps:
        document = document[step]
    return document


def broken(document: JsonObject) -> list[str]:
    """References that lead nowhere."""
    return [one for one in references(document) if not leads(document, one)]


def references(value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield cast(str, value["$ref"])
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def leads(document: JsonObject, reference: str) -> bool:
    here: JsonValue = document
    for step in reference.removeprefix("#/").split("/"):
        if not isinstance(here, dict) or step not in here:
            return False
        here = here[step]
    return True
