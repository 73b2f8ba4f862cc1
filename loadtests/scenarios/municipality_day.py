"""The mixed day of a municipality: sensors, residents, officers and a nightly import at once."""

import random
from urllib.parse import quote

from locust import between, constant_pacing, events, task

from loadtests.asking import Asking
from loadtests.headers import listen
from loadtests.payloads import TYPES, partial_update, sensor_type, update

listen(events)


class Sensors(Asking):
    """Measures without rest; by far the most of a day's requests."""

    weight = 6
    wait_time = constant_pacing(0.1)

    @task(5)
    def measure(self) -> None:
        """Send one value."""
        path = f"/entities/{self.payloads.sensor_id(self.any_number())}/attrs/dissolvedOxygen"
        body = partial_update(random.randrange(5_400))
        self.ask("PATCH", path, name="sensor: one value", wanted=204, body=body)

    @task(1)
    def report(self) -> None:
        """Send several values."""
        path = f"/entities/{self.payloads.sensor_id(self.any_number())}/attrs"
        body = update(random.randrange(5_400))
        self.ask("PATCH", path, name="sensor: five values", wanted=204, body=body)


class Residents(Asking):
    """Looks things up in an app of the municipality."""

    weight = 4
    wait_time = between(0.05, 0.4)

    @task(4)
    def look_up(self) -> None:
        """Open one."""
        path = f"/entities/{self.payloads.sensor_id(self.any_number())}?options=keyValues"
        self.ask("GET", path, name="resident: one", wanted=200)

    @task(3)
    def near(self) -> None:
        """Look around."""
        east, north = 134.1 + random.random() * 0.9, 34.1 + random.random() * 0.9
        where = quote(f"[{east:.6f},{north:.6f}]")
        path = (
            f"/entities?type={sensor_type(random.randrange(TYPES))}&georel=near;maxDistance==5000"
            f"&geometry=Point&coordinates={where}&options=keyValues"
        )
        self.ask("GET", path, name="resident: near", wanted=200)

    @task(2)
    def search(self) -> None:
        """Search by values."""
        q = quote(f'depth>{random.randrange(500, 900)};status=="status-{random.randrange(40):02d}"')
        path = f"/entities?type={sensor_type(random.randrange(TYPES))}&q={q}"
        self.ask("GET", path, name="resident: search", wanted=200)


class Officers(Asking):
    """Enters, corrects and removes."""

    weight = 1
    wait_time = between(0.5, 1.5)

    @task
    def keep(self) -> None:
        """Enter one, look at it, replace it, remove it."""
        number = next(self.new_numbers)
        path, body = f"/entities/{self.payloads.sensor_id(number)}", self.payloads.sensor(number)
        self.ask("POST", "/entities", name="officer: enter", wanted=201, body=body)
        self.ask("GET", path, name="officer: look", wanted=200)
        self.ask("PUT", path, name="officer: replace", wanted=204, body=body)
        self.ask("DELETE", path, name="officer: remove", wanted=204)

    @task
    def overview(self) -> None:
        """Ask what there is."""
        self.ask("GET", "/types", name="officer: types", wanted=200)
        self.ask("GET", "/subscriptions", name="officer: subscriptions", wanted=200)


class Importer(Asking):
    """Brings a department's file, again and again."""

    fixed_count = 1
    wait_time = constant_pacing(2.0)

    @task
    def bring(self) -> None:
        """Bring fifty rows that are there already."""
        start = random.randrange(max(self.number - 50, 1))
        rows = [self.payloads.sensor(start + row) for row in range(min(50, self.number))]
        path = "/entityOperations/upsert?options=update"
        body = f"[{','.join(rows)}]"
        self.ask("POST", path, name="importer: fifty rows", wanted=204, body=body)
