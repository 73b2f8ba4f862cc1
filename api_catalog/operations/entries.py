"""Entries: searched and shown to whom they are visible, written by those who answer for them."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from api_catalog.catalog.entry import (
    ANYBODY,
    HUB,
    Entry,
    Reader,
    State,
    checked,
    may_see,
    with_state,
)
from api_catalog.catalog.errors import EntryUnknown, InvalidEntry, NotAllowed
from api_catalog.catalog.listed import Listed, Publisher
from api_catalog.catalog.made import BETWEEN, typed_over
from api_catalog.catalog.search import EVERY_VALUE, Facet, Found, Search
from api_catalog.catalog.words import Kind, Lifecycle, Words
from api_catalog.ports import ApiCatalog, Kept, Part, Version
from joint_use import Action, Principal

MAX_PAGE = 1000


def reader_of(principal: Principal, organisations: Collection[str]) -> Reader:
    """Answer with who looks: the hub's operator sees all, a member what is for members.

    Args:
        principal: who calls.
        organisations: those that answer for the tenants in which it may act.
    """
    if principal.is_unrestricted:  # sign-in is switched off; writing takes the operator's token
        return ANYBODY
    if principal.tenants is None:
        return HUB if Action.ADMINISTER in principal.actions else ANYBODY
    is_person = principal.signed_in_at is not None
    acts = Action.ADMINISTER if is_person else Action.WRITE
    mine = frozenset(organisations if acts in principal.actions else ())
    is_member = bool(principal.tenants) and (bool(mine) or not is_person)
    return Reader(organisations=mine, tenants=principal.tenants, is_member=is_member)


async def search_entries(
    catalog: ApiCatalog,
    reader: Reader,
    search: Search,
    part: Part,
    facets: Collection[Facet] = (),
    *,
    most_values: int = EVERY_VALUE,
) -> Found:
    """Find entries; nobody learns of those that he may not see, not by a count either.

    Of each facet, as many values are counted as `most_values` says: those that most entries have.
    """
    bounded = replace(part, limit=min(part.limit, MAX_PAGE))
    page = await catalog.shelf.search(reader, search, bounded, facets, most_values=most_values)
    return Found(
        listed=tuple(await _shown(catalog, page.kept)), total=page.total, facets=page.facets
    )


async def show_entry(catalog: ApiCatalog, reader: Reader, key: str) -> Listed:
    """Show one entry.

    Raises:
        EntryUnknown: there is none of this key that the reader may see.
    """
    kept = await _visible(catalog, reader, key)
    return (await _shown(catalog, [kept]))[0]


async def show_versions(catalog: ApiCatalog, reader: Reader, key: str) -> Sequence[Version]:
    """Show every version of an entry; what was a draft, only its owner sees.

    Raises:
        EntryUnknown: there is none of this key that the reader may see.
    """
    await _visible(catalog, reader, key)
    versions = await catalog.shelf.versions(key)
    return [one for one in versions if may_see(reader, one.entry)]


async def add_entry(catalog: ApiCatalog, reader: Reader, by: str, entry: Entry) -> Listed:
    """Add an entry, as a draft or published at once.

    Raises:
        NotAllowed: the caller does not act for the owner.
        InvalidEntry: it cannot be kept.
        EntryExists: its key is taken.
    """
    _require(reader, entry)
    if BETWEEN in entry.key:
        raise InvalidEntry(
            f"Keys with {BETWEEN} are those of entries made from data; right is one without",
            detail_ja=f"{BETWEEN} を含む key は使えません。",
            where="key",
        )
    if entry.state.lifecycle not in {Lifecycle.DRAFT, Lifecycle.PUBLISHED}:
        raise InvalidEntry(
            "Entry begins as a draft or published",
            detail_ja="新しい項目は draft または published で登録してください。",
            where="lifecycle",
        )
    if entry.recommended and not _may_recommend(reader):
        raise NotAllowed(
            "Only the hub recommends an entry",
            detail_ja="推奨は運用者だけが設定できます。",
            where="recommended",
        )
    await _require_tenant(catalog, reader, entry)
    publisher = await _owner(catalog, entry)
    kept = await catalog.shelf.add(checked(entry), publisher, by=by, at=catalog.clock())
    return _listed(catalog, kept, publisher)


async def change_entry(
    catalog: ApiCatalog, reader: Reader, by: str, entry: Entry, *, over: int
) -> Listed:
    """Write an entry anew, over a version that the caller has read; its lifecycle stays.

    Raises:
        EntryUnknown, NotAllowed, InvalidEntry: as they say.
        EntryChanged: somebody wrote it since.
    """
    before = await _visible(catalog, reader, entry.key)
    _require(reader, before.entry)
    _require(reader, entry)
    if entry.tenant != before.entry.tenant:
        await _require_tenant(catalog, reader, entry)
    publisher = await _owner(catalog, entry)
    wanted = replace(checked(entry), version=over, state=before.entry.state)
    if not _may_recommend(reader):
        wanted = replace(wanted, recommended=before.entry.recommended)
    typed = before.typed
    if before.is_made_here:
        typed = typed_over(before.entry, wanted, typed)
    kept = await catalog.shelf.replace(wanted, publisher, by=by, at=catalog.clock(), typed=typed)
    return _listed(catalog, kept, publisher)


async def move_entry(
    catalog: ApiCatalog, reader: Reader, by: str, key: str, state: State
) -> Listed:
    """Take a step in an entry's life: publish, deprecate, retire.

    Raises:
        EntryUnknown, NotAllowed: as they say.
        WrongStep: there is no such step.
        InvalidEntry: it is deprecated without the day on which it ends.
    """
    before = await _visible(catalog, reader, key)
    _require(reader, before.entry)
    publisher = await _owner(catalog, before.entry)
    moved = with_state(before.entry, state)
    kept = await catalog.shelf.replace(
        moved, publisher, by=by, at=catalog.clock(), typed=before.typed
    )
    return _listed(catalog, kept, publisher)


async def _visible(catalog: ApiCatalog, reader: Reader, key: str) -> Kept:
    kept = await catalog.shelf.find(key)
    if kept is None or not may_see(reader, kept.entry):
        raise EntryUnknown(
            f"Entry {key} does not exist", detail_ja=f"{key} は登録されていません。", where="key"
        )
    return kept


def _require(reader: Reader, entry: Entry) -> None:
    if reader.organisations is None:
        return
    if entry.owner not in reader.organisations:
        raise NotAllowed(
            f"Entries of {entry.owner} are written by those who act for it",
            detail_ja=f"{entry.owner} の項目を登録する権限がありません。",
            where="owner",
        )


async def _require_tenant(catalog: ApiCatalog, reader: Reader, entry: Entry) -> None:
    """Let an organisation speak for its own tenants alone: their catalogs are others' words."""
    if reader.organisations is None or entry.tenant is None:
        return
    answers = await catalog.owners.of_tenant(entry.tenant)
    if answers is None or answers.key != entry.owner:
        raise NotAllowed(
            f"Tenant {entry.tenant} is not one of {entry.owner}; right is one of its own, or none",
            detail_ja=f"テナント {entry.tenant} は {entry.owner} のものではありません。",
            where="tenant",
        )


