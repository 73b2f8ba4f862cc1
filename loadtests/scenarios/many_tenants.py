"""Many tenants: each request is of another municipality; `--number` says how many there are."""

import random

from locust import events, task

from loadtests.asking import Asking
from loadtests.headers import listen
from loadtests.payloads import KEPT, partial_update, sensor_type, tenant_name

listen(events)


class Anybody(Asking):
    """Acts in one tenant after another."""

    @task(2)
    def create(self) -> None:
        """Create an entity somewhere."""
        body = self.payloads.sensor(next(self.new_numbers))
        self.ask(
            "POST", "/entities", name="create", wanted=201, body=body, headers=self._somewhere()
        )

    @task(4)
    def update(self) -> None:
        """Update an entity somewhere."""
        number = random.randrange(KEPT)
        path = f"/entities/{self.payloads.sensor_id(number)}/attrs/dissolvedOxygen"
        body = partial_update(random.randrange(5_400))
        self.ask("PATCH", path, name="update", wanted=204, body=body, headers=self._somewhere())

    @task(4)
    def get(self) -> None:
        """Retrieve an entity somewhere."""
        path = f"/entities/{self.payloads.sensor_id(random.randrange(KEPT))}"
        self.ask("GET", path, name="get", wanted=200, headers=self._somewhere())

    @task(2)
    def query(self) -> None:
        """Query somewhere."""
        path = f"/entities?type={sensor_type(random.randrange(KEPT))}"
        self.ask("GET", path, name="query", wanted=200, headers=self._somewhere())

    def _somewhere(self) -> dict[str, str]:
        return {"NGSILD-Tenant": tenant_name(self.payloads.run, self.any_number())}
