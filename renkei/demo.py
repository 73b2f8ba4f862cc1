"""The demo: four municipalities and a few of their real public facilities, from demo.toml.

Anyone reads them; one client writes.
"""

import tomllib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeAlias, TypedDict, cast

from datamodels import entity_from, entity_id, model_named, to_iris
from idp_federation import Client
from idp_federation.oidc.client import ClientAuthentication, GrantType
from joint_use import Policy, Readers, Storage
from kit.json import JsonObject, JsonScalar, JsonValue

_MODEL = "PublicFacility"
CLIENT = "demo"
"""The client that may write, whose secret is in the data directory."""

OPEN = Policy(readers=Readers.ANYONE)
"""What the municipalities of the demo let anyone do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTenant:
    """One municipality of the demo, to be made a tenant."""

    name: str
    name_ja: str
    name_en: str
    municipality_code: str
    storage: Storage


CreateTenant: TypeAlias = Callable[[DemoTenant], Awaitable[None]]
"""Creates a tenant where there is none of that name; one that is there stays as it is."""

CreateEntities: TypeAlias = Callable[[str, Sequence[JsonObject]], Awaitable[None]]
"""Creates entities in the named tenant; one that is there stays as its users changed it."""


class _Municipality(TypedDict):
    name: str
    name_ja: str
    name_en: str
    municipality_code: str
    storage: str
    facilities: list[dict[str, JsonScalar]]


def demo_tenants() -> tuple[DemoTenant, ...]:
    """Answer with the municipalities: two with a database of their own, two sharing one."""
    return tuple(
        DemoTenant(
            name=one["name"],
            name_ja=one["name_ja"],
            name_en=one["name_en"],
            municipality_code=one["municipality_code"],
            storage=Storage(one["storage"]),
        )
        for one in _municipalities()
    )


def demo_entities(tenant: str) -> list[JsonObject]:
    """Answer with a tenant's facilities as entities that need no @context; empty for others.

    Type and attributes are IRIs; `source` names the municipality's page that the facts are from.
    """
    return [
        _entity(one, facility)
        for one in _municipalities()
        if one["name"] == tenant
        for facility in one["facilities"]
    ]


def demo_client() -> Client:
    """Answer with the client that writes in the municipalities of the demo."""
    return Client(
        id=CLIENT,
        name="お試し用",
        name_en="To try things out",
        tenants=tuple(tenant.name for tenant in demo_tenants()),
        authentication=ClientAuthentication.CLIENT_SECRET_BASIC,
        grants=frozenset({GrantType.CLIENT_CREDENTIALS}),
        scopes=frozenset({"read", "write", "subscribe"}),
    )


async def install(create_tenant: CreateTenant, create_entities: CreateEntities) -> None:
    """Bring the demo; once more it changes nothing, since both only create what is missing."""
    for tenant in demo_tenants():
        await create_tenant(tenant)
        await create_entities(tenant.name, demo_entities(tenant.name))


def _entity(municipality: _Municipality, facility: dict[str, JsonScalar]) -> JsonObject:
    model = model_named(_MODEL)
    code, local_id = municipality["municipality_code"], str(facility["id"])
    values: dict[str, JsonValue] = {
        **facility,
        "identifier": local_id,
        "localGovernmentCode": code,
        "localGovernmentName": f"北海道{municipality['name_ja']}",
        "prefecture": "北海道",
    }
    entity = entity_from(model, entity_id(model, code, local_id), values)
    entity["source"] = {"type": "Property", "value": facility["source"]}
    return to_iris(entity, model)


@cache
def _municipalities() -> tuple[_Municipality, ...]:
    text = (resources.files("renkei") / "demo.toml").read_text("utf-8")
    return tuple(cast(list[_Municipality], tomllib.loads(text)["tenants"]))