def _may_recommend(reader: Reader) -> bool:
    return reader.organisations is None


async def _owner(catalog: ApiCatalog, entry: Entry) -> Publisher:
    publisher = await catalog.owners.find(entry.owner)
    if publisher is None:
        raise InvalidEntry(
            f"Owner {entry.owner} is no organisation that takes part",
            detail_ja=f"提供者 {entry.owner} は登録されていません。",
            where="owner",
        )
    return publisher


async def _shown(catalog: ApiCatalog, kept: Sequence[Kept]) -> list[Listed]:
    owners = await catalog.owners.every({one.entry.owner for one in kept})
    nobody = {one.entry.owner: _nobody(catalog, one.entry.owner) for one in kept}
    publishers = {**nobody, **owners}
    return [_listed(catalog, one, publishers[one.entry.owner]) for one in kept]


def _nobody(catalog: ApiCatalog, key: str) -> Publisher:
    """Stand for an organisation that has left since."""
    return Publisher(key=key, name=Words(key), page=f"{catalog.pages}/owners/{key}")


def _listed(catalog: ApiCatalog, kept: Kept, publisher: Publisher) -> Listed:
    entry = kept.entry
    is_dataset = entry.kind is Kind.DATASET
    return Listed(
        entry=entry,
        publisher=publisher,
        page=f"{catalog.pages}/entries/{entry.key}",
        created_at=kept.created_at,
        modified_at=kept.modified_at,
        facts=kept.facts,
        is_made_here=kept.is_made_here,
        distributions=tuple(catalog.forms.of(entry)) if is_dataset else (),
        services=tuple(catalog.forms.services(entry)) if is_dataset else (),
    )
