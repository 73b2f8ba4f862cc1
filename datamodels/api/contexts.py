"""The @context of each model, at a URL that never changes its meaning."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from datamodels.api.problems import ModelRoute
from datamodels.model.contexts import context_path
from datamodels.registry import Registry
from datamodels.settings import Settings


class JsonLd(JSONResponse):
    """A response of JSON-LD."""

    media_type = "application/ld+json"


def context_router(settings: Settings, registry: Registry) -> APIRouter:
    """Make the router that serves the contexts, to be mounted at the root."""
    cached = {"Cache-Control": f"public, max-age={settings.context_max_age_s}"}
    routes = APIRouter(tags=["データモデル / Data models"], route_class=ModelRoute)

    @routes.get(
        context_path("{name}"), response_class=JsonLd, summary="@context を読む / Read a @context"
    )
    async def read_context(name: str) -> JSONResponse:
        """Answer with the @context of a model, or with `all` of them joined."""
        return JsonLd(registry.context_document(name), headers=cached)

    return routes
