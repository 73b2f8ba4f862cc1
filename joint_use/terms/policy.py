"""A tenant's policy: who may read what, and what is required of people and services.

Written as JSON:

    {"readers": "services",
     "types": {"https://schema.org/Event": "anyone"},
     "personal": {"https://example.jp/Resident": {
         "owner": "https://example.jp/residentId", "purpose": "Facility booking",
         "requires": {"class": "existence", "max_age_s": 300}}},
     "services": {"client-id": "criminal_proceeds",
                  "another": {"proofing": 2, "authentication": 3, "proofs": ["kyc"]}}}

A requirement is a class of the guidebook's, with what is to differ from it; or levels and proofs
without a class.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum

from joint_use.terms.errors import InvalidTerm
from joint_use.terms.levels import Levels, Requirement
from joint_use.terms.service_class import REQUIRED, ServiceClass
from kit.json import JsonObject, JsonValue

MOST_RULES = 1_000
_LEVELS = (1, 2, 3)
_PROOFS = frozenset({"kyc", "jpki_signature"})


class Readers(Enum):
    """Who may read entities that are no personal data."""

    ANYONE = "anyone"
    SERVICES = "services"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalType:
    """A type whose entities are personal data.

    Args:
        owner: the attribute that says whom an entity is about; only she reads it.
        purpose: what for; her consent has to name the same.
        requirement: how she has to have signed in.
    """

    owner: str
    purpose: str
    requirement: Requirement = field(default_factory=Requirement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of a tenant's policy.

    Args:
        version: grows with each change; 0: none was ever set.
        readers: who reads entities of types that no rule names.
        types: who reads those of other types, by their IRIs.
        personal: the types that are personal data.
        services: what services require of the people who use them, by client.
    """

    version: int = 0
    readers: Readers = Readers.SERVICES
    types: Mapping[str, Readers] = field(default_factory=dict)
    personal: Mapping[str, PersonalType] = field(default_factory=dict)
    services: Mapping[str, Requirement] = field(default_factory=dict)

    @property
    def named(self) -> frozenset[str]:
        """The types that have a rule."""
        return frozenset(self.types) | frozenset(self.personal)

    def is_open(self, type_: str) -> bool:
        """Tell whether anyone reads entities of a type.

        >>> Policy(readers=Readers.ANYONE).is_open("https://schema.org/Event")
        True
        """
        return type_ not in self.personal and self.types.get(type_, self.readers) is Readers.ANYONE

    @property
    def opens_something(self) -> bool:
        """Whether there is anything that anyone may read."""
        return Readers.ANYONE in (self.readers, *self.types.values())


def read_policy(document: JsonObject, version: int = 0) -> Policy:
    """Read a policy.

    Raises:
        InvalidTerm: a member is unknown or not what it has to be.
    """
    _only(document, {"readers", "types", "personal", "services"}, "policy")
    types = _mapping(document, "types")
    personal = _mapping(document, "personal")
    services = _mapping(document, "services")
    if both := sorted(types.keys() & personal.keys()):
        raise _wrong(f"Type {both[0]} is personal and has readers; right would be one", "types")
    for iri in (*types, *personal):
        _iri(iri, "types")
    return Policy(
        version=version,
        readers=_readers(document.get("readers", Readers.SERVICES.value), "readers"),
        types={name: _readers(value, f"types/{name}") for name, value in types.items()},
        personal={name: _personal(value, f"personal/{name}") for name, value in personal.items()},
        services={
            name: _requirement(value, f"services/{name}") for name, value in services.items()
        },
    )


def policy_document(policy: Policy) -> JsonObject:
    """Write a policy as it is read.

    >>> read_policy(policy_document(Policy(readers=Readers.ANYONE))).readers
    <Readers.ANYONE: 'anyone'>
    """
    return {
        "readers": policy.readers.value,
        "types": {name: readers.value for name, readers in policy.types.items()},
        "personal": {
            name: {
                "owner": rule.owner,
                "purpose": rule.purpose,
                "requires": _written(rule.requirement),
            }
            for name, rule in policy.personal.items()
        },
        "services": {name: _written(required) for name, required in policy.services.items()},
    }


