"""docs/assurance.md: current, and every cell what the whole reconciliation decides."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from idp_federation.assurance.decision import Outcome
from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.levels import EVERY
from idp_federation.assurance.service_class import DEFAULTS, NAMES, Requirement, ServiceClass
from idp_federation.assurance.sources import SOURCES
from idp_federation.assurance.tables import document
from joint_use import (
    Action,
    Allow,
    Levels,
    Principal,
    Standing,
    StepUp,
    decide,
    read_policy,
)
from kit.json import JsonObject
from tests.unit.idp_federation.peers import JPKI, KYC, decided, sign_in, verified

DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "assurance.md"

# The guidebook's table, written down here by hand and compared with what the product has.
GUIDEBOOK: dict[ServiceClass, tuple[Levels, set[Proof]]] = {
    ServiceClass.AUTHENTICATED: (Levels(1, 1), set()),
    ServiceClass.EXISTENCE: (Levels(2, 2), set()),
    ServiceClass.CRIMINAL_PROCEEDS: (Levels(2, 2), {Proof.KYC}),
    ServiceClass.PUBLIC_AUTHENTICATION: (Levels(3, 3), {Proof.JPKI_SIGNATURE}),
}
EVIDENCE = (KYC, verified(3, evidence=(JPKI,)))
Cells = dict[tuple[ServiceClass, bool, Levels, Levels], str]


def pair(text: str) -> Levels:
    proofing, authentication = text.strip("*() ").split(",")
    return Levels(int(proofing), int(authentication))


def cells() -> Cells:
    """Read the decisions out of the document as a person would."""
    found: Cells = {}
    titles = {names.ja: one for one, names in NAMES.items()}
    service: ServiceClass | None = None
    evidence, required = False, list[Levels]()
    for line in DOCUMENT.read_text("utf-8").splitlines():
        columns = [column.strip() for column in line.strip("|").split("|")]
        if line.startswith("## "):
            service = titles.get(line.removeprefix("## "))
        elif line.startswith("### "):
            evidence = line.startswith("### With evidence")
        elif service and columns[0].startswith("held"):
            required = [pair(column) for column in columns[1:]]
        elif service and columns[0].startswith("("):
            held = pair(columns[0])
            for one, sign in zip(required, columns[1:], strict=True):
                found[service, evidence, held, one] = sign
    return found


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text("utf-8") == document(), "run `make docs`"


def test_there_is_a_cell_for_everything() -> None:
    expected = {
        (service, evidence, held, required)
        for service in ServiceClass
        for evidence in (True, False)
        for held in EVERY
        for required in EVERY
    }
    found = cells()
    assert set(found) == expected
    assert len(found) == 4 * 2 * 81


def by_hand(held: Levels, required: Levels, proofs: set[Proof], *, evidence: bool) -> str:
    lacking = [
        ("身", held.proofing < required.proofing),
        ("当", held.authentication < required.authentication),
        ("証", bool(proofs) and not evidence),
    ]
    return "".join(sign for sign, is_lacking in lacking if is_lacking) or "可"


@pytest.mark.parametrize("evidence", [True, False])
@pytest.mark.parametrize("service", ServiceClass)
def test_every_cell_says_what_the_guidebook_says(service: ServiceClass, *, evidence: bool) -> None:
    proofs = GUIDEBOOK[service][1]
    found = cells()
    for held in EVERY:
        for required in EVERY:
            expected = by_hand(held, required, proofs, evidence=evidence)
            assert found[service, evidence, held, required] == expected


@pytest.mark.parametrize("evidence", [True, False])
@pytest.mark.parametrize("service", ServiceClass)
def test_every_cell_is_what_reconciliation_decides(
    service: ServiceClass, *, evidence: bool
) -> None:
    """A person signs in at a peer at the levels of the row; a service asks for the column's."""
    found = cells()
    for held in EVERY:
        who = sign_in(held, *(EVIDENCE if evidence else ()))
        for required in EVERY:
            asked = Requirement(levels=required, proofs=DEFAULTS[service].proofs)
            decision = decided(who, required=asked)
            assert decision.held == held
            is_allowed = found[service, evidence, held, required] == "可"
            assert decision.outcome is (Outcome.ALLOW if is_allowed else Outcome.STEP_UP)


@pytest.mark.parametrize("evidence", [True, False])
@pytest.mark.parametrize("service", ServiceClass)
def test_every_cell_is_what_a_policy_that_names_the_class_decides(
    service: ServiceClass, *, evidence: bool
) -> None:
    """A client's policy names the class, and the levels of the column in place of its own."""
    now, found = datetime(2026, 4, 1, tzinfo=UTC), cells()
    for held in EVERY:
        person = Principal(
            subject="hanako",
            service="app",
            tenants=frozenset({"sapporo"}),
            actions=frozenset(Action),
            levels=held,
            proofs=frozenset(proof.value for proof in Proof) if evidence else frozenset(),
            signed_in_at=now,
        )
        for required in EVERY:
            levels: JsonObject = {
                "class": service.value,
                "proofing": required.proofing,
                "authentication": required.authentication,
            }
            policy = read_policy({"services": {"app": levels}})
            decision = decide(
                person, Action.WRITE, "sapporo", Standing(policy=policy, at=now), "a:B"
            )
            is_allowed = found[service, evidence, held, required] == "可"
            assert isinstance(decision, Allow if is_allowed else StepUp)


@pytest.mark.parametrize("service", ServiceClass)
def test_the_defaults_are_the_guidebooks(service: ServiceClass) -> None:
    levels, proofs = GUIDEBOOK[service]
    assert DEFAULTS[service].levels == levels
    assert DEFAULTS[service].proofs == proofs
    row = next(line for line in document().splitlines() if f"| {NAMES[service].en} |" in line)
    assert f"| ({levels.proofing}, {levels.authentication}) |" in row


def test_the_document_names_every_source_with_its_cap() -> None:
    for source in SOURCES.values():
        cap = f"({source.cap.proofing}, {source.cap.authentication})"
        assert f"`{source.name}` | {cap} |" in document()
    assert SOURCES["sns"].cap.proofing == 1
