"""The search: by words and facets, with counts, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api_catalog.catalog.entry import ANYBODY
from api_catalog.catalog.listed import PageOf
from api_catalog.catalog.search import Facet, Found, Search, words_of
from api_catalog.catalog.words import Words
from api_catalog.operations.entries import search_entries
from api_catalog.portal.asked import PATH, Asked, asked_of
from api_catalog.portal.words import FACETS, value_words
from api_catalog.portal_ports import Portal
from api_catalog.ports import Part
from kit.pages.rendering import Pages

_PER_PAGE = 20
_SHOWN = 8  # values of a facet that are shown at once; more of them unfold
_UNFOLDED = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of a facet.

    Args:
        address: of the search that is narrowed down by it, or, where it is chosen, without it.
    """

    words: Words
    count: int
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One facet with its values, the most frequent first."""

    facet: Facet
    words: Words
    choices: Sequence[Choice]


class Searching:
    """The page `/search`.

    Args:
        portal: the ports.
        pages: what renders it.
    """

    def __init__(self, portal: Portal, pages: Pages) -> None:
        self._portal = portal
        self._pages = pages

    def routes(self) -> list[Route]:
        """The one path."""
        return [self._pages.route(PATH, self.search)]

    async def search(self, request: Request) -> Response:
        """Show what is found."""
        asked = asked_of(request.query_params)
        found = await self._find(asked)
        names = await self._names(found, asked)
        return self._pages.render(
            request,
            "search.html",
            crumbs=[],
            asked=asked,
            found=found,
            part=PageOf(number=asked.page, size=_PER_PAGE, total=found.total),
            groups=_groups(asked, found, names),
            chips=[
                (FACETS[facet], _words(names, facet, value), asked.without(facet).address)
                for facet, value in asked.chosen.items()
            ],
            shown=_SHOWN,
        )

    async def _find(self, asked: Asked) -> Found:
        wanted = Search(words=words_of(asked.text), chosen=asked.chosen)
        part = Part(
            limit=_PER_PAGE, offset=(asked.page - 1) * _PER_PAGE, newest_first=not asked.by_name
        )
        return await search_entries(
            self._portal.catalog,
            ANYBODY,
            wanted,
            part,
            tuple(FACETS),
            most_values=_SHOWN + _UNFOLDED,
        )

    async def _names(self, found: Found, asked: Asked) -> Mapping[tuple[Facet, str], Words]:
        """Say what the owners, tenants and models of a search are called."""
        owners = {*found.facets.get(Facet.OWNER, ())}
        names: dict[tuple[Facet, str], Words] = {}
        for key, owner in (await self._portal.catalog.owners.every(owners)).items():
            names[Facet.OWNER, key] = owner.name
        for name in {*list(found.facets.get(Facet.TENANT, ()))[:_SHOWN], *_chosen_tenant(asked)}:
            tenant = await self._portal.parties.tenant(name)
            if tenant is not None:
                names[Facet.TENANT, name] = tenant.title
        for model in self._portal.models.models:
            names[Facet.MODEL, model.type] = Words(model.name_ja, model.name_en)
        return names


def _chosen_tenant(asked: Asked) -> list[str]:
    return [value for facet, value in asked.chosen.items() if facet is Facet.TENANT]


def _groups(
    asked: Asked, found: Found, names: Mapping[tuple[Facet, str], Words]
) -> Sequence[Group]:
    groups = []
    for facet, words in FACETS.items():
        choices = [
            _choice(asked, facet, value, count, _words(names, facet, value))
            for value, count in found.facets.get(facet, {}).items()
        ]
        if choices:
            groups.append(Group(facet=facet, words=words, choices=choices))
    return groups


def _choice(asked: Asked, facet: Facet, value: str, count: int, words: Words) -> Choice:
    is_chosen = asked.chosen.get(facet) == value
    to = asked.without(facet) if is_chosen else asked.only(facet, value)
    return Choice(words=words, count=count, address=to.address, is_chosen=is_chosen)


def _words(names: Mapping[tuple[Facet, str], Words], facet: Facet, value: str) -> Words:
    return names.get((facet, value)) or value_words(facet, value)
