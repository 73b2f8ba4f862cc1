"""`renkei idp account`: from the invitation over proofing and reset to the end."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from renkei.cli import assemble
from renkei.instance import Instance
from renkei.settings import Settings
from tests import asking
from tests.signing_in import PASSWORD, Surfer

ID = re.compile(r"│ ([\w-]{22}) ")
LINK = re.compile(r"(http\S+/welcome/\S+)")


@pytest.fixture
def run(broker_url: str, platform_settings: Settings) -> Iterator[Callable[..., str]]:
    """Runs a command of a platform that is known to run, so that it shows its token."""
    instance = Instance(platform_settings.data)
    instance.claim()
    instance.announce(broker_url, is_ready=True)

    def run(*words: str, code: int = 0) -> str:
        options = ["--url", broker_url, "--data", str(platform_settings.data)]
        given = ["idp", "account", *words, *options]
        result = CliRunner().invoke(assemble("idp"), given, env={"COLUMNS": "200"})
        told = f"{result.output} {result.exception or ''}"
        assert result.exit_code == code, told
        return told

    yield run
    instance.release()


def link_in(told: str, broker_url: str) -> str:
    """The one-time link, at the address that the test's platform listens on."""
    found = LINK.search(told.replace("\n", ""))
    assert found is not None, told
    return broker_url + urlsplit(found[1]).path


def test_an_account_from_the_invitation_to_its_end(
    run: Callable[..., str], broker_url: str
) -> None:
    told = run("add", "Taro@example.jp", "--tenant", "default", "--name", "江別 太郎")
    account = ID.search(told)
    assert account is not None, told
    with Surfer(url=broker_url) as surfer:
        surfer.visit(link_in(told, broker_url))
        assert surfer.fill(password=PASSWORD, again=PASSWORD).status_code == 200
    proof = ("--document", "passport", "--organisation", "江別市 市民課", "--name", "江別 太郎")
    run("prove", account[1], "--way", "face_to_face", *proof, "--birthdate", "1985-02-30", code=1)
    seen = run("prove", account[1], "--way", "face_to_face", *proof, "--birthdate", "1985-02-28")
    assert "ial3" in seen
    shown = run("show", account[1])
    for part in ("taro@example.jp", "password", "opened", "proofed", "operator"):
        assert part in shown, part
    assert "ial3" not in run("unprove", account[1])
    assert account[1] in run("list", "--tenant", "default")
    reset = run("reset", account[1])
    assert asking.get(link_in(reset, broker_url), timeout=30).status_code == 200
    assert "閉鎖" in run("close", account[1])
    assert asking.get(link_in(reset, broker_url), timeout=30).status_code == 410
    run("reset", account[1], code=1)


def test_what_cannot_be_right_is_refused_with_the_reason(run: Callable[..., str]) -> None:
    assert "3文字以上" in run("add", "x", "--tenant", "default", code=1)
    assert "テナント" in run("add", "somebody", "--tenant", "nowhere", code=1)
    run("add", "somebody-once", "--tenant", "default")
    assert "使用できません" in run("add", "Somebody-Once", "--tenant", "default", code=1)
    run("show", "no-such-account", code=1)
