"""A decision about levels, with everything that led to it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeVar

from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.levels import shown
from idp_federation.assurance.reasons import UNTRUSTED, Finding
from idp_federation.assurance.service_class import Requirement, Shortfall
from idp_federation.assurance.words import Language
from joint_use import Levels
from kit.json import JsonObject

EnumMember = TypeVar("EnumMember", bound=Enum)


class Outcome(Enum):
    """What follows."""

    ALLOW = "allow"
    STEP_UP = "step_up"
    REFUSE = "refuse"


class Route(Enum):
    """Where somebody can step up: at the platform she came from, or at this one."""

    UPSTREAM = "upstream"
    LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided, on what, why, and for how long.

    Args:
        outcome: what follows.
        held: the levels that count.
        requirement: what was required.
        lacking: what is missing of it.
        proofs: what is proven beside levels.
        routes: where it can be had.
        findings: the steps that led here, in order.
        inputs: what was looked at.
        map_version: the version of the table of levels; None where none applied.
        decided_at: when.
        valid_until: when it ends: session, age of the sign-in, chain, map or evidence.
        recheck_at: until when it may be relied on without a fresh status of the peer's map.
    """

    outcome: Outcome
    held: Levels
    requirement: Requirement
    lacking: Shortfall
    proofs: frozenset[Proof]
    routes: frozenset[Route]
    findings: tuple[Finding, ...]
    inputs: JsonObject
    map_version: int | None
    decided_at: datetime
    valid_until: datetime
    recheck_at: datetime

    @property
    def is_trusted(self) -> bool:
        """Whether who vouches is accepted at all, whatever the sign-in is worth."""
        return not any(finding.reason in UNTRUSTED for finding in self.findings)

    def explain(self, language: Language) -> list[str]:
        """Tell an operator step by step, in a language, how it came about."""
        return [finding.text(language) for finding in self.findings]

    def record(self) -> JsonObject:
        """Write the decision as it is kept for audit."""
        return {
            "outcome": self.outcome.value,
            "held": shown(self.held),
            "required": shown(self.requirement.levels),
            "required_proofs": [one.value for one in _sorted(self.requirement.proofs)],
            "proofs": [one.value for one in _sorted(self.proofs)],
            "lacking_proofs": [one.value for one in _sorted(self.lacking.proofs)],
            "routes": [route.value for route in _sorted(self.routes)],
            "reasons": [
                {"reason": finding.reason.value, **finding.details} for finding in self.findings
            ],
            "inputs": self.inputs,
            "map_version": self.map_version,
            "decided_at": self.decided_at.isoformat(),
            "valid_until": self.valid_until.isoformat(),
            "recheck_at": self.recheck_at.isoformat(),
        }


def _sorted(members: frozenset[EnumMember]) -> list[EnumMember]:
    return sorted(members, key=lambda member: str(member.value))
