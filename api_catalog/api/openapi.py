"""The OpenAPI description of what FastAPI does not know: linksets, DCAT, CKAN, descriptions."""

from collections.abc import Mapping

from kit.json import JsonObject, JsonValue

_TAG: JsonValue = ["APIカタログ / API catalog"]
_OBJECT: JsonObject = {"type": "object"}
_CKAN: JsonObject = {
    "type": "object",
    "required": ["help", "success"],
    "properties": {
        "help": {"type": "string"},
        "success": {"type": "boolean"},
        "result": {"description": "何を返すかは操作による / What it is depends on the action"},
        "error": {"type": "object"},
    },
}
_ACTIONS: JsonValue = [
    "site_read", "status_show", "package_list", "package_show", "package_search",
    "current_package_list_with_resources", "organization_list", "organization_show",
    "group_list", "group_show", "tag_list", "license_list",
]  # fmt: skip


def _in_query(name: str, description: str, schema: JsonObject) -> JsonObject:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _in_path(name: str, schema: JsonObject) -> JsonObject:
    return {"name": name, "in": "path", "required": True, "schema": schema}


_TEXT: JsonObject = {"type": "string"}
_COUNT: JsonObject = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
_PAGE = _in_query("page", "ページ / Page, 1, 2, 3 …", {"type": "integer", "minimum": 1})
_TENANT = _in_path("tenant", {"type": "string", "pattern": "^[a-z0-9_]{1,63}$"})
_KEY = _in_path("key", {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,99}$"})
_PROBLEM: JsonObject = {
    "description": "problem+json (RFC 9457)",
    "content": {"application/problem+json": {"schema": _OBJECT}},
}


def _get(
    id_: str,
    summary: str,
    media_type: str,
    parameters: list[JsonValue],
    schema: JsonObject = _OBJECT,
) -> JsonObject:
    return {
        "get": {
            "operationId": id_,
            "summary": summary,
            "tags": _TAG,
            "parameters": parameters,
            "responses": {
                "200": {
                    "description": summary,
                    "content": {media_type: {"schema": schema}},
                },
                "400": _PROBLEM,
                "404": _PROBLEM,
                "503": _PROBLEM,
            },
        }
    }


_LINKSET = "application/linkset+json"
_JSON_LD = "application/ld+json"
_OPENAPI = "application/vnd.oai.openapi+json"
_ASYNCAPI = "application/vnd.aai.asyncapi+json"
_PATHS: Mapping[str, JsonObject] = {
    "/.well-known/api-catalog": _get(
        "apiCatalog", "APIカタログのリンクセット / Linkset of the catalog (RFC 9727)", _LINKSET, []
    ),
    "/tenants/{tenant}/api-catalog": _get(
        "apiCatalogOfTenant", "テナントのリンクセット / Linkset of a tenant", _LINKSET, [_TENANT]
    ),
    "/catalog/catalog.jsonld": _get(
        "dcatCatalog", "DCAT-APのカタログ / The catalog as DCAT-AP, page by page", _JSON_LD, [_PAGE]
    ),
    "/tenants/{tenant}/catalog.jsonld": _get(
        "dcatCatalogOfTenant",
        "テナントのDCAT-APのカタログ / A tenant's catalog as DCAT-AP",
        _JSON_LD,
        [_TENANT, _PAGE],
    ),
    "/catalog/entries/{key}.jsonld": _get(
        "dcatEntry", "DCAT-APの一項目 / One entry as DCAT-AP", _JSON_LD, [_KEY]
    ),
    "/api/3/action/{action}": _get(
        "ckanAction",
        "CKANの読取りAPI / CKAN's read API, version 3",
        "application/json",
        [
            _in_path("action", {"type": "string", "enum": _ACTIONS}),
            _in_query("id", "名前またはID / Name or id", _TEXT),
            _in_query("q", "検索語 / Words", _TEXT),
            _in_query("fq", "絞込み field:value / Filters", _TEXT),
            _in_query("rows", "件数 / How many", _COUNT),
            _in_query("start", "何件目から / From which on", _COUNT),
            _in_query("limit", "件数 / How many", _COUNT),
            _in_query("offset", "何件目から / From which on", _COUNT),
            _in_query("facet.field", "集計する項目 / Facets to count by, as a JSON array", _TEXT),
        ],
        _CKAN,
    ),
    "/openapi/{house}.json": _get(
        "openapiOfHouse", "APIごとのOpenAPI / OpenAPI of one house", _OPENAPI,
        [_in_path("house", _TEXT)],
    ),
    "/asyncapi.json": _get("asyncapi", "通知のAsyncAPI / AsyncAPI of notifications", _ASYNCAPI, []),
    "/tenants/{tenant}/openapi.json": _get(
        "openapiOfTenant", "テナントのOpenAPI / OpenAPI of a tenant's own API", _OPENAPI, [_TENANT]
    ),
    "/tenants/{tenant}/asyncapi.json": _get(
        "asyncapiOfTenant", "テナントのAsyncAPI / AsyncAPI of a tenant", _ASYNCAPI, [_TENANT]
    ),
}  # fmt: skip


def describe_outputs() -> JsonObject:
    """Answer with the `paths` of what machines read of the catalog.

    Spec: OpenAPI 3.1
    """
    return dict(_PATHS)
