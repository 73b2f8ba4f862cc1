"""What a reader asks of the search, in the address: it can be shared, and needs no script."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from api_catalog.catalog.search import Facet

PATH = "/search"
_LONGEST = 200
_MOST_DIGITS = 6
BY_NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as its address says it.

    Args:
        text: as it was typed.
        chosen: by facet, the value that entries have.
        page: 1, 2, 3 …
        by_name: in order of the keys; otherwise what changed last comes first.
    """

    text: str = ""
    chosen: Mapping[Facet, str] = field(default_factory=dict)
    page: int = 1
    by_name: bool = False

    @property
    def address(self) -> str:
        """Where this search is.

        >>> Asked(text="避難所", page=2).address
        '/search?q=%E9%81%BF%E9%9B%A3%E6%89%80&page=2'
        """
        given = {"q": self.text} if self.text else {}
        given.update((facet.value, value) for facet, value in self.chosen.items())
        if self.by_name:
            given["order"] = BY_NAME
        if self.page > 1:
            given["page"] = str(self.page)
        return f"{PATH}?{urlencode(given)}" if given else PATH

    def at(self, page: int) -> "Asked":
        """Ask for another page of the same."""
        return replace(self, page=page)

    def only(self, facet: Facet, value: str) -> "Asked":
        """Narrow down by a value.

        >>> Asked(page=3).only(Facet.KIND, "api").address
        '/search?kind=api'
        """
        return replace(self, chosen={**self.chosen, facet: value}, page=1)

    def without(self, facet: Facet) -> "Asked":
        """Let a facet have any value again."""
        rest = {one: value for one, value in self.chosen.items() if one is not facet}
        return replace(self, chosen=rest, page=1)

    def ordered(self, *, by_name: bool) -> "Asked":
        """Ask for another order."""
        return replace(self, by_name=by_name, page=1)


def asked_of(parameters: QueryParams) -> Asked:
    """Read a search; what cannot be read asks for nothing, since links are made by anybody."""
    chosen = {
        facet: value[:_LONGEST] for facet in Facet if (value := parameters.get(facet.value, ""))
    }
    return Asked(
        text=parameters.get("q", "").replace("\0", "")[:_LONGEST].strip(),
        chosen={facet: value for facet, value in chosen.items() if "\0" not in value},
        page=page_of(parameters),
        by_name=parameters.get("order") == BY_NAME,
    )


def page_of(parameters: QueryParams) -> int:
    """Read the number of a page; 1 where it is none."""
    text = parameters.get("page", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return max(1, int(text)) if is_number else 1
