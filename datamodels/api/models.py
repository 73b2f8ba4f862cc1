"""The registry over HTTP: models, their versions, schemas, examples and differences."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from datamodels.api.contexts import JsonLd
from datamodels.api.problems import ModelRoute
from datamodels.model.compatibility import diff, effect_of
from datamodels.model.contexts import context_path
from datamodels.model.documentation import difference_of, document_of, summary_of
from datamodels.model.errors import DataModelError
from datamodels.model.examples import example_of
from datamodels.model.schema import Form, schema_of
from datamodels.model.words import Words
from datamodels.registry import Registry
from datamodels.settings import Settings
from kit.json import JsonObject

_SCHEMA = "application/schema+json"
Version: TypeAlias = Annotated[
    str | None, Query(description="版。省略時は最新 / The version; by default the latest")
]
Written: TypeAlias = Annotated[
    Form, Query(description="表現形式 / The representation: normalized, concise or simplified")
]


def model_router(settings: Settings, registry: Registry) -> APIRouter:
    """Make the router of /datamodels/models: what is published for everybody."""
    cached = {"Cache-Control": f"public, max-age={settings.model_max_age_s}"}
    routes = APIRouter(
        prefix="/datamodels/models", tags=["データモデル / Data models"], route_class=ModelRoute
    )

    @routes.get("", summary="一覧 / List the models")
    async def read_models(
        field: Annotated[str | None, Query(description="分野 / Only of this field")] = None,
    ) -> JSONResponse:
        found = [one for one in registry.models if field is None or one.field == field]
        return JSONResponse([summary_of(one) for one in found], headers=cached)

    @routes.get("/{name}", summary="詳細 / Read one model")
    async def read_model(name: str, version: Version = None) -> JSONResponse:
        return JSONResponse(document_of(registry.named(name, version)), headers=cached)

    @routes.get("/{name}/versions", summary="版の一覧 / List a model's versions")
    async def read_versions(name: str) -> JSONResponse:
        return JSONResponse([summary_of(one) for one in registry.versions(name)], headers=cached)

    @routes.get("/{name}/schema", summary="JSON Schema 2020-12")
    async def read_schema(
        name: str, version: Version = None, form: Written = Form.NORMALIZED
    ) -> Response:
        schema = schema_of(registry.named(name, version), _public(form))
        return JSONResponse(schema, headers=cached, media_type=_SCHEMA)

    @routes.get("/{name}/example", response_class=JsonLd, summary="例 / An example entity")
    async def read_example(
        name: str, version: Version = None, form: Written = Form.NORMALIZED
    ) -> JSONResponse:
        model = registry.named(name, version)
        example = {**example_of(model, _public(form)), "@context": context_path(model.type)}
        return JsonLd(example, headers=cached)

    @routes.get("/{name}/diff", summary="版の比較 / Compare two versions")
    async def read_diff(
        name: str,
        old: Annotated[str, Query(alias="from", description="比較元の版 / The older version")],
        new: Annotated[
            str | None, Query(alias="to", description="比較先の版 / The newer version")
        ] = None,
    ) -> JSONResponse:
        differences = diff(registry.named(name, old), registry.named(name, new))
        answer: JsonObject = {
            "effect": effect_of(differences).name.lower(),
            "differences": [difference_of(one) for one in differences],
        }
        return JSONResponse(answer, headers=cached)

    return routes


def _public(form: Form) -> Form:
    if form is Form.STORED:
        raise DataModelError(
            Words(
                "form は normalized、concise、simplified のどれかにしてください",
                "Form stored is the broker's own; right is normalized, concise or simplified",
            ),
            where="form",
        )
    return form
