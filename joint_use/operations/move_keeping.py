"""The keeper of moves: brings each to its end, whoever began it.

A move that is found in a phase is gone on with from there: before the old place is closed it begins
again, after that it is finished. A failure that may pass is tried again; any other one, and too
many, let it return: the tenant stays where it was.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import structlog

from joint_use.moving_ports import Copying, Moves, Switching, Working
from joint_use.ports import JointUse
from joint_use.terms.errors import JointUseError, MoveFailed
from joint_use.terms.moving import ENDED, Move, MovePhase, Place, place_of
from joint_use.terms.tenant import Tenant, TenantStatus
from kit.db import DatabaseUnavailable
from kit.errors import RenkeiError
from kit.tasks import Tasks

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 5
_LOOK_S = 2.0
_RETRY_S = 1.0


class MoveKeeper:
    """Works on unfinished moves that nobody works on, several tenants at a time.

    Args:
        joint_use: the ports of tenants.
        moves: the ports of moving.
        at_once: moves that one process works on at a time.
    """

    def __init__(self, joint_use: JointUse, moves: Moves, *, at_once: int = 2) -> None:
        self._joint_use = joint_use
        self._moves = moves
        self._at_once = at_once
        self._is_asked = asyncio.Event()
        self._busy: set[str] = set()

    def look(self) -> None:
        """Look for moves soon: one may have been asked for."""
        self._is_asked.set()

    async def run(self) -> None:
        """Look for moves, until cancelled; for `kit.tasks.supervise`."""
        async with Tasks() as tasks:
            while True:
                self._is_asked.clear()
                try:
                    await self._take_up(tasks)
                except (RenkeiError, OSError) as error:
                    log.info("moves_not_looked_at", reason=str(error))
                try:
                    async with asyncio.timeout(_LOOK_S):
                        await self._is_asked.wait()
                except TimeoutError:
                    continue

    async def _take_up(self, tasks: Tasks) -> None:
        """Begin to work on what is unfinished; of one tenant only on the oldest."""
        seen: set[str] = set()
        for move in await self._moves.registry.unfinished():
            is_next = move.tenant not in seen
            seen.add(move.tenant)
            is_waiting = move.phase is MovePhase.CLEANING and not self._is_over(move)
            if not is_next or is_waiting or move.tenant in self._busy:
                continue
            if len(self._busy) < self._at_once:
                self._busy.add(move.tenant)
                tasks.start(f"move {move.tenant}", partial(self._keep, move))

    async def _keep(self, move: Move) -> None:
        try:
            async with self._moves.registry.working_on(move) as working:
                if working is not None:
                    await self._finish(working)
        except (RenkeiError, OSError) as error:
            log.warning("move_interrupted", tenant=move.tenant, reason=str(error))
            await asyncio.sleep(_RETRY_S)
        finally:
            self._busy.discard(move.tenant)
            self.look()

    async def _finish(self, working: Working) -> None:
        """Go from phase to phase until nothing is left to do now."""
        while working.move.phase not in ENDED:
            phase = working.move.phase
            try:
                if not await self._advance(working):
                    return
            except DatabaseUnavailable as error:
                await self._try_again(working, error)
            except (JointUseError, OSError) as error:
                await self._give_up(working, str(error))
            if working.move.phase is not phase:
                log.info(
                    "move_advanced", tenant=working.move.tenant, phase=working.move.phase.value
                )

    async def _advance(self, working: Working) -> bool:
        """Do what the phase calls for; False: nothing can be done now."""
        match working.move.phase:
            case MovePhase.REGISTERED | MovePhase.COPYING:
                await self._copy(working)
            case MovePhase.SWITCHING:
                await self._recover(working)
            case MovePhase.RETURNING:
                await self._return(working)
            case MovePhase.CLEANING if self._is_over(working.move):
                await self._clean(working)
            case _:
                return False
        return True

    async def _copy(self, working: Working) -> None:
        """Copy, switch, and from then on serve from the new place."""
        move = working.move
        origin = await self._found(move)
        if place_of(origin) != move.origin or origin.status not in _MOVABLE:
            raise MoveFailed(
                f"Tenant {move.tenant} is {origin.status.value} in {place_of(origin)}",
                detail_ja=f"テナント {move.tenant} はこの状態では移動できません。",
            )
        await self._save(
            working, phase=MovePhase.COPYING, attempts=move.attempts + 1, copied=0, reason=""
        )

        async def told(rows: int) -> None:
            await self._save(working, copied=rows)

        async with self._moves.mover.copying(origin, _at(origin, move.target)) as copying:
            await copying.copy(told)
            await self._save(working, phase=MovePhase.SWITCHING)
            await self._switch(working, copying)

    async def _switch(self, working: Working, copying: Copying) -> None:
        """Close the old place and let the registry name the new one; in between nobody writes."""
        async with working.switching() as switching:
            origin = switching.tenant
            if origin.status not in _MOVABLE:
                raise MoveFailed(
                    f"Tenant {origin.name} became {origin.status.value} while it was copied",
                    detail_ja=f"テナント {origin.name} の状態が変わりました。",
                )
            target = _at(origin, working.move.target)
            held = await copying.close(origin, target)
            await self._place(working.move, switching, target)
        await self._settle(working, copied=held.rows, held_ms=held.held_ms)

    async def _recover(self, working: Working) -> None:
        """Find out how far a switch came that somebody began, and finish it or begin again."""
        move = working.move
        async with working.switching() as switching:
            origin = switching.tenant
            target = _at(origin, move.target)
            is_placed = place_of(origin) == move.target
            is_closed = is_placed or await self._moves.mover.is_closed(origin, target)
            if is_closed and not is_placed:
                await self._place(move, switching, target)
        if is_closed:
            await self._settle(working)
        elif move.attempts >= MOST_ATTEMPTS:
            await self._save(working, phase=MovePhase.RETURNING)
        else:
            await self._save(working, phase=MovePhase.COPYING)

    async def _place(self, move: Move, switching: Switching, target: Tenant) -> None:
        await switching.place(target, by=move.by, at=self._joint_use.clock())

    async def _settle(self, working: Working, **changed: int) -> None:
        """The tenant lives in the new place; what is left in the old one is only kept."""
        move = working.move
        self._joint_use.directory.forget(move.tenant)
        kept_until = self._joint_use.clock() + timedelta(seconds=self._moves.kept_s)
        await self._save(
            working, phase=MovePhase.CLEANING, reason="", kept_until=kept_until, **changed
        )
        await self._moves.mover.release(_in(await self._found(move), move.origin))

    async def _return(self, working: Working) -> None:
        move = working.move
        tenant = await self._found(move)
        if place_of(tenant) == move.target:
            raise MoveFailed(
                f"Tenant {move.tenant} lives in {move.target}; nothing of it is cleared away",
                detail_ja=f"テナント {move.tenant} の現在のデータは削除しません。",
            )
        await self._moves.mover.release(_in(tenant, move.origin))
        await self._moves.mover.clear(_in(tenant, move.target))
        await self._save(working, phase=MovePhase.ROLLED_BACK)

    async def _clean(self, working: Working) -> None:
        move = working.move
        tenant = await self._found(move)
        if place_of(tenant) == move.origin:
            raise MoveFailed(
                f"Tenant {move.tenant} lives in {move.origin}; nothing of it is cleared away",
                detail_ja=f"テナント {move.tenant} の現在のデータは削除しません。",
            )
        old = _in(tenant, move.origin)
        await self._moves.mover.release(old)
        await self._moves.mover.clear(old)
        await self._save(working, phase=MovePhase.MOVED)

    async def _try_again(self, working: Working, error: DatabaseUnavailable) -> None:
        """Wait for a server that is away; give up where that never ends before the switch."""
        move = working.move
        is_early = move.phase in {MovePhase.REGISTERED, MovePhase.COPYING}
        if is_early and move.attempts >= MOST_ATTEMPTS:
            await self._give_up(working, error.detail)
            return
        log.info("move_postponed", tenant=move.tenant, reason=error.detail)
        await asyncio.sleep(_RETRY_S)
        await self._save(working, reason=error.detail)

    async def _give_up(self, working: Working, reason: str) -> None:
        """Let the tenant stay where it is; after the switch there is no way back."""
        log.warning("move_failed", tenant=working.move.tenant, reason=reason)
        match working.move.phase:
            case MovePhase.REGISTERED | MovePhase.COPYING:
                await self._save(working, phase=MovePhase.RETURNING, reason=reason)
            case MovePhase.SWITCHING:  # whether it is closed by now, is found out first
                await self._save(working, attempts=MOST_ATTEMPTS, reason=reason)
                await asyncio.sleep(_RETRY_S)
            case MovePhase.CLEANING:
                await self._save(working, phase=MovePhase.MOVED, reason=reason)
            case _:
                await self._save(working, reason=reason)
                await asyncio.sleep(_RETRY_S)

    async def _save(self, working: Working, **changed: object) -> None:
        move = replace(working.move, changed_at=self._joint_use.clock(), **changed)  # type: ignore[arg-type]  # fields of Move are given
        await working.save(move)

    async def _found(self, move: Move) -> Tenant:
        tenant = await self._joint_use.tenants.find(move.tenant)
        if tenant is None:
            raise MoveFailed(
                f"Tenant {move.tenant} does not exist",
                detail_ja=f"テナント {move.tenant} はありません。",
            )
        return tenant

    def _is_over(self, move: Move) -> bool:
        return move.kept_until is not None and move.kept_until <= self._joint_use.clock()


_MOVABLE = (TenantStatus.ACTIVE, TenantStatus.SUSPENDED)


def _in(tenant: Tenant, place: Place) -> Tenant:
    return replace(tenant, storage=place.storage, placement=place.placement)


def _at(tenant: Tenant, place: Place) -> Tenant:
    """Answer with a tenant as it is after its move to a place."""
    return replace(_in(tenant, place), epoch=tenant.epoch + 1)
