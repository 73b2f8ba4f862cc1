"""What test_loader.py has forked: it tells of itself, and ends as it is told."""

import json
import os
import random
import secrets
import socket
import sys
from pathlib import Path

TASK = "something"
LOADER = os.getpid()


def main(task: str) -> None:
    """Tell, hear, end."""
    channel = socket.socket(fileno=0)
    told = {
        "pid": os.getpid(),
        "group": os.getpgid(0),
        "parent": os.getppid(),
        "task": task,
        "loader": LOADER,
        "random": random.random(),  # noqa: S311 - whether it repeats is what is looked at
        "random_of_secrets": secrets.token_hex(8),
        "files": _files(),
        "is_loaded_before": os.getpid() != LOADER,
    }
    channel.send(json.dumps(told).encode())
    raise SystemExit(int(channel.recv(8) or b"0"))


def _files() -> list[int]:
    """Which descriptors are open, but for the one that looks."""
    found = [int(path.name) for path in Path("/proc/self/fd").iterdir()]
    return sorted(number for number in found if Path(f"/proc/self/fd/{number}").exists())


if __name__ == "__main__":
    main(sys.argv[1])
