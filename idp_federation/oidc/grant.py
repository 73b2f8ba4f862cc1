"""Grants: what one client got, from a person or for itself; its tokens end with it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from idp_federation.assurance.evidence import Proof
from idp_federation.oidc.session import Held, SignedIn
from joint_use import Levels
from kit.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What tokens are made of, again and again.

    Args:
        id: its name, in tokens as `gid`.
        client: who has it.
        tenant: the one tenant that it is for.
        subject: whom the client knows the person as; the client itself where it acts alone.
        scope: what it allows.
        audience: the services that it is for.
        created_at: when it was given.
        expires_at: when it ends at the latest.
        signed_in: who signed in, and how; None where a client acts alone.
        sid: the session that it comes from.
        acr: the class that the client was told.
        nonce: what the client wants to find in its ID token.
        claims: its `claims` parameter.
        jkt: the key that refresh tokens are bound to.
        offline: whether it outlives its session.
        actor: who acts for the subject.
    """

    id: str
    client: str
    tenant: str
    subject: str
    scope: frozenset[str]
    audience: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    signed_in: SignedIn | None = None
    sid: str | None = None
    acr: str | None = None
    nonce: str | None = None
    claims: JsonObject = field(default_factory=dict)
    jkt: str | None = None
    offline: bool = False
    actor: JsonObject | None = None


def signed_in_as_json(signed_in: SignedIn) -> JsonObject:
    """Write down who signed in and how."""
    return {
        "account": signed_in.account,
        "tenant": signed_in.tenant,
        "held": held_as_json(signed_in.held),
        "amr": [*sorted(signed_in.amr)],
        "auth_time": signed_in.auth_time.isoformat(),
        "issuer": signed_in.issuer,
    }


def held_as_json(held: Held) -> JsonObject:
    """Write down levels and proofs."""
    return {
        "proofing": held.levels.proofing,
        "authentication": held.levels.authentication,
        "proofs": [*sorted(proof.value for proof in held.proofs)],
        "valid_until": held.valid_until.isoformat(),
        "decision": held.decision,
    }


def signed_in_from_json(written: JsonObject) -> SignedIn:
    """Read what `signed_in_as_json` wrote."""
    issuer = written.get("issuer")
    return SignedIn(
        account=str(written["account"]),
        tenant=str(written["tenant"]),
        held=held_from_json(cast(JsonObject, written["held"])),
        amr=frozenset(cast("list[str]", written["amr"])),
        auth_time=datetime.fromisoformat(str(written["auth_time"])),
        issuer=None if issuer is None else str(issuer),
    )


def held_from_json(written: JsonObject) -> Held:
    """Read what `held_as_json` wrote."""
    return Held(
        levels=Levels(cast(int, written["proofing"]), cast(int, written["authentication"])),
        proofs=frozenset(Proof(one) for one in cast("list[str]", written["proofs"])),
        valid_until=datetime.fromisoformat(str(written["valid_until"])),
        decision=cast(JsonObject, written["decision"]),
    )
