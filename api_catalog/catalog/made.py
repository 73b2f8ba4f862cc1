"""Entries that are made from what a tenant holds, joined with the words that somebody typed.

What the data, the data models and the tenant's policy say is never typed; what a person alone
knows (a better title, terms, whom to ask) is kept beside it, member by member.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from api_catalog.catalog.dcat import NGSI_LD
from api_catalog.catalog.entry import MOST, Access, Endpoint, Entry, State
from api_catalog.catalog.errors import InvalidEntry
from api_catalog.catalog.listed import Extent, Facts, Publisher
from api_catalog.catalog.words import (
    Field,
    Kind,
    LegalClass,
    Lifecycle,
    Visibility,
    Words,
    is_personal,
)
from joint_use import Contact, Levels, Policy

_Any = TypeVar("_Any")

BY = "renkei"
"""Who writes the versions that are made."""

BETWEEN = "--"
"""Stands between tenant and name in the keys of what is made; nobody types such a key."""

_MADE = ("key", "kind", "owner", "tenant", "endpoints", "models", "types", "visibility")
_TYPED = (
    "title", "description", "fields", "keywords", "access", "legal_class", "licence", "terms",
    "contact",
)  # fmt: skip
_OF_POLICY = ("access", "legal_class")
_LONGEST_NAME = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A tenant, as far as its entries say something of it.

    Args:
        name: what people call it.
        owner: who answers for its data.
        policy: who may read them; None: nothing is asked of anybody.
        licence: of what is open, as entries name licences.
        is_active: its data are served now.
        is_external: its data are elsewhere, and not looked at.
        is_sandbox: anybody writes there to try the API, and nothing of it is published.
    """

    tenant: str
    name: Words
    owner: Publisher
    contact: Contact = field(default_factory=Contact)
    policy: Policy | None = None
    licence: str | None = None
    is_active: bool = True
    is_external: bool = False
    is_sandbox: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a tenant holds of one combination of types; names of attributes are as people read."""

    types: tuple[str, ...]
    entities: int
    changed_at: datetime
    extent: Extent | None = None
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A standard data model, as far as entries say something of it."""

    name: str
    title: Words
    field: Field
    is_personal: bool = False


ModelOf = Callable[[str], KnownModel | None]
"""Answers with the model of a type; None: it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An entry as the data make it, and what is known of them."""

    entry: Entry
    facts: Facts | None = None


def made_entries(
    holder: Holder, held: Sequence[Held], model_of: ModelOf, platform: str, at: datetime
) -> Sequence[Made]:
    """Make a tenant's entries: of its API, and of each type that it holds.

    Args:
        holder: the tenant.
        held: what it holds, by combination of types.
        model_of: knows the data models.
        platform: its address, without a slash at the end.
        at: when it was looked at.
    """
    datasets = [
        _dataset(holder, type_, held, model_of(type_), at)
        for type_ in sorted({type_ for one in held for type_ in one.types})
    ]
    return [*_apis(holder, [one.entry for one in datasets], platform), *datasets]


def made_key(tenant: str, name: str) -> str:
    """Answer with the key of what is made of a tenant's data.

    >>> made_key("ebetsu", "ngsi-ld"), made_key("_a", "ngsi-ld")
    ('ebetsu--ngsi-ld', '0_a--ngsi-ld')
    """
    begins_right = not tenant.startswith("_")
    return f"{'' if begins_right else '0'}{tenant}{BETWEEN}{name}"


def api_key(tenant: str, *, is_personal: bool = False) -> str:
    """Answer with the key of a tenant's API, by which of the two brokers gives the data."""
    return made_key(tenant, "ngsi-ld-personal" if is_personal else "ngsi-ld")


def joined(made: Entry, kept: Entry, typed: Collection[str]) -> Entry:
    """Join what is made with what somebody typed; its life is what they let it be.

    What is personal by the words of a person is shown no wider than what the policy calls so.
    """
    words: Mapping[str, object] = {name: getattr(kept, name) for name in typed}
    whole = replace(made, **words)  # type: ignore[arg-type]  # members by their names
    visibility = whole.visibility
    if is_personal(whole.legal_class) and visibility is Visibility.PUBLIC:
        visibility = Visibility.TENANT
    return replace(
        whole,
        visibility=visibility,
        state=kept.state,
        recommended=kept.recommended,
        version=kept.version,
        modified_at=kept.modified_at,
    )


