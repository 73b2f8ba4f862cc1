"""What all pages here need: whom somebody signs in for, in which browser, and how they answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlencode, urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response

from idp_federation.account_ports import People
from idp_federation.api.browsers import browser_of, keep_session, sent_to, set_cookie
from idp_federation.assurance.levels import LOWEST
from idp_federation.oidc.client import Client
from idp_federation.oidc.cookies import Browser, browser_cookie, session_cookie
from idp_federation.oidc.errors import InvalidRequest
from idp_federation.oidc.profile import PATH
from idp_federation.oidc.session import NewSession, Session
from idp_federation.operations.accounts import require_tenant
from idp_federation.operations.clients import known_client
from idp_federation.operations.interactions import (
    Asked,
    Interaction,
    open_interaction,
    resume_url,
)
from idp_federation.operations.sessions import find_session
from idp_federation.pages import words
from idp_federation.relying_party_ports import RelyingParty
from joint_use import Levels
from kit.json import JsonObject
from kit.pages.language import Words, suggest
from kit.pages.rendering import Pages, Site

_TEMPLATES = "idp_federation.pages"
_INTERACTION, _TENANT = "interaction", "tenant"
BROWSER_FOR_S = 86_400
_IPV6_NETWORK = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Why somebody is at a page: for a service that waits, or for her own account.

    Args:
        tenant: the municipality.
        municipality: its name.
        query: what keeps the errand in addresses.
        next_url: where to go when it is done.
        interaction: what a service asks for; None: nobody waits.
        client: which service.
    """

    tenant: str
    municipality: Words
    query: Mapping[str, str]
    next_url: str
    interaction: Interaction | None = None
    client: Client | None = None

    @property
    def key(self) -> str:
        """Its name, to which progress is bound."""
        return urlencode(self.query)

    @property
    def required(self) -> Levels:
        """The levels that a service waits for."""
        return LOWEST if self.interaction is None else self.interaction.required

    @property
    def service(self) -> Words | None:
        """What people call the service that waits."""
        if self.client is None:
            return None
        name = self.client.name or self.client.id
        return Words(name, self.client.name_en or name)

    @property
    def policy(self) -> Mapping[str, str]:
        """Let forms lead to the service: browsers hold a form's redirections to form-action."""
        if self.interaction is None:
            return {}
        parts = urlsplit(self.interaction.returns_to)
        return {"form-action": f"'self' {parts.scheme}://{parts.netloc}"}

    def place(self, page: str, **more: str) -> str:
        """Write the address of a page on the same errand."""
        return f"{PATH}/{page}?{urlencode({**self.query, **more})}"


class Desk:
    """What the pages of the OpenID Provider share.

    Args:
        people: the ports.
        rp: the ports of signing in at providers.
        site: what all pages of the platform share.
    """

    def __init__(self, people: People, rp: RelyingParty, site: Site) -> None:
        self.people = people
        self.rp = rp
        self.provider = people.provider
        self.profile = people.provider.profile
        self.signer = site.signer
        self.pages = Pages(
            site, _TEMPLATES, explain=words.explain, known={"words": words, "path": PATH}
        )

    def browser(self, request: Request) -> Browser:
        """Answer with the browser that asks."""
        return browser_of(request, self.profile)

    async def errand(self, request: Request, asked: Asked) -> Errand:
        """Read from the address why somebody is here, and speak her language.

        Raises:
            InvalidRequest: the interaction is over, another browser's or for another page.
            TenantUnknown: there is no such municipality.
        """
        name = request.query_params.get(_INTERACTION)
        if name is None:
            return await self.own_errand(request)
        browser = request.cookies.get(browser_cookie(self.profile))
        interaction = await open_interaction(self.provider, name, browser=browser)
        if interaction.asked is not asked:
            raise InvalidRequest("Interaction is for another page")
        suggest(request, interaction.ui_locales)
        return Errand(
            tenant=interaction.tenant,
            municipality=await self._municipality(interaction.tenant),
            query={_INTERACTION: name},
            next_url=resume_url(self.provider, name),
            interaction=interaction,
            client=await known_client(self.provider, interaction.client),
        )

    async def waiting(self, request: Request, asked: Asked) -> tuple[Errand, Interaction]:
        """Read for which service somebody is at a page that is of no use without one.

        Raises:
            InvalidRequest: none waits, or the interaction is over or another browser's.
        """
        name = request.query_params.get(_INTERACTION)
        errand = None if name is None else await self.errand(request, asked)
        if errand is None or errand.interaction is None:
            raise InvalidRequest("Parameter interaction is missing", where=_INTERACTION)
        return errand, errand.interaction

    async def own_errand(self, request: Request) -> Errand:
        """Say that somebody is here for her own account.

        Raises:
            TenantUnknown: there is no such municipality.
        """
        tenant = request.query_params.get(_TENANT, "")
        await require_tenant(self.people, tenant)
        return await self.errand_at(tenant)

    async def errand_at(self, tenant: str) -> Errand:
        """Say that somebody is here for her own account, at a municipality that is known."""
        query = {_TENANT: tenant}
        return Errand(
            tenant=tenant,
            municipality=await self._municipality(tenant),
            query=query,
            next_url=f"{PATH}/account?{urlencode(query)}",
        )

    async def session(self, request: Request, tenant: str) -> Session | None:
        """Answer with who is signed in at a municipality."""
        return await find_session(self.provider, self.cookie(request, tenant), tenant)

    def cookie(self, request: Request, tenant: str) -> str | None:
        """Answer with what the browser holds as its session at a municipality."""
        return request.cookies.get(session_cookie(self.profile, tenant))

    def show(
        self,
        request: Request,
        template: str,
        errand: Errand,
        browser: Browser,
        *,
        status: int = 200,
        ceremony: JsonObject | None = None,
        **more: object,
    ) -> Response:
        """Answer with a page, and let the browser keep its name.

        Args:
            request: that is answered.
            template: its name.
            errand: why somebody is here.
            browser: hers.
            status: of the answer.
            ceremony: what the browser has to know of a passkey; it alone needs a script.
            more: what the template needs.
        """
        script = {} if ceremony is None else {"script-src": "'self'"}
        answer = self.pages.render(
            request,
            template,
            status=status,
            policy={**errand.policy, **script},
            errand=errand,
            ceremony=None if ceremony is None else orjson.dumps(ceremony).decode(),
            **more,  # type: ignore[arg-type]  # a template's own names
        )
        named = browser_cookie(self.profile)
        set_cookie(answer, self.profile, named, browser.id, max_age_s=BROWSER_FOR_S)
        return answer

    def signed_in(self, begun: NewSession, errand: Errand, browser: Browser) -> Response:
        """Send the browser on with its session."""
        answer = sent_to(errand.next_url, browser, self.profile)
        keep_session(answer, self.profile, begun.session.signed_in.tenant, begun.cookie)
        return answer

    def go(self, url: str, browser: Browser) -> Response:
        """Send the browser on."""
        return sent_to(url, browser, self.profile)

    async def _municipality(self, tenant: str) -> Words:
        found = await self.people.tenants.find(tenant)
        if found is None:
            return Words(tenant, tenant)
        name = found.name_ja or found.name
        return Words(name, found.name_en or name)


def sender_of(request: Request) -> str:
    """Answer with the address that a request comes from; of IPv6 the network of one customer."""
    host = "" if request.client is None else request.client.host
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 4:
        return str(address)
    return str(ip_network(f"{address}/{_IPV6_NETWORK}", strict=False))


def agent_of(request: Request) -> str:
    """Answer with the browser as it names itself."""
    return request.headers.get("user-agent", "")
