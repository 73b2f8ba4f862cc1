"""My account: what is known of her, sessions seen and ended, consents seen and withdrawn."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp_federation.accounts.factor import FactorKind, only, second_factors
from idp_federation.api.browsers import drop_session
from idp_federation.oidc.opaque import is_ours
from idp_federation.oidc.profile import PATH
from idp_federation.oidc.session import Session
from idp_federation.operations.consents import consents_of, withdraw_release
from idp_federation.operations.factors import may_add, may_change, own_record
from idp_federation.operations.sessions import end_session, sessions_of
from idp_federation.pages.desk import Desk, Errand
from kit.pages.forms import form_of
from kit.pages.rendering import Handler

Behind: TypeAlias = Callable[[Request, Errand, Session], Awaitable[Response]]
PAGE = "account"
_BACK = "back"


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
            route(f"{PATH}/{PAGE}/consents/withdraw", inside(self._withdraw), methods=post),
        ]

    def _inside(self, handler: Behind) -> Handler:
        return inside_of(self._desk, handler)

    async def _shown(self, request: Request, errand: Errand, session: Session) -> Response:
        record = await own_record(self._people, session)
        account = record.account.id
        factors = await self._people.factors.of(account)
        codes = only(factors, FactorKind.RECOVERY_CODE)
        return self._desk.show(
            request,
            "account.html",
            errand,
            self._desk.browser(request),
            record=record,
            session=session,
            sessions=await sessions_of(self._desk.provider, account),
            consents=await consents_of(self._people, account),
            password=next(iter(only(factors, FactorKind.PASSWORD)), None),
            factors=[one for one in second_factors(factors) if one not in codes],
            codes_left=sum(one.counter == 0 for one in codes),
            may_change=await may_change(self._people, session),
            may_add=await may_add(self._people, session),
            back=self._back(request),
        )

    async def _end_one(self, request: Request, errand: Errand, session: Session) -> Response:
        form = await form_of(request, self._desk.signer)
        chosen = form.value("session")
        for one in await sessions_of(self._desk.provider, session.signed_in.account):
            if one.sid == chosen:
                await end_session(self._desk.provider, chosen)
        return self._left(request, errand, is_here=chosen == session.sid)

    async def _end_all(self, request: Request, errand: Errand, session: Session) -> Response:
        await form_of(request, self._desk.signer)
        for one in await sessions_of(self._desk.provider, session.signed_in.account):
            await end_session(self._desk.provider, one.sid)
        return self._left(request, errand, is_here=True)

    async def _withdraw(self, request: Request, errand: Errand, session: Session) -> Response:
        form = await form_of(request, self._desk.signer)
        account = session.signed_in.account
        await withdraw_release(self._desk.provider, account, form.value("client"))
        return self._left(request, errand, is_here=False)

    def _left(self, request: Request, errand: Errand, *, is_here: bool) -> Response:
        answer = self._desk.go(errand.next_url, self._desk.browser(request))
        if is_here:
            drop_session(answer, self._desk.profile, errand.tenant)
        return answer

    def _back(self, request: Request) -> str:
        """Answer with the interaction to which she may return."""
        name = request.query_params.get(_BACK, "")
        return name if is_ours(name, self._desk.provider.secrets.interaction) else ""


def inside_of(desk: Desk, handler: Behind) -> Handler:
    """Let through who is signed in; others are asked to."""

    async def answer(request: Request) -> Response:
        errand = await desk.own_errand(request)
        session = await desk.session(request, errand.tenant)
        if session is None:
            return desk.go(errand.place("sign-in"), desk.browser(request))
        return await handler(request, errand, session)

    return answer
