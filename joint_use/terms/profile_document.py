"""A profile as a JSON document: its members, its JSON Schema, and back."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from joint_use.terms.errors import InvalidTerm
from joint_use.terms.profile import (
    ATTRIBUTES,
    Counts,
    Keeping,
    Linked,
    Number,
    PlatformScheme,
    Profile,
    Reach,
    ResidentTerms,
    ServiceScheme,
    attribute,
)
from kit.json import JsonObject, JsonValue

LONGEST_NAME = 200
_LEVELS = (1, 2, 3)
_TERMS = {
    "responsibilityByPart": "部品毎の責任範囲を記載",
    "platformResponsibilityApart": "基盤の責任範囲を区別して記載",
    "certificationAndAudit": "認定と監査に関する記載あり",
}
_COUNTS = {"authentication": "認証", "nonPersonal": "非パーソナル", "personal": "パーソナル"}
LABELS = {**_TERMS, **_COUNTS}
"""What the members inside an attribute are called."""
_CHOICES: dict[str, type[Enum]] = {
    "serviceScheme": ServiceScheme,
    "reach": Reach,
    "platformScheme": PlatformScheme,
    "authenticationLink": Linked,
    "dataLink": Linked,
    "nonPersonalBroker": Keeping,
    "personalBroker": Keeping,
}
_OPTIONAL = frozenset({"counts"})
_MEMBERS = ("name", "operator", *(one.member for one in ATTRIBUTES))
_Choice = TypeVar("_Choice", bound=Enum)


def document_of(profile: Profile) -> JsonObject:
    """Write a profile as a document."""
    terms, counts = profile.resident_terms, profile.counts
    document: JsonObject = {
        "name": profile.name,
        "operator": profile.operator,
        "serviceScheme": profile.service_scheme.value,
        "reach": profile.reach.value,
        "platformScheme": profile.platform_scheme.value,
        "residentTerms": None if terms is None else dict(zip(_TERMS, _said(terms), strict=True)),
        "proofingLevel": profile.proofing,
        "authenticationLevel": profile.authentication,
        "authenticationLink": profile.authentication_link.value,
        "dataLink": profile.data_link.value,
        "nonPersonalBroker": profile.non_personal.value,
        "personalBroker": profile.personal.value,
    }
    if counts is not None:
        numbers = (counts.authentication, counts.non_personal, counts.personal)
        document["counts"] = {
            member: number.value for member, number in zip(_COUNTS, numbers, strict=True)
        }
    return document


def profile_of(document: JsonValue) -> Profile:
    """Read a profile; `schema` describes what is right.

    Raises:
        InvalidTerm: a member is missing, unknown or none of its values.
    """
    given = _object(document, "profile", _MEMBERS, optional=_OPTIONAL)
    counts = given.get("counts")
    return Profile(
        name=_name(given, "name"),
        operator=_name(given, "operator"),
        service_scheme=_choice(given, "serviceScheme", ServiceScheme),
        reach=_choice(given, "reach", Reach),
        platform_scheme=_choice(given, "platformScheme", PlatformScheme),
        resident_terms=_resident_terms(given["residentTerms"]),
        proofing=_level(given, "proofingLevel"),
        authentication=_level(given, "authenticationLevel"),
        authentication_link=_choice(given, "authenticationLink", Linked),
        data_link=_choice(given, "dataLink", Linked),
        non_personal=_choice(given, "nonPersonalBroker", Keeping),
        personal=_choice(given, "personalBroker", Keeping),
        counts=None if counts is None else _counts(counts),
    )


def schema(address: str) -> JsonObject:
    """Describe the document in JSON Schema 2020-12.

    Args:
        address: where the schema is published.
    """
    members: JsonObject = {member: _described(member) for member in _MEMBERS}
    required: list[JsonValue] = [one for one in _MEMBERS if one not in _OPTIONAL]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": "データ連携基盤の属性 / Attributes of a data-linkage platform",
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": members,
    }


def _described(member: str) -> JsonObject:
    if member in {"name", "operator"}:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
    named = attribute(member)
    title: JsonObject = {"title": f"{named.ja} / {named.en}"}
    if member in _CHOICES:
        return {**title, "enum": [one.value for one in _CHOICES[member]]}
    if member == "residentTerms":
        flags: JsonObject = {
            name: {"type": "boolean", "title": words} for name, words in _TERMS.items()
        }
        return {**title, "type": ["object", "null"], **_closed(flags)}
    if member == "counts":
        numbers: JsonObject = {
            name: {"enum": [one.value for one in Number], "title": words}
            for name, words in _COUNTS.items()
        }
        return {**title, "type": "object", **_closed(numbers)}
    return {**title, "enum": list(_LEVELS)}


def _closed(members: JsonObject) -> JsonObject:
    return {"required": list(members), "additionalProperties": False, "properties": members}


def _said(terms: ResidentTerms) -> tuple[bool, bool, bool]:
    return terms.by_part, terms.platform_apart, terms.certification


def _object(
    value: JsonValue,
    where: str,
    members: tuple[str, ...],
    *,
    optional: frozenset[str] = frozenset(),
) -> Mapping[str, JsonValue]:
    if not isinstance(value, dict):
        raise _wrong(where, "is not an object; right are the members " + ", ".join(members))
    unknown = sorted(set(value) - set(members))
    missing = [one for one in members if one not in value and one not in optional]
    if unknown:
        raise _wrong(unknown[0], "is no member of a profile; right are " + ", ".join(members))
    if missing:
        raise _wrong(missing[0], "is missing")
    return value


def _name(given: Mapping[str, JsonValue], member: str) -> str:
    value = given[member]
    if isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_NAME and value.isprintable():
        return value.strip()
    raise _wrong(member, f"is no text of one line and 1 to {LONGEST_NAME} characters")


def _choice(given: Mapping[str, JsonValue], member: str, kind: type[_Choice]) -> _Choice:
    value = given[member]
    for one in kind:
        if one.value == value:
            return one
    raise _wrong(member, "is none of " + ", ".join(str(one.value) for one in kind))


def _level(given: Mapping[str, JsonValue], member: str) -> int:
    value = given[member]
    if isinstance(value, int) and not isinstance(value, bool) and value in _LEVELS:
        return value
    raise _wrong(member, "is none of 1, 2, 3")


def _resident_terms(value: JsonValue) -> ResidentTerms | None:
    if value is None:
        return None
    given = _object(value, "residentTerms", tuple(_TERMS))
    said = [given[member] for member in _TERMS]
    if not all(isinstance(one, bool) for one in said):
        raise _wrong("residentTerms", "holds something other than true and false")
    by_part, platform_apart, certification = (one is True for one in said)
    return ResidentTerms(
        by_part=by_part, platform_apart=platform_apart, certification=certification
    )


def _counts(value: JsonValue) -> Counts:
    given = _object(value, "counts", tuple(_COUNTS))
    return Counts(
        authentication=_choice(given, "authentication", Number),
        non_personal=_choice(given, "nonPersonal", Number),
        personal=_choice(given, "personal", Number),
    )


def _wrong(member: str, what: str) -> InvalidTerm:
    known = {one.member: one.ja for one in ATTRIBUTES}
    return InvalidTerm(
        f"Member {member} {what}",
        detail_ja=f"項目「{known.get(member, member)}」の値が正しくありません。",
        where=member,
    )
