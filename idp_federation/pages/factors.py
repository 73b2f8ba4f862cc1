"""The pages on which somebody adds, changes and removes what she signs in with."""

import binascii
import secrets
from http import HTTPStatus

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp_federation.accounts.errors import LinkOver, WeakPassword, WrongCredentials
from idp_federation.accounts.password import SHORTEST
from idp_federation.accounts.recovery import HOW_MANY
from idp_federation.accounts.totp import enrolment_uri, typed_secret
from idp_federation.keys.sealing import Unsealable
from idp_federation.oidc.profile import PATH
from idp_federation.oidc.session import Session
from idp_federation.operations.factors import (
    add_passkey,
    add_totp,
    change_password,
    may_change,
    new_recovery_codes,
    new_totp,
    own_record,
    passkey_options,
    remove_factor,
    totp_in,
)
from idp_federation.pages import words
from idp_federation.pages.account import PAGE, Behind, inside_of
from idp_federation.pages.desk import Desk, Errand
from idp_federation.pages.sign_in import answer_in, typed_password
from idp_federation.pages.welcome import unlike
from kit.pages.forms import Fields, form_of
from kit.pages.rendering import Handler

_RANDOM_BYTES = 20
_CODE_BYTES = 16
_WRONG = HTTPStatus.UNPROCESSABLE_ENTITY


class FactorPages:
    """Lets people change what they sign in with.

    Args:
        desk: what all pages share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._people = desk.people

    def routes(self) -> list[Route]:
        """The paths below the account."""
        route, post = self._desk.pages.route, ("POST",)
        return [
            route(f"{PATH}/{PAGE}/password", self._inside(self._password)),
            route(f"{PATH}/{PAGE}/password", self._inside(self._set_password), methods=post),
            route(f"{PATH}/{PAGE}/totp", self._inside(self._totp)),
            route(f"{PATH}/{PAGE}/totp", self._inside(self._add_totp), methods=post),
            route(f"{PATH}/{PAGE}/passkey", self._inside(self._passkey)),
            route(f"{PATH}/{PAGE}/passkey", self._inside(self._add_passkey), methods=post),
            route(f"{PATH}/{PAGE}/recovery", self._inside(self._codes), methods=post),
            route(f"{PATH}/{PAGE}/factors/remove", self._inside(self._remove), methods=post),
        ]

    def _inside(self, handler: Behind) -> Handler:
        """Let through who has signed in just now; others sign in first."""

        async def recent(request: Request, errand: Errand, session: Session) -> Response:
            if not await may_change(self._people, session):
                return self._desk.go(errand.place("sign-in"), self._desk.browser(request))
            return await handler(request, errand, session)

        return inside_of(self._desk, recent)

    async def _password(self, request: Request, errand: Errand, session: Session) -> Response:
        return await self._password_page(request, errand, session, Fields())

    async def _set_password(self, request: Request, errand: Errand, session: Session) -> Response:
        form = await form_of(request, self._desk.signer)
        problem = unlike(form)
        if problem is not None:
            return await self._password_page(request, errand, session, problem)
        try:
            await change_password(self._people, session, typed_password(form))
        except WeakPassword as error:
            again = Fields(errors={"password": words.told(error)})
            return await self._password_page(request, errand, session, again)
        return self._done(request, errand)

    async def _password_page(
        self, request: Request, errand: Errand, session: Session, fields: Fields
    ) -> Response:
        record = await own_record(self._people, session)
        return self._desk.show(
            request,
            "password.html",
            errand,
            self._desk.browser(request),
            status=_WRONG if fields.errors else HTTPStatus.OK,
            fields=fields,
            login=record.login or "",
            shortest=SHORTEST,
        )

    async def _totp(self, request: Request, errand: Errand, session: Session) -> Response:
        secret, sealed = new_totp(self._people, session, secrets.token_bytes(_RANDOM_BYTES))
        return await self._totp_page(request, errand, session, secret, sealed, Fields())

    async def _add_totp(self, request: Request, errand: Errand, session: Session) -> Response:
        form = await form_of(request, self._desk.signer)
        sealed = form.value("sealed")
        try:
            secret = totp_in(self._people, session, sealed)
        except (Unsealable, binascii.Error) as error:
            raise LinkOver(
                "This page is over; right is to open it anew",
                detail_ja="ページの有効期限が切れました。もう一度開いてください。",
            ) from error
        try:
            await add_totp(self._people, session, secret, form.value("code"))
        except WrongCredentials:
            again = Fields(errors={"code": words.WRONG_CODE})
            return await self._totp_page(request, errand, session, secret, sealed, again)
        return self._done(request, errand)

    async def _totp_page(
        self,
        request: Request,
        errand: Errand,
        session: Session,
        secret: bytes,
        sealed: str,
        fields: Fields,
    ) -> Response:
        record = await own_record(self._people, session)
        login = record.login or record.account.id
        uri = enrolment_uri(secret, login=login, issuer=errand.municipality.ja)
        code = segno.make(uri, micro=False).svg_inline(scale=5, light="#fff", dark="#000", border=4)
        return self._desk.show(
            request,
            "totp.html",
            errand,
            self._desk.browser(request),
            status=_WRONG if fields.errors else HTTPStatus.OK,
            fields=fields,
            image=Markup(code),  # noqa: S704 - drawn here, of squares alone
            typed=typed_secret(secret),
            sealed=sealed,
        )

    async def _passkey(self, request: Request, errand: Errand, session: Session) -> Response:
        return await self._passkey_page(request, errand, session, Fields())

    async def _add_passkey(self, request: Request, errand: Errand, session: Session) -> Response:
        form, browser = await form_of(request, self._desk.signer), self._desk.browser(request)
        try:
            answer, label = answer_in(form), form.value("label")
            await add_passkey(self._people, session, browser, answer, label)
        except WrongCredentials as error:
            again = form.fields(label=words.told(error))
            return await self._passkey_page(request, errand, session, again)
        return self._done(request, errand)

    async def _passkey_page(
        self, request: Request, errand: Errand, session: Session, fields: Fields
    ) -> Response:
        browser = self._desk.browser(request)
        return self._desk.show(
            request,
            "passkey.html",
            errand,
            browser,
            status=_WRONG if fields.errors else HTTPStatus.OK,
            ceremony=await passkey_options(self._people, session, browser),
            fields=fields,
        )

    async def _codes(self, request: Request, errand: Errand, session: Session) -> Response:
        await form_of(request, self._desk.signer)
        random = secrets.token_bytes(HOW_MANY * _CODE_BYTES)
        return self._desk.show(
            request,
            "recovery.html",
            errand,
            self._desk.browser(request),
            codes=await new_recovery_codes(self._people, session, random),
        )

    async def _remove(self, request: Request, errand: Errand, session: Session) -> Response:
        form = await form_of(request, self._desk.signer)
        await remove_factor(self._people, session, form.value("factor"))
        return self._done(request, errand)

    def _done(self, request: Request, errand: Errand) -> Response:
        return self._desk.go(errand.next_url, self._desk.browser(request))
