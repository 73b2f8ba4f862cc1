"""The audit of changes: behind operators' doors, beside them, and where data are elsewhere."""

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path

import pytest

from joint_use import OPERATOR, Levels
from joint_use.audit_ports import AuditWanted
from joint_use.operations.audit import list_records
from kit.json import JsonObject
from renkei.app import prepare
from renkei.dumps import DumpFailed, admin_dsn, back_up, restore_tenant, separated_tenant
from renkei.instance import Instance
from renkei.platform import assemble, opened
from renkei.settings import Settings
from tests.integration.idp_federation.people import Op
from tests.integration.renkei.enforcing import POLICY, RESIDENT, City, machine, put_policy, resident
from tests.integration.renkei.test_audit import operator, records
from tests.platforms import make_tenant, settings_of


async def recorded(settings: Settings, **wanted: str) -> Sequence[JsonObject]:
    platform = assemble(settings)
    async with opened(platform):
        found = await list_records(platform.audit.book, OPERATOR, AuditWanted(**wanted))  # type: ignore[arg-type]
    return [one.told for one in found]


def told(found: Sequence[JsonObject]) -> set[tuple[object, object, object]]:
    return {(one["what"], one["outcome"], one.get("tenant")) for one in found}


def test_what_the_preparation_sets_is_recorded_once(
    postgres_admin_dsn: str, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, postgres_admin_dsn, auth="on", demo=True)
    asyncio.run(prepare(settings))
    asyncio.run(prepare(settings))
    policies = asyncio.run(recorded(settings, kind="policy_change"))
    assert len(policies) == len(told(policies)) == 4
    assert ("policy set by the demo", "done", "sapporo") in told(policies)
    assert {one["by"]["name"] for one in policies} == {"platform"}  # type: ignore[index, call-overload]
    [client] = asyncio.run(recorded(settings, kind="client_change"))
    assert client["about"] == {"kind": "client", "name": "demo"}
    made = told(asyncio.run(recorded(settings, kind="operator_action")))
    assert ("tenant created by the preparation", "done", "default") in made
    assert ("tenant created by the preparation", "done", "sapporo") in made


def test_a_restored_tenant_stands_in_the_audit_and_so_does_a_failed_restore(
    enforced: Op, tmp_path: Path
) -> None:
    name = make_tenant(enforced.url, enforced.settings, "separated")
    good, bad = tmp_path / "good", tmp_path / "bad"

    async def restore(file: Path) -> None:
        platform = assemble(enforced.settings)
        async with opened(platform):
            await restore_tenant(platform, name, file)

    async def database() -> str:
        platform = assemble(enforced.settings)
        async with opened(platform):
            return (await separated_tenant(platform, name)).placement.database

    back_up(admin_dsn(enforced.settings, "main"), asyncio.run(database()), good)
    bad.write_text("nonsense")
    with pytest.raises(DumpFailed):
        asyncio.run(restore(bad))
    asyncio.run(restore(good))
    found = [one for one in records(enforced, tenant=name) if "restore" in str(one["what"])]
    assert [(one["what"], one["outcome"]) for one in found[::-1]] == [
        ("restore begins", "done"),
        ("restore", "failed"),
        ("restore begins", "done"),
        ("restore", "done"),
    ]
    assert len({one["facts"]["sha256"] for one in found}) == 2  # type: ignore[index, call-overload]


def test_an_archive_that_leaves_is_recorded_and_a_look_is_not(city: City) -> None:
    token = operator(city.op)
    for path in ("", "/archive"):
        answer = city.op.http.get(f"{city.op.url}/admin/tenants/{city.name}{path}", headers=token)
        assert answer.status_code == 200
    found = records(city.op, kind="operator_action", tenant=city.name)
    assert [one["what"] for one in found if str(one["what"]).startswith("GET")] == [
        "GET /admin/tenants/{name}/archive"
    ]


