"""My account: sessions seen and ended, factors added and removed, consents withdrawn."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp_federation.api.browsers import drop_session
from idp_federation.oidc.profile import PATH
from idp_federation.oidc.session import Session
from idp_federation.operations.sessions import end_session, sessions_of
from idp_federation.pages.desk import Desk, Errand
from kit.pages.forms import form_of
from kit.pages.rendering import Handler

_Behind: TypeAlias = Callable[[Request, Errand, Session], Awaitable[Response]]
PAGE = "account"


class AccountPages:
    """Shows people their own accounts.

    Args:
        desk: what all pages share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._people = desk.people

    def routes(self) -> list[Route]:
        """The paths of the account."""
        route, inside, post = self._desk.pages.route, self._inside, ("POST",)
        return [
            route(f"{PATH}/{PAGE}", inside(self._shown)),
            route(f"{PATH}/{PAGE}/sessions/end", inside(self._end_one), methods=post),
            route(f"{PATH}/{PAGE}/sessions/end-all", inside(self._end_all), methods=post),
        ]

    def _inside(self, handler: _Behind) -> Handler:
        """Let through who is signed in; others are asked to."""

        async def answer(request: Request) -> Response:
            errand = await self._desk.own_errand(request)
            session = await self._desk.session(request, errand.tenant)
            if session is None:
                return self._desk.go(errand.place("sign-in"), self._desk.browser(request))
            return await handler(request, errand, session)

        return answer

    async def _shown(self, request: Request, errand: Errand, session: Session) -> Response:
        account = session.signed_in.account
        return self._desk.show(
            request,
            "account.html",
            errand,
            self._desk.browser(request),
            session=session,
            sessions=await sessions_of(self._desk.provider, account),
        )

    async def _end_one(self, request: Request, errand: Errand, session: Session) -> Response:
        form = await form_of(request, self._desk.signer)
        own = {one.sid for one in await self._sessions(session)}
        chosen = form.value("session")
        if chosen in own:
            await end_session(self._desk.provider, chosen)
        return self._left(request, errand, is_here=chosen == session.sid)

    async def _end_all(self, request: Request, errand: Errand, session: Session) -> Response:
        await form_of(request, self._desk.signer)
        for one in await self._sessions(session):
            await end_session(self._desk.provider, one.sid)
        return self._left(request, errand, is_here=True)

    async def _sessions(self, session: Session) -> list[Session]:
        return [*await sessions_of(self._desk.provider, session.signed_in.account)]

    def _left(self, request: Request, errand: Errand, *, is_here: bool) -> Response:
        answer = self._desk.go(errand.next_url, self._desk.browser(request))
        if is_here:
            drop_session(answer, self._desk.profile, errand.tenant)
        return answer
