"""Endpoints are kept sealed: nothing of them stands in the database in the clear."""

import pytest

from joint_use import Tenant
from kit.sealing import Seal, Unsealable
from tests.notifying import KEY, Process
from tests.receivers import Receiver


async def test_secrets_are_not_in_the_database_and_reach_the_receiver(
    process: Process, tenant: Tenant, receiver: Receiver
) -> None:
    secret = "Bearer s3cr3t-of-the-subscriber"
    info = [{"key": "Authorization", "value": secret}]
    id_ = await process.subscribe(tenant, receiver.uri(), endpoint={"receiverInfo": info})
    rows = await process.rows(tenant, "SELECT subscription::text, endpoint FROM subscription")
    ((text, sealed),) = rows
    assert "s3cr3t" not in text
    assert b"s3cr3t" not in sealed
    assert receiver.uri() not in text
    kept = await process.subscriptions.get(tenant, id_)
    assert kept is not None
    assert secret in str(kept.stored.document)


def test_what_was_sealed_opens_in_its_place_alone() -> None:
    seal = Seal(KEY)
    sealed = seal.close({"uri": "http://example.org/"}, "here")
    assert seal.open(sealed, "here") == {"uri": "http://example.org/"}
    assert sealed != seal.close({"uri": "http://example.org/"}, "here")
    with pytest.raises(Unsealable):
        seal.open(sealed, "there")
    with pytest.raises(Unsealable):
        Seal(b"\0" * 32).open(sealed, "here")
    with pytest.raises(Unsealable):
        seal.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), "here")
