"""Signing keys between processes, what is remembered through a crash, what is swept."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from idp_federation import KeyRing, Presented, Rotation, Seal, StoredKeys, StoredReplays
from idp_federation.federation.jwt import read_keys
from idp_federation.keys.sealing import Unsealable
from idp_federation.oidc.errors import TokenEnded
from idp_federation.oidc.key_rotation import KeyUse
from idp_federation.operations.sessions import withdrawal
from joint_use import TenantCache, TenantStore
from kit.clock import utc_now
from kit.db import Database
from kit.jwt import bears_signature, sign
from kit.listen import Listener
from renkei.auditing import assemble_audit
from renkei.identity import Identity, assemble_identity
from renkei.servers import MAIN, open_databases
from renkei.settings import Settings
from tests.integration.idp_federation.people import Op


@asynccontextmanager
async def inside(settings: Settings) -> AsyncIterator[Identity]:
    control = Database(MAIN, settings.joint_use.control_database)
    async with open_databases(settings) as databases:
        listener = Listener(databases, control)
        audit = assemble_audit(settings, databases, control).lane
        tenants = TenantCache(TenantStore(databases, control), absent_s=1)
        yield assemble_identity(settings, databases, control, listener, audit, tenants)


def test_the_metadata_are_as_their_specification_wants_them(op: Op) -> None:
    for place in ("openid-configuration", "oauth-authorization-server"):
        answer = op.http.get(f"{op.url}/.well-known/{place}")
        told = answer.json()
        assert told["issuer"] == op.url
        secure = {  # the validator takes https alone
            name: value.replace("http://", "https://") if isinstance(value, str) else value
            for name, value in told.items()
        }
        AuthorizationServerMetadata(secure).validate()


async def test_processes_that_begin_together_agree_on_one_key(op: Op) -> None:
    async with inside(op.settings) as one, inside(op.settings) as other:
        signers = await asyncio.gather(one.ring.signer(), other.ring.signer())
        assert signers[0].kid == signers[1].kid


async def test_what_was_signed_before_a_rotation_is_believed_after_it(op: Op) -> None:
    async with inside(op.settings) as here:
        before = await here.ring.signer()
        token = sign({"a": 1}, before, typ="JWT")
        uses = await here.ring.rotate()
        after = await here.ring.signer()
        assert uses[before.kid] is KeyUse.RETIRED
        assert uses[after.kid] is KeyUse.CURRENT
        published = read_keys(
            op.http.get(op.endpoint("jwks")).json(), what="jwks"
        )  # the other process knows within 15 s; the key was the next one, so it is there already
        assert {before.kid, after.kid} <= published.keys.keys()
        assert bears_signature(token, published.keys[before.kid])


async def test_sealed_keys_open_with_their_own_key_alone(op: Op) -> None:
    control = Database(MAIN, op.settings.joint_use.control_database)
    async with open_databases(op.settings) as databases:
        foreign = KeyRing(StoredKeys(databases, control), Seal(b"x" * 32), Rotation(), utc_now)
        with pytest.raises(Unsealable):
            await foreign.signer()


async def test_private_halves_are_nowhere_in_the_open(op: Op) -> None:
    async with inside(op.settings) as here:
        signer = await here.ring.signer()
        assert "d" not in signer.public
        assert str(signer.private["d"]) not in repr(signer)
        assert all("d" not in key for key in (await here.ring.published()).keys.values())


async def test_of_many_proofs_of_one_name_one_is_first(op: Op) -> None:
    async with inside(op.settings) as one, inside(op.settings) as other:
        now, jti = utc_now(), secrets.token_hex(8)
        answers = await asyncio.gather(
            *(
                here.provider.replays.first_proof("key", jti, now, now + timedelta(minutes=1))
                for here in (one, other)
                for _ in range(20)
            )
        )
        assert sum(answers) == 1


async def test_attack_1_after_a_crash_that_forgot_proofs_those_from_before_are_refused(
    op: Op, postgres_admin_dsn: str
) -> None:
    control = Database(MAIN, op.settings.joint_use.control_database)
    async with open_databases(op.settings) as databases:
        replays = StoredReplays(databases, control, utc_now)
        made, until = utc_now(), utc_now() + timedelta(minutes=1)
        assert await replays.first_proof("key", "before", made, until)
        owner = await asyncpg.connect(postgres_admin_dsn, database=control.name)
        try:  # what crash recovery does to UNLOGGED tables
            await owner.execute("TRUNCATE seen_proof, proof_memory")
            assert not await replays.first_proof("key", "before", made, until)
            later = utc_now() + timedelta(seconds=1)
            assert await replays.first_proof("key", "after", later, until)
        finally:
            await owner.execute("TRUNCATE proof_memory")
            await owner.execute("INSERT INTO proof_memory (since) VALUES (to_timestamp(0))")
            await owner.close()


async def test_what_has_expired_long_ago_is_swept_and_the_rest_stays(op: Op) -> None:
    async with inside(op.settings) as here:
        replays, name = here.provider.replays, secrets.token_hex(8)
        old = datetime.now(UTC) - timedelta(hours=2)
        await replays.first_assertion("sweep", name, old)
        await replays.first_assertion("sweep", name + "-new", utc_now() + timedelta(hours=1))
        assert await here.sweeper.sweep() >= 1
        assert not await replays.first_assertion("sweep", name + "-new", utc_now())


def test_a_token_that_was_believed_is_known_until_it_is_withdrawn(op: Op) -> None:
    app = op.register()
    app.browse(op.identity.sign_in(op.identity.open_account()))
    token = app.tokens()["access_token"]

    async def believe() -> None:
        async with inside(op.settings) as here:
            assert here.verifier.known(token) is None
            believed = await here.verifier.verify(Presented(scheme="bearer", token=token))
            known = here.verifier.known(token)
            assert known is not None
            assert known.token == believed
            assert here.verifier.counts(known)
            gone = withdrawal(here.provider, f"grant:{believed.gid}", utc_now())
            await here.provider.withdrawals.note([gone])
            assert not here.verifier.counts(known)
            assert here.verifier.known(token) is None
            with pytest.raises(TokenEnded):
                await here.verifier.verify(Presented(scheme="bearer", token=token))

    asyncio.run(believe())
