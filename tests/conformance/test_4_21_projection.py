"""NGSI-LD Attribute Projection Language: CIM 009 §4.21."""

import pytest

from tests.conformance.shelters import (
    ENTITIES,
    ORGANIZATION,
    a_shelter,
    at,
    bad_data,
    link_to,
    prop,
    stored,
)
from tests.platforms import Client

pytestmark = pytest.mark.both_storages


@pytest.fixture
def filled(client: Client) -> Client:
    client.create(a_shelter(capacity=prop(1), managedBy=link_to(ORGANIZATION), scope="/A"))
    client.create(
        {"id": ORGANIZATION, "type": "Organization", "name": prop("村"), "phone": prop("1")}
    )
    return client


@pytest.mark.parametrize(
    ("params", "members"),
    [
        ({"pick": "id"}, {"id"}),
        ({"pick": "name,capacity"}, {"name", "capacity"}),
        ({"pick": "name|capacity"}, {"name", "capacity"}),
        ({"pick": "scope,unknown"}, {"scope"}),
        ({"pick": "https://uri.etsi.org/ngsi-ld/default-context/name"}, {"name"}),
        ({"omit": "name"}, {"id", "type", "scope", "capacity", "managedBy"}),
        ({"omit": "id,type,scope,unknown"}, {"name", "capacity", "managedBy"}),
        ({"pick": "name,createdAt", "options": "sysAttrs"}, {"name", "createdAt"}),
    ],
)
def test_members_are_picked_or_omitted(
    filled: Client, params: dict[str, str], members: set[str]
) -> None:
    assert set(stored(filled, **params)) == members
    (found,) = filled.get(ENTITIES, type="EvacuationShelter", **params).json()
    assert set(found) == members


@pytest.mark.parametrize(
    ("params", "members"),
    [
        ({"pick": "managedBy{name}"}, {"name"}),
        ({"pick": "id,managedBy{id,name}"}, {"id", "name"}),
        ({"omit": "type,managedBy{name}"}, {"id", "type", "phone"}),
    ],
)
def test_braces_project_what_is_linked(
    filled: Client, params: dict[str, str], members: set[str]
) -> None:
    managed = stored(filled, join="inline", **params)["managedBy"]
    assert isinstance(managed, dict)
    assert isinstance(managed["entity"], dict)
    assert set(managed["entity"]) == members


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        ",name",
        "name,",
        "name,,capacity",
        "|name",
        "name{",
        "name}",
        "name{}",
        "name{{a}}",
        "{name}",
        "a b",
        "name;capacity",
        "managedBy{name}",
    ],
)
@pytest.mark.parametrize("parameter", ["pick", "omit"])
def test_what_is_no_projection_is_refused(filled: Client, parameter: str, text: str) -> None:
    bad_data(filled.get(at(), **{parameter: text}))


def test_a_member_is_not_picked_and_omitted_at_once(filled: Client) -> None:
    bad_data(filled.get(at(), pick="name,capacity", omit="name"))
    bad_data(filled.get(at(), attrs="name", pick="name"))
