"""Profile B: what FIWARE's Gatling scripts ask: stores, with pauses of a second between updates.

Spec: CIM 009 §5.6.3, §5.6.8, §5.7.1, §5.7.2
"""

import random
from urllib.parse import quote

import gevent
from locust import events, task

from loadtests.asking import Asking
from loadtests.headers import listen
from loadtests.payloads import PRODUCERS

listen(events)

BATCH = 250
_PAUSE_S = 1.0


def _reading() -> str:
    """Make a value that is not there yet: one that is written again notifies nobody (§5.8.6)."""
    return f"{random.uniform(10, 90):.6f}"


class Update(Asking):
    """Appends a temperature, rests, appends a humidity, rests."""

    @task
    def update(self) -> None:
        """Go once round."""
        path = f"/entities/{self.payloads.store_id(self.any_number())}/attrs"
        for attribute in ("temperature", "humidity"):
            body = f'{{"{attribute}":{{"type":"Property","value":{_reading()}}}}}'
            self.ask("POST", path, name="update", wanted=204, body=body)
            gevent.sleep(_PAUSE_S)


class UpdateAtOnce(Asking):
    """The same without pauses: what a broker bears."""

    @task
    def update(self) -> None:
        """Update one attribute."""
        path = f"/entities/{self.payloads.store_id(self.any_number())}/attrs"
        body = f'{{"temperature":{{"type":"Property","value":{_reading()}}}}}'
        self.ask("POST", path, name="update at once", wanted=204, body=body)


class Get(Asking):
    """Retrieves stores."""

    @task
    def get(self) -> None:
        """Retrieve a random one."""
        path = f"/entities/{self.payloads.store_id(self.any_number())}"
        self.ask("GET", path, name="get", wanted=200)


class Query(Asking):
    """Queries the stores of a producer."""

    @task
    def query(self) -> None:
        """Query one."""
        q = quote(f'producer=="producer-{random.randrange(PRODUCERS):02d}"')
        self.ask("GET", f"/entities?type=Store&q=({q})", name="query", wanted=200)


class Batch(Asking):
    """Creates 250 stores at once."""

    @task
    def batch(self) -> None:
        """Create the next 250."""
        stores = [self.payloads.store(next(self.new_numbers)) for _ in range(BATCH)]
        body = f"[{','.join(stores)}]"
        path = "/entityOperations/upsert?options=update"
        self.ask("POST", path, name=f"batch of {BATCH}", wanted=201, body=body)
