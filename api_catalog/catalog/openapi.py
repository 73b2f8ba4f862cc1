"""OpenAPI documents: of one house, cut out of that of the platform; of one tenant's own API.

Spec: OpenAPI 3.1
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from api_catalog.catalog.listed import CatalogItself
from api_catalog.catalog.words import Words
from kit.json import JsonObject, JsonValue

TENANT_HEADER = "NGSILD-Tenant"
_SCHEMAS = "#/components/schemas/"
_ENTITY = frozenset({_SCHEMAS + "Entity"})
_ENTITIES = frozenset({_SCHEMAS + "Entities"})
_SEVERAL = "-list"
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A part of the platform whose API is described for itself.

    Args:
        key: its name in addresses.
        begins: how its paths begin.
        entrance: the path to begin with.
    """

    key: str
    title: Words
    description: Words
    begins: tuple[str, ...]
    entrance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDescribed:
    """An entity type that a tenant holds, as a data model describes it.

    Args:
        name: as entities bear it under the context.
        schema: JSON Schema 2020-12 of an entity; example: such an entity with its @context.
    """

    name: str
    iri: str
    title: Words
    schema: JsonObject
    example: JsonObject


HOUSES = (
    House(
        key="ngsi-ld",
        title=Words("NGSI-LD API", "NGSI-LD API"),
        description=Words(
            "全テナントのデータをNGSI-LDで読み書きし、変化の通知を受けます。",
            "Reads and writes the data of all tenants by NGSI-LD and notifies of changes.",
        ),
        begins=("/ngsi-ld/", "/broker/"),
        entrance="/ngsi-ld/v1",
    ),
    House(
        key="datamodels",
        title=Words("データモデルAPI", "API of data models"),
        description=Words(
            "標準データモデルの項目・スキーマ・例と、モデルごとのダウンロードです。",
            "Columns, schemas and examples of the standard data models, and downloads by model.",
        ),
        begins=("/datamodels/",),
        entrance="/datamodels/models",
    ),
    House(
        key="catalog",
        title=Words("カタログAPI", "API of the catalog"),
        description=Words(
            "公開されているサービス・API・データを検索し、登録します。DCATとCKANでも読めます。",
            "Searches and registers services, APIs and data; DCAT and CKAN's read API too.",
        ),
        begins=(
            "/catalog/",
            "/.well-known/api-catalog",
            "/tenants/",
            "/api/",
            "/openapi",
            "/asyncapi",
        ),
        entrance="/catalog/entries",
    ),
    House(
        key="identity",
        title=Words("認証API", "API of identity"),
        description=Words(
            "OpenID Connectによる認証と、認証連携・クライアントの管理です。",
            "Sign-in by OpenID Connect, and the administration of federation and clients.",
        ),
        begins=(
            "/admin/identity",
            "/admin/federation",
            "/identity/",
            "/.well-known/open",
            "/.well-known/oauth-authorization",
        ),
        entrance="/.well-known/openid-configuration",
    ),
    House(
        key="joint-use",
        title=Words("共同利用API", "API of joint use"),
        description=Words(
            "テナント・組織・利用申請・同意・利用量・属性の管理です。",
            "Tenants, organisations, applications, consents, usage and the attribute profile.",
        ),
        begins=("/",),
        entrance="/joint-use/v1/applications",
    ),
)
"""Each path belongs to the first whose beginning it has."""


def house_of(path: str) -> House:
    """Answer with the house that a path belongs to.

    >>> house_of("/admin/identity/keys").key, house_of("/admin/tenants").key
    ('identity', 'joint-use')
    """
    return next(house for house in HOUSES if path.startswith(house.begins))


def house_document(whole: JsonObject, house: House, server: str) -> JsonObject:
    """Cut a house's part out of the document of the platform, with the schemas that it uses."""
    paths: JsonObject = {
        path: item
        for path, item in cast(JsonObject, whole["paths"]).items()
        if house_of(path) is house
    }
    info = cast(JsonObject, whole["info"])
    return {
        "openapi": whole["openapi"],
        "info": {
            "title": house.title.ja,
            "summary": house.title.en,
            "description": f"{house.description.ja}\n\n{house.description.en}",
            "version": info["version"],
        },
        "servers": [{"url": server}],
        **_used(whole, paths),
    }


