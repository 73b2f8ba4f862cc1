"""Key sets of others: kept, asked anew for a kid that is unknown, but not too often."""

import asyncio
import json

import pytest

from idp_federation.fetch.key_sets import (
    AFTER_FAILURE_S,
    ASK_AGAIN_S,
    KEEP_S,
    KeySets,
    KeysUnavailable,
)
from kit.guard import Guard, Unreachable
from kit.http import Fetched, Outbound
from tests.integration.idp_federation.people import ClientKey

URL = "https://op.example/jwks"


class Published(Outbound):
    """Answers with the keys that are published now, and counts who asks."""

    def __init__(self) -> None:
        super().__init__(Guard())
        self.keys = [ClientKey.new()]
        self.asked = 0
        self.away = False

    async def fetch(self, url: str, **_: object) -> Fetched:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise Unreachable("away")
        body = json.dumps({"keys": [{**one.public, "use": "sig"} for one in self.keys]}).encode()
        return Fetched(url=url, status=200, content_type="", headers={}, body=body)

    @property
    def kid(self) -> str:
        return str(self.keys[-1].key.kid)


class Watch:
    """Seconds that a test lets pass."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_keys_are_asked_once_by_many_and_kept_for_a_while() -> None:
    published, watch = Published(), Watch()
    sets = KeySets(published, monotonic=watch)

    async def many() -> None:
        await asyncio.gather(*(sets.at(URL, kid=published.kid) for _ in range(20)))
        assert published.asked == 1
        watch.now += KEEP_S
        await sets.at(URL, kid=published.kid)
        assert published.asked == 2

    asyncio.run(many())


def test_a_new_key_is_found_at_once_and_an_unknown_one_costs_one_look_in_a_while() -> None:
    published, watch = Published(), Watch()
    sets = KeySets(published, monotonic=watch)

    async def rotated() -> None:
        await sets.at(URL, kid=published.kid)
        published.keys.append(ClientKey.new())
        assert published.kid in (await sets.at(URL, kid=published.kid)).keys
        for _ in range(5):
            await sets.at(URL, kid="unknown")
        assert published.asked == 2
        watch.now += ASK_AGAIN_S
        await sets.at(URL, kid="unknown")
        assert published.asked == 3

    asyncio.run(rotated())


def test_whom_nobody_answers_is_not_asked_again_at_once() -> None:
    published, watch = Published(), Watch()
    published.away = True
    sets = KeySets(published, monotonic=watch)

    async def away() -> None:
        for _ in range(5):
            with pytest.raises(KeysUnavailable):
                await sets.at(URL, kid="k")
        assert published.asked == 1
        published.away = False
        watch.now += AFTER_FAILURE_S
        assert (await sets.at(URL, kid=published.kid)).keys

    asyncio.run(away())
