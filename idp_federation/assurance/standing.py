"""Whether a sign-in's issuer is trusted, and by which table it is read (steps 1 and 2)."""

from dataclasses import dataclass
from datetime import datetime

from idp_federation.assurance.assurance_map import LOST_AFTER, CheckedStatus, Freshness
from idp_federation.assurance.mapping import LevelMapping
from idp_federation.assurance.reasons import Finding, Reason
from idp_federation.assurance.sign_in import (
    LocalTrust,
    PeerTrust,
    SignIn,
    Terms,
    Trust,
    UpstreamTrust,
)
from idp_federation.federation.metadata import OPENID_PROVIDER
from idp_federation.federation.trust_mark import Status
from kit.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of an issuer.

    Args:
        trusted: whether its sign-ins are accepted at all.
        mapping: the table that reads them; None: they are worth the lowest levels.
        ends: when the grounds for this end.
        rechecks: when the status behind it has to be known anew.
        findings: why.
    """

    trusted: bool
    mapping: LevelMapping | None = None
    ends: tuple[datetime, ...] = ()
    rechecks: tuple[datetime, ...] = ()
    findings: tuple[Finding, ...] = ()


def standing_of(sign_in: SignIn, trust: Trust, terms: Terms, now: datetime) -> Standing:
    """Say whether an issuer is trusted now, and by which table its words are read."""
    if isinstance(trust, LocalTrust):
        local = Finding(Reason.LOCAL_SIGN_IN)
        return Standing(trusted=True, mapping=trust.mapping, findings=(local,))
    if isinstance(trust, UpstreamTrust):
        version = str(trust.mapping.version)
        known_by = Finding(Reason.UPSTREAM_ACCEPTED, {"issuer": sign_in.issuer, "version": version})
        return Standing(trusted=True, mapping=trust.mapping, findings=(known_by,))
    problem = _chain_problem(sign_in, trust, terms, now)
    chain = trust.chain
    if problem is not None or chain is None:
        return Standing(trusted=False, findings=(problem,) if problem else ())
    accepted = Finding(Reason.PEER_ACCEPTED, {"issuer": sign_in.issuer, "anchor": chain.anchor})
    problem = _map_problem(sign_in, trust, terms, now)
    known = trust.assurance_map
    if problem is not None or known is None:
        lowered = (accepted, problem) if problem else (accepted,)
        return Standing(trusted=True, ends=(chain.expires_at,), findings=lowered)
    applied = Finding(
        Reason.MAP_ACCEPTED,
        {"accreditor": known.accreditor, "version": str(known.mapping.version)},
    )
    return Standing(
        trusted=True,
        mapping=known.mapping,
        ends=(chain.expires_at, known.expires_at),
        rechecks=(trust.status.checked_at + LOST_AFTER,) if trust.status else (),
        findings=(accepted, applied, *_ageing(trust.status, now)),
    )


def trust_inputs(trust: Trust) -> JsonObject:
    """Write what a record keeps of the grounds for trust."""
    if isinstance(trust, LocalTrust):
        return {"trust": "local"}
    if isinstance(trust, UpstreamTrust):
        return {"trust": "upstream"}
    chain, known, status = trust.chain, trust.assurance_map, trust.status
    return {
        "trust": "peer",
        "anchor": chain.anchor if chain else None,
        "chain_expires_at": chain.expires_at.isoformat() if chain else None,
        "accreditor": known.accreditor if known else None,
        "map_expires_at": known.expires_at.isoformat() if known else None,
        "status": status.status.value if status else None,
        "status_checked_at": status.checked_at.isoformat() if status else None,
    }


def _chain_problem(
    sign_in: SignIn, trust: PeerTrust, terms: Terms, now: datetime
) -> Finding | None:
    """Say why a peer is not trusted at all."""
    issuer = {"issuer": sign_in.issuer}
    if sign_in.issuer not in terms.caps:
        return Finding(Reason.PEER_NOT_LISTED, issuer)
    chain = trust.chain
    if chain is None:
        return Finding(Reason.NO_TRUST_CHAIN, issuer)
    if chain.entity != sign_in.issuer:
        return Finding(Reason.FOREIGN_CHAIN, issuer)
    if chain.expires_at <= now:
        return Finding(Reason.CHAIN_EXPIRED, {**issuer, "at": chain.expires_at.isoformat()})
    if OPENID_PROVIDER not in chain.metadata:
        return Finding(Reason.NO_PROVIDER, issuer)
    return None


def _map_problem(sign_in: SignIn, trust: PeerTrust, terms: Terms, now: datetime) -> Finding | None:
    """Say why a trusted peer's words are worth only the lowest levels."""
    known, chain, status = trust.assurance_map, trust.chain, trust.status
    if known is None or chain is None:
        return Finding(Reason.NO_MAP, {"issuer": sign_in.issuer})
    if known.peer != sign_in.issuer:
        return Finding(Reason.FOREIGN_MAP, {"issuer": sign_in.issuer})
    attested = known.accreditor in terms.accreditors and known.accreditor != known.peer
    if not attested or known.anchor != chain.anchor:
        return Finding(Reason.MAP_NOT_ACCREDITED, {"accreditor": known.accreditor})
    if known.expires_at <= now:
        return Finding(Reason.MAP_EXPIRED, {"at": known.expires_at.isoformat()})
    if status is None or status.freshness(now) is Freshness.LOST:
        return Finding(Reason.STATUS_LOST)
    if status.status is not Status.ACTIVE:
        return Finding(Reason.MARK_NOT_ACTIVE, {"status": status.status.value})
    return None


def _ageing(status: CheckedStatus | None, now: datetime) -> tuple[Finding, ...]:
    if status is None or status.freshness(now) is Freshness.FRESH:
        return ()
    seconds = str(round((now - status.checked_at).total_seconds()))
    return (Finding(Reason.STATUS_AGEING, {"seconds": seconds}),)
