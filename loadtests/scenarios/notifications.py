"""Notifications: a steady stream of updates, each due to every subscription.

The runner makes the subscriptions and receives what is sent; the value of each update says when it
was asked for, so that lateness is known at the receiver.
"""

import time

from locust import constant_throughput, events, task

from loadtests.asking import Asking
from loadtests.headers import listen

listen(events)

PER_USER_S = 10
"""Updates a second of one user."""


class Updater(Asking):
    """Updates at a pace of its own, whatever the answers take."""

    wait_time = constant_throughput(PER_USER_S)

    @task
    def update(self) -> None:
        """Update one attribute of a random sensor."""
        path = f"/entities/{self.payloads.sensor_id(self.any_number())}/attrs/dissolvedOxygen"
        body = f'{{"value":{time.time():.6f}}}'
        self.ask("PATCH", path, name="update", wanted=204, body=body)
