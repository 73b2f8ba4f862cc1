"""A locust user that asks an NGSI-LD broker."""

import itertools
import random
from collections.abc import Iterator
from typing import ClassVar

from locust import FastHttpUser, constant

from loadtests.headers import headers
from loadtests.payloads import Payloads


class Asking(FastHttpUser):
    """Asks again as soon as it is answered, unless a scenario says otherwise."""

    abstract = True
    wait_time = constant(0)
    connection_timeout = 10.0
    network_timeout = 30.0
    _new_numbers: ClassVar[Iterator[int] | None] = None  # of all users together

    def on_start(self) -> None:
        """Take in the options."""
        options = self.environment.parsed_options
        self.payloads = Payloads(run=options.run)
        self.number = int(options.number)
        if Asking._new_numbers is None:
            Asking._new_numbers = itertools.count(options.first)
        self.new_numbers = Asking._new_numbers
        self.headers = headers(self.environment)
        self.json_headers = {**self.headers, "Content-Type": "application/json"}

    def any_number(self) -> int:
        """Draw one of the entities that are there."""
        return random.randrange(self.number)

    def ask(
        self,
        method: str,
        path: str,
        *,
        name: str,
        wanted: int,
        body: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> bytes | None:
        """Send one request; another answer than the wanted one is an error, and answers None."""
        sent = self.headers if body is None else self.json_headers
        with self.client.request(
            method,
            path,
            data=body,
            headers=sent if headers is None else {**sent, **headers},
            name=name,
            catch_response=True,
        ) as answer:
            if answer.status_code == wanted:
                content: bytes | None = answer.content
                return content
            answer.failure(f"The answer is {answer.status_code}, not {wanted}")
        return None
