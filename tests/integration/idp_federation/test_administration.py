"""Clients and keys as operators look after them: over HTTP and by `renkei idp`."""

import secrets
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from kit.json import JsonObject
from renkei.commands.idp import app as idp
from renkei.instance import Instance
from tests.integration.idp_federation.people import CALLBACK, ClientKey, Op


@pytest.fixture
def renkei(op: Op, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command, which finds the test's platform by its data directory."""
    monkeypatch.setattr(Instance, "running", lambda _: Here(op.url))
    monkeypatch.setenv("COLUMNS", "200")
    return CliRunner()


class Here:
    """The platform that a test serves."""

    def __init__(self, url: str) -> None:
        self.url = url


def test_an_operator_registers_a_machine_and_gives_it_another_secret(
    op: Op, renkei: CliRunner
) -> None:
    data, name = ["--data", str(op.settings.data)], f"sensor-{secrets.token_hex(4)}"
    made = renkei.invoke(
        idp, ["client", "add", name, "--tenant", "default", "--scope", "write", *data]
    )
    assert made.exit_code == 0, made.output
    secret = made.output.rpartition(": ")[2].strip()
    form = {"grant_type": "client_credentials"}
    assert op.http.post(op.endpoint("token"), data=form, auth=(name, secret)).status_code == 200
    rotated = renkei.invoke(idp, ["client", "rotate", name, *data])
    assert op.http.post(op.endpoint("token"), data=form, auth=(name, secret)).status_code == 401
    fresh = rotated.output.rpartition(": ")[2].strip()
    assert op.http.post(op.endpoint("token"), data=form, auth=(name, fresh)).status_code == 200
    assert renkei.invoke(idp, ["client", "disable", name, *data]).exit_code == 0
    assert op.http.post(op.endpoint("token"), data=form, auth=(name, fresh)).status_code == 401
    assert renkei.invoke(idp, ["client", "enable", name, *data]).exit_code == 0
    assert op.http.post(op.endpoint("token"), data=form, auth=(name, fresh)).status_code == 200
    assert name in renkei.invoke(idp, ["client", "list", *data]).output
    assert "client_credentials" in renkei.invoke(idp, ["client", "show", name, *data]).output


def test_an_operator_registers_a_service_with_its_keys(
    op: Op, renkei: CliRunner, tmp_path: Path
) -> None:
    keys, name = tmp_path / "jwks.json", f"booking-{secrets.token_hex(4)}"
    keys.write_bytes(orjson.dumps(ClientKey.new().jwks))
    asked = ["--tenant", "default", "--auth", "private_key_jwt", "--jwks", str(keys)]
    service = ["--redirect", CALLBACK, "--scope", "openid", "--service-class", "existence"]
    data = ["--data", str(op.settings.data)]
    made = renkei.invoke(idp, ["client", "add", name, *asked, *service, *data])
    assert made.exit_code == 0, made.output
    told = op.admin("GET", f"/clients/{name}").json()
    assert (told["service_class"], told["consent_required"]) == ("existence", True)


def test_keys_are_shown_and_rotated(op: Op, renkei: CliRunner) -> None:
    data = ["--data", str(op.settings.data)]
    before = op.admin("GET", "/keys").json()
    assert sorted(before.values())[:2] == ["current", "next"]
    assert renkei.invoke(idp, ["key", "rotate", *data]).exit_code == 0
    after = op.admin("GET", "/keys").json()
    following = next(kid for kid, use in before.items() if use == "next")
    assert after[following] == "current"
    assert "current" in renkei.invoke(idp, ["key", "list", *data]).output


def test_nobody_without_the_operators_token_looks_after_clients(op: Op) -> None:
    answer = op.http.get(f"{op.url}/admin/identity/clients")
    assert answer.status_code == 401
    assert op.admin("GET", "/clients/nobody").status_code == 404
    assert op.admin("POST", "/clients", {"client_id": "x"}).status_code == 400
    taken = op.register().id
    again: JsonObject = {
        "client_id": taken,
        "tenants": ["default"],
        "token_endpoint_auth_method": "none",
    }
    assert op.admin("POST", "/clients", again).json()["type"].endswith("invalid-client-metadata")


def test_secrets_are_kept_nowhere_as_they_are(op: Op) -> None:
    small = op.register(token_endpoint_auth_method="client_secret_basic", jwks=None)
    assert small.secret
    assert small.secret not in op.admin("GET", f"/clients/{small.id}").text


def test_an_operator_registers_a_provider_and_its_secret_is_shown_and_kept_nowhere(
    op: Op, renkei: CliRunner
) -> None:
    data, name = ["--data", str(op.settings.data)], f"chat-{secrets.token_hex(4)}"
    asked = ["--client-id", "renkei", "--name", "チャット", "--issuer", "http://127.0.0.1:9"]
    given = ["provider", "add", name, "--kind", "sns", "--secret", *asked, *data]
    made = renkei.invoke(idp, given, input="a secret of ours\n")
    assert made.exit_code == 0, made.output
    assert f"{op.url}/identity/v1/upstream/{name}/callback" in made.output.replace("\n", "")
    assert renkei.invoke(idp, given, input="x\n").exit_code != 0
    assert name in renkei.invoke(idp, ["provider", "list", *data]).output
    shown = op.admin("GET", f"/providers/{name}")
    assert "a secret of ours" not in shown.text
    assert '"d"' not in shown.text
    assert '"d"' not in op.http.get(op.endpoint(f"upstream/{name}/jwks")).text
    checked = renkei.invoke(idp, ["provider", "check", name, *data])
    assert (checked.exit_code, "cannot be fetched" in checked.output) == (1, True)
    renamed = renkei.invoke(
        idp, ["provider", "change", name, "--file", "-", *data], input='{"name": "会話"}'
    )
    assert renamed.exit_code == 0, renamed.output
    assert op.admin("GET", f"/providers/{name}").json()["version"] == 2
    assert renkei.invoke(idp, ["provider", "remove", name, *data]).exit_code == 0
    assert op.admin("GET", f"/providers/{name}").status_code == 404
    assert op.http.get(op.endpoint(f"upstream/{name}/jwks")).status_code == 404


def test_nobody_without_the_operators_token_looks_after_providers(op: Op) -> None:
    assert op.http.get(f"{op.url}/admin/identity/providers").status_code == 401
    wrong = op.admin("POST", "/providers", {"id": "x", "kind": "sns"})
    assert (wrong.status_code, wrong.json()["where"]) == (400, "name")
    assert op.admin("DELETE", "/providers/nobody").status_code == 404
