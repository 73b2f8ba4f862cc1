"""`renkei organisation` and `renkei application`, as people use them."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import orjson
import pytest
from typer.testing import CliRunner, Result

from renkei.cli import assemble
from renkei.commands import admin
from renkei.commands.platform import Platform
from renkei.instance import Instance
from renkei.settings import Settings
from tests import asking
from tests.integration.joint_use.onboarding import filled

Run: TypeAlias = Callable[..., Result]


@pytest.fixture
def run(broker_url: str, platform_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command as the operator of the session's platform."""
    platform = Platform(
        url=broker_url, operator_token=Instance(platform_settings.data).operator_token()
    )
    for part in ("organisation", "application", "tenant"):
        monkeypatch.setattr(f"renkei.commands.{part}.find_platform", lambda *_: platform)

    def command(*words: str) -> Result:
        return CliRunner().invoke(assemble(words[0]), list(words), env={"COLUMNS": "250"})

    return command


def applied(broker_url: str, tenant: str) -> str:
    asked = {**filled(tenant=tenant), "agreed": "1"}
    answer = asking.post(f"{broker_url}/joint-use/v1/applications", json=asked, timeout=30)
    assert answer.status_code == 201, answer.text
    receipt: str = answer.json()["receipt"]
    return receipt


def test_an_application_is_reviewed_in_the_terminal(run: Run, broker_url: str) -> None:
    tenant = f"t_{secrets.token_hex(6)}"
    receipt = applied(broker_url, tenant)
    assert receipt in run("application", "list", "--status", "submitted").output
    assert "子ども育成課" in run("application", "show", receipt).output
    asked = run("application", "ask", receipt, "--text", "件数は？")
    assert "照会中" in asked.output
    refused = run("application", "approve", receipt)
    assert isinstance(refused.exception, admin.AdminRefused), "the answer is waited for"
    link = run("application", "link", receipt).output.strip()
    number, secret = link.split("/")[-2:]
    answer = asking.post(
        f"{broker_url}/joint-use/v1/applications/{number}/answer",
        json={"text": "12件"},
        headers={"authorization": f"Bearer {secret}"},
        timeout=30,
    )
    assert answer.status_code == 200
    approved = run("application", "approve", receipt, "--entities", "500")
    assert approved.exit_code == 0, approved.output
    assert "承認済み approved" in approved.output
    assert "準備中" not in approved.output
    assert tenant in run("tenant", "list", "--organisation", tenant).output
    assert tenant in run("tenant", "list", "--municipality", "012173").output
    assert tenant not in run("tenant", "list", "--municipality", "131016").output


def test_an_application_is_refused_in_the_terminal(run: Run, broker_url: str) -> None:
    receipt = applied(broker_url, "unwanted")
    refused = run("application", "refuse", receipt, "--text", "目的が規約に合いません。")
    assert "不承認" in refused.output
    assert "目的が規約に合いません。" in refused.output


def test_organisations_are_looked_after_in_the_terminal(run: Run) -> None:
    name = f"o_{secrets.token_hex(6)}"
    place = ("--municipality", "372013")
    named = run("organisation", "municipality", *place, "--ja", "高松市", "--en", "Takamatsu")
    assert "高松市" in named.output
    assert "372013" in run("organisation", "municipalities").output
    made = run(
        "organisation", "create", name, *place, "--ja", "危機管理課", "--email", "a@example.jp"
    )
    assert made.exit_code == 0, made.output
    assert "自治体の部署" in made.output
    created = run("tenant", "create", name, "--organisation", name)
    assert "372013" in created.output, "the tenant gets its organisation's municipality"
    wrong = run("tenant", "create", f"{name}x", "--organisation", name, "--code", "011002")
    assert isinstance(wrong.exception, admin.AdminRefused)
    assert "suspended" in run("organisation", "suspend", name).output
    assert "active" in run("organisation", "resume", *place).output
    assert name in run("organisation", "list", *place).output
    shown = run("organisation", "show", name).output
    assert all(step in shown for step in ("created", "suspended", "resumed"))
    whole = orjson.loads(run("organisation", "export", *place).output)
    assert name in {one["name"] for one in whole["tenants"]}
    assert run("organisation", "suspend").exit_code == 2
    assert run("organisation", "suspend", name, *place).exit_code == 2


def test_terms_are_published_from_files_once(run: Run, tmp_path: Path) -> None:
    ja, en = tmp_path / "ja.txt", tmp_path / "en.txt"
    ja.write_text("規約", "utf-8")
    en.write_text("Terms", "utf-8")
    again = run("application", "terms", "1", "--ja", str(ja), "--en", str(en))
    assert isinstance(again.exception, admin.AdminRefused), "version 1 came with the platform"
