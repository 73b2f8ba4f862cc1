from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joint_use.terms.audit import AuditRecord, Head, linked, origin
from joint_use.terms.audit_heads import HeadsStatement, signed_heads
from joint_use.terms.audit_verification import ChainReading, Fault, Finding, read_statements
from kit.jwt import derived_signing_key

KEY = derived_signing_key(bytes(48))
OTHER_KEY = derived_signing_key(bytes(47) + b"1")
AT = datetime(2026, 11, 29, tzinfo=UTC)


@dataclass
class Kept:
    """An audit as it is stored and published."""

    records: dict[UUID, list[AuditRecord]] = field(default_factory=dict)
    statements: list[HeadsStatement] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    cut: dict[UUID, Head] = field(default_factory=dict)

    def write(self, chain: UUID, *contents: str) -> None:
        kept = self.records.setdefault(chain, [])
        digest = kept[-1].digest if kept else origin(chain)
        for content in contents:
            digest = linked(digest, content)
            kept.append(
                AuditRecord(chain=chain, number=len(kept) + 1, content=content, digest=digest)
            )

    def sign(self) -> None:
        last = self.statements[-1] if self.statements else None
        at = AT + timedelta(minutes=len(self.statements))
        made = signed_heads(last, list(self.heads().values()), at, KEY)
        self.statements.append(made)
        self.published.append(made.text)

    def heads(self) -> dict[UUID, Head]:
        return {
            chain: Head(chain=chain, number=records[-1].number, digest=records[-1].digest)
            for chain, records in self.records.items()
            if records
        }

    def rewrite(self, chain: UUID, number: int, content: str) -> None:
        """Alter a record and all that follow it, as who can write to the database may."""
        before = [record.content for record in self.records[chain]]
        before[number - 1] = content
        self.records[chain] = []
        self.write(chain, *before)

    def findings(self) -> list[Finding]:
        stored = [(one.number, one.text) for one in self.statements]
        signed = read_statements(stored, self.published, KEY.public)
        found, heads = list(signed.findings), self.heads() | self.cut
        for chain in heads.keys() | signed.of.keys():
            reading = ChainReading(chain, signed.of_chain(chain))
            for record in self.records.get(chain, ()):
                reading.add(record)
            found += reading.end(heads.get(chain))
        return found


A, B = uuid4(), uuid4()


@pytest.fixture
def kept() -> Kept:
    made = Kept()
    made.write(A, "a1", "a2", "a3")
    made.sign()
    made.write(B, "b1", "b2")
    made.write(A, "a4")
    made.sign()
    made.write(A, "a5")
    return made


def test_nothing_is_wrong_with_what_nobody_has_touched(kept: Kept) -> None:
    assert kept.findings() == []
    assert Kept().findings() == []


def test_an_altered_record_is_named(kept: Kept) -> None:
    kept.records[A][1] = replace(kept.records[A][1], content="another")
    assert kept.findings() == [Finding(fault=Fault.RECORD_ALTERED, chain=A, number=2)]


def test_a_chain_that_was_written_anew_is_not_what_was_signed(kept: Kept) -> None:
    kept.rewrite(A, 2, "another")
    assert Finding(fault=Fault.CHAIN_REWRITTEN, chain=A, number=3) in kept.findings()


def test_a_record_that_was_taken_out_is_missing(kept: Kept) -> None:
    del kept.records[A][1]
    assert kept.findings() == [Finding(fault=Fault.RECORD_MISSING, chain=A, number=2)]


def test_a_tail_that_was_cut_off_is_missing_though_the_head_was_set_back(kept: Kept) -> None:
    del kept.records[A][2:]
    assert kept.findings() == [Finding(fault=Fault.TAIL_CUT, chain=A, number=3)]


def test_a_tail_that_was_never_signed_is_missing_where_the_head_names_it(kept: Kept) -> None:
    kept.cut = kept.heads()
    del kept.records[A][4:]
    assert kept.findings() == [Finding(fault=Fault.TAIL_CUT, chain=A, number=5)]


def test_a_chain_that_is_gone_is_missing(kept: Kept) -> None:
    del kept.records[B]
    assert kept.findings() == [Finding(fault=Fault.CHAIN_MISSING, chain=B)]


def test_statements_that_are_gone_are_told_by_those_after_them_and_by_what_was_published(
    kept: Kept,
) -> None:
    del kept.statements[0]
    missing = Finding(fault=Fault.STATEMENT_MISSING, number=1)
    assert kept.findings().count(missing) == 2


def test_tails_and_statements_that_were_cut_together_are_told_by_what_was_published(
    kept: Kept,
) -> None:
    del kept.records[A][3:]
    del kept.records[B]
    del kept.statements[1]
    assert set(kept.findings()) == {
        Finding(fault=Fault.STATEMENT_MISSING, number=2),
        Finding(fault=Fault.TAIL_CUT, chain=A, number=4),
        Finding(fault=Fault.CHAIN_MISSING, chain=B),
    }


def test_a_statement_that_another_key_has_signed_proves_nothing(kept: Kept) -> None:
    kept.rewrite(A, 1, "another")
    kept.published.clear()
    kept.statements = [
        signed_heads(None, list(kept.heads().values()), AT, OTHER_KEY),
    ]
    assert Finding(fault=Fault.STATEMENT_FORGED, number=1) in kept.findings()


TAMPERINGS: list[Callable[[Kept, UUID, int], object]] = [
    lambda kept, chain, at: kept.rewrite(chain, at, "x"),
    lambda kept, chain, at: kept.records[chain].pop(at - 1),
    lambda kept, chain, at: kept.records.pop(chain),
    lambda kept, chain, at: kept.records[chain].__delitem__(slice(at - 1, None)),
    lambda kept, chain, at: kept.records[chain].reverse(),
]


@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    tampering=st.sampled_from(TAMPERINGS),
    data=st.data(),
)
def test_whatever_is_done_to_signed_records_is_found(
    sizes: list[int], tampering: Callable[[Kept, UUID, int], object], data: st.DataObject
) -> None:
    kept, chains = Kept(), [uuid4() for _ in sizes]
    for chain, size in zip(chains, sizes, strict=True):
        kept.write(chain, *(str(number) for number in range(size)))
        kept.sign()
    chain = data.draw(st.sampled_from(chains))
    at = data.draw(st.integers(1, len(kept.records[chain])))
    before = list(kept.records[chain])
    tampering(kept, chain, at)
    assert bool(kept.findings()) == (kept.records.get(chain) != before)
