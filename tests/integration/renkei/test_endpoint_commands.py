"""`renkei tenant create --storage external` and `renkei tenant endpoint`, as people use them."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from renkei.cli import assemble
from renkei.instance import Instance
from renkei.settings import Settings

WIDE = {"COLUMNS": "200"}
SOURCE = "http://127.0.0.1:9/orion"


@pytest.fixture
def data(broker_url: str, platform_settings: Settings) -> Iterator[Path]:
    """The directory of a platform that is known to run, so that commands show its token."""
    instance = Instance(platform_settings.data)
    instance.claim()
    instance.announce(broker_url, is_ready=True)
    yield platform_settings.data
    instance.release()


def run(data: Path, *words: str, typed: str | None = None) -> str:
    command = ["tenant", *words, "--data", str(data)]
    answer = CliRunner().invoke(assemble("tenant"), command, env=WIDE, input=typed)
    return answer.output + str(answer.exception or "")


def test_an_external_tenant_is_made_shown_and_changed(data: Path, tmp_path: Path) -> None:
    name = f"x_{secrets.token_hex(6)}"
    key = tmp_path / "credentials.toml"
    key.write_text('kind = "api_key"\nheader = "X-Api-Key"\nvalue = "s3cret"\n')
    given = ("--storage", "external", "--endpoint", f"{SOURCE}/ngsi-ld/v1", "--timeout", "5")
    made = run(data, "create", name, *given, "--credentials", str(key))
    assert "外部 external" in made
    shown = run(data, "endpoint", "show", name)
    assert SOURCE in shown
    assert "api_key" in shown
    assert "s3cret" not in shown
    typed = 'kind = "oauth2"\ntoken_url = "http://127.0.0.1:9/t"\nclient_id = "a"\n'
    typed += 'client_secret = "s3cret"\n'
    there = ("--endpoint-tenant", "urn:x:city", "--credentials", "-")
    changed = run(data, "endpoint", "set", name, *there, typed=typed)
    assert "oauth2" in changed
    assert "urn:x:city" in changed
    assert "5 s" in changed
    assert "operator" in changed


def test_what_is_wrong_is_said(data: Path) -> None:
    name = f"x_{secrets.token_hex(6)}"
    alone = run(data, "create", name, "--storage", "external")
    assert "外部方式のテナントには接続先が必要です" in alone
    inside = ("--storage", "external", "--endpoint", "http://10.1.2.3")
    assert "10.1.2.3" in run(data, "create", name, *inside)
    absent = (*inside[:2], "--endpoint", SOURCE, "--credentials", "/absent.toml")
    assert "cannot be read" in run(data, "create", name, *absent)
