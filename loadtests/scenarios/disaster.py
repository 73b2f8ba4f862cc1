"""The burst of a disaster: shelters report at once, neighbours subscribe, everybody looks.

Neighbours that subscribe name an address of this machine as their receiver only where the runner
gives one; those of the runner itself are counted, due and delivered.
"""

import random
import time
from urllib.parse import quote

from locust import between, constant, events, task

from loadtests.asking import Asking
from loadtests.headers import listen
from loadtests.shelters import TYPE, Shelters

listen(events)


class Shelter(Asking):
    """A shelter's staff, who count heads again and again."""

    weight = 6
    wait_time = constant(0)

    @task
    def count(self) -> None:
        """Report how many are there; the value says when."""
        shelters = Shelters(run=self.payloads.run)
        path = f"/entities/{shelters.entity_id(self.any_number())}/attrs/occupancy"
        body = f'{{"value":{time.time():.6f}}}'
        self.ask("PATCH", path, name="update", wanted=204, body=body)


class Resident(Asking):
    """Looks for a shelter that is near and open."""

    weight = 3
    wait_time = between(0.1, 0.5)

    @task
    def near(self) -> None:
        """Look around."""
        east, north = 134.1 + random.random() * 0.9, 34.1 + random.random() * 0.9
        where = quote(f"[{east:.6f},{north:.6f}]")
        path = (
            f"/entities?type={TYPE}&georel=near;maxDistance==5000&geometry=Point"
            f"&coordinates={where}&q=open==true&options=keyValues"
        )
        self.ask("GET", path, name="near and open", wanted=200)


class Neighbour(Asking):
    """A neighbouring municipality that begins to follow the shelters, and ends again."""

    fixed_count = 1
    wait_time = between(0.2, 0.6)

    @task
    def follow(self) -> None:
        """Subscribe to what does not change, so that only subscribing itself is a load."""
        name = f"urn:ngsi-ld:Subscription:{self.payloads.run}-{random.randrange(10**9):09d}"
        body = (
            f'{{"id":"{name}","type":"Subscription","entities":[{{"type":"{TYPE}"}}],'
            '"watchedAttributes":["managedBy"],"notification":{"endpoint":'
            '{"uri":"http://127.0.0.1:9/neighbour","accept":"application/json"}}}'
        )
        if self.ask("POST", "/subscriptions", name="subscribe", wanted=201, body=body) is not None:
            self.ask("DELETE", f"/subscriptions/{name}", name="unsubscribe", wanted=204)
