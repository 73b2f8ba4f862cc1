"""A resident of one city at a service of another: her levels travel, and every step is kept."""

import time

from joint_use import Levels
from kit.json import JsonObject
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

RESIDENT = "https://example.jp/Resident"


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


def set_policy(member: Member, policy: JsonObject) -> None:
    address = f"{member.url}/admin/tenants/default/policy"
    headers = {"Authorization": f"Bearer {member.platform.operator_token}"}
    version = member.http.get(address, headers=headers).json()["version"]
    asked = {"version": version, "policy": policy}
    assert member.http.put(address, headers=headers, json=asked).status_code == 200


def test_an_exchanged_token_of_a_peers_resident_reads_no_personal_data(
    linked: tuple[Service, Service], sapporo: Member, ebetsu: Member, library: Stranger
) -> None:
    """Her city says who she is; that she agrees, nobody has asked her here."""
    at_sapporo, at_ebetsu = linked
    hanako = resident(sapporo, Levels(2, 2))
    consent(sapporo, hanako, library)
    given = at_ebetsu.exchange(at_sapporo.id_token(hanako), scope="read")
    token = given.json()["access_token"]
    rule: JsonObject = {
        "owner": f"{RESIDENT}/id",
        "purpose": "図書の貸出",
        "requires": {"class": "existence"},
    }
    set_policy(ebetsu, {"personal": {RESIDENT: rule}})
    try:
        deadline = time.monotonic() + 60
        while True:
            refused = ebetsu.http.get(
                f"{ebetsu.url}/ngsi-ld/v1/entities",
                params={"type": RESIDENT},
                headers={"Authorization": f"Bearer {token}"},
            )
            if refused.status_code != 200 or time.monotonic() > deadline:
                break
    finally:
        set_policy(ebetsu, {})
    assert refused.status_code == 403, refused.text
    assert "consents on this platform's pages" in refused.json()["detail"]
