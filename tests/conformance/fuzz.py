"""Throws whatever the OpenAPI document allows, and does not, at a platform of its own.

`python -m tests.conformance.fuzz --minutes 10` (or `make fuzz`): no answer may be a server error,
the platform lives on, and its memory stays level. Each house's document has its share of the time,
and the tenant's own; the fuzzer has the operator's token, so that it comes behind every door.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import psutil

from api_catalog.catalog.openapi import HOUSES
from renkei.embedded import EmbeddedPostgres
from renkei.instance import Instance
from tests.platforms import make_tenant, served, settings_of

CONFIG = Path(__file__).with_name("schemathesis.toml")
SECONDS_BETWEEN_SAMPLES = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run showed: the fuzzer's own verdict, and the platform's memory in MiB."""

    passed: bool
    report: str
    memory: list[int]


def fuzz(
    url: str, tenant: str, seconds: int, document: str = "/openapi.json", token: str | None = None
) -> Outcome:
    """Fuzz the platform at this address, which runs in this process, by one of its documents."""
    memory: list[int] = []
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(done, memory))
    watcher.start()
    try:
        run = subprocess.run(
            _command(url, tenant, seconds, document, token),
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds * 2 + 120,
            env={**os.environ, "PYTHONWARNINGS": "default"},
        )
    finally:
        done.set()
        watcher.join()
    return Outcome(run.returncode == 0, run.stdout + run.stderr, memory)


def _command(url: str, tenant: str, seconds: int, document: str, token: str | None) -> list[str]:
    return [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={CONFIG}",
        "run",
        url + document,
        f"--url={url}",
        f"--header=NGSILD-Tenant:{tenant}",
        *([] if token is None else [f"--header=Authorization:Bearer {token}"]),
        "--checks=not_a_server_error",
        "--phases=coverage,fuzzing",
        f"--max-time={seconds}",
        "--workers=1",  # with more its own generator fails at times, and tests less
        "--request-timeout=30",
        "--suppress-health-check=all",
        "--continue-on-failure",
        "--warnings=off",
        "--no-color",
    ]


def _watch(done: threading.Event, memory: list[int]) -> None:
    process = psutil.Process()
    while not done.wait(SECONDS_BETWEEN_SAMPLES):
        memory.append(process.memory_info().rss // 1024**2)


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the API of a platform of its own")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (default: 10)")
    parser.add_argument("--house", choices=[one.key for one in HOUSES], help="this house alone")
    options = parser.parse_args()
    houses = [one.key for one in HOUSES if options.house in (None, one.key)]
    with tempfile.TemporaryDirectory(prefix="renkei_fuzz_") as directory:
        root = Path(directory)
        with EmbeddedPostgres(root / "postgres", parameters={"fsync": "off"}) as postgres:
            settings = settings_of(root / "data", postgres.admin_dsn)
            with served(settings) as url:
                tenant = make_tenant(url, settings)
                documents = [f"/openapi/{house}.json" for house in houses]
                if options.house is None:
                    documents.append(f"/tenants/{tenant}/openapi.json")
                seconds = int(options.minutes * 60 / len(documents))
                token = Instance(settings.data).operator_token()
                passed = [_told(url, tenant, seconds, one, token) for one in documents]
    return 0 if all(passed) else 1


def _told(url: str, tenant: str, seconds: int, document: str, token: str) -> bool:
    outcome = fuzz(url, tenant, seconds, document, token)
    sys.stdout.write(f"{document}\n{outcome.report}\n")
    sys.stdout.write(f"Memory of the platform in MiB: {outcome.memory}\n")
    return outcome.passed


if __name__ == "__main__":
    sys.exit(main())