def tenant_document(
    whole: JsonObject,
    itself: CatalogItself,
    tenant: str,
    types: Sequence[TypeDescribed],
    server: str,
) -> JsonObject:
    """Write the document of a tenant's own API: its types are schemas and examples.

    Args:
        whole: the document of the platform.
        itself: the tenant's catalog.
        tenant: its name.
        types: what it holds, as far as the reader may know.
        server: the platform's address.
    """
    paths: JsonObject = {
        path: _for_tenant(cast(JsonObject, item), tenant, types)
        for path, item in cast(JsonObject, whole["paths"]).items()
        if path.startswith("/ngsi-ld/")
    }
    info = cast(JsonObject, whole["info"])
    used = _used(whole, paths)
    components = cast(JsonObject, used["components"])
    schemas = cast(JsonObject, components["schemas"])
    schemas |= {one.name: one.schema for one in types}
    if types:
        components["examples"] = _examples(types)
        either: list[JsonValue] = [{"$ref": _SCHEMAS + one.name} for one in types]
        schemas["TypeOfTenant"] = {"anyOf": either}
    publisher = itself.publisher
    held = "".join(f"\n- {one.title.ja}（{one.name}） / {one.title.en}" for one in types)
    return {
        "openapi": whole["openapi"],
        "info": {
            "title": f"{publisher.name.ja} NGSI-LD API",
            "summary": f"NGSI-LD API of {publisher.name.en or publisher.name.ja}",
            "description": f"要求にはヘッダー {TENANT_HEADER}: {tenant} を付けます。 / "
            f"Requests bear the header {TENANT_HEADER}: {tenant}.\n{held}",
            "version": info["version"],
        },
        "servers": [{"url": server}],
        "externalDocs": {"url": itself.url},
        **used,
    }


def _for_tenant(item: JsonObject, tenant: str, types: Sequence[TypeDescribed]) -> JsonObject:
    return {
        name: _operation(cast(JsonObject, value), tenant, types) if name in _METHODS else value
        for name, value in item.items()
    }


def _operation(operation: JsonObject, tenant: str, types: Sequence[TypeDescribed]) -> JsonObject:
    told: JsonObject = {**operation}
    parameters = cast("list[JsonObject]", operation.get("parameters", []))
    told["parameters"] = [_parameter(one, tenant, types) for one in parameters]
    body = cast("JsonObject | None", operation.get("requestBody"))
    if body is not None:
        told["requestBody"] = _with_examples(body, types)
    responses = cast("Mapping[str, JsonObject]", operation["responses"])
    told["responses"] = {
        status: _with_examples(response, types) for status, response in responses.items()
    }
    return told


def _parameter(parameter: JsonObject, tenant: str, types: Sequence[TypeDescribed]) -> JsonObject:
    if parameter["name"] == TENANT_HEADER:
        schema: JsonObject = {"type": "string", "const": tenant}
        return {**parameter, "required": True, "schema": schema, "example": tenant}
    if parameter["name"] == "type" and parameter["in"] == "query" and types:
        examples: JsonObject = {
            one.name: {"summary": one.title.ja, "value": one.iri} for one in types
        }
        return {**parameter, "examples": examples}
    return parameter


def _with_examples(holder: JsonObject, types: Sequence[TypeDescribed]) -> JsonObject:
    """Give a body the tenant's own types as examples, where it is an entity or several."""
    content = cast("Mapping[str, JsonObject] | None", holder.get("content"))
    if content is None or not types:
        return holder
    told = {media_type: _exemplified(media_type, one, types) for media_type, one in content.items()}
    return {**holder, "content": {**told}}


def _exemplified(
    media_type: str, content: JsonObject, types: Sequence[TypeDescribed]
) -> JsonObject:
    schema = cast(JsonObject, content.get("schema", {}))
    reference = schema.get("$ref")
    if media_type != "application/ld+json" or reference not in _ENTITY | _ENTITIES:
        return content
    several = "" if reference in _ENTITY else _SEVERAL
    examples: JsonObject = {
        one.name: {"$ref": f"#/components/examples/{one.name}{several}"} for one in types
    }
    return {**content, "examples": examples}


def _examples(types: Sequence[TypeDescribed]) -> JsonObject:
    """Write an example of each type, alone and in a list."""
    told: JsonObject = {}
    for one in types:
        told[one.name] = {"summary": one.title.ja, "value": one.example}
        told[one.name + _SEVERAL] = {"summary": one.title.ja, "value": [one.example]}
    return told


def _used(whole: JsonObject, paths: JsonObject) -> JsonObject:
    """Answer with paths and the components that they lead to."""
    components = cast("Mapping[str, JsonObject]", whole.get("components", {}))
    every = components.get("schemas", {})
    wanted: dict[str, JsonValue] = {}
    waiting = list(_references(paths))
    while waiting:
        name = waiting.pop()
        if name in wanted or name not in every:
            continue
        wanted[name] = every[name]
        waiting += _references(every[name])
    told: JsonObject = {"schemas": dict(sorted(wanted.items()))}
    if "securitySchemes" in components:
        told["securitySchemes"] = components["securitySchemes"]
    document: JsonObject = {"paths": paths, "components": told}
    if "security" in whole:
        document["security"] = whole["security"]
    return document


def _references(value: JsonValue) -> Iterator[str]:
    """Name the schemas that a part of a document refers to."""
    parts: Iterable[JsonValue] = ()
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(_SCHEMAS):
            yield reference.removeprefix(_SCHEMAS)
        parts = value.values()
    elif isinstance(value, list):
        parts = value
    for part in parts:
        yield from _references(part)
