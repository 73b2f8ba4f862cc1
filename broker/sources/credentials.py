"""What a request shows to a source: nothing, an API key, or a token that is had in time."""

import asyncio
import re
from base64 import b64encode
from collections.abc import Mapping
from http import HTTPStatus
from time import monotonic
from typing import Protocol, assert_never
from urllib.parse import quote_plus

import aiohttp
import orjson

from broker.source_ports import SourceMisanswers
from joint_use import ApiKey, ClientCertificate, ClientCredentials, Credentials, NoCredentials

_MOST_BYTES = 65_536
_SPARE_S = 30.0  # a token is not used in the last seconds of its life
_UNTOLD_S = 300.0  # how long a token is used that does not say how long it lives
_TOKEN = re.compile(r"[!-~]{1,16384}", re.ASCII)


class Shown(Protocol):
    """What requests show; `renewable` says whether another one may be had."""

    @property
    def is_renewable(self) -> bool:
        """Tell whether it makes sense to ask for another one after a refusal."""
        ...

    async def headers(self, session: aiohttp.ClientSession) -> Mapping[str, str]:
        """Answer with the headers to add."""
        ...

    def refused(self, headers: Mapping[str, str]) -> None:
        """Use these headers no more: the source has refused them."""
        ...


class FixedHeaders:
    """Shows the same headers always."""

    is_renewable = False

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    async def headers(self, session: aiohttp.ClientSession) -> Mapping[str, str]:
        """Answer with the headers to add."""
        del session
        return self._headers

    def refused(self, headers: Mapping[str, str]) -> None:
        """Know no others."""


class BearerToken:
    """Shows an access token, had with client credentials and kept until shortly before its end.

    Spec: RFC 6749 §4.4, RFC 6750 §2.1

    Args:
        client: where tokens are had, and as whom.
    """

    is_renewable = True

    def __init__(self, client: ClientCredentials) -> None:
        self._client = client
        self._turn = asyncio.Lock()
        self._headers: Mapping[str, str] = {}
        self._until_s = 0.0

    async def headers(self, session: aiohttp.ClientSession) -> Mapping[str, str]:
        """Answer with the headers to add; who comes while a token is asked for waits for it.

        Raises:
            SourceMisanswers: no token can be had.
            aiohttp.ClientError, OSError: its server cannot be reached.
        """
        async with self._turn:
            if monotonic() >= self._until_s:
                token, lives_s = await self._asked(session)
                self._headers = {"Authorization": f"Bearer {token}"}
                self._until_s = monotonic() + max(lives_s - _SPARE_S, lives_s / 2)
            return self._headers

    def refused(self, headers: Mapping[str, str]) -> None:
        """Ask for another token, unless that was done already."""
        if headers is self._headers:
            self._until_s = 0.0

    async def _asked(self, session: aiohttp.ClientSession) -> tuple[str, float]:
        client = self._client
        who = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
        form = {"grant_type": "client_credentials"}
        if client.scope:
            form["scope"] = client.scope
        headers = {
            "Authorization": f"Basic {b64encode(who.encode()).decode()}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        async with session.post(
            client.token_url, data=form, headers=headers, allow_redirects=False
        ) as answer:
            body = await answer.content.read(_MOST_BYTES)
            if answer.status != HTTPStatus.OK:
                raise _no_token(f"answers {answer.status}")
            return _token_in(body)


def shown_for(credentials: Credentials) -> Shown:
    """Answer with what requests show who have these credentials."""
    match credentials:
        case ApiKey(header=header, value=value):
            return FixedHeaders({header: value})
        case ClientCredentials() as client:
            return BearerToken(client)
        case NoCredentials() | ClientCertificate():
            return FixedHeaders({})
        case _:
            assert_never(credentials)


def _token_in(body: bytes) -> tuple[str, float]:
    """Read a token and how many seconds it lives (RFC 6749 §5.1)."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _no_token("answers with what is no JSON") from error
    token = str(said.get("access_token", "")) if isinstance(said, dict) else ""
    if not _TOKEN.fullmatch(token):
        raise _no_token("answers without an access_token")
    lives = said.get("expires_in", _UNTOLD_S)
    is_told = isinstance(lives, int | float) and not isinstance(lives, bool) and lives > 0
    return token, float(lives) if is_told else _UNTOLD_S


def _no_token(reason: str) -> SourceMisanswers:
    return SourceMisanswers(f"The token endpoint of the source {reason}")
