"""What a sign-in at this platform is worth: by the methods shown, and by how she was proofed."""

from datetime import datetime, timedelta

from idp_federation.assurance.acr import acr_of
from idp_federation.assurance.amr import highest_authentication
from idp_federation.assurance.evidence import Proof, read_verified_claims
from idp_federation.assurance.levels import HIGHEST, LOWEST
from idp_federation.assurance.proofing import local_mapping
from idp_federation.assurance.reconcile import reconcile
from idp_federation.assurance.service_class import Requirement
from idp_federation.assurance.sign_in import LinkedAccount, LocalTrust, SignIn, Terms
from idp_federation.oidc.profile import Profile
from idp_federation.oidc.session import Account, Held
from joint_use import Levels
from kit.json import JsonObject


def held_of(
    account: Account,
    amr: frozenset[str],
    *,
    profile: Profile,
    proofing_lasts: timedelta,
    auth_time: datetime,
    now: datetime,
    required: Levels = LOWEST,
    linked: LinkedAccount | None = None,
) -> Held:
    """Say which levels somebody holds who has signed in here.

    Args:
        account: hers, with what was verified.
        amr: the methods that she has shown.
        profile: whose anchor's levels are meant.
        proofing_lasts: how long ago she may have been proofed.
        auth_time: when she signed in.
        now: the present instant.
        required: the levels that a service waits for.
        linked: her account at a provider, whose proofing may help to reach them.
    """
    claims: JsonObject = {
        "iss": profile.issuer,
        "sub": account.id,
        "verified_claims": [*account.verified_claims],
    }
    sign_in = SignIn(
        issuer=profile.issuer,
        subject=account.id,
        session_expires_at=now + profile.lifetimes.session,
        auth_time=auth_time,
        acr=acr_of(Levels(HIGHEST.proofing, highest_authentication(amr)), profile.anchor),
        amr=amr,
        verified_claims=read_verified_claims(claims, signed=True),
    )
    terms = Terms(
        anchor=profile.anchor,
        accreditors=frozenset(),
        caps={},
        local_ceiling=profile.ceiling,
    )
    every = frozenset(Proof)
    decision = reconcile(
        sign_in,
        trust=LocalTrust(mapping=local_mapping(profile.anchor, lasts=proofing_lasts)),
        terms=terms,
        requirement=Requirement(levels=required, proofs=every),
        now=now,
        linked=linked,
    )
    return Held(
        levels=decision.held,
        proofs=every - decision.lacking.proofs,
        valid_until=decision.valid_until,
        decision=decision.record(),
    )
