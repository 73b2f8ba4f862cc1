"""The sign-in page: a name and a password, then a second factor; or a passkey."""

from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp_federation.account_ports import People
from idp_federation.accounts.errors import AccountError, LinkOver, TooManyAttempts, WrongCredentials
from idp_federation.accounts.factor import FactorKind, only
from idp_federation.oidc.cookies import Browser
from idp_federation.oidc.errors import AccessDenied
from idp_federation.oidc.profile import PATH
from idp_federation.operations.authorize import refuse_interaction
from idp_federation.operations.interactions import Asked
from idp_federation.operations.passkeys import passkey_asked, show_passkey
from idp_federation.operations.sign_in import (
    Attempt,
    Progress,
    add_password,
    complete,
    find_progress,
    keep_progress,
    show_code,
    show_password,
    still_asked,
)
from idp_federation.operations.upstream_offers import upstream_offers
from idp_federation.pages import words
from idp_federation.pages.desk import Desk, Errand, agent_of, sender_of
from kit.json import JsonValue
from kit.pages.forms import Fields, Form, form_of

PAGE = "sign-in"
_SECOND = "sign-in/second"
_PROGRESS = "progress"


class SignInPages:
    """Signs people in.

    Args:
        desk: what all pages share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._people = desk.people

    def routes(self) -> list[Route]:
        """The paths of both steps."""
        route, post = self._desk.pages.route, ("POST",)
        return [
            route(f"{PATH}/{PAGE}", self.first),
            route(f"{PATH}/{PAGE}", self.take_first, methods=post),
            route(f"{PATH}/{_SECOND}", self.second),
            route(f"{PATH}/{_SECOND}", self.take_second, methods=post),
            route(f"{PATH}/{PAGE}/cancel", self.cancel, methods=post),
        ]

    async def first(self, request: Request) -> Response:
        """Ask for name and password, or a passkey."""
        errand = await self._desk.errand(request, Asked.SIGN_IN)
        hint = errand.interaction.login_hint if errand.interaction else None
        fields = Fields(values={"login": hint or ""})
        return await self._first(request, errand, self._desk.browser(request), fields)

    async def take_first(self, request: Request) -> Response:
        """Take what was typed, or a passkey's answer."""
        desk = self._desk
        errand = await desk.errand(request, Asked.SIGN_IN)
        form = await form_of(request, desk.signer)
        browser = desk.browser(request)
        try:
            progress = await self._shown(form, errand, browser, sender_of(request))
        except AccountError as error:
            return await self._first(
                request, errand, browser, _again(form, error), status_of(error)
            )
        return await self._go_on(request, errand, browser, progress)

    async def second(self, request: Request) -> Response:
        """Ask for the second factor."""
        errand = await self._desk.errand(request, Asked.SIGN_IN)
        browser = self._desk.browser(request)
        progress = await self._progress(request, errand, browser)
        return await self._second(request, errand, browser, progress, Fields())

    async def take_second(self, request: Request) -> Response:
        """Take a code, or a passkey's answer."""
        desk = self._desk
        errand = await desk.errand(request, Asked.SIGN_IN)
        form = await form_of(request, desk.signer)
        browser = desk.browser(request)
        progress = await self._progress(request, errand, browser)
        try:
            shown = await show_more(self._people, form, progress, browser)
        except AccountError as error:
            again = Fields(errors={"code": words.told(error)})
            return await self._second(
                request, errand, browser, progress, again, status=status_of(error)
            )
        await self._progress(request, errand, browser, use_up=True)
        return await self._go_on(request, errand, browser, shown)

    async def cancel(self, request: Request) -> Response:
        """Go back to the service without signing in."""
        desk = self._desk
        errand = await desk.errand(request, Asked.SIGN_IN)
        await form_of(request, desk.signer)
        browser = desk.browser(request)
        if errand.interaction is None:
            return desk.go("/", browser)
        error = AccessDenied("The person did not sign in")
        to = await refuse_interaction(desk.provider, errand.interaction.id, error, browser=browser)
        return desk.go(to, browser)

    async def _shown(self, form: Form, errand: Errand, browser: Browser, sender: str) -> Progress:
        if form.value("passkey"):
            return await show_passkey(self._people, answer_in(form), errand.tenant, browser)
        attempt = Attempt(
            tenant=errand.tenant,
            login=form.value("login"),
            password=typed_password(form),
            sender=sender,
        )
        return await show_password(self._people, attempt)

    async def _go_on(
        self, request: Request, errand: Errand, browser: Browser, progress: Progress
    ) -> Response:
        """Ask for what is missing still, or begin the session."""
        if await still_asked(self._people, progress):
            name = await keep_progress(self._people, progress, errand.key, browser)
            return self._desk.go(errand.place(_SECOND, progress=name), browser)
        begun = await complete(
            self._people,
            progress,
            browser,
            agent=agent_of(request),
            required=errand.required,
        )
        return self._desk.signed_in(begun, errand, browser)

    async def _progress(
        self, request: Request, errand: Errand, browser: Browser, *, use_up: bool = False
    ) -> Progress:
        name = request.query_params.get(_PROGRESS, "")
        found = await find_progress(self._people, name, errand.key, browser, use_up=use_up)
        if found is None:
            raise LinkOver(
                "This step is over; right is to begin anew with name and password",
                detail_ja="手続きの有効期限が切れました。最初からやり直してください。",
            )
        return found

    async def _first(
        self,
        request: Request,
        errand: Errand,
        browser: Browser,
        fields: Fields,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        return self._desk.show(
            request,
            "sign_in.html",
            errand,
            browser,
            status=status,
            ceremony=passkey_asked(self._people, browser),
            fields=fields,
            here=errand.place(PAGE),
            may_register=self._people.rules.self_registration,
            offers=await upstream_offers(self._desk.rp, errand.tenant, errand.interaction),
            notice=words.NOTICES.get(request.query_params.get("notice", "")),
        )

    async def _second(
        self,
        request: Request,
        errand: Errand,
        browser: Browser,
        progress: Progress,
        fields: Fields,
        *,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        asked = await still_asked(self._people, progress)
        passkeys = only(asked, FactorKind.PASSKEY)
        return self._desk.show(
            request,
            "second.html",
            errand,
            browser,
            status=status,
            ceremony=passkey_asked(self._people, browser, passkeys) if passkeys else None,
            fields=fields,
            kinds={one.kind.value for one in asked},
            here=errand.place(_SECOND, progress=request.query_params.get(_PROGRESS, "")),
        )


async def show_more(people: People, form: Form, progress: Progress, browser: Browser) -> Progress:
    """Take a further step by what a form brings: a passkey, a password or a code.

    Raises:
        AccountError: it does not count.
    """
    if form.value("passkey"):
        answer = answer_in(form)
        return await show_passkey(people, answer, progress.tenant, browser, progress=progress)
    if form.value("password"):
        return await add_password(people, progress, typed_password(form))
    return await show_code(people, progress, form.value("code"))


def answer_in(form: Form) -> JsonValue:
    """Read what the browser says of a passkey; what is no JSON says nothing."""
    try:
        answer: JsonValue = orjson.loads(form.value("passkey"))
    except orjson.JSONDecodeError:
        return None
    return answer


def typed_password(form: Form, name: str = "password") -> str:
    """Read a password as it was typed: spaces around it are part of it."""
    return "".join(form.every(name)[-1:])


def _again(form: Form, error: AccountError) -> Fields:
    """Show the form again; passwords are never sent back."""
    return Fields(values={"login": form.value("login")}, errors={"login": words.told(error)})


def status_of(error: AccountError) -> HTTPStatus:
    """Choose the status of a page that says what was wrong with a step."""
    if isinstance(error, WrongCredentials):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    if isinstance(error, TooManyAttempts):
        return HTTPStatus.TOO_MANY_REQUESTS
    return HTTPStatus.SERVICE_UNAVAILABLE
