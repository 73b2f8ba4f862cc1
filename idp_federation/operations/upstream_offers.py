"""Signing in at a provider, the way there: who is offered, and what a browser is sent with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.levels import LOWEST
from idp_federation.oidc.cookies import Browser
from idp_federation.oidc.errors import InvalidRequest
from idp_federation.operations.interactions import Asked, Interaction, open_interaction
from idp_federation.operations.upstream_visits import new_attempt, offered_upstream, send_to
from idp_federation.relying_party.attempt import Wish
from idp_federation.relying_party_ports import RelyingParty


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A provider as the sign-in page lists it.

    Args:
        id: its name.
        name: for people, in Japanese.
        name_en: in English.
        url: where a link to it leads.
        reaches: whether a sign-in there can be worth what is required.
    """

    id: str
    name: str
    name_en: str
    url: str
    reaches: bool


async def upstream_offers(
    rp: RelyingParty, tenant: str, interaction: Interaction | None, account: str | None = None
) -> Sequence[Offer]:
    """List the providers that a page shows as ways to go on.

    Args:
        rp: the ports.
        tenant: at which municipality.
        interaction: what a service asks for; None: somebody comes for her own account.
        account: whose levels are to be raised; the providers that she has linked help her alone.
    """
    links = () if account is None else await rp.links.of_account(account)
    linked = {one.upstream for one in links}
    required = LOWEST if interaction is None else interaction.required
    query = {"tenant": tenant} if interaction is None else {"interaction": interaction.id}
    offered = [one.upstream for one in await rp.upstreams.every()]
    return [
        Offer(
            id=one.id,
            name=one.name,
            name_en=one.name_en or one.name,
            url=f"{rp.provider.profile.url(f'upstream/{one.id}/begin')}?{urlencode(query)}",
            reaches=one.ceiling.satisfies(required),
        )
        for one in offered
        if one.is_offered_at(tenant) and (account is None or one.id in linked)
    ]


async def begin_upstream_sign_in(
    rp: RelyingParty, name: str, interaction_name: str, browser: Browser
) -> str:
    """Send a browser to a provider, on behalf of an authorization request; answers with where to.

    A step-up asks for the levels and proofs that are missing, and for a new authentication.

    Raises:
        InvalidRequest: there is no such interaction in this browser, or it asks for no sign-in.
        UpstreamUnavailable: the provider is not offered, or does not answer.
    """
    interaction = await open_interaction(rp.provider, interaction_name, browser=browser.id)
    if interaction.asked is Asked.CONSENT:
        raise InvalidRequest("Interaction asks for consent, not for a sign-in")
    upstream = await offered_upstream(rp, name, interaction.tenant)
    wish = Wish(
        required=interaction.required,
        proofs=frozenset(Proof(one) for one in interaction.proofs),
        max_age=interaction.max_age,
        fresh=interaction.fresh or interaction.asked is Asked.STEP_UP,
        languages=interaction.ui_locales,
    )
    attempt = new_attempt(rp, upstream, interaction.tenant, wish)
    return await send_to(rp, upstream, replace(attempt, interaction=interaction.id), browser)


async def begin_own_sign_in(rp: RelyingParty, name: str, tenant: str, browser: Browser) -> str:
    """Send a browser to a provider for somebody's own account; answers with where to.

    Raises:
        UpstreamUnavailable: the provider is not offered, or does not answer.
    """
    upstream = await offered_upstream(rp, name, tenant)
    attempt = new_attempt(rp, upstream, tenant, Wish(required=LOWEST))
    return await send_to(rp, upstream, attempt, browser)
