"""What an entry is counted by, as it is stored beside it."""

from api_catalog.catalog.entry import Entry
from api_catalog.catalog.search import Facet
from kit.json import JsonObject


def facets_of(entry: Entry) -> JsonObject:
    """Answer with the values that an entry has, by facet."""
    values: dict[Facet, tuple[str, ...]] = {
        Facet.KIND: (entry.kind.value,),
        Facet.FIELD: tuple(one.value for one in entry.fields),
        Facet.OWNER: (entry.owner,),
        Facet.TENANT: () if entry.tenant is None else (entry.tenant,),
        Facet.MODEL: entry.models,
        Facet.PROOFING: (str(entry.access.levels.proofing),),
        Facet.AUTHENTICATION: (str(entry.access.levels.authentication),),
        Facet.LICENCE: () if entry.licence is None else (entry.licence,),
        Facet.KEYWORD: entry.keywords,
        Facet.LIFECYCLE: (entry.state.lifecycle.value,),
    }
    return {facet.value: list(some) for facet, some in values.items()}
