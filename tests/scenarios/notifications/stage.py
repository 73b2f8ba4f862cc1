"""A platform of two workers that may notify this machine, and its subscriptions and writes."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from kit.json import JsonObject
from tests.scenarios.durability.killable import Killable

BASE = "/ngsi-ld/v1"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
_QUICK = {
    "RENKEI_BROKER__NOTIFY__RETRY_FIRST_S": "0.2",
    "RENKEI_BROKER__NOTIFY__RETRY_LIMIT_S": "2",
    "RENKEI_BROKER__NOTIFY__TIMEOUT_S": "2",
}
_SUBSCRIBERS = 16


@contextmanager
def a_platform(directory: Path, port: int, *, workers: int = 2) -> Iterator[Killable]:
    """Run a platform whose notifications may reach this machine, and which soon tries again."""
    before = {name: os.environ.get(name) for name in _QUICK}
    os.environ.update(_QUICK)
    more = ("--egress-allow", "127.0.0.0/8")
    try:
        with Killable(directory / "data", port, workers=workers, more=more) as platform:
            yield platform
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def an_entity(kind: str, number: int, value: int) -> JsonObject:
    """An entity whose attribute `reading` a subscription watches."""
    return {
        "id": entity_id(kind, number),
        "type": kind,
        "reading": {"type": "Property", "value": value},
    }


def entity_id(kind: str, number: int) -> str:
    return f"urn:ngsi-ld:{kind}:{number}"


def a_subscription(uri: str, kind: str, number: int | None = None, **more: object) -> JsonObject:
    """A subscription to one entity of a type, or to all of them."""
    selector: JsonObject = {"type": kind}
    if number is not None:
        selector["id"] = entity_id(kind, number)
    document: JsonObject = {
        "type": "Subscription",
        "entities": [selector],
        "watchedAttributes": ["reading"],
        "notification": {"endpoint": {"uri": uri}},
    }
    return {**document, **more}  # type: ignore[dict-item]  # JSON members are given


@dataclass(frozen=True, slots=True)
class Api:
    """The broker as a client meets it."""

    url: str
    session: aiohttp.ClientSession
    tenant: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.tenant is None else {"NGSILD-Tenant": self.tenant}

    async def send(self, method: str, path: str, body: object = None) -> int:
        """Send a request; answers with the status, 0 where no answer came."""
        try:
            async with self.session.request(
                method, f"{self.url}{BASE}{path}", json=body, headers=self.headers
            ) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    async def subscribe(self, documents: Sequence[JsonObject]) -> None:
        """Create subscriptions, several at a time."""
        waiting = iter(documents)

        async def create() -> None:
            for document in waiting:
                status = await self.send("POST", "/subscriptions", document)
                assert status == 201, status

        async with asyncio.TaskGroup() as tasks:
            for _ in range(_SUBSCRIBERS):
                tasks.create_task(create())

    async def waiting(self) -> int:
        """Count what is not delivered yet, of all subscriptions; -1: it cannot be told now."""
        total, offset = 0, 0
        while True:
            url = f"{self.url}/broker/v1/subscriptions?limit=1000&offset={offset}"
            try:
                async with self.session.get(url, headers=self.headers) as answer:
                    if answer.status != 200:
                        return -1
                    page = await answer.json()
            except (aiohttp.ClientError, TimeoutError):
                return -1
            total += sum(int(one["waiting"]) for one in page)
            offset += len(page)
            if len(page) < 1000:
                return total

    async def drained(self, within_s: float) -> bool:
        """Wait until nothing is left to deliver."""
        ends_at_s = asyncio.get_running_loop().time() + within_s
        while asyncio.get_running_loop().time() < ends_at_s:
            if await self.waiting() == 0:
                return True
            await asyncio.sleep(0.3)
        return False
