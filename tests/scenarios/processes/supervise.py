"""Run a supervisor over the small app: `supervise.py DATA PORT WORKERS [PREPARATION]`."""

import sys

from kit.errors import RenkeiError
from kit.json import JsonObject
from renkei.settings import load
from renkei.supervisor import Supervisor


def say(url: str) -> None:
    """Tell the test that it can begin."""
    sys.stdout.write(f"ready {url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    data, port, workers, *preparation = sys.argv[1:]
    options: JsonObject = {"data": data, "port": int(port), "workers": int(workers)}
    supervisor = Supervisor(
        load(options),
        on_ready=say,
        app="served:create_app",
        preparation=preparation[0] if preparation else "served:prepare",
        reread=lambda: load(options),
    )
    try:
        supervisor.run()
    except RenkeiError as error:
        sys.exit(f"renkei: {error.detail}")
