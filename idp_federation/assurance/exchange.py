"""Exchange of personal data between platforms: over a live link at both ends, with a receipt."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from idp_federation.assurance.assurance_map import LOST_AFTER
from idp_federation.assurance.decision import Decision, Outcome
from idp_federation.assurance.errors import ExchangeRefused
from idp_federation.federation.identifiers import EntityId
from idp_federation.federation.trust_chain import TrustChain
from kit.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationLink:
    """A link between two platforms as this end knows it.

    Args:
        own: this platform.
        peer: the other one.
        chain: the other's valid trust chain.
        accepted_by_peer_at: when the other last confirmed, signed, that it accepts this platform.
    """

    own: EntityId
    peer: EntityId
    chain: TrustChain | None
    accepted_by_peer_at: datetime | None

    def problem(self, now: datetime) -> str | None:
        """Say why the link is not live; None where it is, at both ends."""
        if self.chain is None or self.chain.entity != self.peer or self.chain.expires_at <= now:
            return f"{self.own} has no valid trust chain of {self.peer}"
        confirmed = self.accepted_by_peer_at
        if confirmed is None or not confirmed <= now <= confirmed + LOST_AFTER:
            return f"{self.peer} has not confirmed within 60 s that it accepts {self.own}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is left of an exchange, at both ends: who, to whom, what for, by which decision.

    Args:
        identifier: its own name.
        sender: whose data pass.
        recipient: at whose word.
        subject: whose data they are, as the sender names her.
        known_as: the same as the recipient names her.
        purpose: what they are for.
        items: what passes.
        decision_digest: by which the decision is found.
        at: when.
    """

    identifier: str
    sender: EntityId
    recipient: EntityId
    subject: str
    known_as: str
    purpose: str
    items: tuple[str, ...]
    decision_digest: str
    at: datetime

    def as_json(self) -> JsonObject:
        """Write the receipt as it is kept and handed over."""
        return {
            "id": self.identifier,
            "sender": self.sender,
            "recipient": self.recipient,
            "subject": self.subject,
            "known_as": self.known_as,
            "purpose": self.purpose,
            "items": [*self.items],
            "decision": self.decision_digest,
            "at": self.at.isoformat(),
        }


def receipt_for(
    link: FederationLink,
    decision: Decision,
    *,
    identifier: str,
    subject: str,
    known_as: str,
    purpose: str,
    items: tuple[str, ...],
    now: datetime,
) -> Receipt:
    """Let an exchange happen, and write its receipt.

    Args:
        link: between this platform and the one that receives.
        decision: what was decided on the levels of who asks.
        identifier: a name for the receipt, of its own.
        subject: whose data they are.
        known_as: the same, as the peer names her.
        purpose: what they are for.
        items: which attributes pass.
        now: the present instant.

    Raises:
        ExchangeRefused: the link is not live at both ends, the levels were not enough, the
            decision is no longer current, or purpose or items are not named.
    """
    problem = link.problem(now)
    if problem is not None:
        raise ExchangeRefused(f"Exchange with {link.peer} is refused: {problem}")
    if decision.outcome is not Outcome.ALLOW or now >= decision.recheck_at:
        raise ExchangeRefused(
            f"Exchange with {link.peer} is refused: no current decision allows it"
        )
    if not purpose or not items:
        raise ExchangeRefused("Exchange names no purpose or no items", where="purpose")
    return Receipt(
        identifier=identifier,
        sender=link.own,
        recipient=link.peer,
        subject=subject,
        known_as=known_as,
        purpose=purpose,
        items=items,
        decision_digest=digest_of(decision),
        at=now,
    )


def digest_of(decision: Decision) -> str:
    """Answer with the SHA-256 of a decision's record, by which it can be found and compared."""
    text = json.dumps(decision.record(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
