"""Verification of the audit: every record recomputed, every signed head found again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from joint_use.terms.audit import AuditRecord, Head, linked, origin
from joint_use.terms.audit_heads import HeadsStatement, read_heads
from kit.jwt import Jwk


class Fault(Enum):
    """What is wrong with the audit: in Japanese and English."""

    RECORD_ALTERED = ("記録が書き換えられています", "The record was altered")
    RECORD_MISSING = ("記録が抜けています", "A record is missing")
    CHAIN_REWRITTEN = (
        "署名済みの先端と一致しません",
        "The records up to this one are not those that were signed",
    )
    TAIL_CUT = ("末尾の記録が失われています", "Records at the end are missing")
    CHAIN_MISSING = ("連鎖がすべて失われています", "The whole chain is missing")
    STATEMENT_FORGED = ("先端の署名が正しくありません", "The statement of heads is not ours")
    STATEMENT_MISSING = ("先端の署名文書が失われています", "A statement of heads is missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, and where."""

    fault: Fault
    chain: UUID | None = None
    number: int | None = None


@dataclass(slots=True)
class SignedHeads:
    """What statements prove: the digest that each chain had at each signed number."""

    of: dict[UUID, dict[int, bytes]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    statements: int = 0
    last: HeadsStatement | None = None

    def of_chain(self, chain: UUID) -> Mapping[int, bytes]:
        """Answer with the digests that are proven of a chain, by number."""
        return self.of.get(chain, {})

    def add(self, statement: HeadsStatement) -> None:
        """Take the heads of a statement."""
        for head in statement.heads:
            self.of.setdefault(head.chain, {})[head.number] = head.digest


def read_statements(
    stored: Sequence[tuple[int, str]], published: Iterable[str], key: Jwk
) -> SignedHeads:
    """Read the statements that are stored, and hold them against those that were published.

    Args:
        stored: number and text, in order.
        published: texts that somebody has kept elsewhere.
        key: the public key of the audit.
    """
    signed = SignedHeads()
    texts: dict[int, str] = {}
    for number, text in stored:
        _take(signed, number, text, key)
        texts[number] = text
    kept = [statement for text in published if (statement := _believed(text, key)) is not None]
    for statement in sorted(kept, key=lambda one: one.number):
        signed.add(statement)
        if texts.get(statement.number) != statement.text:
            signed.findings.append(Finding(fault=Fault.STATEMENT_MISSING, number=statement.number))
    return signed


def _take(signed: SignedHeads, number: int, text: str, key: Jwk) -> None:
    """Take a stored statement that follows the one before."""
    statement = _believed(text, key)
    if statement is None or statement.number != number:
        signed.findings.append(Finding(fault=Fault.STATEMENT_FORGED, number=number))
        return
    last = signed.last
    expected, previous = (1, "") if last is None else (last.number + 1, last.digest)
    if number != expected or statement.previous != previous:
        signed.findings.append(Finding(fault=Fault.STATEMENT_MISSING, number=expected))
    signed.add(statement)
    signed.statements += 1
    signed.last = statement


def _believed(text: str, key: Jwk) -> HeadsStatement | None:
    try:
        return read_heads(text, key)
    except ValueError:
        return None


class ChainReading:
    """Reads one chain from its beginning and says what is wrong with it.

    Args:
        chain: which.
        signed: the digests that statements prove, by number.
    """

    def __init__(self, chain: UUID, signed: Mapping[int, bytes]) -> None:
        self._chain = chain
        self._signed = signed
        self._digest = origin(chain)
        self.number = 0
        self.findings: list[Finding] = []

    def add(self, record: AuditRecord) -> None:
        """Read the next record."""
        if record.number != self.number + 1:
            self._find(Fault.RECORD_MISSING, self.number + 1)
        elif linked(self._digest, record.content) != record.digest:
            self._find(Fault.RECORD_ALTERED, record.number)
        if self._signed.get(record.number, record.digest) != record.digest:
            self._find(Fault.CHAIN_REWRITTEN, record.number)
        self.number, self._digest = record.number, record.digest

    def end(self, head: Head | None) -> list[Finding]:
        """Hold the end against where the chain is said to end; answers with all that is wrong.

        Args:
            head: as it is stored; None: nothing is stored of it.
        """
        last_signed = max(self._signed, default=0)
        if not self.number and last_signed:
            self._find(Fault.CHAIN_MISSING, None)
        elif self.number < max(last_signed, 0 if head is None else head.number):
            self._find(Fault.TAIL_CUT, self.number + 1)
        elif head is None or (head.number, head.digest) != (self.number, self._digest):
            self._find(Fault.CHAIN_REWRITTEN, self.number)
        return self.findings

    def _find(self, fault: Fault, number: int | None) -> None:
        self.findings.append(Finding(fault=fault, chain=self._chain, number=number))