def typed_over(before: Entry, wanted: Entry, typed: Collection[str]) -> frozenset[str]:
    """Name the members of a made entry that are typed, once somebody writes it anew.

    Raises:
        InvalidEntry: what is made would be another.
    """
    is_by_policy = is_personal(before.legal_class) and "legal_class" not in typed
    for name in (*_MADE, *(_OF_POLICY if is_by_policy else ())):
        if getattr(before, name) != getattr(wanted, name):
            where = _document_name(name)
            raise InvalidEntry(
                f"Member {where} is made from the data and the policy of the tenant; "
                "right is what it was",
                detail_ja=f"項目 {where} はデータとポリシーから作られるため変更できません。",
                where=where,
            )
    changed = (name for name in _TYPED if getattr(before, name) != getattr(wanted, name))
    return frozenset(typed) | frozenset(changed)


def _apis(holder: Holder, datasets: Sequence[Entry], platform: str) -> Iterator[Made]:
    """Make the API's entry; what is personal has one of its own (パーソナルブローカー)."""
    plain = [one for one in datasets if not is_personal(one.legal_class)]
    personal = [one for one in datasets if is_personal(one.legal_class)]
    yield Made(entry=_api(holder, plain, platform))
    if personal:
        api = _api(holder, personal, platform)
        levels = [one.access.levels for one in personal]
        strictest = Levels(
            max(one.proofing for one in levels), max(one.authentication for one in levels)
        )
        purposes = sorted({one.access.consent.ja for one in personal if one.access.consent})
        entry = replace(
            api,
            key=api_key(holder.tenant, is_personal=True),
            title=Words(f"{api.title.ja}（個人データ）", f"{api.title.en} for personal data"),
            legal_class=LegalClass.PERSONAL,
            access=Access(levels=strictest, consent=Words("、".join(purposes))),
        )
        yield Made(entry=entry)


def _api(holder: Holder, datasets: Sequence[Entry], platform: str) -> Entry:
    """Make an API's entry; it tells of those types that whoever sees it may know."""
    visibility = _widest([one.visibility for one in datasets], holder)
    shown = [one for one in datasets if one.visibility is visibility]
    return Entry(
        key=api_key(holder.tenant),
        kind=Kind.API,
        owner=holder.owner.key,
        tenant=holder.tenant,
        title=Words(f"{holder.name.ja} NGSI-LD API", f"NGSI-LD API of {_english(holder)}"),
        description=Words(
            f"{holder.name.ja}のデータをNGSI-LDで読み書きし、変化の通知を受けるAPIです。"
            f"要求にはヘッダー NGSILD-Tenant: {holder.tenant} を付けます。",
            f"Reads and writes data of {_english(holder)} by NGSI-LD and notifies of changes. "
            f"Requests bear the header NGSILD-Tenant: {holder.tenant}.",
        ),
        fields=_each(field_ for one in shown for field_ in one.fields),
        keywords=("NGSI-LD",),
        contact=holder.contact,
        endpoints=(
            Endpoint(
                url=f"{platform}/ngsi-ld/v1",
                description=f"{platform}/tenants/{holder.tenant}/openapi.json",
                events=f"{platform}/tenants/{holder.tenant}/asyncapi.json",
                conforms_to=(NGSI_LD,),
            ),
        ),
        models=_each(name for one in shown for name in one.models)[:MOST],
        types=_each(type_ for one in shown for type_ in one.types)[:MOST],
        visibility=visibility,
        state=State(lifecycle=Lifecycle.PUBLISHED),
    )


