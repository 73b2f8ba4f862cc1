"""The audit: what is recorded, how it is read, and what verification tells of tampering."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from joint_use import Levels
from kit.db import Database, Databases
from kit.json import JsonObject, JsonValue
from renkei.auditing import PUBLISHED, assemble_audit
from renkei.cli import assemble
from renkei.instance import Instance
from renkei.servers import MAIN, open_databases
from tests.integration.idp_federation.people import Op
from tests.integration.renkei.enforcing import POLICY, RESIDENT, City, V, put_policy, resident


def operator(op: Op) -> dict[str, str]:
    return {"Authorization": f"Bearer {Instance(op.settings.data).operator_token()}"}


def records(op: Op, **asked: str) -> list[JsonObject]:
    answer = op.http.get(f"{op.url}/admin/audit/records", params=asked, headers=operator(op))
    assert answer.status_code == 200, answer.text
    return [one["content"] for one in answer.json()]


def hash_of(op: Op, name: str) -> str:
    """How a person stands in records."""
    found = assemble_audit(op.settings, Databases([]), Database(MAIN, "any"))
    return found.book.hashes.of(name)


def verification(op: Op, published: list[str] | None = None) -> JsonObject:
    answer = op.http.post(
        f"{op.url}/admin/audit/verification",
        json={"published": published or []},
        headers=operator(op),
    )
    assert answer.status_code == 200, answer.text
    found: JsonObject = answer.json()
    return found


def as_owner(op: Op, *statements: str) -> list[list[object]]:
    """Do what only somebody with the database's own password can."""

    async def run() -> list[list[object]]:
        control = Database(MAIN, op.settings.joint_use.control_database)
        async with open_databases(op.settings) as databases, databases.admin(control) as owner:
            return [
                [tuple(row) for row in await owner.fetch(statement)] for statement in statements
            ]

    return asyncio.run(run())


@contextmanager
def tampered(op: Op, what: str) -> Iterator[None]:
    """Tamper with the audit, and undo it."""
    as_owner(
        op,
        "CREATE TABLE kept_record AS SELECT chain, number, content, digest FROM audit_record",
        "CREATE TABLE kept_chain AS SELECT * FROM audit_chain",
        "CREATE TABLE kept_heads AS SELECT * FROM audit_heads",
    )
    try:
        as_owner(op, *what.split(";"))
        yield
    finally:
        as_owner(
            op,
            "ALTER TABLE audit_record DISABLE TRIGGER ALL",
            "DELETE FROM audit_record",
            "DELETE FROM audit_chain",
            "DELETE FROM audit_heads",
            "INSERT INTO audit_chain SELECT * FROM kept_chain",
            "INSERT INTO audit_record (chain, number, content, digest) SELECT * FROM kept_record",
            "INSERT INTO audit_heads SELECT * FROM kept_heads",
            "ALTER TABLE audit_record ENABLE TRIGGER ALL",
            "DROP TABLE kept_record",
            "DROP TABLE kept_chain",
            "DROP TABLE kept_heads",
        )


def test_what_operators_change_is_recorded_with_who_and_where(city: City) -> None:
    put_policy(city, POLICY)
    [change, *_] = records(city.op, kind="policy_change", tenant=city.name)
    assert change["by"] == {"kind": "operator", "name": "operator"}
    assert change["what"] == "PUT /admin/tenants/{name}/policy"
    assert change["outcome"] == "done"
    made = records(city.op, kind="operator_action")
    assert {"kind": "thing", "name": city.name} in [one.get("about") for one in made]
    [registered, *_] = records(city.op, kind="client_change")
    assert registered["about"] is not None


def test_decisions_on_personal_data_are_recorded_and_name_nobody(city: City) -> None:
    hanako, low = resident(city, Levels(2, 2)), resident(city, Levels(2, 1))
    path = f"/entities?type={RESIDENT}"
    refused = [
        city.ask("GET", path, token).status_code
        for token in (None, city.service, hanako.token, low.token)
    ]
    assert refused == [401, 403, 403, 401]
    hanako.consent()
    for wanted in (path, "/entities?local=true", f"/entities/urn:e:{hanako.subject}"):
        assert city.ask("GET", wanted, hanako.token).status_code == 200
    assert city.ask("GET", f"/entities/urn:e:{low.subject}", hanako.token).status_code == 404
    assert city.ask("GET", "/entities/urn:e:open", hanako.token).status_code == 200
    assert city.ask("GET", "/types", hanako.token).status_code == 200

    found = records(city.op, kind="personal_data", tenant=city.name)[::-1]
    hers = hash_of(city.op, hanako.subject)
    told = [(one["what"], one["outcome"], one["by"]["kind"]) for one in found]  # type: ignore[index, call-overload]
    assert told == [
        ("write", "allowed", "client"),  # the two records of residents
        ("write", "allowed", "client"),
        ("read", "denied", "anyone"),
        ("read", "denied", "client"),
        ("read", "denied", "person"),
        ("read", "step_up", "person"),
        ("read", "allowed", "person"),
        ("read", "allowed", "person"),
        ("read", "allowed", "person"),
        ("read", "denied", "person"),
    ]
    assert "consent" in str(found[4]["reason"])
    assert found[6]["by"] == found[6]["about"] == {"kind": "person", "name": hers}
    assert int(found[6]["facts"]["policy version"]) >= 1  # type: ignore[index, call-overload, arg-type]
    text = json.dumps(found)
    assert hanako.subject not in text
    assert low.subject not in text
    of_her = records(city.op, person=hanako.subject)
    assert {one["outcome"] for one in of_her} >= {"allowed", "denied"}


