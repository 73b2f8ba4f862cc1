"""The @context of each model, at a URL that never changes its meaning."""

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from datamodels.model.contexts import context_path
from datamodels.model.errors import UnknownModel
from datamodels.registry import context_document
from datamodels.settings import Settings


class _JsonLd(JSONResponse):
    media_type = "application/ld+json"


def router(settings: Settings) -> APIRouter:
    """Make the router that serves the contexts, to be mounted at the root."""
    cached = {"Cache-Control": f"public, max-age={settings.context_max_age_s}"}
    routes = APIRouter(tags=["datamodels"])

    @routes.get(context_path("{name}"), response_class=_JsonLd)
    async def read_context(name: str) -> JSONResponse:
        """Answer with the @context of a model, or with `all` of them joined."""
        try:
            document = context_document(name)
        except UnknownModel as unknown:
            return JSONResponse(
                {
                    "type": "about:blank",
                    "title": "There is no such data model",
                    "status": HTTPStatus.NOT_FOUND,
                    "detail": f"{unknown.words.ja} / {unknown.words.en}",
                },
                status_code=HTTPStatus.NOT_FOUND,
                media_type="application/problem+json",
            )
        return _JsonLd(document, headers=cached)

    return routes