def test_operators_are_recorded_at_doors_that_others_enter_too(city: City) -> None:
    address = f"{city.op.url}/broker/v1/indexes"
    where = {**operator(city.op), "NGSILD-Tenant": city.name}
    answer = city.op.http.post(address, json={"path": "capacity"}, headers=where)
    assert answer.status_code == 202, answer.text
    model = f"{city.op.url}/datamodels/tenants/{city.name}/models/AED"
    assert city.op.http.put(model, json={}, headers=operator(city.op)).status_code == 200
    found = told(records(city.op, kind="operator_action", tenant=city.name))
    assert ("POST /broker/v1/indexes", "done", city.name) in found
    assert ("PUT /datamodels/tenants/{tenant}/models/{name}", "done", city.name) in found
    before = len(records(city.op, kind="sign_in"))
    refused = city.op.http.post(address, json={}, headers={"Authorization": "Bearer old"})
    assert refused.status_code == 401
    assert len(records(city.op, kind="sign_in")) == before, "A service's old token is no sign-in"


def test_a_tenant_that_is_called_like_a_path_is_recorded_like_others(enforced: Op) -> None:
    token = operator(enforced)
    made = {"name": "policy", "storage": "shared"}
    address = f"{enforced.url}/admin/tenants"
    assert enforced.http.post(address, json=made, headers=token).status_code == 201
    sent = {"version": 0, "policy": {}}
    answer = enforced.http.put(f"{address}/policy/policy", json=sent, headers=token)
    assert answer.status_code == 200, answer.text
    [change, *_] = records(enforced, kind="policy_change", tenant="policy")
    assert change["what"] == "PUT /admin/tenants/{name}/policy"


def test_a_provider_that_is_believed_is_a_change_of_the_federation(enforced: Op) -> None:
    name = f"p{secrets.token_hex(4)}"
    sent: JsonObject = {"name": name, "kind": "no such kind"}
    enforced.admin("POST", "/providers", sent)
    [change, *_] = records(enforced, kind="federation_change")
    assert change["what"] == "POST /admin/identity/providers"
    assert change["outcome"] == "failed"


def external(city: City) -> City:
    """A tenant whose data are elsewhere; nobody is there."""
    name = f"x_{secrets.token_hex(6)}"
    endpoint = {"url": "http://127.0.0.1:9", "tenant": None}
    token = {"Authorization": f"Bearer {Instance(city.op.settings.data).operator_token()}"}
    answer = city.op.http.post(
        f"{city.op.url}/admin/tenants",
        json={"name": name, "storage": "external", "endpoint": endpoint},
        headers=token,
    )
    assert answer.status_code == 201, answer.text
    made = City(op=city.op, name=name, service=machine(city.op, name))
    address = f"{city.op.url}/admin/tenants/{name}/policy"
    put = city.op.http.put(address, json={"version": 0, "policy": POLICY}, headers=token)
    assert put.status_code == 200, put.text
    return made


def test_who_is_refused_what_is_elsewhere_is_recorded_and_so_is_what_is_handed_on(
    city: City,
) -> None:
    there = external(city)
    path = f"/entities?type={RESIDENT}"
    answers = [there.ask("GET", path, token).status_code for token in (None, there.service)]
    assert answers == [401, 403]
    body: JsonObject = {"id": "urn:e:1", "type": RESIDENT}
    assert there.ask("POST", "/entities", there.service, body).status_code in (502, 503, 504)
    assert there.ask("GET", "/subscriptions", there.service).status_code == 403
    found = records(city.op, kind="personal_data", tenant=there.name)[::-1]
    assert [(one["what"], one["outcome"], one["by"]["kind"]) for one in found] == [  # type: ignore[index, call-overload]
        ("read", "denied", "anyone"),
        ("read", "denied", "client"),
        ("write", "allowed", "client"),
        ("subscribe", "denied", "client"),
    ]
    assert found[2]["facts"]["entities"] == "unread"  # type: ignore[index, call-overload]
    assert RESIDENT in found[0]["facts"]["types"]  # type: ignore[index, call-overload, operator]


def test_another_citys_resident_is_refused_what_is_elsewhere_and_not_named(city: City) -> None:
    there, hanako = external(city), resident(city, Levels(2, 2))
    assert there.ask("GET", "/entities?local=true", hanako.token).status_code == 403
    [refusal] = records(city.op, kind="personal_data", tenant=there.name)
    assert refusal["outcome"] == "denied"
    assert hanako.subject not in str(refusal)
    put_policy(city, POLICY)
