"""The pages behind an applicant's secret link: how far it is, answers, first steps."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from joint_use.onboarding_ports import NewSecret, Onboarding
from joint_use.operations.applications import (
    ApplicationWhole,
    Receipt,
    answer,
    show_own,
    withdraw,
)
from joint_use.operations.onboarding import renew_client_secret
from joint_use.pages import words
from joint_use.terms.application import ApplicationStep
from joint_use.terms.errors import InvalidTerm
from kit.pages import refusals
from kit.pages.address import base_of
from kit.pages.forms import Fields, form_of
from kit.pages.language import language_of
from kit.pages.rendering import Pages, Site

_ONE = "/applications/{receipt}/{secret}"
_UNLISTED = {"X-Robots-Tag": "noindex, nofollow"}


class Applicant:
    """Shows an application to whoever has its link.

    Args:
        onboarding: the ports.
        site: what all pages share.
    """

    def __init__(self, onboarding: Onboarding, site: Site) -> None:
        self._onboarding = onboarding
        self._signer = site.signer
        self._pages = Pages(site, "joint_use.pages", explain=words.explain, known={"words": words})

    def routes(self) -> list[Route]:
        """The paths behind the link."""
        route = self._pages.route
        return [
            route(_ONE, self.state),
            route(_ONE + "/received", self.received),
            route(_ONE + "/answer", self.answer, methods=("POST",)),
            route(_ONE + "/withdraw", self.withdraw, methods=("POST",)),
            route(_ONE + "/start", self.start),
            route(_ONE + "/start", self.secret, methods=("POST",)),
        ]

    async def state(self, request: Request) -> Response:
        """Show how far the application is."""
        whole = await show_own(self._onboarding, _receipt(request))
        return self._state(request, whole, Fields())

    async def received(self, request: Request) -> Response:
        """Confirm that the application has come, with its number and its link."""
        whole = await show_own(self._onboarding, _receipt(request))
        link = base_of(request) + _path(request)
        return self._pages.render(
            request,
            "received.html",
            headers=_UNLISTED,
            whole=whole,
            path=_path(request),
            link=link,
        )

    async def answer(self, request: Request) -> Response:
        """Take the answer to the operator's question."""
        form = await form_of(request, self._signer)
        try:
            await answer(self._onboarding, _receipt(request), form.value("text"))
        except InvalidTerm as error:
            whole = await show_own(self._onboarding, _receipt(request))
            fields = form.refused({"text": words.told(error)})
            return self._state(request, whole, fields, HTTPStatus.UNPROCESSABLE_ENTITY)
        return self._pages.redirect(_path(request))

    async def withdraw(self, request: Request) -> Response:
        """Take the application back."""
        await form_of(request, self._signer)
        await withdraw(self._onboarding, _receipt(request))
        return self._pages.redirect(_path(request))

    async def start(self, request: Request) -> Response:
        """Show the first steps, with lines that work."""
        return await self._start(request, None)

    async def secret(self, request: Request) -> Response:
        """Give the client a new secret, and show it this once."""
        await form_of(request, self._signer)
        return await self._start(
            request, await renew_client_secret(self._onboarding, _receipt(request))
        )

    async def _start(self, request: Request, secret: NewSecret | None) -> Response:
        whole = await show_own(self._onboarding, _receipt(request))
        approval = whole.application.approval
        if approval is None or whole.application.ready_at is None:
            raise refusals.not_found()
        return self._pages.render(
            request,
            "start.html",
            headers=_UNLISTED,
            whole=whole,
            path=_path(request),
            base=base_of(request),
            tenant=approval.tenant,
            storage=words.STORAGES[whole.application.content.storage].in_(language_of(request)),
            quota=approval.quota,
            secret=secret,
        )

    def _state(
        self,
        request: Request,
        whole: ApplicationWhole,
        fields: Fields,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        asked = [one.text for one in whole.events if one.step is ApplicationStep.ASKED_BACK]
        return self._pages.render(
            request,
            "state.html",
            status=status,
            headers=_UNLISTED,
            whole=whole,
            path=_path(request),
            facts=words.facts_of(whole.application, language_of(request)),
            question=asked[-1] if asked else "",
            fields=fields,
        )


def _receipt(request: Request) -> Receipt:
    return Receipt(request.path_params["receipt"], request.path_params["secret"])


def _path(request: Request) -> str:
    return _ONE.format(**request.path_params)
