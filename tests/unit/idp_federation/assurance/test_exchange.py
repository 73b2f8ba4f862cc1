"""Personal data pass only over a link that is live at both ends, and leave a receipt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp_federation.assurance.decision import Decision
from idp_federation.assurance.errors import ExchangeRefused
from idp_federation.assurance.exchange import FederationLink, Receipt, digest_of, receipt_for
from joint_use import Levels
from tests.unit.idp_federation.peers import city_chain, decided, sign_in
from tests.unit.idp_federation.signed import CITY, NOW, PREF, chain_of

LINK = FederationLink(
    own=PREF.id, peer=CITY.id, chain=city_chain(), accepted_by_peer_at=NOW - timedelta(seconds=20)
)


def exchange(
    link: FederationLink = LINK,
    decision: Decision | None = None,
    *,
    purpose: str = "避難先の照会",
    items: tuple[str, ...] = ("name", "address"),
    after_s: float = 0,
) -> Receipt:
    return receipt_for(
        link,
        decision or decided(),
        identifier="r-1",
        subject="pairwise-7f",
        known_as="sub-at-the-peer",
        purpose=purpose,
        items=items,
        now=NOW + timedelta(seconds=after_s),
    )


def test_an_exchange_leaves_a_receipt_that_names_its_decision() -> None:
    decision = decided()
    receipt = exchange(decision=decision)
    assert receipt.as_json() == {
        "id": "r-1",
        "sender": PREF.id,
        "recipient": CITY.id,
        "subject": "pairwise-7f",
        "known_as": "sub-at-the-peer",
        "purpose": "避難先の照会",
        "items": ["name", "address"],
        "decision": digest_of(decision),
        "at": NOW.isoformat(),
    }


@pytest.mark.parametrize(
    "link",
    [
        replace(LINK, chain=None),
        replace(LINK, chain=chain_of(PREF)),
        replace(LINK, chain=replace(city_chain(), expires_at=NOW)),
        replace(LINK, accepted_by_peer_at=None),
        replace(LINK, accepted_by_peer_at=NOW - timedelta(seconds=61)),
        replace(LINK, accepted_by_peer_at=NOW + timedelta(seconds=1)),
    ],
)
def test_a_link_that_is_not_live_at_both_ends_lets_nothing_pass(link: FederationLink) -> None:
    with pytest.raises(ExchangeRefused, match=r"has no valid|has not confirmed"):
        exchange(link)


def test_too_low_levels_or_an_old_decision_let_nothing_pass() -> None:
    with pytest.raises(ExchangeRefused, match="no current decision"):
        exchange(decision=decided(sign_in(Levels(2, 2))))
    fresh = replace(LINK, accepted_by_peer_at=NOW + timedelta(seconds=50))
    assert exchange(fresh, after_s=54).recipient == CITY.id
    with pytest.raises(ExchangeRefused, match="no current decision"):
        exchange(fresh, after_s=55)


@pytest.mark.parametrize(("purpose", "items"), [("", ("name",)), ("照会", ())])
def test_purpose_and_items_are_named(purpose: str, items: tuple[str, ...]) -> None:
    with pytest.raises(ExchangeRefused, match="names no purpose"):
        exchange(purpose=purpose, items=items)


def test_a_changed_decision_has_another_digest() -> None:
    one, other = decided(), decided(sign_in(Levels(3, 2)))
    assert digest_of(one) == digest_of(decided())
    assert digest_of(one) != digest_of(other)
