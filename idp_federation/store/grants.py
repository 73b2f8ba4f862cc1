"""Grants and their refresh tokens, in the control database."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import asyncpg
import orjson

from idp_federation.oidc.grant import Grant, signed_in_as_json, signed_in_from_json
from kit.db import Database, Databases
from kit.json import JsonObject

_COLUMNS = "id, client, sid, content, offline, created_at, expires_at"
_ADD = """
INSERT INTO token_grant (id, client, account, sid, content, offline, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""
_CONFIRM = """
UPDATE token_grant SET content = $2, expires_at = $3 WHERE id = $1 AND ended_at IS NULL
RETURNING id"""
_FIND = f"""
SELECT {_COLUMNS} FROM token_grant
WHERE id = $1 AND ended_at IS NULL AND expires_at > $2"""  # noqa: S608 - fixed text
_END = "UPDATE token_grant SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL RETURNING id"
_END_OF_SESSION = """
UPDATE token_grant SET ended_at = $2 WHERE sid = $1 AND ended_at IS NULL AND NOT offline"""
_END_OF_CLIENT = """
UPDATE token_grant SET ended_at = $3
WHERE account = $1 AND ($2::text IS NULL OR client = $2) AND ended_at IS NULL RETURNING id"""
_OF_SESSION = f"""
SELECT {_COLUMNS} FROM token_grant WHERE sid = $1"""  # noqa: S608 - fixed text
_PUT_REFRESH = "INSERT INTO refresh_token (token, gid, issued_at) VALUES ($1, $2, $3)"
_USE_REFRESH = """
UPDATE refresh_token SET used_at = $2 WHERE token = $1 AND used_at IS NULL RETURNING gid"""
_USED_REFRESH = "SELECT gid FROM refresh_token WHERE token = $1 AND used_at IS NOT NULL"
_OF_REFRESH = f"""
SELECT {_COLUMNS} FROM token_grant
WHERE id = (SELECT gid FROM refresh_token WHERE token = $1 AND used_at IS NULL)
  AND ended_at IS NULL AND expires_at > $2"""  # noqa: S608 - fixed text


class StoredGrants:
    """Grants; satisfies `Grants`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def add(self, grant: Grant) -> None:
        """Keep a grant."""
        account = None if grant.signed_in is None else grant.signed_in.account
        async with self._databases.connection(self._control) as connection:
            await connection.execute(
                _ADD,
                grant.id,
                grant.client,
                account,
                grant.sid,
                _written(grant),
                grant.offline,
                grant.created_at,
                grant.expires_at,
            )

    async def confirm(self, grant: Grant) -> bool:
        """Write a grant anew when its code is redeemed; answers whether it had not ended."""
        async with self._databases.connection(self._control) as connection:
            kept = await connection.fetchval(_CONFIRM, grant.id, _written(grant), grant.expires_at)
        return kept is not None

    async def find(self, gid: str, now: datetime) -> Grant | None:
        """Answer with a grant that has not ended."""
        async with self._databases.connection(self._control) as connection:
            return _grant(await connection.fetchrow(_FIND, gid, now))

    async def end(self, gid: str, now: datetime) -> bool:
        """End a grant and its refresh tokens; answers whether it had not ended before."""
        async with self._databases.connection(self._control) as connection:
            return await connection.fetchval(_END, gid, now) is not None

    async def end_of_client(self, account: str, client: str | None, now: datetime) -> Sequence[str]:
        """End all that a person gave to a client, or to all; answers with the grants' names."""
        async with self._databases.connection(self._control) as connection:
            return [
                row["id"] for row in await connection.fetch(_END_OF_CLIENT, account, client, now)
            ]

    async def end_of_session(self, sid: str, now: datetime) -> Sequence[Grant]:
        """End what a session gave, but not what outlives it; answers with all that it gave."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            rows = await connection.fetch(_OF_SESSION, sid)
            await connection.execute(_END_OF_SESSION, sid, now)
        return [_read(row) for row in rows]

    async def put_refresh(self, gid: str, token: bytes, now: datetime) -> None:
        """Keep a refresh token of a grant."""
        async with self._databases.connection(self._control) as connection:
            await connection.execute(_PUT_REFRESH, token, gid, now)

    async def rotate(self, token: bytes, fresh: bytes, now: datetime) -> tuple[Grant | None, bool]:
        """Use a refresh token up and put another in its place, in one transaction."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            gid = await connection.fetchval(_USE_REFRESH, token, now)
            if gid is None:
                used = await connection.fetchval(_USED_REFRESH, token)
                found = None if used is None else await connection.fetchrow(_FIND, used, now)
                return _grant(found), used is not None
            grant = _grant(await connection.fetchrow(_FIND, gid, now))
            if grant is not None:
                await connection.execute(_PUT_REFRESH, fresh, gid, now)
        return grant, False

    async def of_refresh(self, token: bytes, now: datetime) -> Grant | None:
        """Answer with the grant of a refresh token that is not used."""
        async with self._databases.connection(self._control) as connection:
            return _grant(await connection.fetchrow(_OF_REFRESH, token, now))


def _written(grant: Grant) -> bytes:
    signed_in = grant.signed_in
    return orjson.dumps(
        {
            "tenant": grant.tenant,
            "subject": grant.subject,
            "scope": sorted(grant.scope),
            "audience": grant.audience,
            "signed_in": None if signed_in is None else signed_in_as_json(signed_in),
            "acr": grant.acr,
            "nonce": grant.nonce,
            "claims": grant.claims,
            "jkt": grant.jkt,
            "actor": grant.actor,
        }
    )


def _grant(row: asyncpg.Record | None) -> Grant | None:
    return None if row is None else _read(row)


def _read(row: asyncpg.Record) -> Grant:
    content = cast(JsonObject, orjson.loads(row["content"]))
    signed_in = cast("JsonObject | None", content["signed_in"])
    return Grant(
        id=row["id"],
        client=row["client"],
        tenant=str(content["tenant"]),
        subject=str(content["subject"]),
        scope=frozenset(cast("list[str]", content["scope"])),
        audience=tuple(cast("list[str]", content["audience"])),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        signed_in=None if signed_in is None else signed_in_from_json(signed_in),
        sid=row["sid"],
        acr=cast("str | None", content["acr"]),
        nonce=cast("str | None", content["nonce"]),
        claims=cast(JsonObject, content["claims"]),
        jkt=cast("str | None", content["jkt"]),
        offline=row["offline"],
        actor=cast("JsonObject | None", content["actor"]),
    )