def test_a_batch_leaves_one_record_and_a_map_tells_nobody_of_hidden_ones(city: City) -> None:
    before = len(records(city.op, kind="personal_data", tenant=city.name))
    batch: JsonValue = [
        {
            "id": f"urn:e:batch:{number}",
            "type": RESIDENT,
            V + "residentId": {"type": "Property", "value": f"somebody {number}"},
        }
        for number in range(3)
    ]
    assert city.ask("POST", "/entityOperations/upsert", city.service, batch).status_code == 201
    [written, *_] = records(city.op, kind="personal_data", tenant=city.name)
    assert written["facts"]["entities"] == "3"  # type: ignore[index, call-overload]
    assert "about" not in written
    assert len(records(city.op, kind="personal_data", tenant=city.name)) == before + 1


def test_who_tries_a_wrong_operators_token_is_recorded_and_scanners_are_not(enforced: Op) -> None:
    before = records(enforced, kind="sign_in")
    address = f"{enforced.url}/admin/tenants"
    assert enforced.http.post(address, json={"name": "x"}).status_code == 401
    wrong = {"Authorization": "Bearer wrong"}
    assert enforced.http.post(address, json={"name": "x"}, headers=wrong).status_code == 401
    after = records(enforced, kind="sign_in")
    assert len(after) == len(before) + 1
    assert after[0]["outcome"] == "failed"
    assert "wrong" not in json.dumps(after[0]["by"])


def test_only_the_operator_reads_the_audit(city: City) -> None:
    for token in (None, city.service):
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        for path in ("records", f"records/{'0' * 8}-0000-0000-0000-{'0' * 12}/1"):
            answer = city.op.http.get(f"{city.op.url}/admin/audit/{path}", headers=headers)
            assert answer.status_code in (401, 403)


def test_heads_are_signed_published_and_verified(enforced: Op) -> None:
    found = verification(enforced)
    assert found["findings"] == []
    assert found["statements"]
    published = enforced.http.get(f"{enforced.url}/audit/heads").json()
    kept = Path(enforced.settings.data, PUBLISHED).read_text().split()
    assert published["statement"] == kept[-1]
    assert verification(enforced, [published["statement"]])["findings"] == []


def two_statements(op: Op) -> None:
    """See that there are two: that the only one is gone, nobody knows who kept none."""
    while True:
        found = verification(op)["statements"]
        if isinstance(found, int) and found > 1:
            return
        op.http.post(f"{op.url}/admin/tenants", json={}, headers=operator(op))
        time.sleep(0.2)


CHAIN = "(SELECT id FROM audit_chain WHERE signed > 0 AND last > 1 ORDER BY began_at LIMIT 1)"
TAMPERINGS = {
    'UPDATE audit_record SET content = \'{"at":"x"}\' WHERE number = 1 AND chain = CHAIN': (
        "record_altered"
    ),
    "DELETE FROM audit_record WHERE chain = CHAIN AND number = "
    "(SELECT last FROM audit_chain WHERE id = CHAIN)": "tail_cut",
    "ALTER TABLE audit_record DISABLE TRIGGER ALL; DELETE FROM audit_record WHERE chain = CHAIN; "
    "DELETE FROM audit_chain WHERE id = CHAIN": "chain_missing",
    "DELETE FROM audit_heads": "statement_missing",
    "UPDATE audit_heads SET statement = statement || 'x'": "statement_forged",
}


@pytest.mark.parametrize(("what", "fault"), TAMPERINGS.items(), ids=TAMPERINGS.values())
def test_who_owns_the_database_can_change_nothing_unnoticed(
    enforced: Op, what: str, fault: str
) -> None:
    two_statements(enforced)
    with tampered(enforced, what.replace("CHAIN", CHAIN)):
        found = verification(enforced)["findings"]
        assert isinstance(found, list)
        assert fault in {one["fault"] for one in found if isinstance(one, dict)}
    assert verification(enforced)["findings"] == []


def test_an_operator_looks_through_it_at_the_command_line(
    enforced: Op, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENKEI_TOKEN", Instance(enforced.settings.data).operator_token())
    monkeypatch.setenv("RENKEI_DATA", "/nonexistent")
    monkeypatch.setenv("COLUMNS", "200")
    where = ["--url", enforced.url]
    listed = CliRunner().invoke(assemble("audit"), ["audit", "list", "--json", *where])
    assert listed.exit_code == 0, listed.output
    first = json.loads(listed.output.splitlines()[0])
    shown = CliRunner().invoke(
        assemble("audit"), ["audit", "show", first["chain"], str(first["number"]), *where]
    )
    assert json.loads(shown.output) == first
    kind = ["--kind", "process_started"]
    table = CliRunner().invoke(assemble("audit"), ["audit", "list", *kind, *where])
    assert "process_started" in table.output
    verified = CliRunner().invoke(assemble("audit"), ["audit", "verify", *where])
    assert verified.exit_code == 0, verified.output
    with tampered(enforced, "DELETE FROM audit_heads"):
        refused = CliRunner().invoke(assemble("audit"), ["audit", "verify", *where])
        assert refused.exit_code == 1
        assert "A statement of heads is missing" in refused.output