def _dataset(
    holder: Holder, type_: str, held: Sequence[Held], model: KnownModel | None, at: datetime
) -> Made:
    rule = None if holder.policy is None else holder.policy.personal.get(type_)
    is_about_persons = rule is not None or (model is not None and model.is_personal)
    is_open = not is_about_persons and _is_open(holder.policy, type_)
    name = Words(_local(type_), _local(type_)) if model is None else model.title
    consent = Words("個人データの提供", "Provision of personal data") if is_about_persons else None
    access = Access(consent=consent)
    if rule is not None:
        access = Access(levels=rule.requirement.levels, consent=Words(rule.purpose))
    entry = Entry(
        key=made_key(holder.tenant, _slug(holder.tenant, type_, model)),
        kind=Kind.DATASET,
        owner=holder.owner.key,
        tenant=holder.tenant,
        title=Words(f"{holder.name.ja} {name.ja}", f"{name.en} of {_english(holder)}"),
        description=_description(holder, name, model),
        fields=() if model is None else (model.field,),
        keywords=(name.ja,),
        access=access,
        legal_class=LegalClass.PERSONAL if is_about_persons else LegalClass.NON_PERSONAL,
        licence=holder.licence if is_open else None,
        contact=holder.contact,
        models=() if model is None else (model.name,),
        types=(type_,),
        visibility=_visibility(holder, is_open=is_open),
        state=State(lifecycle=Lifecycle.PUBLISHED),
    )
    counted = [
        one
        for one in held
        if type_ in one.types
        and (not is_open or all(_is_open(holder.policy, each) for each in one.types))
    ]
    return Made(entry=entry, facts=_facts(counted, at))


def _facts(held: Sequence[Held], at: datetime) -> Facts:
    extents = [one.extent for one in held if one.extent is not None]
    return Facts(
        entities=sum(one.entities for one in held),
        extent=_hull(extents) if extents else None,
        changed_at=max((one.changed_at for one in held), default=None),
        attributes=_each(sorted(name for one in held for name in one.attributes)),
        looked_at=at,
    )


def _hull(extents: Sequence[Extent]) -> Extent:
    west, south, east, north = zip(*extents, strict=True)
    return min(west), min(south), max(east), max(north)


def _is_open(policy: Policy | None, type_: str) -> bool:
    return policy is None or policy.is_open(type_)


def _visibility(holder: Holder, *, is_open: bool) -> Visibility:
    if not holder.is_active:
        return Visibility.ORGANISATION
    return Visibility.PUBLIC if is_open else Visibility.TENANT


def _widest(some: Sequence[Visibility], holder: Holder) -> Visibility:
    """Show an API to whom some of its data are shown; where nothing is held, to its owner."""
    if holder.is_external and holder.is_active:
        opens = holder.policy is None or holder.policy.opens_something
        return Visibility.PUBLIC if opens else Visibility.TENANT
    for one in (Visibility.PUBLIC, Visibility.TENANT):
        if one in some:
            return one
    return Visibility.ORGANISATION


def _description(holder: Holder, name: Words, model: KnownModel | None) -> Words:
    by_model = (
        Words("", "")
        if model is None
        else Words(
            f"項目名は標準データモデル「{name.ja}」によります。",
            f" Attributes are named by the standard data model {model.name}.",
        )
    )
    return Words(
        f"{holder.name.ja}が提供する「{name.ja}」のデータです。{by_model.ja}",
        f"Data of {_english(holder)}: {name.en}.{by_model.en}",
    )


def _english(holder: Holder) -> str:
    return holder.name.en or holder.name.ja


def _each(some: Iterable[_Any]) -> tuple[_Any, ...]:
    return tuple(dict.fromkeys(some))


def _local(iri: str) -> str:
    """Answer with the last part of an IRI, as people read it."""
    return re.split(r"[/#:]", iri.rstrip("/#:"))[-1] or iri


def _slug(tenant: str, type_: str, model: KnownModel | None) -> str:
    """Name a type in a key; one that no model names by a digest too, so that no two are alike."""
    if model is not None:
        return model.name.lower()
    name = re.sub(r"[^a-z0-9]+", "", _local(type_).lower())[:_LONGEST_NAME] or "type"
    return f"{name}-{hashlib.sha256(f'{tenant} {type_}'.encode()).hexdigest()[:8]}"


def _document_name(name: str) -> str:
    return "legalClass" if name == "legal_class" else name
