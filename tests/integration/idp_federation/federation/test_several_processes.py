"""What one process finds out about a peer holds in all of them, and for a minute."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from idp_federation.assurance.assurance_map import CheckedStatus
from idp_federation.federation.trust_mark import Status
from joint_use import Levels
from kit.clock import utc_now
from kit.json import JsonObject
from renkei.identity import Identity
from tests.integration.idp_federation.federation.members import Member
from tests.integration.idp_federation.federation.travellers import (
    EXCHANGE,
    ID_TOKEN,
    Service,
    acr,
    consent,
    last_decision,
    op_of,
    resident,
    told,
)
from tests.integration.idp_federation.people import claims_in
from tests.platforms import served


@pytest.fixture(scope="module")
def id_token(linked: tuple[Service, Service], sapporo: Member) -> str:
    hanako = resident(sapporo, Levels(2, 2))
    consent(sapporo, hanako, linked[0].stranger)
    return linked[0].id_token(hanako)


@pytest.fixture(scope="module")
def other_worker(ebetsu: Member) -> Iterator[Member]:
    """A process of 江別市 that has just started, and has asked nobody anything."""
    with served(ebetsu.settings) as url:
        yield replace(ebetsu, url=url)


def exchanged(linked: tuple[Service, Service], worker: Member, id_token: str) -> JsonObject:
    """Exchange a token at one of the workers; answers with what the token says."""
    here = linked[1].party
    there = Service(stranger=linked[1].stranger, member=worker).party
    form = {
        "grant_type": EXCHANGE, "subject_token": id_token, "subject_token_type": ID_TOKEN,
    }  # fmt: skip
    answer = there.post("token", form, assertion=here.assertion())
    assert answer.status_code == 200, answer.text
    return claims_in(answer.json()["access_token"])


def checked(ebetsu: Member, peer: str, seconds_ago: int) -> None:
    """Let the last status of a peer's map be so old."""

    async def age(identity: Identity) -> None:
        known = await identity.federation.linkage.known.read(peer)
        assert known is not None
        at = utc_now() - timedelta(seconds=seconds_ago)
        old = CheckedStatus(status=Status.ACTIVE, checked_at=at)
        later = utc_now() + timedelta(hours=1)
        await identity.federation.linkage.known.write(replace(known, status=old), due_at=later)

    op_of(ebetsu).identity._run(age)


def test_a_process_that_has_just_started_knows_what_the_others_found_out(
    linked: tuple[Service, Service], other_worker: Member, id_token: str
) -> None:
    assert exchanged(linked, other_worker, id_token)["acr"] == acr(Levels(2, 2))


def test_attack_8_without_a_fresh_status_for_a_minute_a_peers_levels_are_lost_everywhere(
    linked: tuple[Service, Service],
    ebetsu: Member,
    other_worker: Member,
    sapporo: Member,
    id_token: str,
) -> None:
    try:
        checked(ebetsu, sapporo.url, 45)
        token = exchanged(linked, ebetsu, id_token)
        assert token["acr"] == acr(Levels(2, 2))
        assert int(str(token["exp"])) - int(str(token["iat"])) <= 15, "until the minute is over"
        assert "status_ageing" in told(last_decision(ebetsu))
        checked(ebetsu, sapporo.url, 61)
        for worker in (ebetsu, other_worker):
            assert exchanged(linked, worker, id_token)["acr"] == acr(Levels(1, 1))
            assert "status_lost" in told(last_decision(ebetsu))
    finally:
        assert "active" in ebetsu.run("peer", "check", sapporo.url)
    assert exchanged(linked, other_worker, id_token)["acr"] == acr(Levels(2, 2))


def test_a_peer_that_is_accepted_no_more_counts_for_nothing_at_once(
    linked: tuple[Service, Service], ebetsu: Member, sapporo: Member, id_token: str
) -> None:
    ebetsu.run("peer", "disallow", sapporo.url, "--tenant", "default")
    try:
        refused = linked[1].exchange(id_token)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        assert told(last_decision(ebetsu)) == ["peer_not_listed"]
    finally:
        ebetsu.run("peer", "allow", sapporo.url, "--tenant", "default")
