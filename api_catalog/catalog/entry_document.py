"""Entries as JSON documents, in and out."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from typing import TypeVar

from api_catalog.catalog.entry import Access, Endpoint, Entry, State
from api_catalog.catalog.errors import InvalidEntry
from api_catalog.catalog.words import Field, Kind, LegalClass, Lifecycle, Visibility, Words
from joint_use import Contact, Levels
from kit.json import JsonObject, JsonValue

_Choice = TypeVar("_Choice", bound=Enum)
_Made = TypeVar("_Made")
_MEMBERS = frozenset(
    {
        "key", "kind", "owner", "title", "description", "tenant", "fields", "keywords",
        "access", "legalClass", "licence", "terms", "contact", "endpoints", "models", "types",
        "visibility", "recommended", "state", "version", "modifiedAt",
    }
)  # fmt: skip
_SHOWN = frozenset(
    {"publisher", "page", "createdAt", "distributions", "services", "facts", "isMadeHere"}
)


def document_of(entry: Entry) -> JsonObject:
    """Write an entry as a document; what is absent is null or empty."""
    access, state = entry.access, entry.state
    return {
        "key": entry.key,
        "kind": entry.kind.value,
        "owner": entry.owner,
        "tenant": entry.tenant,
        "title": _words(entry.title),
        "description": _words(entry.description),
        "fields": [one.value for one in entry.fields],
        "keywords": list(entry.keywords),
        "access": {
            "proofing": access.levels.proofing,
            "authentication": access.levels.authentication,
            "consent": None if access.consent is None else _words(access.consent),
        },
        "legalClass": entry.legal_class.value,
        "licence": entry.licence,
        "terms": entry.terms,
        "contact": {
            "name": entry.contact.name,
            "email": entry.contact.email,
            "phone": entry.contact.phone,
        },
        "endpoints": [
            {
                "url": one.url,
                "description": one.description,
                "events": one.events,
                "conformsTo": list(one.conforms_to),
            }
            for one in entry.endpoints
        ],
        "models": list(entry.models),
        "types": list(entry.types),
        "visibility": entry.visibility.value,
        "recommended": entry.recommended,
        "state": {
            "lifecycle": state.lifecycle.value,
            "endsOn": None if state.ends_on is None else state.ends_on.isoformat(),
            "successor": state.successor,
        },
        "version": entry.version,
        "modifiedAt": None if entry.modified_at is None else entry.modified_at.isoformat(),
    }


def entry_of(document: JsonValue) -> Entry:
    """Read an entry; what the catalog gives it (version, times, facts) is passed over.

    Raises:
        InvalidEntry: a member is missing, unknown or of the wrong kind.
    """
    given = _object(document, "entry")
    unknown = sorted(set(given) - _MEMBERS - _SHOWN)
    if unknown:
        raise _wrong(unknown[0], "no member of an entry")
    consent = _object(given.get("access") or {}, "access").get("consent")
    return Entry(
        key=_text(given, "key"),
        kind=_choice(given, "kind", Kind),
        owner=_text(given, "owner"),
        tenant=_optional(given, "tenant"),
        title=_words_of(given.get("title"), "title"),
        description=_words_of(given.get("description") or {"ja": ""}, "description"),
        fields=_many(given, "fields", lambda one: _chosen(one, "fields", Field)),
        keywords=_many(given, "keywords", lambda one: _is_text(one, "keywords")),
        access=Access(
            levels=_levels(_object(given.get("access") or {}, "access")),
            consent=None if consent is None else _words_of(consent, "access.consent"),
        ),
        legal_class=_choice(given, "legalClass", LegalClass, LegalClass.NON_PERSONAL),
        licence=_optional(given, "licence"),
        terms=_optional(given, "terms"),
        contact=_contact(_object(given.get("contact") or {}, "contact")),
        endpoints=_many(given, "endpoints", _endpoint),
        models=_many(given, "models", lambda one: _is_text(one, "models")),
        types=_many(given, "types", lambda one: _is_text(one, "types")),
        visibility=_choice(given, "visibility", Visibility, Visibility.PUBLIC),
        recommended=given.get("recommended") is True,
        state=state_of(given.get("state") or {"lifecycle": "draft"}),
    )


def state_of(document: JsonValue) -> State:
    """Read how far an entry's life is.

    Raises:
        InvalidEntry: it cannot be read.
    """
    given = _object(document, "state")
    ends_on = _optional(given, "endsOn")
    try:
        day = None if ends_on is None else date.fromisoformat(ends_on)
    except ValueError as error:
        raise _wrong("endsOn", "no day as YYYY-MM-DD") from error
    return State(
        lifecycle=_choice(given, "lifecycle", Lifecycle),
        ends_on=day,
        successor=_optional(given, "successor"),
    )


def _words(words: Words) -> JsonObject:
    return {"ja": words.ja, "en": words.en}


def _words_of(value: JsonValue, where: str) -> Words:
    given = _object(value, where)
    if set(given) - {"ja", "en"}:
        raise _wrong(where, "no object of ja and en")
    return Words(_is_text(given.get("ja", ""), where), _is_text(given.get("en", ""), where))


def _levels(given: Mapping[str, JsonValue]) -> Levels:
    levels: list[int] = []
    for name in ("proofing", "authentication"):
        level = given.get(name, 1)
        if not isinstance(level, int) or isinstance(level, bool) or not 1 <= level <= 3:
            raise _wrong(f"access.{name}", "none of 1, 2, 3")
        levels.append(level)
    return Levels(*levels)


def _contact(given: Mapping[str, JsonValue]) -> Contact:
    name, email, phone = (
        _is_text(given.get(one, ""), f"contact.{one}") for one in ("name", "email", "phone")
    )
    return Contact(name=name, email=email, phone=phone)


def _endpoint(value: JsonValue) -> Endpoint:
    given = _object(value, "endpoints")
    return Endpoint(
        url=_text(given, "url"),
        description=_optional(given, "description"),
        events=_optional(given, "events"),
        conforms_to=_many(given, "conformsTo", lambda one: _is_text(one, "conformsTo")),
    )


def _many(
    given: Mapping[str, JsonValue], name: str, make: Callable[[JsonValue], _Made]
) -> tuple[_Made, ...]:
    value = given.get(name) or []
    if not isinstance(value, list):
        raise _wrong(name, "no list")
    return tuple(make(one) for one in value)


def _object(value: JsonValue, where: str) -> Mapping[str, JsonValue]:
    if isinstance(value, dict):
        return value
    raise _wrong(where, "no object")


def _text(given: Mapping[str, JsonValue], name: str) -> str:
    if name not in given:
        raise _wrong(name, "missing")
    return _is_text(given[name], name)


def _is_text(value: JsonValue, where: str) -> str:
    if isinstance(value, str):
        return value.strip()
    raise _wrong(where, "no text")


def _optional(given: Mapping[str, JsonValue], name: str) -> str | None:
    value = given.get(name)
    return None if value is None else _is_text(value, name)


def _choice(
    given: Mapping[str, JsonValue],
    name: str,
    kind: type[_Choice],
    otherwise: _Choice | None = None,
) -> _Choice:
    value = given.get(name)
    if value is None and otherwise is not None:
        return otherwise
    return _chosen(value, name, kind)


def _chosen(value: JsonValue, where: str, kind: type[_Choice]) -> _Choice:
    for one in kind:
        if one.value == value:
            return one
    raise _wrong(where, "none of " + ", ".join(str(one.value) for one in kind))


def _wrong(where: str, what: str) -> InvalidEntry:
    return InvalidEntry(
        f"Member {where} is {what}",
        detail_ja=f"項目 {where} の値が正しくありません。",
        where=where,
    )
