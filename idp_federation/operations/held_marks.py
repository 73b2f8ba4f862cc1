"""The trust marks that this platform shows of itself, asked for again and again."""

from datetime import timedelta

import structlog

from idp_federation.federation.claims import Claims
from idp_federation.federation.errors import (
    FederationError,
    InvalidRequest,
    NotFound,
    TemporarilyUnavailable,
)
from idp_federation.federation.identifiers import entity_id
from idp_federation.federation.issued_mark import HeldMark
from idp_federation.federation.metadata import FEDERATION_ENTITY
from idp_federation.federation.trust_chain import TrustChain
from idp_federation.federation_ports import Federation
from idp_federation.operations.federation_membership import (
    require_administrator,
    require_member,
)
from idp_federation.operations.trust_marks import believed_mark
from joint_use import Principal
from kit.looking import look_again

log = structlog.get_logger(__name__)

ASK_EVERY = timedelta(seconds=60)
LOOK_EVERY_S = 5.0


async def show_mark(
    federation: Federation, principal: Principal, issuer: str, trust_mark_type: str
) -> HeldMark:
    """Ask an issuer for a mark of this platform, and show it from now on.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        NotFound: the issuer has none.
        FederationError: the issuer is not trusted, does not answer, or the mark does not count.
    """
    require_administrator(principal)
    await require_member(federation)
    wanted = HeldMark(trust_mark_type=trust_mark_type, issuer=entity_id(issuer))
    token = await _asked(federation, wanted)
    if token is None:
        raise NotFound(f"{issuer} has issued no trust mark of this type to {federation.entity}")
    return await _kept(federation, wanted, token)


async def hide_mark(
    federation: Federation, principal: Principal, issuer: str, trust_mark_type: str
) -> None:
    """Show a mark no more.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        NotFound: it was not shown.
    """
    require_administrator(principal)
    if not await federation.held_marks.let_go(trust_mark_type, entity_id(issuer)):
        raise NotFound(f"No trust mark of this type of {issuer} is shown")


class MarkKeeper:
    """Keeps the marks that are shown as their issuers have them; each in one process at a time.

    Args:
        federation: the ports.
    """

    def __init__(self, federation: Federation) -> None:
        self._federation = federation

    async def run(self) -> None:
        """Look every few seconds whether one is due; to be run under `kit.tasks`."""
        await look_again(self.look, every_s=LOOK_EVERY_S, failing="trust_marks_not_asked_for")

    async def look(self) -> None:
        """Ask for those that are due; one that cannot be had now is shown as it was."""
        federation, now = self._federation, self._federation.clock()
        for one in await federation.held_marks.claim(now, again_at=now + ASK_EVERY):
            try:
                await _kept(federation, one, await _asked(federation, one))
            except FederationError as error:
                log.warning("trust_mark_not_renewed", issuer=one.issuer, reason=error.detail)


async def _asked(federation: Federation, wanted: HeldMark) -> str | None:
    chain = await federation.chains.chain_of(wanted.issuer)
    token = await federation.mark_issuers.mark(
        endpoint_of(chain, "federation_trust_mark_endpoint"),
        trust_mark_type=wanted.trust_mark_type,
        subject=federation.entity,
    )
    if token is not None:
        mark = await believed_mark(federation, token, federation.entity)
        if (mark.trust_mark_type, mark.issuer) != (wanted.trust_mark_type, wanted.issuer):
            raise InvalidRequest(f"{wanted.issuer} answers with another trust mark")
    return token


async def _kept(federation: Federation, wanted: HeldMark, token: str | None) -> HeldMark:
    held = HeldMark(trust_mark_type=wanted.trust_mark_type, issuer=wanted.issuer, token=token)
    await federation.held_marks.hold(held, due_at=federation.clock() + ASK_EVERY)
    return held


def endpoint_of(chain: TrustChain, name: str) -> str:
    """Answer with an endpoint of a member of the federation.

    Raises:
        TemporarilyUnavailable: it has none.
    """
    told = chain.metadata.get(FEDERATION_ENTITY, {})
    endpoint = Claims(told, f"Federation entity {chain.entity}", InvalidRequest).url(name)
    if endpoint is None:
        raise TemporarilyUnavailable(f"{chain.entity} names no {name}")
    return endpoint
