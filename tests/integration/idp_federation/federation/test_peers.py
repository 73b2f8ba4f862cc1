"""A resident of one city at a service of another: her levels travel, and every step is kept."""

import time

from joint_use import Levels
from tests.integration.idp_federation.federation.members import Member
from tests.integration.idp_federation.federation.strangers import Stranger
from tests.integration.idp_federation.federation.travellers import (
    Service,
    acr,
    consent,
    last_decision,
    resident,
    told,
)
from tests.integration.idp_federation.people import claims_in


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
