"""The consent page: who asks, what for, which data, for how long; yes or no."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp_federation.oidc.errors import AccessDenied
from idp_federation.oidc.profile import PATH
from idp_federation.oidc.session import Session
from idp_federation.operations.authorize import refuse_interaction
from idp_federation.operations.consents import consent_asked, give_release, refuse_release
from idp_federation.operations.factors import own_record
from idp_federation.operations.interactions import Asked, Interaction
from idp_federation.pages.desk import Desk
from kit.pages.forms import form_of

PAGE = "consent"


class ConsentPages:
    """Asks people whether a service may have their data.

    Args:
        desk: what all pages share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._people = desk.people

    def routes(self) -> list[Route]:
        """The paths of the page."""
        route = self._desk.pages.route
        return [
            route(f"{PATH}/{PAGE}", self.shown),
            route(f"{PATH}/{PAGE}", self.take, methods=("POST",)),
        ]

    async def shown(self, request: Request) -> Response:
        """Ask."""
        desk = self._desk
        errand, interaction = await desk.waiting(request, Asked.CONSENT)
        session = await self._session(request, interaction)
        if session is None:
            return desk.go(errand.next_url, desk.browser(request))
        return desk.show(
            request,
            "consent.html",
            errand,
            desk.browser(request),
            asked=await consent_asked(self._people, interaction),
            record=await own_record(self._people, session),
            here=errand.place(PAGE),
        )

    async def take(self, request: Request) -> Response:
        """Take the answer."""
        desk = self._desk
        errand, interaction = await desk.waiting(request, Asked.CONSENT)
        form, browser = await form_of(request, desk.signer), desk.browser(request)
        session = await self._session(request, interaction)
        if session is not None and form.value("answer") == "yes":
            items = frozenset(form.every("item"))
            await give_release(self._people, interaction, session, shown=items)
        if session is None or form.value("answer") == "yes":
            return desk.go(errand.next_url, browser)
        await refuse_release(self._people, interaction, session)
        error = AccessDenied("Consent is not given")
        to = await refuse_interaction(desk.provider, interaction.id, error, browser=browser)
        return desk.go(to, browser)

    async def _session(self, request: Request, interaction: Interaction) -> Session | None:
        """Answer with the session that is asked, if it is still the browser's."""
        session = await self._desk.session(request, interaction.tenant)
        return session if session is not None and session.sid == interaction.sid else None
