"""What the page of a dataset shows of its data: table, map and completeness."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api_catalog.catalog.entry import ANYBODY
from api_catalog.catalog.listed import Listed, PageOf
from api_catalog.catalog.words import Kind, LegalClass
from api_catalog.operations.entries import show_entry
from api_catalog.portal.asked import page_of
from api_catalog.portal.house import say
from api_catalog.portal.tables import Completeness, Table, completeness_of, places_of, table_of
from api_catalog.portal_ports import Portal, Tiles
from datamodels import Model, UnknownModel
from kit.pages import refusals
from kit.pages.language import language_of
from kit.pages.packing import pack, takes_gzip
from kit.pages.rendering import Pages

ROWS = 20
_MOST_PLACES = 2000
_MOST_LOOKED_AT = 1000
_SHOWN_CLASSES = frozenset({LegalClass.NON_PERSONAL, LegalClass.ANONYMISED})


@dataclass(frozen=True, slots=True, kw_only=True)
class DataShown:
    """A part of a dataset's data.

    Args:
        has_places: its model has a place, so that a map makes sense.
    """

    model: Model
    table: Table
    part: PageOf
    has_places: bool


class Datasets:
    """What of the data of datasets is shown.

    Args:
        portal: the ports.
        pages: what renders them.
    """

    def __init__(self, portal: Portal, pages: Pages) -> None:
        self._portal = portal
        self._pages = pages

    def routes(self) -> list[Route]:
        """The paths beside the page itself."""
        route = self._pages.route
        return [
            route("/entries/{key}/places.geojson", self.places),
            route("/entries/{key}/quality", self.quality),
        ]

    async def shown(self, listed: Listed, request: Request) -> DataShown | None:
        """Read the part of the data that a page shows; None: nothing of it is for anybody."""
        model = self.model_of(listed)
        if model is None or listed.entry.tenant is None:
            return None
        number = page_of(request.query_params)
        records = await self._portal.data.records(
            listed.entry.tenant, model, limit=ROWS, offset=(number - 1) * ROWS
        )
        if records is None:
            return None
        return DataShown(
            model=model,
            table=table_of(model, records.some),
            part=PageOf(number=number, size=ROWS, total=records.total),
            has_places="location" in model.attributes,
        )

    def model_of(self, listed: Listed) -> Model | None:
        """Answer with the model of a dataset whose data may be shown."""
        entry = listed.entry
        if entry.kind is not Kind.DATASET or entry.legal_class not in _SHOWN_CLASSES:
            return None
        for name in entry.models:
            try:
                return self._portal.models.named(name)
            except UnknownModel:
                continue
        return None

    async def places(self, request: Request) -> Response:
        """Answer with the places of a dataset for its map."""
        listed, model = await self._asked(request)
        records = await self._portal.data.records(
            listed.entry.tenant or "", model, limit=_MOST_PLACES
        )
        if records is None:
            raise refusals.not_found()
        in_english = language_of(request) == "en"
        answer = JSONResponse(
            places_of(model, records.some, in_english=in_english),
            media_type="application/geo+json",
            headers={"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"},
        )
        if takes_gzip(request):
            pack(answer)
        return answer

    async def quality(self, request: Request) -> Response:
        """Show how complete a dataset is."""
        listed, model = await self._asked(request)
        records = await self._portal.data.records(
            listed.entry.tenant or "", model, limit=_MOST_LOOKED_AT
        )
        if records is None:
            raise refusals.not_found()
        columns = completeness_of(model, records.some)
        return self._pages.render(
            request,
            "quality.html",
            crumbs=[
                (f"/entries/{listed.entry.key}", say(listed.entry.title, language_of(request)))
            ],
            listed=listed,
            looked_at=len(records.some),
            total=records.total,
            columns=sorted(columns, key=_by_need),
        )

    async def _asked(self, request: Request) -> tuple[Listed, Model]:
        listed = await show_entry(self._portal.catalog, ANYBODY, request.path_params["key"])
        model = self.model_of(listed)
        if model is None or listed.entry.tenant is None:
            raise refusals.not_found()
        return listed, model


def map_policy(tiles: Tiles | None) -> dict[str, str]:
    """Allow a page its map: our scripts, our places, and the tiles of the operator's choice."""
    allowed = {"script-src": "'self'", "connect-src": "'self'"}
    if tiles is not None:
        origin = urlsplit(tiles.url)
        allowed["img-src"] = f"'self' data: {origin.scheme}://{origin.netloc}"
    return allowed


def _by_need(one: Completeness) -> tuple[bool, int]:
    return not one.column.required, -one.filled
