"""The pages of the data models: by field, and each with its columns, example and versions."""

from collections.abc import Mapping, Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api_catalog.catalog.entry import ANYBODY
from api_catalog.catalog.search import Facet, Search
from api_catalog.catalog.words import Field, Words
from api_catalog.operations.entries import search_entries
from api_catalog.portal_ports import Portal
from api_catalog.ports import Part
from datamodels import Form, Kind, Model, UnknownModel, context_path, diff, example_of
from kit.pages import refusals
from kit.pages.language import language_of
from kit.pages.rendering import Pages

_SHOWN = 20
KINDS = {
    Kind.TEXT: Words("文字列", "text"),
    Kind.CODE: Words("番号・記号", "code"),
    Kind.NUMBER: Words("数値", "number"),
    Kind.TIME: Words("時刻（HH:MM）", "time (HH:MM)"),
    Kind.DATE: Words("日付", "date"),
    Kind.INSTANT: Words("日時", "date and time"),
    Kind.CHOICE: Words("選択肢", "one of these"),
    Kind.URI: Words("URL", "URL"),
    Kind.TEXTS: Words("文字列（複数）", "several texts"),
    Kind.URIS: Words("URL（複数）", "several URLs"),
    Kind.REFERENCE: Words("他のデータへの参照", "reference to another record"),
    Kind.MUNICIPALITY: Words("全国地方公共団体コード", "municipality code"),
    Kind.LATITUDE: Words("緯度", "latitude"),
    Kind.LONGITUDE: Words("経度", "longitude"),
    Kind.SHAPE: Words("図形（GeoJSON）", "shape (GeoJSON)"),
}


class ModelPages:
    """The pages `/models` and `/models/{name}`.

    Args:
        portal: the ports.
        pages: what renders them.
    """

    def __init__(self, portal: Portal, pages: Pages) -> None:
        self._portal = portal
        self._pages = pages

    def routes(self) -> list[Route]:
        """Both paths."""
        route = self._pages.route
        return [route("/models", self.every), route("/models/{name}", self.show)]

    async def every(self, request: Request) -> Response:
        """List the models by field."""
        part = Part(limit=1)
        found = await search_entries(self._portal.catalog, ANYBODY, Search(), part, (Facet.MODEL,))
        return self._pages.render(
            request,
            "models.html",
            crumbs=[],
            by_field=_by_field(self._portal.models.models),
            counts=found.facets[Facet.MODEL],
        )

    async def show(self, request: Request) -> Response:
        """Show one model; of an earlier version, what has changed since."""
        name, asked = request.path_params["name"], request.query_params.get("version")
        try:
            model, current = (
                self._portal.models.named(name, asked),
                self._portal.models.named(name),
            )
        except UnknownModel as error:
            raise refusals.not_found() from error
        wanted = Search(chosen={Facet.MODEL: model.type})
        part = Part(limit=_SHOWN, newest_first=True)
        lang = language_of(request)
        return self._pages.render(
            request,
            "model.html",
            crumbs=[("/models", "データモデル" if lang == "ja" else "Data models")],
            model=model,
            versions=self._portal.models.versions(name),
            changes=[] if model is current else diff(model, current),
            current=current,
            kinds=KINDS,
            context=context_path(model.type),
            example=_example(model),
            found=await search_entries(self._portal.catalog, ANYBODY, wanted, part),
        )


def _example(model: Model) -> str:
    document = {**example_of(model, Form.CONCISE), "@context": context_path(model.type)}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _by_field(models: Sequence[Model]) -> Mapping[Field, Sequence[Model]]:
    return {field: [one for one in models if one.field == field.value] for field in Field}
