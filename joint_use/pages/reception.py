"""The public pages of onboarding: the application, checked before it is sent, and the terms."""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from joint_use.onboarding_ports import Onboarding
from joint_use.operations.applications import present_terms, submit, terms_of
from joint_use.pages import words
from joint_use.terms.application import ApplicationContent, content_of, written
from joint_use.terms.errors import InvalidApplication, InvalidTerm
from joint_use.terms.municipality import possible_codes
from joint_use.terms.terms_of_use import TermsOfUse
from kit.pages import refusals
from kit.pages.forms import Fields, Form, form_of
from kit.pages.language import Words, language_of
from kit.pages.rendering import Pages, Site
from kit.pages.sender import sender_mark

_OPENED = "application page opened"
_DAY = timedelta(days=1)
_LURE = "website"
"""A field that people do not see; only programs fill it in."""


@dataclass(frozen=True, slots=True)
class _Filled:
    """A form that may be sent, and the terms that hold."""

    form: Form
    content: ApplicationContent
    terms: TermsOfUse


class Reception:
    """Takes applications.

    Args:
        onboarding: the ports.
        site: what all pages share.
        least_s: seconds that a person needs at least to fill in the form.
    """

    def __init__(self, onboarding: Onboarding, site: Site, *, least_s: float) -> None:
        self._onboarding = onboarding
        self._clock = onboarding.joint_use.clock
        self._signer = site.signer
        self._least = timedelta(seconds=least_s)
        self._pages = Pages(site, "joint_use.pages", explain=words.explain)

    def routes(self) -> list[Route]:
        """The paths of the form and of the terms."""
        route = self._pages.route
        return [
            route("/apply", self.blank),
            route("/apply", self.take, methods=("POST",)),
            route("/terms", self.terms),
            route("/terms/{version}", self.terms),
        ]

    async def blank(self, request: Request) -> Response:
        """Show the form."""
        return await self._form(request, Fields(values={"opened": self._opened()}))

    async def take(self, request: Request) -> Response:
        """Check what was filled in, show it for a last look, or take it."""
        form = await form_of(request, self._signer)
        if form.value(_LURE):
            raise refusals.unreadable()
        if form.value("act") == "back":
            return await self._form(request, form.fields())
        terms = await present_terms(self._onboarding)
        try:
            content = _content(form, terms)
        except InvalidApplication as error:
            return await self._wrong(request, form, error)
        filled = _Filled(form, content, terms)
        if form.value("act") == "send" and self._is_by_hand(form):
            return await self._send(request, filled)
        return self._check(request, filled)

    async def terms(self, request: Request) -> Response:
        """Show the terms of use: those that hold, or those of a version."""
        version = request.path_params.get("version")
        try:
            terms = await (
                present_terms(self._onboarding)
                if version is None
                else terms_of(self._onboarding, version)
            )
        except InvalidTerm as error:
            raise refusals.not_found() from error
        return self._pages.render(request, "terms.html", terms=terms, crumbs=[])

    async def _send(self, request: Request, filled: _Filled) -> Response:
        try:
            receipt = await submit(
                self._onboarding,
                filled.content,
                agreed=filled.form.value("agreed"),
                sender=sender_mark(request, self._signer, self._clock()),
            )
        except InvalidApplication as error:
            return await self._wrong(request, filled.form, error)
        return self._pages.redirect(f"/applications/{receipt.number}/{receipt.secret}/received")

    async def _wrong(self, request: Request, form: Form, error: InvalidApplication) -> Response:
        errors = {name: words.told(one) for name, one in error.errors.items()}
        values = {**form.fields().values, "opened": form.value("opened") or self._opened()}
        if "agreed" in errors:
            values.pop("agreed", None)
        fields = Fields(values=values, errors=errors)
        return await self._form(request, fields, HTTPStatus.UNPROCESSABLE_ENTITY)

    async def _form(
        self, request: Request, fields: Fields, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        language = language_of(request)
        offered = possible_codes(fields.value("municipality_code"))
        return self._pages.render(
            request,
            "apply.html",
            status=status,
            fields=fields,
            terms=await present_terms(self._onboarding),
            kinds=[(one.value, text.in_(language)) for one, text in words.KINDS.items()],
            storages=[
                (one.value, text.in_(language), words.STORAGES_EXPLAINED[one].in_(language))
                for one, text in words.STORAGES.items()
            ],
            sizes=[(one.value, text.in_(language)) for one, text in words.SIZES.items()],
            offered=offered if "municipality_code" in fields.errors else [],
            lure=_LURE,
        )

    def _check(self, request: Request, filled: _Filled) -> Response:
        """Show everything once more, as it was understood."""
        fields = written(filled.content)
        hurried = filled.form.value("act") == "send"
        return self._pages.render(
            request,
            "check.html",
            facts=words.facts(fields, language_of(request)),
            hidden={
                **fields,
                "agreed": filled.form.value("agreed"),
                "opened": filled.form.value("opened"),
            },
            folded=_folded(filled.form, fields),
            hurried=hurried,
            terms=filled.terms,
        )

    def _opened(self) -> str:
        """Seal the instant at which the form was opened."""
        now = self._clock()
        return self._signer.seal(_OPENED, str(now.timestamp()), now + _DAY)

    def _is_by_hand(self, form: Form) -> bool:
        """Tell whether the form was open for as long as a person needs, and not for too long."""
        now = self._clock()
        opened = self._signer.unseal(_OPENED, form.value("opened"), now)
        return opened is not None and now.timestamp() - float(opened) >= self._least.total_seconds()


def _content(form: Form, terms: TermsOfUse) -> ApplicationContent:
    """Read the fields and the agreement; what is wrong with them is told all at once."""
    errors: dict[str, InvalidTerm] = {}
    content = None
    try:
        content = content_of(form.fields().values)
    except InvalidApplication as error:
        errors.update(error.errors)
    if form.value("agreed") != terms.version:
        errors["agreed"] = InvalidTerm(
            f"Terms of use (version {terms.version}) need your agreement",
            detail_ja=f"利用規約（版 {terms.version}）を確認し、同意してください。",
            where="agreed",
        )
    if content is None or errors:
        raise InvalidApplication(errors)
    return content


def _folded(form: Form, fields: dict[str, str]) -> list[tuple[Words, str, str]]:
    """List what was understood otherwise than it was typed: field, typed, understood."""
    changed = ("municipality_code", "tenant", "contact_email", "contact_phone")
    return [
        (words.field(name), form.value(name), fields[name])
        for name in changed
        if form.value(name) and form.value(name) != fields[name]
    ]
