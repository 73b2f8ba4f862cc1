"""The actions of CKAN's read API that portals and harvesters call."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from api_catalog.catalog import ckan
from api_catalog.catalog.entry import Reader
from api_catalog.catalog.errors import EntryUnknown, InvalidEntry
from api_catalog.catalog.listed import Listed
from api_catalog.catalog.search import Facet, Found, Search, words_of
from api_catalog.catalog.words import Field, Kind
from api_catalog.operations.entries import MAX_PAGE, search_entries, show_entry
from api_catalog.ports import ApiCatalog, Part
from kit.json import JsonObject, JsonValue

_VERSION = "2.10"  # of the API that is spoken
_MOST_PACKAGES = 100_000
_FACETS = {
    "organization": Facet.OWNER,
    "groups": Facet.FIELD,
    "tags": Facet.KEYWORD,
    "license_id": Facet.LICENCE,
    "tenant": Facet.TENANT,
}
_Action = Callable[[Mapping[str, str], Reader], Awaitable[JsonValue]]


class Actions:
    """What is asked for by name.

    Args:
        catalog: the ports.
    """

    def __init__(self, catalog: ApiCatalog) -> None:
        self._catalog = catalog
        self._actions: Mapping[str, _Action] = {
            "site_read": self._site_read,
            "status_show": self._status_show,
            "package_list": self._package_list,
            "package_show": self._package_show,
            "package_search": self._package_search,
            "current_package_list_with_resources": self._packages,
            "organization_list": self._organization_list,
            "organization_show": self._organization_show,
            "group_list": self._group_list,
            "group_show": self._group_show,
            "tag_list": self._tag_list,
            "license_list": self._license_list,
        }

    async def run(self, action: str, parameters: Mapping[str, str], reader: Reader) -> JsonValue:
        """Run an action.

        Raises:
            EntryUnknown: there is none of this name, or not what it asks for.
            InvalidEntry: a parameter cannot be read.
        """
        known = self._actions.get(action)
        if known is None:
            raise _unknown(f"Action {action} is not one of " + ", ".join(sorted(self._actions)))
        return await known(parameters, reader)

    async def _site_read(self, _: Mapping[str, str], __: Reader) -> JsonValue:
        return True

    async def _status_show(self, _: Mapping[str, str], __: Reader) -> JsonValue:
        return {
            "ckan_version": _VERSION,
            "site_url": self._catalog.pages,
            "site_title": self._catalog.name.ja,
            "site_description": "",
            "locale_default": "ja",
            "error_emails_to": None,
            "extensions": [],
        }

    async def _package_list(self, parameters: Mapping[str, str], reader: Reader) -> JsonValue:
        start, limit = _window(parameters, _MOST_PACKAGES)
        names: list[JsonValue] = []
        while len(names) < limit:
            some = min(limit - len(names), MAX_PAGE)
            found = await self._datasets(reader, Search(), start + len(names), some)
            names += ckan.names(found.listed)
            if len(found.listed) < some:
                break
        return names

    async def _packages(self, parameters: Mapping[str, str], reader: Reader) -> JsonValue:
        start, limit = _window(parameters, MAX_PAGE)
        found = await self._datasets(reader, Search(), start, limit)
        return [ckan.package(one) for one in found.listed]

    async def _package_show(self, parameters: Mapping[str, str], reader: Reader) -> JsonValue:
        wanted = parameters.get("id") or parameters.get("name_or_id", "")
        if not wanted:
            raise InvalidEntry(
                "Parameter id is missing", detail_ja="id を指定してください。", where="id"
            )
        return ckan.package(await self._named(wanted, reader))

    async def _named(self, wanted: str, reader: Reader) -> Listed:
        """Find a dataset by its name, or by the id that stands for it."""
        try:
            listed = await show_entry(self._catalog, reader, wanted)
        except EntryUnknown:
            key = await self._catalog.shelf.key_of(wanted)
            if key is None:
                raise
            listed = await show_entry(self._catalog, reader, key)
        if listed.entry.kind is not Kind.DATASET:
            raise _unknown(f"Package {wanted} does not exist")
        return listed

    async def _package_search(self, parameters: Mapping[str, str], reader: Reader) -> JsonValue:
        asked = ckan.package_query(parameters)
        chosen = dict(_chosen(asked.filters))
        wanted = Search(
            words=words_of(asked.text),
            chosen=chosen,
            any_owner=asked.organizations,
            changed_since=asked.changed_since,
            has_model=asked.format in {"CSV", "GeoJSON"},
        )
        facets = [_FACETS[name] for name in asked.facets if name in _FACETS]
        found = await self._datasets(reader, wanted, asked.start, max(asked.rows, 1), facets)
        packages: list[JsonValue] = [ckan.package(one) for one in found.listed[: asked.rows]]
        counts: JsonObject = {
            name: dict(found.facets[_FACETS[name]]) for name in asked.facets if name in _FACETS
        }
        return {
            "count": found.total,
            "sort": "name asc",
            "results": packages,
            "facets": counts,
            "search_facets": {
                name: {
                    "title": name,
                    "items": [
                        {"name": value, "display_name": value, "count": count}
                        for value, count in found.facets[_FACETS[name]].items()
                    ],
                }
                for name in asked.facets
                if name in _FACETS
            },
        }

    async def _organization_list(self, parameters: Mapping[str, str], reader: Reader) -> JsonValue:
        found = await self._datasets(reader, Search(), 0, 1, [Facet.OWNER])
        counts = found.facets[Facet.OWNER]
        if parameters.get("all_fields", "").lower() != "true":
            return [*sorted(counts)]
        publishers = await self._catalog.owners.every(counts)
        return [
            {**ckan.organization(publishers[key]), "package_count": count}
            for key, count in sorted(counts.items())
            if key in publishers
        ]

    async def _organization_show(self, parameters: Mapping[str, str], reader: Reader) -> JsonValue:
        name = parameters.get("id", "")
        found = await self._datasets(reader, Search(chosen={Facet.OWNER: name}), 0, 1)
        if not found.listed:
            raise _unknown(f"Organization {name} does not exist")
        told = ckan.organization(found.listed[0].publisher)
        return {**told, "package_count": found.total}

    async def _group_list(self, _: Mapping[str, str], __: Reader) -> JsonValue:
        return [one.name.lower() for one in Field]

    async def _group_show(self, parameters: Mapping[str, str], reader: Reader) -> JsonValue:
        name = parameters.get("id", "")
        for one in Field:
            if name in {one.name.lower(), ckan.identifier("group", one.name.lower())}:
                found = await self._datasets(reader, Search(chosen={Facet.FIELD: one.value}), 0, 1)
                told = ckan.group(one.name.lower(), one.value)
                return {**told, "package_count": found.total}
        raise _unknown(f"Group {name} does not exist")

    async def _tag_list(self, _: Mapping[str, str], reader: Reader) -> JsonValue:
        found = await self._datasets(reader, Search(), 0, 1, [Facet.KEYWORD])
        return [*sorted(found.facets[Facet.KEYWORD])]

    async def _license_list(self, _: Mapping[str, str], __: Reader) -> JsonValue:
        return ckan.licences()

    async def _datasets(
        self,
        reader: Reader,
        search: Search,
        start: int,
        limit: int,
        facets: Sequence[Facet] = (),
    ) -> Found:
        chosen = {**search.chosen, Facet.KIND: Kind.DATASET.value}
        wanted = replace(search, chosen=chosen)
        part = Part(limit=min(limit, MAX_PAGE), offset=start)
        return await search_entries(self._catalog, reader, wanted, part, facets)


def _chosen(filters: Mapping[str, str]) -> Mapping[Facet, str]:
    """Read the filters of a search; groups are fields by their names."""
    fields = {one.name.lower(): one.value for one in Field}
    chosen: dict[Facet, str] = {}
    for name, value in filters.items():
        facet = _FACETS.get(name)
        if facet is not None:
            chosen[facet] = fields.get(value, value) if facet is Facet.FIELD else value
    return chosen


def _window(parameters: Mapping[str, str], most: int) -> tuple[int, int]:
    asked = ckan.package_query(
        {"start": parameters.get("offset", ""), "rows": parameters.get("limit", "")}
    )
    limit = asked.rows if parameters.get("limit") else most
    return asked.start, limit


def _unknown(detail: str) -> EntryUnknown:
    return EntryUnknown(detail, detail_ja="登録がありません。")
