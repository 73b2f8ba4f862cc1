"""CKAN's read API, as the municipalities' portals and their harvesters ask for it.

Spec: CKAN API v3, actions package_* and their like
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from api_catalog.catalog.errors import InvalidEntry
from api_catalog.catalog.listed import Distribution, Listed, Publisher
from api_catalog.catalog.words import LICENCES, Words
from kit.json import JsonObject, JsonValue

MOST_ROWS = 1000
_NAMESPACE = uuid.UUID("5a0c2ad3-5ae0-5f9c-9d6f-3f7f2ab0a8c1")
FORMATS = ("CSV", "GeoJSON", "JSON-LD", "NGSI-LD")
"""In which datasets are had; the first two only where a data model says the columns."""

_CHANGED = "metadata_modified"
_FILTERS = frozenset(
    {"organization", "groups", "tags", "res_format", "license_id", "type", "tenant", _CHANGED}
)
_CLOSING = {'"': '"', "(": ")", "[": "]"}


def answer(action: str, base: str, result: JsonValue) -> JsonObject:
    """Wrap what an action answers."""
    return {"help": _help(action, base), "success": True, "result": result}


def refusal(action: str, base: str, kind: str, message: str) -> JsonObject:
    """Wrap why an action does not answer; kind as CKAN says: Not Found Error, Validation Error."""
    return {
        "help": _help(action, base),
        "success": False,
        "error": {"__type": kind, "message": message},
    }


def package(one: Listed) -> JsonObject:
    """Write a dataset as a package."""
    entry = one.entry
    package_id = identifier("package", entry.key)
    resources: list[JsonValue] = [
        _resource(one, form, package_id, position)
        for position, form in enumerate(one.distributions)
    ]
    tags: list[JsonValue] = [_tag(word) for word in entry.keywords]
    groups: list[JsonValue] = [
        group(one_field.name.lower(), one_field.value) for one_field in entry.fields
    ]
    return {
        "id": package_id,
        "name": entry.key,
        "title": entry.title.ja,
        "title_translated": dict(entry.title.every()),
        "notes": entry.description.ja,
        "notes_translated": dict(entry.description.every()),
        "author": one.publisher.name.ja,
        "author_email": entry.contact.email,
        "maintainer": entry.contact.name,
        "maintainer_email": entry.contact.email,
        "url": one.page,
        "version": str(entry.version),
        "type": "dataset",
        "state": "active",
        "private": False,
        **_licence(entry.licence),
        "metadata_created": _naive(one.created_at.isoformat()),
        "metadata_modified": _naive(one.modified_at.isoformat()),
        "owner_org": identifier("organization", one.publisher.key),
        "organization": organization(one.publisher),
        "groups": groups,
        "tags": tags,
        "resources": resources,
        "num_resources": len(resources),
        "num_tags": len(tags),
        "extras": _extras(one),
    }


def organization(publisher: Publisher) -> JsonObject:
    """Write who publishes as an organization."""
    return {
        "id": identifier("organization", publisher.key),
        "name": publisher.key,
        "title": publisher.name.ja,
        "description": publisher.name.en,
        "type": "organization",
        "is_organization": True,
        "approval_status": "approved",
        "state": "active",
        "image_url": "",
    }


def group(name: str, title: str) -> JsonObject:
    """Write a field (分野) as a group."""
    return {
        "id": identifier("group", name),
        "name": name,
        "title": title,
        "display_name": title,
        "description": "",
        "image_display_url": "",
    }


def licences() -> list[JsonValue]:
    """List the licences that are known."""
    return [
        {
            "id": one.key,
            "title": one.title.ja,
            "url": one.url,
            "status": "active",
            "od_conformance": "approved",
        }
        for one in LICENCES.values()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageQuery:
    """What package_search asks for.

    Args:
        text: words; each has to be found.
        filters: by field, the value that is asked for.
        format: of a resource, one of FORMATS.
        organizations: any of these; empty: of any.
        changed_since: packages that changed then or later; harvesters ask so.
        facets: the fields to count by.
    """

    text: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None
    organizations: tuple[str, ...] = ()
    changed_since: datetime | None = None
    rows: int = 10
    start: int = 0
    facets: tuple[str, ...] = ()


def package_query(parameters: Mapping[str, str]) -> PackageQuery:
    """Read what package_search asks for; of Solr's language the part that portals use.

    Raises:
        InvalidEntry: a number or filter cannot be read.
    """
    text = parameters.get("q", "").strip()
    filters = _filters(parameters.get("fq", ""))
    changed = filters.pop(_CHANGED, None)
    organizations = _alternatives(filters.pop("organization", ""))
    return PackageQuery(
        text="" if text in {"*", "*:*"} else text,
        filters=filters,
        format=_known_format(filters.pop("res_format", None)),
        organizations=organizations,
        changed_since=None if changed is None else _since(changed),
        rows=min(_number(parameters, "rows", 10), MOST_ROWS),
        start=_number(parameters, "start", 0),
        facets=_facets(parameters.get("facet.field", "")),
    )


def identifier(kind: str, key: str) -> str:
    """Answer with the UUID that stands for a key; always the same one."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}:{key}"))


