"""Applications in the control database: all of their SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import cast

import asyncpg
import orjson

from joint_use.terms.application import (
    Application,
    ApplicationEvent,
    ApplicationStatus,
    ApplicationStep,
    Approval,
    content_of,
    status_after,
    written,
)
from joint_use.terms.errors import ApplicationUnknown, TenantExists
from joint_use.terms.quotas import Quota
from kit.db import Connection, Database, Databases

_COLUMNS = """
SELECT receipt, status, content, terms_version, approval, client, submitted_at, changed_at, ready_at
FROM application"""
_FIND = _COLUMNS + " WHERE receipt = $1"
_LOCK = _FIND + " FOR UPDATE"
_PAGE = """
SELECT receipt, status, content, terms_version, approval, client, submitted_at, changed_at, ready_at
FROM application
WHERE ($1::text IS NULL OR status = $1)
  AND ($2::text = '' OR (submitted_at, receipt) <
       (SELECT submitted_at, receipt FROM application WHERE receipt = $2))
ORDER BY submitted_at DESC, receipt DESC LIMIT $3"""
_INSERT = """
INSERT INTO application (receipt, secret, sender, status, content, terms_version, submitted_at,
                         changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)"""
_COUNT = """
SELECT (SELECT count(*) FROM application WHERE submitted_at > $1 AND sender = $2) AS own,
       (SELECT count(*) FROM application WHERE status = 'submitted') AS waiting"""
_SECRET = "SELECT secret FROM application WHERE receipt = $1"  # noqa: S105  a statement, no secret
_RENEW = "UPDATE application SET secret = $2 WHERE receipt = $1"
_TALLY = "SELECT status, count(*) AS number FROM application GROUP BY status"
_ADVANCE = "UPDATE application SET status = $2, changed_at = $3, approval = $4 WHERE receipt = $1"
_CLIENT = "UPDATE application SET client = $2 WHERE receipt = $1"
_READY = "UPDATE application SET ready_at = $2, changed_at = $2 WHERE receipt = $1"
_NOTE = """
INSERT INTO application_event (application, step, by, at, text) VALUES ($1, $2, $3, $4, $5)"""
_IS_NOTED = "SELECT EXISTS (SELECT FROM application_event WHERE application = $1 AND step = $2)"
_EVENTS = """
SELECT step, by, at, text FROM application_event WHERE application = $1 ORDER BY number"""


class ApplicationStore:
    """All applications; satisfies `ApplicationRegistry`.

    Args:
        databases: the process's connections.
        control: the control database.
    """

    def __init__(self, databases: Databases, control: Database) -> None:
        self._databases = databases
        self._control = control

    async def add(self, application: Application, *, secret: bytes, sender: bytes) -> None:
        """Write a new application down, and that it was submitted."""
        event = ApplicationEvent(
            step=ApplicationStep.SUBMITTED, by="applicant", at=application.submitted_at
        )
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            await connection.execute(
                _INSERT,
                application.receipt,
                secret,
                sender,
                application.status.value,
                orjson.dumps(written(application.content)),
                application.terms_version,
                application.submitted_at,
            )
            await _note(connection, application.receipt, event)

    async def count(self, *, since: datetime, sender: bytes) -> tuple[int, int]:
        """Count what a sender has submitted since then, and what waits for the operator."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_COUNT, since, sender)
        return (0, 0) if row is None else (row["own"], row["waiting"])

    async def find(self, receipt: str) -> Application | None:
        """Read the application of a receipt number."""
        async with self._databases.connection(self._control) as connection:
            row = await connection.fetchrow(_FIND, receipt)
        return None if row is None else _application(row)

    async def secret_of(self, receipt: str) -> bytes | None:
        """Read the hash of what an applicant's link ends with."""
        async with self._databases.connection(self._control) as connection:
            return cast("bytes | None", await connection.fetchval(_SECRET, receipt))

    async def page(
        self, *, status: ApplicationStatus | None, after: str, limit: int
    ) -> Sequence[Application]:
        """Read applications, the latest first, those before the one of a receipt number."""
        wanted = None if status is None else status.value
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_PAGE, wanted, after, limit)
        return [_application(row) for row in rows]

    async def tally(self) -> Mapping[ApplicationStatus, int]:
        """Count the applications of each status."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_TALLY)
        return {ApplicationStatus(row["status"]): row["number"] for row in rows}

    async def events(self, receipt: str) -> Sequence[ApplicationEvent]:
        """Read what was done to an application, the oldest first."""
        async with self._databases.connection(self._control) as connection:
            rows = await connection.fetch(_EVENTS, receipt)
        return [
            ApplicationEvent(
                step=ApplicationStep(row["step"]), by=row["by"], at=row["at"], text=row["text"]
            )
            for row in rows
        ]

    async def advance(
        self, receipt: str, event: ApplicationEvent, *, approval: Approval | None = None
    ) -> Application:
        """Take a step and write it down, in one transaction.

        Raises:
            ApplicationUnknown: there is no such application.
            WrongStatus: there is no such step from where it is.
            TenantExists: another application was approved with the same tenant name.
        """
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            before = await _locked(connection, receipt)
            status = status_after(before, event.step)
            decided = None if approval is None else orjson.dumps(asdict(approval))
            try:
                await connection.execute(_ADVANCE, receipt, status.value, event.at, decided)
            except asyncpg.UniqueViolationError as error:
                raise _taken(approval) from error
            await _note(connection, receipt, event)
            return replace(before, status=status, changed_at=event.at, approval=approval)

    async def note(
        self, receipt: str, event: ApplicationEvent, *, client: str | None = None
    ) -> None:
        """Write down, once, that something approved is there; at `ready`, that everything is."""
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            await _locked(connection, receipt)
            if client is not None:
                await connection.execute(_CLIENT, receipt, client)
            if await connection.fetchval(_IS_NOTED, receipt, event.step.value):
                return
            if event.step is ApplicationStep.READY:
                await connection.execute(_READY, receipt, event.at)
            await _note(connection, receipt, event)

    async def renew_secret(self, receipt: str, secret: bytes, event: ApplicationEvent) -> None:
        """Let another link lead to the application.

        Raises:
            ApplicationUnknown: there is no such application.
        """
        async with (
            self._databases.connection(self._control) as connection,
            connection.transaction(),
        ):
            await _locked(connection, receipt)
            await connection.execute(_RENEW, receipt, secret)
            await _note(connection, receipt, event)


async def _locked(connection: Connection, receipt: str) -> Application:
    row = await connection.fetchrow(_LOCK, receipt)
    if row is None:
        raise ApplicationUnknown(
            f"Application {receipt} does not exist",
            detail_ja=f"申請 {receipt} はありません。",
            where="receipt",
        )
    return _application(row)


async def _note(connection: Connection, receipt: str, event: ApplicationEvent) -> None:
    await connection.execute(_NOTE, receipt, event.step.value, event.by, event.at, event.text)


def _taken(approval: Approval | None) -> TenantExists:
    name = "" if approval is None else approval.tenant
    return TenantExists(
        f"Tenant {name} is promised to another application",
        detail_ja=f"テナント名 {name} は別の申請に割り当てられています。",
        where="tenant",
    )


def _application(row: asyncpg.Record) -> Application:
    return Application(
        receipt=row["receipt"],
        content=content_of(orjson.loads(row["content"])),
        terms_version=row["terms_version"],
        status=ApplicationStatus(row["status"]),
        submitted_at=row["submitted_at"],
        changed_at=row["changed_at"],
        approval=_approval(row["approval"]),
        client=row["client"],
        ready_at=row["ready_at"],
    )


def _approval(document: bytes | None) -> Approval | None:
    if document is None:
        return None
    told = orjson.loads(document)
    return Approval(
        tenant=told["tenant"], organisation=told["organisation"], quota=Quota(**told["quota"])
    )
