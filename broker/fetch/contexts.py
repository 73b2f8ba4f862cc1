"""ContextLoader: from a user @context to its term table, whatever it refers to (§5.13, §6.3.16)."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote
from uuid import uuid4

import orjson
import structlog

from broker.fetch.freshness import expiry
from broker.ngsi.contexts import Context, build_context, core
from broker.ngsi.errors import BadRequestData, LdContextNotAvailable, NgsiLdError
from broker.ngsi.stored_contexts import ContextKind, StoredContext
from broker.ngsi.user_context import references
from broker.ports import ContextShelf
from joint_use import Tenant
from kit.clock import Clock
from kit.http import Fetched, Outbound, OutboundError
from kit.json import JsonObject, JsonValue
from kit.metrics.caches import Lookups

log = structlog.stdlib.get_logger("broker.fetch")

HOSTED_PATH = "/ngsi-ld/v1/jsonldContexts/"
MAX_DOCUMENTS = 32
MAX_BYTES = 1024 * 1024
TIMEOUT_S = 5.0
MAX_REDIRECTS = 5
TABLES = 2048
MEMORY_S = 60.0
"""How long a term table is used without asking the shelf; a change hurries it up by `forget`."""

_LOOKUPS = Lookups("contexts")
_ACCEPT = "application/ld+json, application/json;q=0.9, */*;q=0.1"


@dataclass(frozen=True, slots=True)
class _Table:
    context: Context
    local_ids: tuple[str, ...]
    good_until_s: float


@dataclass(slots=True)
class _Gathered:
    """The documents that one @context needs, and which stored ones they came from."""

    documents: dict[str, JsonObject]
    local_ids: list[str]
    expires_at: datetime | None = None


class ContextLoader:
    """Loads @contexts: built in, hosted in the tenant, cached on its shelf, or fetched."""

    def __init__(
        self,
        shelf: ContextShelf,
        http: Outbound,
        clock: Clock,
        announce: Callable[[Tenant], Awaitable[None]],
        own: Callable[[str], JsonObject | None],
    ) -> None:
        """Keep the ports.

        Args:
            shelf: the tenant's stored contexts.
            http: guarded HTTP out.
            clock: the time, for expiry.
            announce: tells other processes to `drop` the tenant's tables.
            own: documents that this platform serves itself, by URL; None: it is not one.
        """
        self._shelf = shelf
        self._http = http
        self._clock = clock
        self._announce = announce
        self._own = own
        self._tables: OrderedDict[tuple[int, bytes], _Table] = OrderedDict()
        self._loading: dict[tuple[int, bytes], asyncio.Task[_Table]] = {}
        self._uses: dict[int, tuple[Tenant, Counter[str]]] = {}

    async def load(self, tenant: Tenant, reference: JsonValue) -> Context:
        """Answer with the term table of a user @context (port `Contexts`)."""
        if reference is None:
            return core()
        key = (tenant.number, orjson.dumps(reference))
        table = self._tables.get(key)
        if table is None or table.good_until_s < asyncio.get_running_loop().time():
            _LOOKUPS.miss.add()
            table = await self._once(key, tenant, reference)
        else:
            _LOOKUPS.hit.add()
            self._tables.move_to_end(key)
        if table.local_ids:
            self._count(tenant, table.local_ids)
        return table.context

    async def fetch(self, url: str) -> StoredContext:
        """Download a @context now (port `Contexts`)."""
        try:
            fetched = await self._http.fetch(
                url,
                accept=_ACCEPT,
                max_bytes=MAX_BYTES,
                timeout_s=TIMEOUT_S,
                max_redirects=MAX_REDIRECTS,
            )
        except OutboundError as error:
            raise LdContextNotAvailable(
                f"The @context {url} cannot be had: {error.detail}", where=url
            ) from error
        if fetched.status != 200:
            raise LdContextNotAvailable(
                f"The @context {url} cannot be had: it answers {fetched.status}", where=url
            )
        now = self._clock()
        return StoredContext(
            local_id=f"urn:ngsi-ld:Context:{uuid4()}",
            kind=ContextKind.CACHED,
            document=_document(url, fetched),
            created_at=now,
            url=url,
            expires_at=expiry(fetched.headers, now),
        )

    async def forget(self, tenant: Tenant) -> None:
        """Drop the tenant's term tables in every process (port `Contexts`)."""
        self.drop(tenant.number)
        await self._announce(tenant)

    def drop(self, number: int) -> None:
        """Drop the term tables of one tenant in this process."""
        for key in [key for key in self._tables if key[0] == number]:
            del self._tables[key]

    def drop_all(self) -> None:
        """Drop all term tables of this process."""
        self._tables.clear()

    async def settle(self, tenant: Tenant) -> None:
        """Write down how often stored contexts were used here (port `Contexts`)."""
        counted = self._uses.pop(tenant.number, None)
        if counted is not None:
            await self._shelf.count_uses(tenant, counted[1], self._clock())

    async def settle_all(self) -> None:
        """Write down all uses counted in this process."""
        for tenant, _ in list(self._uses.values()):
            await self.settle(tenant)

    def _count(self, tenant: Tenant, local_ids: tuple[str, ...]) -> None:
        counted = self._uses.get(tenant.number)
        if counted is None:
            counted = self._uses[tenant.number] = (tenant, Counter())
        counted[1].update(local_ids)

    async def _once(self, key: tuple[int, bytes], tenant: Tenant, reference: JsonValue) -> _Table:
        """Build a table once, however many requests wait for it; none of them can cancel it."""
        task = self._loading.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._build(tenant, reference))
            self._loading[key] = task
            task.add_done_callback(lambda _: self._loading.pop(key, None))
        table = await asyncio.shield(task)
        self._tables[key] = table
        while len(self._tables) > TABLES:
            self._tables.popitem(last=False)
        return table

    async def _build(self, tenant: Tenant, reference: JsonValue) -> _Table:
        gathered = _Gathered(documents={}, local_ids=[])
        try:
            async with asyncio.timeout(2 * TIMEOUT_S):
                await self._gather(tenant, reference, gathered)
        except TimeoutError as error:
            raise LdContextNotAvailable(
                f"The @context takes longer than {2 * TIMEOUT_S:.0f} s to gather", where="@context"
            ) from error
        context = build_context(reference, gathered.documents)
        good_for_s = MEMORY_S
        if gathered.expires_at is not None:
            left = (gathered.expires_at - self._clock()) / timedelta(seconds=1)
            good_for_s = max(1.0, min(MEMORY_S, left))
        return _Table(
            context=context,
            local_ids=tuple(gathered.local_ids),
            good_until_s=asyncio.get_running_loop().time() + good_for_s,
        )

    async def _gather(self, tenant: Tenant, reference: JsonValue, gathered: _Gathered) -> None:
        while missing := references(reference, gathered.documents):
            if len(gathered.documents) + len(missing) > MAX_DOCUMENTS:
                raise BadRequestData(
                    f"The @context needs more than {MAX_DOCUMENTS} documents", where="@context"
                )
            for url in missing:
                document = self._own(url) or await self._stored(tenant, url, gathered)
                gathered.documents[url] = document

    async def _stored(self, tenant: Tenant, url: str, gathered: _Gathered) -> JsonObject:
        _, found, local_id = url.partition(HOSTED_PATH)
        stored = await self._shelf.get(tenant, unquote(local_id) if found else url)
        if stored is None or _is_stale(stored, self._clock()):
            stored = await self._refreshed(tenant, url, stored)
        gathered.local_ids.append(stored.local_id)
        if stored.expires_at is not None:
            gathered.expires_at = min(gathered.expires_at or stored.expires_at, stored.expires_at)
        return stored.document

    async def _refreshed(
        self, tenant: Tenant, url: str, old: StoredContext | None
    ) -> StoredContext:
        """Fetch and keep; where the origin is away, an old copy serves on (offline)."""
        try:
            fresh = await self.fetch(url)
        except NgsiLdError as error:
            if old is None:
                raise
            log.warning("context_stays_stale", url=url, reason=error.detail)
            return old
        return await self._shelf.put(tenant, fresh)


def _is_stale(stored: StoredContext, now: datetime) -> bool:
    return stored.expires_at is not None and stored.expires_at <= now


def _document(url: str, fetched: Fetched) -> JsonObject:
    try:
        document = orjson.loads(fetched.body)
    except orjson.JSONDecodeError as error:
        raise BadRequestData(f"What {url} serves is not JSON", where=url) from error
    if not isinstance(document, dict) or "@context" not in document:
        raise BadRequestData(f"What {url} serves holds no @context", where=url)
    return {"@context": document["@context"]}
