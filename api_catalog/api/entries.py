"""The entries over HTTP: searched by anybody, written by those who answer for them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

import pydantic
from fastapi import APIRouter, Body, Depends, Header, Query, Request, status
from fastapi.responses import JSONResponse

from api_catalog.api.problems import CatalogRoute
from api_catalog.catalog.entry import Reader
from api_catalog.catalog.entry_document import document_of, entry_of, state_of
from api_catalog.catalog.errors import InvalidEntry
from api_catalog.catalog.listed import Listed
from api_catalog.catalog.search import Facet, Search, words_of
from api_catalog.operations.entries import (
    MAX_PAGE,
    add_entry,
    change_entry,
    move_entry,
    search_entries,
    show_entry,
    show_versions,
)
from api_catalog.ports import ApiCatalog, Part
from kit.json import JsonObject

PREFIX = "/catalog/entries"
_Document = Annotated[pydantic.JsonValue, Body(description="項目 / An entry")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: what he may see, and what he is known as."""

    reader: Reader
    name: str


CallerOf = Callable[[Request], Awaitable[Caller]]
"""Says who calls; the roof knows."""


def entry_router(catalog: ApiCatalog, caller_of: CallerOf) -> APIRouter:
    """Make the router of entries.

    Args:
        catalog: the ports.
        caller_of: says who calls.
    """
    router = APIRouter(prefix=PREFIX, tags=["APIカタログ / API catalog"], route_class=CatalogRoute)
    caller = Annotated[Caller, Depends(caller_of)]
    _reading(router, catalog, caller_of)

    @router.post("", status_code=status.HTTP_201_CREATED, summary="登録 / Add")
    async def add(who: caller, document: _Document) -> JSONResponse:
        entry = entry_of(document)
        listed = await add_entry(catalog, who.reader, who.name, entry)
        headers = {"Location": f"{PREFIX}/{entry.key}", **_tag(listed)}
        return JSONResponse(listed_document(listed), status.HTTP_201_CREATED, headers=headers)

    @router.put("/{key}", summary="更新 / Write anew")
    async def change(
        key: str,
        who: caller,
        document: _Document,
        if_match: Annotated[str, Header(description="読んだ版 / The ETag that was read")],
    ) -> JSONResponse:
        entry = entry_of(document)
        if entry.key != key:
            raise InvalidEntry(
                f"Member key is {entry.key!r}, but the address says {key!r}",
                detail_ja="key はアドレスと同じにしてください。",
                where="key",
            )
        over = _version(if_match)
        listed = await change_entry(catalog, who.reader, who.name, entry, over=over)
        return JSONResponse(listed_document(listed), headers=_tag(listed))

    @router.post("/{key}/state", summary="公開・廃止予定・廃止 / Publish, deprecate, retire")
    async def move(key: str, who: caller, document: _Document) -> JSONResponse:
        listed = await move_entry(catalog, who.reader, who.name, key, state_of(document))
        return JSONResponse(listed_document(listed), headers=_tag(listed))

    return router


def _reading(router: APIRouter, catalog: ApiCatalog, caller_of: CallerOf) -> None:
    caller = Annotated[Caller, Depends(caller_of)]

    @router.get("", summary="検索 / Search")
    async def search(
        request: Request,
        who: caller,
        q: Annotated[str, Query(max_length=1000, description="語 / Words")] = "",
        after: Annotated[str, Query(description="この key より後 / Behind this key")] = "",
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="件数 / How many")] = 100,
        count: Annotated[str, Query(description="集計する項目 / Facets to count by")] = "",
    ) -> JSONResponse:
        wanted = Search(words=words_of(q), chosen=chosen_of(request))
        part = Part(limit=limit, after=after)
        found = await search_entries(catalog, who.reader, wanted, part, facets_of(count))
        told = {
            "total": found.total,
            "entries": [listed_document(one) for one in found.listed],
            "facets": {facet.value: dict(counts) for facet, counts in found.facets.items()},
        }
        return JSONResponse(told)

    @router.get("/{key}", summary="表示 / Show")
    async def show(key: str, who: caller) -> JSONResponse:
        listed = await show_entry(catalog, who.reader, key)
        return JSONResponse(listed_document(listed), headers=_tag(listed))

    @router.get("/{key}/versions", summary="版の履歴 / Every version")
    async def versions(key: str, who: caller) -> JSONResponse:
        every = await show_versions(catalog, who.reader, key)
        return JSONResponse(
            [
                {"version": one.entry.version, "at": one.at.isoformat(), **document_of(one.entry)}
                for one in every
            ]
        )


def chosen_of(request: Request) -> dict[Facet, str]:
    """Read the values that are asked for: any facet is a parameter."""
    return {facet: value for facet in Facet if (value := request.query_params.get(facet.value))}


def facets_of(text: str) -> tuple[Facet, ...]:
    """Read names of facets, with commas between.

    Raises:
        InvalidEntry: one is unknown.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    try:
        return tuple(Facet(name) for name in names)
    except ValueError as error:
        raise InvalidEntry(
            "Parameter count names no facet; right are " + ", ".join(one.value for one in Facet),
            detail_ja="count に使えない項目があります。",
            where="count",
        ) from error


def listed_document(listed: Listed) -> JsonObject:
    """Write an entry as it is shown, with what is known of its data."""
    facts = listed.facts
    document: JsonObject = {
        **document_of(listed.entry),
        "publisher": {
            "key": listed.publisher.key,
            "name": {"ja": listed.publisher.name.ja, "en": listed.publisher.name.en},
        },
        "page": listed.page,
        "isMadeHere": listed.is_made_here,
        "createdAt": listed.created_at.isoformat(),
        "modifiedAt": listed.modified_at.isoformat(),
        "distributions": [
            {"format": one.format, "mediaType": one.media_type, "url": one.url}
            for one in listed.distributions
        ],
    }
    if facts is not None:
        document["facts"] = {
            "entities": facts.entities,
            "extent": None if facts.extent is None else list(facts.extent),
            "changedAt": None if facts.changed_at is None else facts.changed_at.isoformat(),
            "attributes": list(facts.attributes),
            "lookedAt": None if facts.looked_at is None else facts.looked_at.isoformat(),
        }
    return document


def _tag(listed: Listed) -> dict[str, str]:
    return {"ETag": f'"{listed.entry.version}"'}


def _version(if_match: str) -> int:
    text = if_match.strip().removeprefix("W/").strip('"')
    if text.isascii() and text.isdigit() and len(text) <= len("2147483647"):
        return int(text)
    raise InvalidEntry(
        "Header If-Match is no version; right is the ETag that was read",
        detail_ja="If-Match には読み取り時の ETag を指定してください。",
        where="If-Match",
    )
