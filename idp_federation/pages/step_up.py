"""The step-up page: what a service requires, what is held, and how to get there."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp_federation.accounts.errors import AccountError
from idp_federation.accounts.factor import FactorKind, only
from idp_federation.oidc.errors import UnmetAuthenticationRequirements
from idp_federation.oidc.profile import PATH
from idp_federation.oidc.session import Session
from idp_federation.operations.authorize import refuse_interaction
from idp_federation.operations.interactions import Asked, Interaction
from idp_federation.operations.passkeys import passkey_asked
from idp_federation.operations.sign_in import Progress, helpful, methods_here, step_up
from idp_federation.operations.upstream_offers import upstream_offers
from idp_federation.pages import words
from idp_federation.pages.desk import Desk, Errand
from idp_federation.pages.sign_in import show_more, status_of
from kit.pages.forms import Fields, form_of

PAGE = "step-up"


class StepUpPages:
    """Raises the levels of who is signed in.

    Args:
        desk: what all pages share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._people = desk.people

    def routes(self) -> list[Route]:
        """The paths of the page."""
        route, post = self._desk.pages.route, ("POST",)
        return [
            route(f"{PATH}/{PAGE}", self.shown),
            route(f"{PATH}/{PAGE}", self.take, methods=post),
            route(f"{PATH}/{PAGE}/decline", self.decline, methods=post),
        ]

    async def shown(self, request: Request) -> Response:
        """Say what is required and ask for what helps."""
        errand, interaction = await self._desk.waiting(request, Asked.STEP_UP)
        session = await self._session(request, interaction)
        if session is None:
            return self._desk.go(errand.next_url, self._desk.browser(request))
        return await self._page(request, errand, interaction, session, Fields())

    async def take(self, request: Request) -> Response:
        """Take a code, a password or a passkey's answer, and go on with higher levels."""
        desk = self._desk
        errand, interaction = await desk.waiting(request, Asked.STEP_UP)
        form, browser = await form_of(request, desk.signer), desk.browser(request)
        session, cookie = (
            await self._session(request, interaction),
            desk.cookie(request, errand.tenant),
        )
        if session is None or cookie is None:
            return desk.go(errand.next_url, browser)
        who = session.signed_in
        progress = Progress(account=who.account, tenant=who.tenant, amr=methods_here(session))
        try:
            shown = await show_more(self._people, form, progress, browser)
        except AccountError as error:
            again = Fields(errors={"code": words.told(error)})
            return await self._page(
                request, errand, interaction, session, again, status=status_of(error)
            )
        raised = await step_up(self._people, session, cookie, shown, required=interaction.required)
        return desk.signed_in(raised, errand, browser)

    async def decline(self, request: Request) -> Response:
        """Go on without; where the levels are essential the service is told so."""
        desk = self._desk
        errand, interaction = await desk.waiting(request, Asked.STEP_UP)
        await form_of(request, desk.signer)
        browser = desk.browser(request)
        if not interaction.essential:
            return desk.go(errand.next_url, browser)
        error = UnmetAuthenticationRequirements("The levels asked for were not reached")
        to = await refuse_interaction(desk.provider, interaction.id, error, browser=browser)
        return desk.go(to, browser)

    async def _session(self, request: Request, interaction: Interaction) -> Session | None:
        session = await self._desk.session(request, interaction.tenant)
        return session if session is not None and session.sid == interaction.sid else None

    async def _page(
        self,
        request: Request,
        errand: Errand,
        interaction: Interaction,
        session: Session,
        fields: Fields,
        *,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        held, browser = session.signed_in.held.levels, self._desk.browser(request)
        useful = await helpful(self._people, session, interaction.required.authentication)
        passkeys = only(useful, FactorKind.PASSKEY)
        return self._desk.show(
            request,
            "step_up.html",
            errand,
            browser,
            status=status,
            ceremony=passkey_asked(self._people, browser, passkeys) if passkeys else None,
            fields=fields,
            interaction=interaction,
            held=held,
            kinds={one.kind.value for one in useful},
            offers=await upstream_offers(
                self._desk.rp, errand.tenant, interaction, account=session.signed_in.account
            ),
            notice=words.NOTICES.get(request.query_params.get("notice", "")),
            lacks_proofing=held.proofing < interaction.required.proofing,
            lacks_authentication=held.authentication < interaction.required.authentication,
            here=errand.place(PAGE),
        )
