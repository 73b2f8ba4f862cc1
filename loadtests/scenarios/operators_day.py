"""The operators' day: people and services that create, get and query, with pauses between.

Spec: CIM 009 §5.6.1, §5.7.1, §5.7.2
"""

import random
import uuid

import orjson
from locust import FastHttpUser, between, task

from kit.json import JsonValue
from loadtests.headers import headers
from loadtests.shelters import TYPE, Shelters
from loadtests.wire import query

_PAGE = 20
_STARTING_SHELTERS = 5


class Operator(FastHttpUser):
    """Somebody who registers shelters now and then, looks them up often, and lists them."""

    wait_time = between(0.1, 0.5)

    def on_start(self) -> None:
        """Register the first shelters, so that there is something to look up."""
        self._shelters = Shelters(run=uuid.uuid4().hex[:12])
        self._known: list[int] = []
        self._next = 0
        self._headers = headers(self.environment)
        for _ in range(_STARTING_SHELTERS):
            self.create()

    @task(1)
    def create(self) -> None:
        """Register one more shelter."""
        number, self._next = self._next, self._next + 1
        body = self._shelters.body(number).decode()
        sent = {**self._headers, "Content-Type": "application/json"}
        with self.client.post(
            "/entities", data=body, headers=sent, name="create entity", catch_response=True
        ) as answer:
            if answer.status_code == 201:
                self._known.append(number)
            else:
                answer.failure(f"The answer is {answer.status_code}, not 201")

    @task(5)
    def get(self) -> None:
        """Look one of the own shelters up."""
        if not self._known:
            return
        entity_id = self._shelters.entity_id(random.choice(self._known))
        with self.client.get(
            f"/entities/{entity_id}",
            headers=self._headers,
            name="get entity",
            catch_response=True,
        ) as answer:
            document = _document(answer.content)
            if not isinstance(document, dict) or document.get("id") != entity_id:
                answer.failure(f"The answer ({answer.status_code}) is not {entity_id}")

    @task(3)
    def list_shelters(self) -> None:
        """List shelters, whosever they are."""
        with self.client.get(
            query(type=TYPE, limit=_PAGE),
            headers=self._headers,
            name="query by type",
            catch_response=True,
        ) as answer:
            document = _document(answer.content)
            if not isinstance(document, list) or not 0 < len(document) <= _PAGE:
                answer.failure(f"The answer ({answer.status_code}) is no page of shelters")


def _document(content: bytes | None) -> JsonValue:
    """Read an answer's body; what is no JSON, an error page for one, is no document."""
    try:
        document: JsonValue = orjson.loads(content or b"null")
    except orjson.JSONDecodeError:
        return None
    return document
