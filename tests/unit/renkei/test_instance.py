"""The data directory: who runs it is known, secrets are private, a reused process is nobody."""

import json
import os
import stat
from pathlib import Path

import pytest

from renkei.instance import AlreadyUp, Instance, application_dsn


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_who_runs_it_is_told_while_it_runs(data: Path) -> None:
    instance = Instance(data)
    instance.claim()
    instance.announce("http://127.0.0.1:1026", is_ready=True)
    running = Instance(data).running()
    assert running is not None
    assert (running.pid, running.url, running.is_ready) == (
        os.getpid(),
        "http://127.0.0.1:1026",
        True,
    )
    assert running.started_at.tzinfo is not None
    instance.release()
    assert Instance(data).running() is None


def test_files_are_for_their_owner_alone(data: Path) -> None:
    instance = Instance(data)
    instance.claim()
    instance.announce("http://127.0.0.1:1026", is_ready=False)
    instance.operator_token()
    assert mode(data) == 0o700
    assert mode(data / "run.json") == 0o600
    assert mode(data / "secrets") == 0o700
    assert mode(data / "secrets" / "operator_token") == 0o600
    instance.release()


def test_a_second_one_is_refused_and_told_who_the_first_is(data: Path) -> None:
    first = Instance(data)
    first.claim()
    first.announce("http://127.0.0.1:4711", is_ready=True)
    with pytest.raises(AlreadyUp, match=rf"process {os.getpid()} at http://127\.0\.0\.1:4711"):
        Instance(data).claim()
    first.release()
    second = Instance(data)
    second.claim()
    second.release()


def test_a_process_with_a_reused_number_is_nobody(data: Path) -> None:
    instance = Instance(data)
    instance.claim()
    instance.announce("http://127.0.0.1:1026", is_ready=True)
    file = data / "run.json"
    told = json.loads(file.read_text())
    file.write_text(json.dumps({**told, "process_began_s": told["process_began_s"] - 60}))
    assert instance.running() is None
    instance.release()


def test_a_run_file_that_a_killed_process_left_is_nobody(data: Path) -> None:
    instance = Instance(data)
    instance.claim()
    instance.announce("http://127.0.0.1:1026", is_ready=True)
    left = (data / "run.json").read_bytes()
    instance.release()
    (data / "run.json").write_bytes(left)
    assert instance.running() is None
    (data / "run.json").write_bytes(b"half of it {")
    assert instance.running() is None


def test_the_operator_token_is_made_once(data: Path) -> None:
    token = Instance(data).operator_token()
    assert len(token) >= 43
    assert Instance(data).operator_token() == token
    assert Instance(data).application_password() != token


def test_the_application_role_takes_the_place_of_the_owner_in_any_dsn() -> None:
    owner = "postgresql://renkei_owner@/postgres?host=/tmp/x"
    socket = application_dsn(owner, "renkei_login", "s:t")
    assert socket == "postgresql://renkei_login:s%3At@/postgres?host=/tmp/x"
    server = application_dsn("postgresql://db.example/renkei", "renkei_login", "secret")
    assert server == "postgresql://renkei_login:secret@db.example/renkei"
