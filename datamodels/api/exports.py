"""A tenant's entities of a model as files to download, and the list of all of them."""

from collections.abc import AsyncIterator, Callable
from os import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from datamodels.api.problems import ModelRoute
from datamodels.exporters.files import Format, export
from datamodels.exporters.open_data_list import Publisher, open_data_list
from datamodels.model.errors import NotAllowed
from datamodels.model.model import Model
from datamodels.model.words import Words
from datamodels.ports import EntitySource, TenantData
from datamodels.registry import Registry
from datamodels.settings import Settings
from joint_use import Principal

_IN_MEMORY = 4 << 20
_CHUNK = 1 << 16
_MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.GEOJSON: "application/geo+json",
    Format.JSONLD: "application/ld+json",
    Format.NDJSON: "application/x-ndjson",
}


def export_router(
    settings: Settings,
    registry: Registry,
    data: TenantData,
    caller: Callable[[Request], Principal],
) -> APIRouter:
    """Make the router of the downloads.

    Args:
        settings: of the house.
        registry: the models.
        data: the tenants' entities; it decides who may read them.
        caller: says who asks.
    """
    called = Annotated[Principal, Depends(caller)]
    routes = APIRouter(
        prefix="/datamodels/tenants/{tenant}",
        tags=["データモデル / Data models"],
        route_class=ModelRoute,
    )

    @routes.get(
        "/export/{name}.{form}",
        response_class=StreamingResponse,
        summary="ダウンロード / Download a tenant's entities of a model",
    )
    async def download(tenant: str, name: str, form: Format, principal: called) -> Response:
        model = registry.named(name)
        _require_public(model)
        disposition = f'attachment; filename="{tenant}-{model.type}.{form.value}"'
        async with data.turn(tenant, principal) as turn:
            file = await _spooled(model, await data.entities(tenant, model, principal), form)
            turn.bytes = file.seek(0, SEEK_END)
        return StreamingResponse(
            _pieces(file),
            media_type=_MEDIA_TYPES[form],
            headers={"Content-Disposition": disposition},
        )

    @routes.get("/open-data-list.csv", summary="オープンデータ一覧 / List what a tenant publishes")
    async def list_open_data(tenant: str, request: Request, principal: called) -> Response:
        async with data.turn(tenant, principal) as turn:
            owner, counts = await data.datasets(tenant, principal)
            publisher = Publisher(
                tenant=owner.name,
                name=owner.name_ja or owner.name,
                municipality=owner.municipality_code,
                licence=settings.data_licence,
                url=str(request.base_url).rstrip("/"),
            )
            found = [(one, counts[one.iri]) for one in registry.models if one.iri in counts]
            content = open_data_list(publisher, found)
            turn.bytes = len(content)
        return Response(content, media_type=_MEDIA_TYPES[Format.CSV])

    return routes


def _require_public(model: Model) -> None:
    if model.personal:
        raise NotAllowed(
            Words(
                f"{model.name_ja}は個人に関するデータのため、ファイルとして公開しません",
                f"{model.type} is about persons and is not offered as a file",
            )
        )


async def _spooled(model: Model, source: EntitySource, form: Format) -> SpooledTemporaryFile[bytes]:
    """Write the whole file aside: a slow reader holds no connection, and nobody's turn."""
    file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 — closed by who reads it
    try:
        async for piece in export(model, source.every(), form):
            file.write(piece)
    except BaseException:
        file.close()
        raise
    return file


async def _pieces(file: SpooledTemporaryFile[bytes]) -> AsyncIterator[bytes]:
    """Hand a file on, from its beginning, and close it."""
    with file:
        file.seek(0)
        while piece := file.read(_CHUNK):
            yield piece
