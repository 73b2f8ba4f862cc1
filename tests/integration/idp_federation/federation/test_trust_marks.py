"""Trust marks between platforms: issued, shown, renewed, revoked."""

import json
from pathlib import Path

import pytest

from idp_federation.federation.entity_statement import read_configuration
from idp_federation.federation.jwt import check_signature, read_jwt
from kit.json import JsonObject
from kit.jwt import bears_signature
from renkei.commands.admin import AdminRefused
from tests.integration.idp_federation.federation.members import MAP, WELL_KNOWN, Member

MAP_TYPE = "https://localhost/trust-marks/assurance-map"


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "map.json"
    path.write_text(json.dumps(MAP))
    return path


def status_of(issuer: Member, token: str) -> str:
    answer = issuer.http.post(
        f"{issuer.url}/federation/v1/trust-mark-status", data={"trust_mark": token}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/trust-mark-status-response+jwt"
    told = read_jwt(answer.text, typ={"trust-mark-status-response+jwt"})
    keys = read_configuration(issuer.get(WELL_KNOWN).text).keys
    check_signature(told, keys, bears_signature, what="Status")
    assert told.claims["trust_mark"] == token
    return str(told.claims["status"])


def marks_of(issuer: Member, subject: Member) -> list[JsonObject]:
    return [one for one in issuer.admin("GET", "/marks").json() if one["subject"] == subject.url]


def test_a_map_is_attested_shown_renewed_and_revoked(
    prefecture: Member, ebetsu: Member, table: Path
) -> None:
    assert ebetsu.url in prefecture.run("mark", "issue", ebetsu.url, "--map", str(table))
    assert "表示中" in ebetsu.run("mark", "show", prefecture.url)
    [first] = marks_of(prefecture, ebetsu)
    [entry] = read_configuration(ebetsu.get(WELL_KNOWN).text).trust_marks
    assert entry.token == first["trust_mark"]
    assert entry.trust_mark_type == MAP_TYPE
    assert status_of(prefecture, entry.token) == "active"
    asked = {"trust_mark_type": MAP_TYPE}
    assert ebetsu.url in prefecture.get("/federation/v1/trust-mark-list", **asked).json()
    assert prefecture.get("/federation/v1/list", trust_marked="true").json().count(ebetsu.url) == 1
    assert ebetsu.url not in prefecture.get("/federation/v1/list", trust_marked="false").json()
    prefecture.run("mark", "renew", str(first["number"]), "--days", "5")
    second = marks_of(prefecture, ebetsu)[-1]
    handed = prefecture.get("/federation/v1/trust-mark", sub=ebetsu.url, **asked)
    assert handed.headers["content-type"] == "application/trust-mark+jwt"
    assert handed.text == second["trust_mark"]
    assert status_of(prefecture, entry.token) == "active", "until its own end"
    for one in (first, second):
        revoked = prefecture.run("mark", "revoke", str(one["number"]), "--reason", "監査の結果")
        assert "失効" in revoked
        assert status_of(prefecture, str(one["trust_mark"])) == "revoked"
    gone = prefecture.get("/federation/v1/trust-mark", sub=ebetsu.url, **asked)
    assert (gone.status_code, gone.json()["error"]) == (404, "not_found")
    with pytest.raises(AdminRefused, match="was revoked"):
        prefecture.run("mark", "renew", str(first["number"]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"max_ial": 4}, "max_ial"),
        ({"version": 0}, "version"),
        ({"acr": {"https://localhost/acr/ial1/aal1": 3}}, "raises"),
        ({"proofing": [{"ial": 2}]}, "trust_framework"),
    ],
)
def test_a_table_that_promises_too_much_is_not_attested(
    prefecture: Member, sapporo: Member, change: JsonObject, told: str
) -> None:
    content: JsonObject = {"assurance_map": {**MAP, **change}}
    answer = prefecture.admin("POST", "/marks", {"subject": sapporo.url, "content": content})
    assert answer.status_code == 400
    assert told in answer.json()["detail"]


def test_nobody_attests_himself_and_a_leaf_attests_nobody(
    prefecture: Member, sapporo: Member
) -> None:
    content: JsonObject = {"assurance_map": MAP}
    own = prefecture.admin("POST", "/marks", {"subject": prefecture.url, "content": content})
    assert own.status_code == 400
    leaf = sapporo.admin("POST", "/marks", {"subject": prefecture.url, "content": content})
    assert leaf.status_code == 404


def test_a_mark_that_was_never_issued_has_no_status(prefecture: Member) -> None:
    answer = prefecture.http.post(
        f"{prefecture.url}/federation/v1/trust-mark-status", data={"trust_mark": "a.b.c"}
    )
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    empty = prefecture.http.post(
        f"{prefecture.url}/federation/v1/trust-mark-status", data={"a": "b"}
    )
    assert (empty.status_code, empty.json()["error"]) == (400, "invalid_request")
