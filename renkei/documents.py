"""The OpenAPI document of everything that is served."""

from typing import cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from broker import describe
from kit.json import JsonObject

_NGSI_LD = "/ngsi-ld/v1"


def describe_platform(app: FastAPI) -> None:
    """Let `/openapi.json` tell of the NGSI-LD API too, whose routes FastAPI does not know.

    Args:
        app: with all its routes.
    """

    def document() -> JsonObject:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return cast(JsonObject, app.openapi_schema)

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _document(app: FastAPI) -> JsonObject:
    told: JsonObject = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        openapi_version="3.1.0",
        routes=app.routes,
    )
    paths, schemas = describe(_NGSI_LD)
    cast(JsonObject, told["paths"]).update(paths)
    components = cast(JsonObject, told.setdefault("components", {}))
    cast(JsonObject, components.setdefault("schemas", {})).update(schemas)
    return told