def _filters(text: str) -> dict[str, str]:
    """Read `field:value field:"value with spaces" field:(a OR b) field:[a TO *]`.

    There may be a + before each. Whatever was not understood would give more than was asked for.
    """
    found: dict[str, str] = {}
    rest = text.strip()
    while rest:
        name, colon, rest = rest.removeprefix("+").partition(":")
        if not colon or name.strip() not in _FILTERS:
            known = ", ".join(sorted(_FILTERS))
            raise _wrong("fq", f"pairs of field:value, fields of {known}")
        if rest[:1] in _CLOSING:
            value, quote, rest = rest[1:].partition(_CLOSING[rest[0]])
            if not quote:
                raise _wrong("fq", 'what closes behind each ", ( and [')
        else:
            value, _, rest = rest.partition(" ")
        found[name.strip()] = value
        rest = rest.strip().removeprefix("AND ").strip()
    return found


def _known_format(text: str | None) -> str | None:
    if text is None:
        return None
    for known in FORMATS:
        if text.casefold() == known.casefold():
            return known
    raise _wrong("fq", "a res_format of " + ", ".join(FORMATS))


def _alternatives(text: str) -> tuple[str, ...]:
    """Read `a` or, of what stood in parentheses, `a OR b`.

    >>> _alternatives("ebetsu OR sapporo")
    ('ebetsu', 'sapporo')
    """
    return tuple(name.strip(' "') for name in text.split(" OR ") if name.strip(' "'))


def _since(text: str) -> datetime:
    """Read the beginning of a range `2026-04-01T00:00:00Z TO *`."""
    begins, between, ends = text.partition(" TO ")
    try:
        at = datetime.fromisoformat(begins.strip())
    except ValueError:
        at = None
    if at is None or not between or ends.strip() != "*":
        raise _wrong("fq", f"{_CHANGED}:[2026-04-01T00:00:00Z TO *]")
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _facets(text: str) -> tuple[str, ...]:
    names = [name.strip(" \"'") for name in text.strip("[] ").split(",")]
    return tuple(name for name in names if name in _FILTERS)


def _number(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, "")
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 10:  # what an int4 holds
        return int(text)
    raise _wrong(name, "a whole number from 0")


def _wrong(where: str, wanted: str) -> InvalidEntry:
    return InvalidEntry(
        f"Parameter {where} cannot be read; right is {wanted}",
        detail_ja=f"パラメーター {where} を読み取れません。",
        where=where,
    )


def _resource(one: Listed, form: Distribution, package_id: str, position: int) -> JsonObject:
    return {
        "id": identifier("resource", f"{one.entry.key}/{form.key}"),
        "package_id": package_id,
        "name": form.title.ja,
        "description": form.title.en,
        "url": form.url,
        "url_type": None,
        "format": form.format,
        "mimetype": form.media_type,
        "state": "active",
        "created": _naive(one.created_at.isoformat()),
        "last_modified": _naive(one.modified_at.isoformat()),
        "position": position,
    }


def _licence(licence: str | None) -> JsonObject:
    if licence is None:
        return {"license_id": "notspecified", "license_title": None, "isopen": False}
    known = LICENCES.get(licence)
    title = Words(licence) if known is None else known.title
    return {
        "license_id": licence if known is None else known.key,
        "license_title": title.ja,
        "license_url": licence if known is None else known.url,
        "isopen": known is not None,
    }


def _tag(word: str) -> JsonObject:
    return {
        "id": identifier("tag", word),
        "name": word,
        "display_name": word,
        "state": "active",
        "vocabulary_id": None,
    }


def _extras(one: Listed) -> list[JsonValue]:
    entry, facts = one.entry, one.facts
    told: dict[str, str] = {"identifier": entry.key, "legal_class": entry.legal_class.value}
    if entry.tenant is not None:
        told["tenant"] = entry.tenant
    if facts is not None:
        told["entities"] = str(facts.entities)
        if facts.extent is not None:
            west, south, east, north = facts.extent
            told["spatial"] = (
                '{"type":"Polygon","coordinates":[['
                f"[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],"
                f"[{west},{south}]]]}}"
            )
    return [{"key": key, "value": value} for key, value in told.items()]


def _naive(instant: str) -> str:
    """CKAN's instants are UTC and do not say so."""
    return instant.replace("+00:00", "")


def _help(action: str, base: str) -> str:
    return f"{base}/api/3/action/help_show?name={action}"


def names(listed: Iterable[Listed]) -> list[JsonValue]:
    """List the names of packages."""
    return [one.entry.key for one in listed]
