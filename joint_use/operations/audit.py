"""The audit as operators use it: looked through, and verified."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from joint_use.audit_ports import AuditBook, AuditSnapshot, AuditWanted
from joint_use.terms.access import Action, Principal
from joint_use.terms.audit import AuditRecord
from joint_use.terms.audit_verification import (
    ChainReading,
    Finding,
    SignedHeads,
    read_statements,
)
from joint_use.terms.errors import AuditRecordUnknown, Forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What looking through all of the audit has shown.

    Args:
        statements: how many signed statements were read.
        last: the number of the last one.
    """

    records: int
    chains: int
    statements: int
    last: int
    findings: tuple[Finding, ...]


async def list_records(
    book: AuditBook, principal: Principal, wanted: AuditWanted, *, person: str | None = None
) -> Sequence[AuditRecord]:
    """List records, the latest first.

    Args:
        book: the ports.
        principal: who asks.
        wanted: which.
        person: of a person, by the name that is hashed in records.

    Raises:
        AuditRecordUnknown: there is no record that ended the page before.
        Forbidden: the caller is not the operator.
    """
    _require(principal)
    if wanted.before is not None:
        await show_record(book, principal, *wanted.before)
    if person is not None:
        wanted = replace(wanted, party=book.hashes.of(person))
    return await book.shelf.page(wanted)


async def show_record(
    book: AuditBook, principal: Principal, chain: UUID, number: int
) -> AuditRecord:
    """Show one record.

    Raises:
        AuditRecordUnknown: there is none.
        Forbidden: the caller is not the operator.
    """
    _require(principal)
    found = await book.shelf.find(chain, number)
    if found is None:
        raise AuditRecordUnknown(
            f"Record {number} of chain {chain} does not exist",
            detail_ja=f"連鎖 {chain} の記録 {number} はありません。",
        )
    return found


async def verify_audit(
    book: AuditBook, principal: Principal, published: Sequence[str] = ()
) -> Verification:
    """Recompute every record and find every signed head again.

    Args:
        book: the ports.
        principal: who asks.
        published: statements that somebody has kept elsewhere, beside those kept here.

    Raises:
        Forbidden: the caller is not the operator.
    """
    _require(principal)
    async with book.shelf.frozen() as snapshot:
        kept = [*book.kept.published(), *published]
        signed = read_statements(snapshot.statements, kept, book.key)
        return await _verified(snapshot, signed)


async def _verified(snapshot: AuditSnapshot, signed: SignedHeads) -> Verification:
    heads = {head.chain: head for head in snapshot.heads}
    findings, records, read = list(signed.findings), 0, set[UUID]()
    reading: ChainReading | None = None
    chain: UUID | None = None
    async for record in snapshot.records():
        if reading is None or record.chain != chain:
            if reading is not None:
                findings += reading.end(heads.get(chain) if chain else None)
            chain, reading = record.chain, ChainReading(record.chain, signed.of_chain(record.chain))
            read.add(chain)
        reading.add(record)
        records += 1
    if reading is not None and chain is not None:
        findings += reading.end(heads.get(chain))
    for empty in (heads.keys() | signed.of.keys()) - read:
        findings += ChainReading(empty, signed.of_chain(empty)).end(heads.get(empty))
    return Verification(
        records=records,
        chains=len(heads.keys() | signed.of.keys()),
        statements=signed.statements,
        last=0 if signed.last is None else signed.last.number,
        findings=tuple(findings),
    )


def _require(principal: Principal) -> None:
    """Let pass who runs the platform: records are of all tenants."""
    if principal.tenants is None and Action.ADMINISTER in principal.actions:
        return
    raise Forbidden(
        f"{principal.subject} may not read the audit",
        detail_ja=f"{principal.subject} には監査記録を読む権限がありません。",
    )
