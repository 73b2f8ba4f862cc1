"""Who asks, where proxies stand in front: their word counts, a stranger's does not."""

from starlette.types import Receive, Scope, Send

from renkei.app import behind


async def seen_of(client: str, forwarded: str) -> tuple[object, object]:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def nothing(*_: object) -> None:
        return None

    scope: Scope = {
        "type": "http",
        "scheme": "http",
        "client": (client, 4711),
        "headers": [
            (b"x-forwarded-for", forwarded.encode()),
            (b"x-forwarded-proto", b"https"),
        ],
    }
    await behind(app, ["10.0.0.0/8"])(scope, nothing, nothing)  # type: ignore[arg-type]
    return seen[0]["client"][0], seen[0]["scheme"]


async def test_a_proxy_of_ours_says_who_asks() -> None:
    assert await seen_of("10.0.0.1", "203.0.113.9, 10.0.0.7") == ("203.0.113.9", "https")


async def test_what_the_reader_herself_put_there_does_not_count() -> None:
    assert await seen_of("10.0.0.1", "198.51.100.1, 203.0.113.9") == ("203.0.113.9", "https")


async def test_a_stranger_says_nothing_about_who_asks() -> None:
    assert await seen_of("203.0.113.9", "198.51.100.1") == ("203.0.113.9", "http")
