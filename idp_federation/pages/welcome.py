"""How somebody comes to her account: by a one-time link, or by opening one for herself."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp_federation.accounts.errors import (
    AccountError,
    AccountExists,
    InvalidAccount,
    TooManyAttempts,
    WeakPassword,
)
from idp_federation.accounts.password import SHORTEST
from idp_federation.oidc.profile import PATH
from idp_federation.operations.enrolment import Registration, open_link, redeem_link, register
from idp_federation.operations.interactions import Asked
from idp_federation.pages import words
from idp_federation.pages.desk import Desk, Errand, agent_of, sender_of
from idp_federation.pages.sign_in import typed_password
from kit.pages.forms import Fields, Form, form_of
from kit.pages.language import Words
from kit.pages.refusals import not_found

_LINK = f"{PATH}/welcome/{{secret}}"
_REGISTER = f"{PATH}/register"
_REFUSED = (WeakPassword, InvalidAccount, AccountExists)


class WelcomePages:
    """Lets people set their first password.

    Args:
        desk: what all pages share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._people = desk.people

    def routes(self) -> list[Route]:
        """The paths of one-time links, and of registration where it is switched on."""
        route, post = self._desk.pages.route, ("POST",)
        return [
            route(_LINK, self.link),
            route(_LINK, self.take_link, methods=post),
            route(_REGISTER, self.blank),
            route(_REGISTER, self.take, methods=post),
        ]

    async def link(self, request: Request) -> Response:
        """Ask for a first password."""
        return await self._link(request, Fields())

    async def take_link(self, request: Request) -> Response:
        """Set the first password and begin a session."""
        desk = self._desk
        form = await form_of(request, desk.signer)
        problem = unlike(form)
        if problem is not None:
            return await self._link(request, problem)
        browser = desk.browser(request)
        secret = request.path_params["secret"]
        try:
            begun = await redeem_link(
                self._people, secret, typed_password(form), browser, agent=agent_of(request)
            )
        except WeakPassword as error:
            return await self._link(request, Fields(errors={"password": words.told(error)}))
        errand = await desk.errand_at(begun.session.signed_in.tenant)
        return desk.signed_in(begun, errand, browser)

    async def blank(self, request: Request) -> Response:
        """Show the form with which somebody opens an account."""
        return await self._form(request, Fields())

    async def take(self, request: Request) -> Response:
        """Open an account."""
        desk = self._desk
        errand = await self._registering(request)
        form = await form_of(request, desk.signer)
        problem = unlike(form)
        if problem is not None:
            return await self._form(request, problem)
        wanted = Registration(
            tenant=errand.tenant,
            login=form.value("login"),
            password=typed_password(form),
            claims={"name": form.value("name")} if form.value("name") else {},
            sender=sender_of(request),
        )
        browser = desk.browser(request)
        try:
            begun = await register(self._people, wanted, browser, agent=agent_of(request))
        except (*_REFUSED, TooManyAttempts) as error:
            return await self._form(request, _shown(form, error), _status(error))
        return desk.signed_in(begun, errand, browser)

    async def _registering(self, request: Request) -> Errand:
        if not self._people.rules.self_registration:
            raise not_found()
        return await self._desk.errand(request, Asked.SIGN_IN)

    async def _link(self, request: Request, fields: Fields) -> Response:
        record = await open_link(self._people, request.path_params["secret"])
        errand = await self._desk.errand_at(record.account.tenant)
        return self._desk.show(
            request,
            "welcome.html",
            errand,
            self._desk.browser(request),
            status=HTTPStatus.UNPROCESSABLE_ENTITY if fields.errors else HTTPStatus.OK,
            fields=fields,
            login=record.login or "",
            shortest=SHORTEST,
        )

    async def _form(
        self, request: Request, fields: Fields, status: HTTPStatus | None = None
    ) -> Response:
        errand = await self._registering(request)
        wrong = HTTPStatus.UNPROCESSABLE_ENTITY if fields.errors else HTTPStatus.OK
        return self._desk.show(
            request,
            "register.html",
            errand,
            self._desk.browser(request),
            status=status or wrong,
            fields=fields,
            here=errand.place("register"),
            shortest=SHORTEST,
        )


def unlike(form: Form) -> Fields | None:
    """Say so where a new password was not typed twice alike."""
    if typed_password(form) == typed_password(form, "again"):
        return None
    unlike = Words("2つのパスワードが一致しません。", "The two passwords differ.")
    return _kept(form, {"again": unlike})


def _shown(form: Form, error: AccountError) -> Fields:
    return _kept(form, {error.where or "login": words.told(error)})


def _kept(form: Form, errors: dict[str, Words]) -> Fields:
    kept = {name: form.value(name) for name in ("login", "name")}
    return Fields(values=kept, errors=errors)


def _status(error: AccountError) -> HTTPStatus:
    if isinstance(error, TooManyAttempts):
        return HTTPStatus.TOO_MANY_REQUESTS
    return HTTPStatus.UNPROCESSABLE_ENTITY
