"""Entry: one service, API or dataset of an organisation; what must hold, and who sees it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from api_catalog.catalog.errors import InvalidEntry, WrongStep
from api_catalog.catalog.words import (
    LICENCES,
    Field,
    Kind,
    LegalClass,
    Lifecycle,
    Visibility,
    Words,
    is_personal,
)
from joint_use import Contact, Levels

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}", re.ASCII)
_URL = re.compile(r"https?://[^\s<>\"{}|\\^`]{1,2000}", re.ASCII)
_LONGEST_TITLE = 200
_LONGEST_TEXT = 10_000
MOST = 50
"""Of whatever an entry lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a caller of the API needs.

    Args:
        levels: 身元確認 and 当人認証.
        consent: the purpose that a resident has to agree to; None: no consent is asked for.
    """

    levels: Levels = field(default_factory=Levels)
    consent: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where an API or a service is reached.

    Args:
        description: the address of its OpenAPI document, where it has one.
        events: the address of its AsyncAPI document, where it notifies.
        conforms_to: what it speaks: the address of a standard or schema.
    """

    url: str
    description: str | None = None
    events: str | None = None
    conforms_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far an entry's life is.

    Args:
        ends_on: the day after which a deprecated one no longer answers.
        successor: the key of the entry to use instead.
    """

    lifecycle: Lifecycle = Lifecycle.DRAFT
    ends_on: date | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One service, API or dataset.

    Args:
        key: canonical within the platform: [a-z0-9][a-z0-9_-]{0,99}.
        owner: the organisation that answers for it, by its name.
        tenant: whose data it gives, where they are on this platform.
        models: names of standard data models.
        types: entity types as IRIs, where it gives entities.
        licence: the key of a known licence, or the address of other terms.
        terms: the address of the terms of use.
        recommended: 推奨: the hub recommends it.
        version: 1, 2, 3 …: of what is written here.
    """

    key: str
    kind: Kind
    owner: str
    title: Words
    description: Words
    tenant: str | None = None
    fields: tuple[Field, ...] = ()
    keywords: tuple[str, ...] = ()
    access: Access = field(default_factory=Access)
    legal_class: LegalClass = LegalClass.NON_PERSONAL
    licence: str | None = None
    terms: str | None = None
    contact: Contact = field(default_factory=Contact)
    endpoints: tuple[Endpoint, ...] = ()
    models: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    visibility: Visibility = Visibility.PUBLIC
    recommended: bool = False
    state: State = field(default_factory=State)
    version: int = 1
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who looks at the catalog.

    Args:
        organisations: those that it acts for; None: all of them (the hub's operator).
        tenants: those in which it may do something.
        is_member: it takes part in the platform.
    """

    organisations: frozenset[str] | None = frozenset()
    tenants: frozenset[str] = frozenset()
    is_member: bool = False


ANYBODY = Reader()
"""Who has not signed in."""

HUB = Reader(organisations=None, is_member=True)
"""The hub's operator, who sees everything."""


def may_see(reader: Reader, entry: Entry) -> bool:
    """Tell whether a reader is shown an entry: drafts and retired ones are their owner's alone."""
    if reader.organisations is None or entry.owner in reader.organisations:
        return True
    if entry.state.lifecycle in {Lifecycle.DRAFT, Lifecycle.RETIRED}:
        return False
    if entry.visibility is Visibility.MEMBERS:
        return reader.is_member
    if entry.visibility is Visibility.TENANT:
        return entry.tenant in reader.tenants
    return entry.visibility is Visibility.PUBLIC


_NEXT = {
    Lifecycle.DRAFT: frozenset({Lifecycle.PUBLISHED, Lifecycle.RETIRED}),
    Lifecycle.PUBLISHED: frozenset({Lifecycle.DEPRECATED, Lifecycle.RETIRED}),
    Lifecycle.DEPRECATED: frozenset({Lifecycle.PUBLISHED, Lifecycle.RETIRED}),
    Lifecycle.RETIRED: frozenset[Lifecycle](),
}


def with_state(entry: Entry, state: State) -> Entry:
    """Take a step in an entry's life.

    Raises:
        WrongStep: there is no such step.
        InvalidEntry: it is deprecated without the day on which it ends.
    """
    if state.lifecycle is Lifecycle.DEPRECATED and state.ends_on is None:
        raise InvalidEntry(
            "Entry is deprecated without the day on which it ends",
            detail_ja="廃止予定にするには終了日が必要です。",
            where="ends_on",
        )
    before, after = entry.state.lifecycle, state.lifecycle
    if after is not before and after not in _NEXT[before]:
        raise WrongStep(
            f"Entry {entry.key} is {before.value}; it cannot become {after.value}",
            detail_ja=f"{entry.key} は {before.value} のため {after.value} にできません。",
            where="lifecycle",
        )
    return replace(entry, state=state)


def checked(entry: Entry) -> Entry:
    """Answer with an entry that can be kept.

    Raises:
        InvalidEntry: a member cannot be right; or it would publish what must not be.
    """
    for where, is_right, wanted in _conditions(entry):
        if not is_right:
            raise InvalidEntry(
                f"Member {where} cannot be right; right is {wanted}",
                detail_ja=f"項目 {where} の値が正しくありません。",
                where=where,
            )
    return entry


def _conditions(entry: Entry) -> Iterator[tuple[str, bool, str]]:
    yield "key", _KEY.fullmatch(entry.key) is not None, "1 to 100 of a-z, 0-9, _ and -"
    yield "title", 0 < len(entry.title.ja) <= _LONGEST_TITLE, "one line in Japanese"
    yield "title", _is_line(entry.title.ja) and _is_line(entry.title.en), "one line"
    yield "description", _is_text(entry.description), f"at most {_LONGEST_TEXT} characters"
    lists = (entry.fields, entry.keywords, entry.endpoints, entry.models, entry.types)
    yield "keywords", all(len(one) <= MOST for one in lists), f"at most {MOST} in a list"
    yield "keywords", all(_is_line(one) and one for one in entry.keywords), "short words"
    for endpoint in entry.endpoints:
        addresses = (endpoint.url, endpoint.description, endpoint.events, *endpoint.conforms_to)
        yield "endpoints", all(_is_address(one) for one in addresses), "addresses by http or https"
    yield "terms", _is_address(entry.terms), "an address by http or https"
    yield "licence", _is_licence(entry.licence), "a known licence or an address"
    is_of_tenant = entry.visibility is not Visibility.TENANT or entry.tenant is not None
    yield "visibility", is_of_tenant, "another one: the entry is of no tenant"
    is_data = entry.kind is Kind.DATASET
    yield (
        "visibility",
        not (is_personal(entry.legal_class) and is_data and entry.visibility is Visibility.PUBLIC),
        "members, tenant or organisation: a dataset of personal information is not published",
    )
    yield (
        "access",
        entry.legal_class is not LegalClass.PERSONAL or entry.access.consent is not None,
        "the purpose that residents agree to, where personal information is given",
    )


def _is_line(text: str) -> bool:
    return len(text) <= _LONGEST_TITLE and (not text or text.isprintable())


def _is_text(words: Words) -> bool:
    return all(len(text) <= _LONGEST_TEXT and "\0" not in text for text in (words.ja, words.en))


def _is_address(text: str | None) -> bool:
    return text is None or _URL.fullmatch(text) is not None


def _is_licence(text: str | None) -> bool:
    return text is None or text in LICENCES or _URL.fullmatch(text) is not None
