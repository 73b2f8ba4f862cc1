"""Profile A: what Stellio's k6 scripts ask, without the temporal interface.

Spec: CIM 009 §5.6.1, §5.6.2, §5.6.4, §5.7.2; figures published in 2024-09 (8 CPUs, 16 GB, a
separate generator)
"""

import random
from urllib.parse import quote

from locust import events, task

from loadtests.asking import Asking
from loadtests.headers import listen
from loadtests.payloads import PARTNERS, TYPES, partial_update, sensor_type, update

listen(events)


class Create(Asking):
    """Creates sensors."""

    @task
    def create(self) -> None:
        """Create one."""
        body = self.payloads.sensor(next(self.new_numbers))
        self.ask("POST", "/entities", name="create", wanted=201, body=body)


class PartialUpdate(Asking):
    """Updates one attribute of a sensor."""

    @task
    def update(self) -> None:
        """Update a random one."""
        number = self.any_number()
        path = f"/entities/{self.payloads.sensor_id(number)}/attrs/dissolvedOxygen"
        body = partial_update(random.randrange(5_400))
        self.ask("PATCH", path, name="partial update", wanted=204, body=body)


class UpdateAttrs(Asking):
    """Updates five attribute instances of a sensor."""

    @task
    def update(self) -> None:
        """Update a random one."""
        path = f"/entities/{self.payloads.sensor_id(self.any_number())}/attrs"
        body = update(random.randrange(5_400))
        self.ask("PATCH", path, name="update attributes", wanted=204, body=body)


class QueryValues(Asking):
    """Queries by a number and a text."""

    @task
    def query(self) -> None:
        """Query one type."""
        kind = sensor_type(random.randrange(TYPES))
        q = f'depth>{random.randrange(500, 900)};status=="status-{random.randrange(40):02d}"'
        path = f"/entities?type={kind}&q={quote(q)}"
        self.ask("GET", path, name="query by values", wanted=200)


class QueryRelationship(Asking):
    """Queries by a number and a Relationship."""

    @task
    def query(self) -> None:
        """Query one type."""
        kind = sensor_type(random.randrange(TYPES))
        partner = f"urn:ngsi-ld:Partner:{random.randrange(PARTNERS):04d}"
        q = f'depth>{random.randrange(100, 500)};managedBy=="{partner}"'
        path = f"/entities?type={kind}&q={quote(q)}"
        self.ask("GET", path, name="query by relationship", wanted=200)
