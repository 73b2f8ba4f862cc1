"""Entries made from what tenants hold: looked at in the background, by one process at a time."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from api_catalog.catalog.entry import checked
from api_catalog.catalog.errors import EntryChanged, EntryExists, InvalidEntry
from api_catalog.catalog.listed import Facts, Publisher
from api_catalog.catalog.made import BY, Holder, Made, joined, made_entries
from api_catalog.catalog.platform_entries import platform_entries
from api_catalog.catalog.words import Visibility
from api_catalog.ports import Kept, Look, Making

log = structlog.get_logger(__name__)

_WRITES_KNOWN = timedelta(minutes=50)  # what was written longer ago only counts tell of
_LONGEST = timedelta(days=1)


async def look_at(making: Making, look: Look) -> Look | None:
    """Look at a tenant, and let its entries say what is there; answer with what was seen.

    Its data are read only where they may have changed, and its entries only where what they are to
    say, or they themselves, have; its policy counts each time. None: there is no such tenant.

    Raises:
        DatabaseUnavailable, Unavailable: it cannot be looked at now.
    """
    at = making.clock()
    holder = await making.holdings.holder(look.tenant)
    if holder is None:
        return None
    seen = replace(look, looked_at=at)
    if holder.is_sandbox:
        return await _follow(making, holder, replace(seen, held=(), held_at=None), ())
    if holder.is_active and not holder.is_external:
        mark, has_written = await making.holdings.changes(look.tenant, look.looked_at or at)
        seen = replace(seen, mark=mark)
        if has_written or mark != look.mark or _is_stale(look, mark, at):
            held = tuple(await making.holdings.held(look.tenant))
            seen = replace(seen, held=held, held_at=at)
    elif holder.is_external:
        seen = replace(seen, held=())
    made = made_entries(holder, seen.held, making.model_of, making.platform, seen.held_at or at)
    return await _follow(making, holder, seen, made)


async def describe_platform(making: Making) -> None:
    """Let the APIs of the platform itself be entries."""
    owner = making.platform_itself
    await _reconcile(making, None, owner, platform_entries(owner, making.platform))


async def _follow(making: Making, holder: Holder, seen: Look, made: Sequence[Made]) -> Look:
    """Let a tenant's entries be what is made, unless they are: neither they nor it has changed."""
    digest = hashlib.sha256(repr(made).encode()).hexdigest()
    mark = f"{await making.shelf.mark_of(holder.tenant)} {digest}"
    if mark == seen.made:
        return seen
    is_whole = await _reconcile(making, holder.tenant, holder.owner, made)
    return replace(seen, made=mark if is_whole else "")


def _is_stale(look: Look, mark: str, at: datetime) -> bool:
    if look.looked_at is None or look.held_at is None:
        return True
    return (not mark and at - look.looked_at > _WRITES_KNOWN) or at - look.held_at > _LONGEST


async def _reconcile(
    making: Making, tenant: str | None, owner: Publisher, made: Sequence[Made]
) -> bool:
    """Let the shelf hold what is made; of what is there no more the owner alone is told.

    False: something of it is refused.
    """
    at, is_whole = making.clock(), True
    kept = {one.entry.key: one for one in await making.shelf.made_of(tenant)}
    for one in made:
        key = one.entry.key
        try:
            await _keep(making, owner, one, kept.pop(key, None), at)
        except (EntryChanged, EntryExists, InvalidEntry) as refused:
            is_whole = False
            if isinstance(refused, InvalidEntry) or key not in await _keys(making, tenant):
                log.warning("entry_not_made", key=key, reason=refused.detail)
            # else another process was quicker
    for key, gone in kept.items():
        if gone.entry.visibility is not Visibility.ORGANISATION:
            hidden = replace(gone.entry, visibility=Visibility.ORGANISATION)
            await making.shelf.replace(hidden, owner, by=BY, at=at, typed=gone.typed)
            if gone.facts is not None:
                await making.shelf.note(key, Facts(entities=0, looked_at=at))
    return is_whole


async def _keys(making: Making, tenant: str | None) -> Collection[str]:
    return {one.entry.key for one in await making.shelf.made_of(tenant)}


async def _keep(
    making: Making, owner: Publisher, made: Made, kept: Kept | None, at: datetime
) -> None:
    if kept is None:
        entry = checked(made.entry)
        await making.shelf.add(entry, owner, by=BY, at=at, is_made_here=True, facts=made.facts)
        return
    entry = joined(made.entry, kept.entry, kept.typed)
    if entry != kept.entry:
        await making.shelf.replace(checked(entry), owner, by=BY, at=at, typed=kept.typed)
    if made.facts is not None and made.facts != kept.facts:
        await making.shelf.note(entry.key, made.facts)
