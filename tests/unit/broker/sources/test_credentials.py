"""What requests show to a source, and how long a token is used."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from broker.source_ports import SourceMisanswers
from broker.sources.credentials import BearerToken, FixedHeaders, shown_for
from joint_use import ApiKey, ClientCertificate, ClientCredentials, NoCredentials
from kit.json import JsonObject


class TokenServer:
    """Hands out tokens as a test says."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, JsonObject | str]] = []
        self.asked: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.headers["Authorization"])
        await asyncio.sleep(0)
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(body, str):
            return web.Response(status=status, text=body)
        return web.json_response(body, status=status)

    def credentials(self) -> BearerToken:
        client = ClientCredentials(token_url=self.url, client_id="a b", client_secret="c:d")
        return BearerToken(client)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[TokenServer]:
    served = TokenServer()
    app = web.Application()
    app.router.add_post("/token", served.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    yield served
    await runner.cleanup()


async def test_who_comes_while_a_token_is_asked_for_waits_for_it(
    server: TokenServer, session: aiohttp.ClientSession
) -> None:
    server.answers = [(200, {"access_token": "t", "expires_in": 3600})]
    token = server.credentials()
    shown = await asyncio.gather(*(token.headers(session) for _ in range(20)))
    assert {one["Authorization"] for one in shown} == {"Bearer t"}
    assert server.asked == ["Basic YStiOmMlM0Fk"]  # each encoded as in a form (RFC 6749 §2.3.1)


async def test_a_refused_token_is_replaced_once_though_several_were_refused(
    server: TokenServer, session: aiohttp.ClientSession
) -> None:
    server.answers = [(200, {"access_token": "old"}), (200, {"access_token": "new"})]
    token = server.credentials()
    first, second = await token.headers(session), await token.headers(session)
    token.refused(first)
    assert await token.headers(session) == {"Authorization": "Bearer new"}
    token.refused(second)  # whose answer comes late
    assert await token.headers(session) == {"Authorization": "Bearer new"}
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [
        (400, {"error": "invalid_client"}),
        (200, "<html>"),
        (200, {}),
        (200, {"access_token": ""}),
        (200, {"access_token": "a\r\nX: b"}),
        (302, ""),
    ],
)
async def test_what_is_no_token_is_not_shown(
    server: TokenServer, session: aiohttp.ClientSession, answer: tuple[int, JsonObject | str]
) -> None:
    server.answers = [answer]
    with pytest.raises(SourceMisanswers):
        await server.credentials().headers(session)


async def test_a_key_is_the_same_always_and_a_certificate_needs_no_header(
    session: aiohttp.ClientSession,
) -> None:
    key = shown_for(ApiKey(header="X-Api-Key", value="v"))
    assert await key.headers(session) == {"X-Api-Key": "v"}
    assert not key.is_renewable
    for credentials in (NoCredentials(), ClientCertificate(certificate="c", key="k")):
        shown = shown_for(credentials)
        assert isinstance(shown, FixedHeaders)
        assert await shown.headers(session) == {}


def test_secrets_do_not_show_when_printed() -> None:
    secrets = (
        ApiKey(header="X", value="s3cret"),
        ClientCredentials(token_url="https://a", client_id="a", client_secret="s3cret"),
        ClientCertificate(certificate="c", key="s3cret"),
    )
    assert "s3cret" not in repr(secrets)