def _personal(value: JsonValue, where: str) -> PersonalType:
    rule = _object(value, where)
    _only(rule, {"owner", "purpose", "requires"}, where)
    purpose = rule.get("purpose")
    if not isinstance(purpose, str) or not purpose:
        raise _wrong("A personal type has a purpose", where)
    return PersonalType(
        owner=_iri(rule.get("owner"), f"{where}/owner"),
        purpose=purpose,
        requirement=_requirement(rule.get("requires", {}), f"{where}/requires"),
    )


def _requirement(value: JsonValue, where: str) -> Requirement:
    given: JsonObject = {"class": value} if isinstance(value, str) else _object(value, where)
    _only(given, {"class", "proofing", "authentication", "proofs", "max_age_s"}, where)
    named = _class(given["class"], where) if "class" in given else Requirement()
    max_age_s, proofs = given.get("max_age_s"), given.get("proofs", [*named.proofs])
    if max_age_s is not None and (type(max_age_s) is not int or max_age_s < 0):
        raise _wrong("max_age_s is not a number of seconds", where)
    if not isinstance(proofs, list) or not all(one in _PROOFS for one in map(str, proofs)):
        raise _wrong(f"proofs are not among {', '.join(sorted(_PROOFS))}", where)
    return Requirement(
        levels=Levels(
            _level(given, "proofing", named.levels.proofing, where),
            _level(given, "authentication", named.levels.authentication, where),
        ),
        proofs=frozenset(map(str, proofs)),
        max_age=None if max_age_s is None else timedelta(seconds=max_age_s),
        service_class=named.service_class,
    )


def _class(value: JsonValue, where: str) -> Requirement:
    """Look up what a class requires."""
    try:
        service_class = ServiceClass(value)
    except ValueError:
        known = ", ".join(one.value for one in ServiceClass)
        raise _wrong(f"Class is {value!r}; right are {known}", f"{where}/class") from None
    return replace(REQUIRED[service_class], service_class=service_class.value)


def _level(given: JsonObject, name: str, default: int, where: str) -> int:
    level = given.get(name, default)
    if type(level) is not int or level not in _LEVELS:
        raise _wrong(f"{name} is {level!r}; right are 1, 2 and 3", where)
    return level


def _readers(value: JsonValue, where: str) -> Readers:
    try:
        return Readers(value)
    except ValueError:
        raise _wrong(f"Readers are {value!r}; right are anyone and services", where) from None


def _iri(value: JsonValue, where: str) -> str:
    if not isinstance(value, str) or ":" not in value or " " in value:
        raise _wrong(f"{value!r} is not an IRI", where)
    return value


def _mapping(document: JsonObject, name: str) -> JsonObject:
    found = _object(document.get(name, {}), name)
    if len(found) > MOST_RULES:
        raise _wrong(f"There are {len(found)} rules; right are {MOST_RULES} at most", name)
    return found


def _object(value: JsonValue, where: str) -> JsonObject:
    if not isinstance(value, dict):
        raise _wrong(f"{where} is not an object", where)
    return value


def _only(document: JsonObject, known: set[str], where: str) -> None:
    if unknown := sorted(document.keys() - known):
        raise _wrong(f"Member {unknown[0]!r} is unknown", f"{where}/{unknown[0]}")


def _written(requirement: Requirement) -> JsonObject:
    """Write a requirement; of a class what differs from it, so that it follows the class."""
    named = REQUIRED[ServiceClass(requirement.service_class or ServiceClass.AUTHENTICATED.value)]
    levels, usual, max_age = requirement.levels, named.levels, requirement.max_age
    told: dict[str, tuple[JsonValue, JsonValue]] = {
        "proofing": (levels.proofing, usual.proofing),
        "authentication": (levels.authentication, usual.authentication),
        "proofs": ([*sorted(requirement.proofs)], [*sorted(named.proofs)]),
    }
    is_named = bool(requirement.service_class)
    written = {
        name: value for name, (value, default) in told.items() if not is_named or value != default
    }
    if is_named:
        written["class"] = requirement.service_class
    if max_age is not None:
        written["max_age_s"] = int(max_age.total_seconds())
    return written


def _wrong(detail: str, where: str) -> InvalidTerm:
    return InvalidTerm(detail, detail_ja=f"ポリシーの {where} が正しくありません。", where=where)
