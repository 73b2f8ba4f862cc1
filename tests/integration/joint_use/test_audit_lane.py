import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from structlog.testing import capture_logs

from joint_use import AuditEvent, AuditKind, AuditLane, AuditOutcome, Party, PersonHashes
from joint_use.terms.audit import linked, origin
from kit.clock import utc_now
from kit.db import Connection, Database, Databases, DatabaseUnavailable, Server

HASHES = PersonHashes(b"a key")


@pytest.fixture
async def lane(databases: Databases, control: Database) -> AsyncIterator[AuditLane]:
    made = AuditLane(databases, control, HASHES, utc_now, "a worker")
    yield made
    await made.close()


def a_read(number: int, **more: str) -> AuditEvent:
    return AuditEvent(
        kind=AuditKind.PERSONAL_DATA,
        outcome=AuditOutcome.ALLOWED,
        by=Party.person(f"person {number}"),
        tenant="sapporo",
        **more,  # type: ignore[arg-type]  # texts alone
    )


async def chains(databases: Databases, control: Database) -> list[list[asyncpg.Record]]:
    async with databases.admin(control) as owner:
        heads = await owner.fetch("SELECT * FROM audit_chain ORDER BY began_at")
        return [
            await owner.fetch(
                "SELECT * FROM audit_record WHERE chain = $1 ORDER BY number", h["id"]
            )
            for h in heads
        ]


async def test_records_that_come_together_are_one_chain(
    lane: AuditLane, databases: Databases, control: Database
) -> None:
    await asyncio.gather(*(lane.record(a_read(number)) for number in range(1200)))
    [records] = await chains(databases, control)
    assert [record["number"] for record in records] == list(range(1, 1201))
    digest = origin(lane.chain)
    for record in records:
        digest = linked(digest, record["content"])
        assert record["digest"] == digest
        assert record["tenant"] == "sapporo"


async def test_what_a_cancelled_caller_has_begun_to_record_is_recorded(
    lane: AuditLane, databases: Databases, control: Database
) -> None:
    recording = asyncio.create_task(lane.record(a_read(1)))
    await asyncio.sleep(0)
    recording.cancel()
    await lane.record(a_read(2))
    [records] = await chains(databases, control)
    assert len(records) == 2


async def test_the_application_can_neither_change_nor_delete_a_record(
    lane: AuditLane, databases: Databases, control: Database
) -> None:
    await lane.record(a_read(1))
    for statement in (
        "UPDATE audit_record SET content = '{}'",
        "DELETE FROM audit_record",
        "DELETE FROM audit_chain",
        "TRUNCATE audit_record",
    ):
        async with databases.connection(control) as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


class _Losing(Databases):
    """Loses connections: after a statement has been carried out, or before."""

    def __init__(self, server: Server) -> None:
        super().__init__([server], budget=4)
        self.after = self.before = 0

    async def give_back(self, pool, connection, error):  # type: ignore[no-untyped-def]  # passes on
        if error is None and self.after:
            self.after -= 1
            connection.terminate()
            await super().give_back(pool, connection, None)
            raise DatabaseUnavailable("lost after the work")
        await super().give_back(pool, connection, error)

    async def take(self, pool, party: int = 0) -> Connection:  # type: ignore[no-untyped-def]
        if self.before:
            self.before -= 1
            raise DatabaseUnavailable("lost before the work")
        return await super().take(pool, party)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_chain_goes_on_where_the_connection_was_lost(
    server: Server, databases: Databases, control: Database, moment: str
) -> None:
    async with _Losing(server) as losing:
        lane = AuditLane(losing, control, HASHES, utc_now, "a worker")
        for turn in range(3):
            setattr(losing, moment, 1)
            with pytest.raises(DatabaseUnavailable):
                await lane.record(a_read(turn))
            await lane.record(a_read(turn))
        await lane.close()
    [records] = await chains(databases, control)
    digest = origin(lane.chain)
    for record in records:
        digest = linked(digest, record["content"])
        assert record["digest"] == digest
    assert len(records) == (3 if moment == "before" else 6)


async def test_a_process_whose_chain_was_cut_under_it_begins_another_and_says_so(
    lane: AuditLane, databases: Databases, control: Database
) -> None:
    await lane.record(a_read(1))
    await lane.record(a_read(2))
    cut = lane.chain
    async with databases.admin(control) as owner:
        await owner.execute("DELETE FROM audit_record WHERE number = 2")
        await owner.execute("UPDATE audit_chain SET last = 1, head = '\\x00' WHERE id = $1", cut)
    with capture_logs() as logged:
        await lane.record(a_read(3))
    assert logged[0] == {
        "event": "audit_chain_altered",
        "chain": str(cut),
        "number": 2,
        "log_level": "error",
    }
    assert lane.chain != cut
    assert [len(records) for records in await chains(databases, control)] == [1, 1]
