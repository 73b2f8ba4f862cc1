"""What was decided on sign-ins of peers, and receipts of exchanges, in the control database."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import orjson

from idp_federation.assurance.exchange import Receipt
from idp_federation.peer_ports import KeptDecision, KeptReceipt
from idp_federation.store.rows import Stored
from kit.json import JsonObject

_DECISION = "SELECT number, at, tenant, client, peer, outcome, record FROM federation_decision"
_KEEP = """
INSERT INTO federation_decision (at, tenant, client, peer, outcome, record)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING number"""
_FIND = f"{_DECISION} WHERE number = $1"
_LATEST = f"{_DECISION} WHERE $1::text IS NULL OR tenant = $1 ORDER BY number DESC LIMIT $2"
_ADD = """
INSERT INTO federation_receipt (id, sender, recipient, content, at, arrived_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (sender, id) DO NOTHING"""
_RECEIPTS = """
SELECT content, arrived_at, attempts, problem FROM federation_receipt ORDER BY at DESC LIMIT $1"""
_CLAIM = """
UPDATE federation_receipt SET due_at = $2
WHERE (sender, id) IN (
    SELECT sender, id FROM federation_receipt WHERE due_at <= $1
    ORDER BY due_at LIMIT 50 FOR UPDATE SKIP LOCKED)
RETURNING content, arrived_at, attempts, problem"""
_ARRIVED = """
UPDATE federation_receipt SET arrived_at = $3, due_at = NULL, problem = ''
WHERE sender = $1 AND id = $2"""
_FAILED = """
UPDATE federation_receipt SET attempts = attempts + 1, problem = $3, due_at = $4
WHERE sender = $1 AND id = $2"""


class StoredDecisions(Stored):
    """What was decided on sign-ins of peers; satisfies `DecisionLog`."""

    async def keep(self, decision: KeptDecision) -> int:
        """Keep one; answers with its number."""
        record = orjson.dumps(decision.record)
        values = (decision.at, decision.tenant, decision.client, decision.peer, decision.outcome)
        [row] = await self._rows(_KEEP, *values, record)
        number: int = row["number"]
        return number

    async def find(self, number: int) -> KeptDecision | None:
        """Answer with one."""
        rows = await self._rows(_FIND, number)
        return _decision(rows[0]) if rows else None

    async def latest(self, *, tenant: str | None, limit: int) -> Sequence[KeptDecision]:
        """List the latest, of one tenant or of all, the last first."""
        return [_decision(row) for row in await self._rows(_LATEST, tenant, limit)]


class StoredReceipts(Stored):
    """Receipts of exchanges; satisfies `Receipts`."""

    async def keep(self, receipt: Receipt) -> None:
        """Keep one of this platform's, to be handed over."""
        await self._add(receipt.as_json(), at=receipt.at, arrived_at=None, due_at=receipt.at)

    async def take(self, receipt: JsonObject, *, at: datetime) -> None:
        """Keep one that another platform hands over; the same one only once."""
        await self._add(receipt, at=at, arrived_at=at, due_at=None)

    async def latest(self, *, limit: int) -> Sequence[KeptReceipt]:
        """List the latest, the last first."""
        return [_receipt(row) for row in await self._rows(_RECEIPTS, limit)]

    async def claim(self, now: datetime, *, again_at: datetime) -> Sequence[KeptReceipt]:
        """Take those to be handed over; nobody else does before an instant."""
        return [_receipt(row) for row in await self._rows(_CLAIM, now, again_at)]

    async def arrived(self, receipt: KeptReceipt, *, at: datetime) -> None:
        """Note that the other end has taken one."""
        await self._rows(_ARRIVED, *_name(receipt.content), at)

    async def failed(self, receipt: KeptReceipt, *, problem: str, due_at: datetime | None) -> None:
        """Note that one was not taken, and when to try again."""
        await self._rows(_FAILED, *_name(receipt.content), problem, due_at)

    async def _add(
        self,
        content: JsonObject,
        *,
        at: datetime,
        arrived_at: datetime | None,
        due_at: datetime | None,
    ) -> None:
        sender, id_ = _name(content)
        recipient = str(content["recipient"])
        body = orjson.dumps(content)
        await self._rows(_ADD, id_, sender, recipient, body, at, arrived_at, due_at)


def _name(content: JsonObject) -> tuple[str, str]:
    return str(content["sender"]), str(content["id"])


def _decision(row: asyncpg.Record) -> KeptDecision:
    return KeptDecision(
        number=row["number"],
        at=row["at"],
        tenant=row["tenant"],
        client=row["client"],
        peer=row["peer"],
        outcome=row["outcome"],
        record=orjson.loads(row["record"]),
    )


def _receipt(row: asyncpg.Record) -> KeptReceipt:
    return KeptReceipt(
        content=orjson.loads(row["content"]),
        arrived_at=row["arrived_at"],
        attempts=row["attempts"],
        problem=row["problem"],
    )
