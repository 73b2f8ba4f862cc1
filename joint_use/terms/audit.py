"""Audit: what is written down of sign-ins, decisions and changes, and how records hang together.

A record is a text, and its digest is made of the digest before it and of that text: of a chain
whose last digest is known, no record can be changed, taken out or put in unnoticed. People stand in
records as keyed hashes; contents of entities, tokens and secrets do not stand in them at all.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from uuid import UUID

from joint_use.terms.access import OPERATOR, Principal
from kit.json import JsonObject

_HASH_BYTES = 16
_LONGEST = 500  # characters of one text: a sentence, not a payload


class AuditKind(Enum):
    """What a record is about."""

    PROCESS_STARTED = "process_started"
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    STEP_UP = "step_up"
    CONSENT = "consent"
    ACCOUNT_CHANGE = "account_change"
    CLIENT_CHANGE = "client_change"
    POLICY_CHANGE = "policy_change"
    FEDERATION_CHANGE = "federation_change"
    OPERATOR_ACTION = "operator_action"
    TOKEN_EXCHANGE = "token_exchange"  # noqa: S105 — the name of a grant
    PERSONAL_DATA = "personal_data"


class AuditOutcome(Enum):
    """What came of it."""

    DONE = "done"
    FAILED = "failed"
    ALLOWED = "allowed"
    DENIED = "denied"
    STEP_UP = "step_up"


class PartyKind(Enum):
    """What somebody or something is that a record names."""

    PERSON = "person"
    CLIENT = "client"
    OPERATOR = "operator"
    PLATFORM = "platform"
    PEER = "peer"
    THING = "thing"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who did it, or whom or what it is about.

    Args:
        kind: a person's name is written as a keyed hash; a thing is a policy, a type, an address.
        name: as it is known here; of a person the subject or the account.
    """

    kind: PartyKind
    name: str

    @classmethod
    def person(cls, name: str) -> "Party":
        """Name a person, by subject or account."""
        return cls(kind=PartyKind.PERSON, name=name)

    @classmethod
    def client(cls, name: str) -> "Party":
        """Name a client."""
        return cls(kind=PartyKind.CLIENT, name=name)

    @classmethod
    def peer(cls, name: str) -> "Party":
        """Name another platform or provider, by its address."""
        return cls(kind=PartyKind.PEER, name=name)

    @classmethod
    def thing(cls, name: str) -> "Party":
        """Name what is no person."""
        return cls(kind=PartyKind.THING, name=name)


THE_OPERATOR = Party(kind=PartyKind.OPERATOR, name="operator")
THE_PLATFORM = Party(kind=PartyKind.PLATFORM, name="platform")
NOBODY_KNOWN = Party(kind=PartyKind.ANYONE, name="anyone")


def party_of(principal: Principal) -> Party:
    """Name a caller: a person who has signed in, else the service, else the operator.

    >>> party_of(Principal(subject="hanako", service="map")).name
    'map'
    """
    if principal.signed_in_at is not None:
        return Party.person(principal.subject)
    if principal.service is not None:
        return Party.client(principal.service)
    return THE_OPERATOR if principal == OPERATOR else NOBODY_KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One thing to be recorded.

    Args:
        by: who did it or tried to.
        about: whom or what it concerns.
        tenant: where; None: it is of the whole platform.
        what: what was done, in a few words: "read", "passkey added".
        reason: why it ended so, in a sentence that names nobody.
        facts: what it rests on: levels, versions of policies and maps, the client; never contents.
        trace: the request's; None: that of the running request.
    """

    kind: AuditKind
    outcome: AuditOutcome
    by: Party
    about: Party | None = None
    tenant: str | None = None
    what: str = ""
    reason: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    trace: str | None = None


class PersonHashes:
    """Writes people as keyed hashes: the same person is found again, and is not read from them.

    Args:
        key: outside the database.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, name: str) -> str:
        """Answer with a person's hash.

        >>> PersonHashes(b"a key").of("hanako")[:8]
        '29e66a84'
        """
        return hmac.digest(self._key, name.encode(), hashlib.sha256)[:_HASH_BYTES].hex()


def record_content(event: AuditEvent, at: datetime, hashes: PersonHashes) -> str:
    """Write an event down, in one form: JSON with its members in order, without spaces."""
    told: dict[str, object] = {
        "at": instant_text(at),
        "kind": event.kind.value,
        "outcome": event.outcome.value,
        "by": _party(event.by, hashes),
        "about": None if event.about is None else _party(event.about, hashes),
        "tenant": event.tenant,
        "what": event.what[:_LONGEST],
        "reason": event.reason[:_LONGEST],
        "facts": {name: value[:_LONGEST] for name, value in event.facts.items()},
        "trace": event.trace,
    }
    kept = {name: value for name, value in told.items() if value not in (None, "", {})}
    return canonical(kept)


def instant_text(at: datetime) -> str:
    """Write an instant so that texts sort as instants do.

    >>> instant_text(datetime(2026, 4, 1, tzinfo=UTC))
    '2026-04-01T00:00:00.000000Z'
    """
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def canonical(content: Mapping[str, object]) -> str:
    """Write JSON in the form that digests are made of.

    >>> canonical({"b": 1, "a": "札幌"})
    '{"a":"札幌","b":1}'
    """
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    text = text.replace("\\u0000", "\\ufffd")  # PostgreSQL reads no such character in JSON
    return text.encode(errors="replace").decode()


def origin(chain: UUID) -> bytes:
    """Answer with the digest that a chain begins with."""
    return hashlib.sha256(b"renkei audit chain " + chain.bytes).digest()


def linked(before: bytes, content: str) -> bytes:
    """Answer with a record's digest: of the one before and of its content.

    >>> linked(b"", "a") == linked(b"", "b")
    False
    """
    return hashlib.sha256(before + content.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a chain ends: how many records it has, and the last digest."""

    chain: UUID
    number: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """A record as it is stored."""

    chain: UUID
    number: int
    content: str
    digest: bytes

    @property
    def told(self) -> JsonObject:
        """What it says.

        Raises:
            ValueError: it is no JSON any more.
        """
        told: JsonObject = json.loads(self.content)
        return told


def _party(party: Party, hashes: PersonHashes) -> JsonObject:
    is_person = party.kind is PartyKind.PERSON
    name = hashes.of(party.name) if is_person else party.name[:_LONGEST]
    return {"kind": party.kind.value, "name": name}
