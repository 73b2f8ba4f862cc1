"""The sandbox: a tenant that anybody may write to, to try the API; emptied again and again."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from api_catalog import Sandbox, SandboxStore
from broker import (
    Broker,
    Call,
    Document,
    NgsiLdError,
    Unavailable,
    batch_delete,
    count_of_types,
    create_entity,
    every_entity,
)
from datamodels import Model, Registry, example_of, to_iris
from joint_use import (
    OPERATOR,
    InvalidTerm,
    JointUse,
    Metering,
    NewTenant,
    Quota,
    Storage,
    TenantExists,
    create_tenant,
    set_quota,
    use_tenant,
)
from kit.db import DatabaseUnavailable

log = structlog.stdlib.get_logger("renkei")

NAME = "sandbox"
_QUOTA = Quota(
    requests_per_s=20, request_bytes=64 << 10, entities=500, bytes=2 << 20, subscriptions=0
)
_LOOK_S = 30.0
_KNOWN_S = 5.0
_GROUP = 500


class KnownSandbox:
    """Which tenant is the sandbox, as a process knows it for some seconds (port `Trying`)."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store
        self._found: str | None = None
        self._until = 0.0

    async def tenant(self) -> str | None:
        """Answer with the sandbox's tenant; None: there is none."""
        if time.monotonic() >= self._until:
            found = await self._store.find()
            self._found = None if found is None else found.tenant
            self._until = time.monotonic() + _KNOWN_S
        return self._found

    def forget(self) -> None:
        """Ask again next time."""
        self._until = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandboxes:
    """Makes, empties and ends the sandbox.

    Args:
        pause: how long what somebody wrote stays at most.
    """

    store: SandboxStore
    known: KnownSandbox
    joint_use: JointUse
    metering: Metering
    broker: Broker
    registry: Registry
    pause: timedelta

    async def make(self) -> Sandbox:
        """Make the sandbox, with limits and samples; one that is there stays.

        Raises:
            InvalidTerm: a tenant that is no sandbox has its name.
        """
        found = await self.store.find()
        if found is None:
            if await self.joint_use.directory.find(NAME) is not None:
                raise InvalidTerm(
                    f"Tenant {NAME} exists and is no sandbox; nobody's data are given away",
                    detail_ja=f"テナント {NAME} は既に別の用途で使われています。",
                    where="name",
                )
            await self.store.mark(NAME, self.joint_use.clock())
        await self._provide()
        self.known.forget()
        await self.empty()
        return await self.shown()

    async def shown(self) -> Sandbox:
        """Show which tenant the sandbox is.

        Raises:
            InvalidTerm: there is none.
        """
        found = await self.store.find()
        if found is None:
            raise InvalidTerm(
                "There is no sandbox; `renkei sandbox create` makes one",
                detail_ja="サンドボックスはありません。",
            )
        return found

    async def end(self) -> None:
        """Let nobody write to it any more; its tenant stays, as any other."""
        await self.store.unmark()
        self.known.forget()

    async def empty(self) -> None:
        """Take away what is there, and bring the samples again."""
        sandbox = await self.shown()
        call = Call(tenant=await use_tenant(self.joint_use, sandbox.tenant), principal=OPERATOR)
        for type_ in await count_of_types(self.broker, call):
            ids = [str(one["id"]) async for one in every_entity(self.broker, call, type_)]
            for start in range(0, len(ids), _GROUP):
                await batch_delete(self.broker, call, ids[start : start + _GROUP])
        for model in self.registry.models:
            if not model.personal:
                await self._bring(call, model)

    async def run(self) -> None:
        """Empty it when it is time to, in whichever process comes first."""
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                due = await self.store.claim(self.joint_use.clock(), self.pause)
                if due is not None:
                    await self.empty()
                    log.info("sandbox_emptied", tenant=due.tenant)
            except (DatabaseUnavailable, Unavailable) as error:
                log.warning("sandbox_not_emptied", reason=error.detail)

    async def _provide(self) -> None:
        wanted = NewTenant(
            name=NAME, storage=Storage.SHARED, name_ja="サンドボックス", name_en="Sandbox"
        )
        with suppress(TenantExists):  # made before, by us: the mark is there
            await create_tenant(self.joint_use, OPERATOR, wanted)
        await set_quota(self.metering, OPERATOR, NAME, _QUOTA)

    async def _bring(self, call: Call, model: Model) -> None:
        sample = to_iris(example_of(model), model)
        try:
            await create_entity(self.broker, call, Document(sample))
        except Unavailable:
            raise
        except NgsiLdError as error:
            log.warning("sample_not_brought", model=model.type, reason=error.detail)
