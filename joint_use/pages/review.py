"""The operator's pages: sign in, see the applications, ask, approve, refuse."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from typing import TypeAlias

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from joint_use.onboarding_ports import Onboarding
from joint_use.operations.applications import (
    MAX_PAGE,
    ask_back,
    list_applications,
    refuse,
    renew_link,
    show_application,
    tally_applications,
)
from joint_use.operations.onboarding import approve, proceed
from joint_use.pages import words
from joint_use.pages.session import OperatorSession
from joint_use.terms.access import Principal
from joint_use.terms.application import (
    Application,
    ApplicationStatus,
    Approval,
    suggested_quota,
)
from joint_use.terms.errors import InvalidTerm, JointUseError
from joint_use.terms.quotas import Quota
from kit.pages.address import base_of
from kit.pages.forms import Fields, Form, form_of
from kit.pages.language import Words, language_of
from kit.pages.rendering import Handler, Pages, Site

_LIST = "/operator/applications"
_ONE = _LIST + "/{receipt}"
_SIGN_IN = "/operator/sign-in"
_Act: TypeAlias = Callable[[Principal, str, Form], Awaitable[object]]
_Behind: TypeAlias = Callable[[Request, Principal], Awaitable[Response]]


class Review:
    """Lets the operator decide on applications.

    Args:
        onboarding: the ports.
        site: what all pages share.
        token: the operator token, which opens a session.
        session_s: for how long a session lasts.
    """

    def __init__(
        self, onboarding: Onboarding, site: Site, token: SecretStr, *, session_s: float
    ) -> None:
        self._onboarding = onboarding
        self._signer = site.signer
        self._session = OperatorSession(
            site.signer,
            token,
            lasts=timedelta(seconds=session_s),
            clock=onboarding.joint_use.clock,
        )
        self._pages = Pages(site, "joint_use.pages", explain=words.explain, known={"words": words})

    def routes(self) -> list[Route]:
        """The paths under /operator."""
        route, inside = self._pages.route, self._inside
        post = ("POST",)
        return [
            route("/operator", inside(self._home)),
            route(_SIGN_IN, self.sign_in),
            route(_SIGN_IN, self.begin, methods=post),
            route("/operator/sign-out", self.sign_out, methods=post),
            route(_LIST, inside(self._every)),
            route(_ONE, inside(self._one)),
            route(_ONE + "/approve", inside(self._doing(self._approve)), methods=post),
            route(_ONE + "/proceed", inside(self._doing(self._proceed)), methods=post),
            route(_ONE + "/ask", inside(self._doing(self._ask)), methods=post),
            route(_ONE + "/refuse", inside(self._doing(self._refuse)), methods=post),
            route(_ONE + "/link", inside(self._link), methods=post),
        ]

    async def sign_in(self, request: Request) -> Response:
        """Ask for the operator token."""
        return self._pages.render(request, "sign_in.html", fields=Fields())

    async def begin(self, request: Request) -> Response:
        """Begin a session with the right token."""
        form = await form_of(request, self._signer)
        if not self._session.is_token(form.value("token")):
            wrong = Words("運用者トークンが正しくありません。", "This is not the operator token.")
            return self._pages.render(
                request,
                "sign_in.html",
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
                fields=form.fields(token=wrong),
            )
        response = self._pages.redirect(_LIST)
        self._session.begin(request, response)
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        await form_of(request, self._signer)
        response = self._pages.redirect(_SIGN_IN)
        self._session.end(response)
        return response

    def _inside(self, handler: _Behind) -> Handler:
        """Let only the operator through; others are asked to sign in."""

        async def answer(request: Request) -> Response:
            principal = self._session.principal(request)
            if principal is None:
                return self._pages.redirect(_SIGN_IN)
            return await handler(request, principal)

        return answer

    async def _home(self, request: Request, principal: Principal) -> Response:
        del request, principal
        return self._pages.redirect(_LIST)

    async def _every(self, request: Request, principal: Principal) -> Response:
        asked = request.query_params.get("status", "")
        status = next((one for one in ApplicationStatus if one.value == asked), None)
        after = request.query_params.get("after", "")
        page = await list_applications(self._onboarding, principal, status=status, after=after)
        return self._pages.render(
            request,
            "applications.html",
            page=page,
            chosen=status,
            tally=await tally_applications(self._onboarding, principal),
            following=page[-1].receipt if len(page) == MAX_PAGE else "",
        )

    async def _one(self, request: Request, principal: Principal) -> Response:
        return await self._shown(request, principal, Fields())

    async def _link(self, request: Request, principal: Principal) -> Response:
        await form_of(request, self._signer)
        renewed = await renew_link(self._onboarding, principal, request.path_params["receipt"])
        base = base_of(request)
        link = f"{base}/applications/{renewed.number}/{renewed.secret}"
        return await self._shown(request, principal, Fields(), link=link)

    async def _shown(
        self,
        request: Request,
        principal: Principal,
        fields: Fields,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        link: str = "",
    ) -> Response:
        receipt = request.path_params["receipt"]
        whole = await show_application(self._onboarding, principal, receipt)
        language = language_of(request)
        return self._pages.render(
            request,
            "application.html",
            status=status,
            whole=whole,
            facts=words.facts_of(whole.application, language),
            fields=_suggested(fields, whole.application),
            link=link,
            path=_ONE.format(receipt=receipt),
            crumbs=[(_LIST, Words("申請の一覧", "Applications").in_(language))],
        )

    def _doing(self, act: _Act) -> _Behind:
        """Make a handler that does something to an application and shows it again."""

        async def handle(request: Request, principal: Principal) -> Response:
            form = await form_of(request, self._signer)
            receipt = request.path_params["receipt"]
            try:
                await act(principal, receipt, form)
            except JointUseError as error:
                explained = words.explain(error)
                status = HTTPStatus.BAD_REQUEST if explained is None else explained.status
                if status is HTTPStatus.NOT_FOUND:
                    raise
                fields = form.refused({error.where or "receipt": words.told(error)})
                return await self._shown(request, principal, fields, status=status)
            return self._pages.redirect(_ONE.format(receipt=receipt))

        return handle

    async def _approve(self, principal: Principal, receipt: str, form: Form) -> None:
        approval = Approval(
            tenant=form.value("tenant"),
            organisation=form.value("organisation"),
            quota=Quota(
                entities=_whole(form, "entities"), requests_per_s=_whole(form, "requests_per_s")
            ),
        )
        await approve(self._onboarding, principal, receipt, approval)

    async def _proceed(self, principal: Principal, receipt: str, form: Form) -> None:
        del form
        await proceed(self._onboarding, principal, receipt)

    async def _ask(self, principal: Principal, receipt: str, form: Form) -> None:
        await ask_back(self._onboarding, principal, receipt, form.value("question"))

    async def _refuse(self, principal: Principal, receipt: str, form: Form) -> None:
        await refuse(self._onboarding, principal, receipt, form.value("reason"))


def _suggested(fields: Fields, application: Application) -> Fields:
    """Fill in what an approval would say, where nothing was typed yet."""
    approval = application.approval or Approval(
        tenant=application.content.tenant,
        organisation=application.content.tenant,
        quota=suggested_quota(application.content),
    )
    limits = {
        name: "" if limit is None else str(int(limit))
        for name, limit in (
            ("entities", approval.quota.entities),
            ("requests_per_s", approval.quota.requests_per_s),
        )
    }
    known = {"tenant": approval.tenant, "organisation": approval.organisation, **limits}
    return Fields(values={**known, **fields.values}, errors=fields.errors)


def _whole(form: Form, name: str) -> int | None:
    """Read a number; an empty field is no limit.

    Raises:
        InvalidTerm: it is no whole number.
    """
    text = form.value(name).replace(",", "")
    if not text:
        return None
    if text.isdecimal():
        return int(text)
    raise InvalidTerm(
        f"Limit {name} is no whole number; right are digits, or nothing for no limit",
        detail_ja="上限は数字で入力してください（上限を設けないときは空欄）。",
        where=name,
    )
