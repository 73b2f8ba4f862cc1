"""Notifications over TLS: to who is trusted, by the operator's own authorities too."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from joint_use import Tenant
from tests.certificates import write_certificates
from tests.entities import create
from tests.integration.broker.notify.conftest import MakeProcess
from tests.notifying import Process
from tests.receivers import Receiver, a_receiver


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[Receiver]:
    write_certificates(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    async with a_receiver(tls=tls) as opened:
        yield opened


async def test_an_authority_of_the_operators_is_trusted_for_the_name_in_the_certificate(
    make_process: MakeProcess, process: Process, tenant: Tenant, secure: Receiver, tmp_path: Path
) -> None:
    await process.die()
    async with make_process(ca_file=tmp_path / "ca.pem") as trusting:
        await trusting.subscribe(tenant, f"https://localhost:{secure.port}/right")
        id_ = await trusting.subscribe(tenant, f"https://127.0.0.1:{secure.port}/wrong")
        await trusting.write(tenant, create(1, 1))
        await secure.until_arrived(1)
        assert secure.paths == ["/right"]
        assert "certificate is not trusted" in await cause(trusting, tenant, id_)


async def test_an_authority_that_nobody_named_gets_nothing(
    process: Process, tenant: Tenant, secure: Receiver
) -> None:
    id_ = await process.subscribe(tenant, f"https://localhost:{secure.port}/")
    await process.write(tenant, create(1, 1))
    assert "certificate is not trusted" in await cause(process, tenant, id_)
    assert secure.arrived == []


async def cause(process: Process, tenant: Tenant, id_: str) -> str:
    """Wait until the cause of a failure is told."""
    sql = """
        SELECT o.cause FROM subscription_outcome o
        JOIN subscription s ON s.tenant = o.tenant AND s.number = o.subscription WHERE s.id = $1"""
    for _ in range(500):
        rows = await process.rows(tenant, sql, id_)
        if rows:
            return str(rows[0][0])
        await asyncio.sleep(0.02)
    raise AssertionError("no failure is told of")
