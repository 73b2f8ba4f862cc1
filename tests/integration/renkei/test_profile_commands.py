"""`renkei profile`, as an operator uses it."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from joint_use.terms.profile_document import document_of
from renkei.cli import assemble
from renkei.instance import Instance
from renkei.settings import Settings
from tests.profiles import A_PROFILE

TOML = """
name = "札幌広域データ連携基盤"
operator = "札幌市"
serviceScheme = "自治体と民間"
reach = "都道府県内"
platformScheme = "自治体と民間"
residentTerms = "なし"
proofingLevel = 3
authenticationLevel = 2
authenticationLink = "あり"
dataLink = "あり"
nonPersonalBroker = "内部（接続組織単位でのデータベース分離あり）"
personalBroker = "なし"
"""


@pytest.fixture
def running(broker_url: str, platform_settings: Settings) -> Iterator[Settings]:
    """A platform that is known to run, so that commands show its token."""
    instance = Instance(platform_settings.data)
    instance.claim()
    instance.announce(broker_url, is_ready=True)
    yield platform_settings
    instance.release()


def run(settings: Settings, url: str, *words: str) -> Result:
    options = ["--url", url, "--data", str(settings.data)]
    return CliRunner().invoke(
        assemble("profile"), ["profile", *words, *options], env={"COLUMNS": "200"}
    )


def test_a_profile_is_checked_entered_shown_and_compared(
    running: Settings, broker_url: str, tmp_path: Path
) -> None:
    toml, json = tmp_path / "ours.toml", tmp_path / "ours.json"
    toml.write_text(TOML, "utf-8")
    json.write_bytes(orjson.dumps(document_of(A_PROFILE)))
    assert run(running, broker_url, "check", str(json)).exit_code == 0
    assert "Version" in run(running, broker_url, "set", str(toml)).output
    shown = run(running, broker_url, "show").output
    assert "札幌広域データ連携基盤" in shown
    compared = run(running, broker_url, "compare", broker_url).output
    assert "サービス提供スキーム" in compared
    assert "連携 Linking: 可 possible" in compared


def test_a_contradiction_ends_the_check_with_a_reason(
    platform_settings: Settings, broker_url: str, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text(
        TOML.replace('personalBroker = "なし"', 'personalBroker = "外部"').replace(
            'authenticationLink = "あり"', 'authenticationLink = "なし"'
        ),
        "utf-8",
    )
    checked = run(platform_settings, broker_url, "check", str(broken))
    assert checked.exit_code == 1
    assert "認証連携「あり」が必要です" in checked.output
