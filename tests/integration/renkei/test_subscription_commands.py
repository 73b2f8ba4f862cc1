"""`renkei subscription` and `renkei listen`, as people use them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kit.json import JsonObject
from renkei.cli import assemble
from renkei.settings import Settings
from tests import asking
from tests.platforms import Client

WIDE = {"COLUMNS": "200"}


class Listening:
    """`renkei listen` in a process of its own."""

    def __init__(self, port: int, *options: str) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "renkei", "listen", "--port", str(port), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.until(self.url)

    def type(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self.until("→")

    def until(self, wanted: str) -> str:
        """Read lines until one holds something."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if wanted in line:
                return line
        raise AssertionError(f"it ended without {wanted!r}")

    def end(self) -> None:
        self._process.kill()
        self._process.communicate(timeout=10)


@pytest.fixture
def listening(free_port: int) -> Iterator[Listening]:
    listening = Listening(free_port, "--brief")
    yield listening
    listening.end()


def run(settings: Settings, client: Client, *words: str) -> str:
    options = ["--tenant", client.tenant, "--url", client.url, "--data", str(settings.data)]
    answer = CliRunner().invoke(
        assemble("subscription"), ["subscription", *words, *options], env=WIDE
    )
    assert answer.exit_code == 0, answer.output
    return answer.output


def an_aed(number: int) -> JsonObject:
    return {
        "id": f"urn:ngsi-ld:AED:{number}",
        "type": "AED",
        "name": {"type": "Property", "value": "x"},
    }


def subscribe(client: Client, uri: str) -> str:
    document: JsonObject = {
        "type": "Subscription",
        "entities": [{"type": "AED"}],
        "notification": {"endpoint": {"uri": uri}},
    }
    answer = client.send("POST", "/subscriptions", document)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"].rpartition("/")[2]


def test_what_arrives_is_printed_and_answered_as_it_is_typed(
    client: Client, listening: Listening
) -> None:
    subscribe(client, listening.url)
    client.create(an_aed(1))
    assert "→ 200" in listening.until("urn:ngsi-ld:AED:1")
    listening.type("fail 429")
    client.create(an_aed(2))
    assert "→ 429" in listening.until("urn:ngsi-ld:AED:2")
    listening.type("ok")
    line = listening.until("urn:ngsi-ld:AED:2")
    while "→ 429" in line:
        line = listening.until("urn:ngsi-ld:AED:2")
    assert "再送 again" in line


def test_a_port_that_is_taken_is_one_sentence(listening: Listening) -> None:
    port = listening.url.rpartition(":")[2].rstrip("/")
    answer = subprocess.run(
        [sys.executable, "-m", "renkei", "listen", "--port", port],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert answer.returncode == 1
    assert f"127.0.0.1:{port} cannot be listened on" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_nothing_typed_is_taken_for_an_answer_that_is_none(listening: Listening) -> None:
    assert asking.post(listening.url, content=b"no json").status_code == 200
    assert "not JSON" in listening.until("JSON")


def test_subscriptions_are_listed_shown_paused_and_resumed(
    platform_settings: Settings, client: Client, listening: Listening
) -> None:
    id_ = subscribe(client, listening.url)
    client.create(an_aed(1))
    listening.until("urn:ngsi-ld:AED:1")
    assert id_ in run(platform_settings, client, "list")
    shown = ""
    for _ in range(100):
        shown = run(platform_settings, client, "show", id_)
        if "last_success" in shown:
            break
        time.sleep(0.05)
    assert "last_success" in shown
    assert "一時停止" in run(platform_settings, client, "pause", id_)
    assert "有効" in run(platform_settings, client, "resume", id_)
    assert "0 件" in run(platform_settings, client, "replay", id_)


def test_an_unknown_subscription_is_one_sentence(
    platform_settings: Settings, client: Client, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "renkei", "subscription", "show", "urn:x:y"]
    options = ["--tenant", client.tenant, "--url", client.url]
    answer = subprocess.run(
        [*command, *options, "--data", str(platform_settings.data)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert answer.returncode == 1
    assert "Subscription urn:x:y does not exist" in answer.stderr
    assert "Traceback" not in answer.stderr
