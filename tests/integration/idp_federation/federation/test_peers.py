"""A resident of one city at a service of another: her levels travel, and every step is kept."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from joint_use import Levels
from kit.json import JsonObject
from tests.integration.idp_federation.federation.members import MAP, Member
from tests.integration.idp_federation.federation.strangers import Stranger, strange
from tests.integration.idp_federation.federation.travellers import (
    Service,
    acr,
    consent,
    last_decision,
    resident,
    told,
)
from tests.integration.idp_federation.people import claims_in


@pytest.fixture(scope="module")
def library(authority: Path, prefecture: Member) -> Iterator[Stranger]:
    """江別市図書館, a service that the prefecture has enrolled."""
    with strange(authority) as stranger:
        stranger.as_service(prefecture)
        yield stranger


@pytest.fixture(scope="module")
def linked(
    prefecture: Member, sapporo: Member, ebetsu: Member, library: Stranger
) -> tuple[Service, Service]:
    """The library as it asks at 札幌市 and at 江別市, which accept it and each other."""
    content: JsonObject = {"assurance_map": MAP}
    issued = prefecture.admin("POST", "/marks", {"subject": sapporo.url, "content": content})
    assert issued.status_code == 201, issued.text
    sapporo.run("mark", "show", prefecture.url)
    for city, other in ((sapporo, ebetsu), (ebetsu, sapporo)):
        city.run("peer", "allow", library.url, "--tenant", "default", "--scope", "openid read")
        city.run("peer", "allow", other.url, "--tenant", "default")
    told = ebetsu.run("peer", "check", sapporo.url)
    assert "active" in told
    assert "問題" not in told
    return Service(stranger=library, member=sapporo), Service(stranger=library, member=ebetsu)


def test_a_resident_of_one_city_is_believed_at_another(
    linked: tuple[Service, Service], sapporo: Member, ebetsu: Member, library: Stranger
) -> None:
    at_sapporo, at_ebetsu = linked
    hanako = resident(sapporo, Levels(2, 2))
    consent(sapporo, hanako, library)
    id_token = at_sapporo.id_token(hanako)
    given = at_ebetsu.exchange(id_token, scope="read")
    assert given.status_code == 200, given.text
    token = claims_in(given.json()["access_token"])
    assert (token["iss"], token["src"]) == (ebetsu.url, sapporo.url)
    assert token["acr"] == acr(Levels(2, 2))
    assert token["sub"] != claims_in(id_token)["sub"], "named anew for each platform"
    assert int(str(token["exp"])) <= time.time() + 60, "the map's status has to be known anew"
    decision = last_decision(ebetsu)
    assert decision["outcome"] == "allow"
    assert told(decision) == [
        "peer_accepted", "map_accepted", "acr_mapped", "claims_mapped", "enough",
    ]  # fmt: skip
    explained = ebetsu.run("explain", str(decision["number"]))
    assert "許可された連携先" in explained
    assert "結果: 許可" in explained
