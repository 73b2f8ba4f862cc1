"""What is served, described: the OpenAPI document of everything, notifications, types."""

from typing import cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api_catalog import TypeDescribed, Words, describe_outputs
from broker import describe, describe_notifications
from datamodels import Form, Registry, UnknownModel, context_path, example_of, schema_of
from idp_federation import describe_protocol
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
    protocol, answers = describe_protocol()
    cast(JsonObject, told["paths"]).update({**paths, **protocol, **describe_outputs()})
    components = cast(JsonObject, told.setdefault("components", {}))
    cast(JsonObject, components.setdefault("schemas", {})).update({**schemas, **answers})
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "アクセストークン、または運営者トークン / An access token, or the "
            "operator's; where to get one /.well-known/oauth-protected-resource says",
        },
        "client": {
            "type": "http",
            "scheme": "basic",
            "description": "クライアントの id と secret / A client's id and secret "
            "(client_secret_basic)",
        },
    }
    told["security"] = [{"token": []}, {}]
    return told


class HousesDescribed:
    """What the houses say of their APIs (port `HouseDescriptions` of the catalog).

    Args:
        app: with all its routes.
        registry: the data models.
        address: the platform's, without a slash at the end.
    """

    def __init__(self, app: FastAPI, registry: Registry, address: str) -> None:
        self._app = app
        self._registry = registry
        self._address = address

    def whole(self) -> JsonObject:
        """Answer with the OpenAPI document of the platform."""
        return cast(JsonObject, self._app.openapi())

    def notifications(self) -> JsonObject:
        """Answer with the schemas of what subscribers are sent."""
        return describe_notifications()

    def type_of(self, model: str) -> TypeDescribed | None:
        """Describe the type of a data model; None: there is none of this name."""
        try:
            found = self._registry.named(model)
        except UnknownModel:
            return None
        context = self._address + context_path(found.type)
        return TypeDescribed(
            name=found.type,
            iri=found.iri,
            title=Words(found.name_ja, found.name_en),
            schema=schema_of(found, Form.NORMALIZED),
            example={**example_of(found, Form.NORMALIZED), "@context": context},
        )
