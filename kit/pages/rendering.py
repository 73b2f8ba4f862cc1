"""Renders pages: one look for all houses, two languages, strict about what a page may load."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import TypeAlias

from jinja2 import (
    ChoiceLoader,
    Environment,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    select_autoescape,
)
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from kit.db import DatabaseUnavailable
from kit.pages import language, refusals
from kit.pages.assets import Assets
from kit.pages.dates import day, when
from kit.pages.forgery import FIELD, FormToken, is_secure
from kit.pages.language import LANGUAGES, PARAMETER, Language, Words, language_of
from kit.pages.packing import pack, takes_gzip
from kit.pages.refusals import PageRefused
from kit.pages.signed import Signer

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
Explain: TypeAlias = Callable[[Exception], PageRefused | None]
"""Says an error of a house in words for a page; None: it is a fault and stays one."""

_A_YEAR_S = 365 * 24 * 3600
_POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go, by a name in both languages."""

    href: str
    text: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What all pages of one platform share.

    Args:
        name: the platform's.
        key: what tokens and cookies are signed with, the same in all processes.
        links: the navigation at the top of each page.
        notice: said at the top of each page, for example that nobody has to sign in.
    """

    name: Words
    key: bytes = field(repr=False)
    links: Sequence[Link] = ()
    notice: Words | None = None
    assets: Assets = field(default_factory=Assets)

    @property
    def signer(self) -> Signer:
        """What checks and makes tokens and cookies."""
        return Signer(self.key)


class Pages:
    """The pages of one house.

    Args:
        site: what they share with the others.
        package: the package whose folder holds the templates.
        folder: that folder's name.
        explain: says the house's errors in words for a page.
        known: what all of the house's templates have at hand, beside what is given to `render`.
    """

    def __init__(
        self,
        site: Site,
        package: str,
        folder: str = "templates",
        *,
        explain: Explain = lambda _: None,
        known: Mapping[str, object] | None = None,
    ) -> None:
        self.site = site
        self._explain = explain
        self._signer = site.signer
        self._environment = Environment(
            loader=ChoiceLoader(
                [
                    PrefixLoader({"kit": PackageLoader("kit.pages", "templates")}),
                    PackageLoader(package, folder),
                ]
            ),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            known or {}, site=site, asset=site.assets.url, csrf_field=FIELD, when=when, day=day
        )

    def render(
        self,
        request: Request,
        template: str,
        *,
        status: int = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
        policy: Mapping[str, str] | None = None,
        crumbs: Sequence[tuple[str, str]] = (),
        **context: object,
    ) -> Response:
        """Answer with a page in the reader's language.

        Args:
            request: that is answered.
            template: its name in the house's folder.
            status: of the answer.
            headers: further ones, or others than usual.
            policy: directives of the Content-Security-Policy to add or replace, for example
                `{"script-src": "'self'"}`.
            crumbs: address and text of each page above this one.
            context: what the template needs.
        """
        lang, token = language_of(request), FormToken(request, self._signer)
        html = self._environment.get_template(template).render(
            request=request,
            lang=lang,
            t=lambda ja, en: ja if lang == "ja" else en,
            csrf=token,
            crumbs=crumbs,
            languages=_switch(request),
            **context,
        )
        response = HTMLResponse(html, status, _headers(lang, token, policy or {}))
        if not token.was_asked_for and takes_gzip(request):  # a packed token could be guessed
            pack(response)
        response.headers.update(headers or {})
        token.accompany(response, is_secure=is_secure(request))
        _remember_language(request, response)
        return response

    def redirect(self, to: str) -> Response:
        """Send the reader on after a form was taken, so that reloading sends nothing again."""
        return RedirectResponse(to, HTTPStatus.SEE_OTHER)

    def refuse(self, request: Request, refused: PageRefused) -> Response:
        """Answer with a page that says what is wrong."""
        wait = refused.retry_after_s
        return self.render(
            request,
            "kit/refused.html",
            status=refused.status,
            headers={} if wait is None else {"Retry-After": str(wait)},
            refused=refused,
        )

    def route(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET",)) -> Route:
        """Make a route whose refusals are pages too."""

        @wraps(handler)
        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except PageRefused as refused:
                return self.refuse(request, refused)
            except DatabaseUnavailable as away:
                return self.refuse(request, refusals.unavailable(away.retry_after_s))
            except Exception as error:
                explained = self._explain(error)
                if explained is None:
                    raise
                return self.refuse(request, explained)

        return Route(path, answer, methods=list(methods), include_in_schema=False)


def _headers(lang: Language, token: FormToken, policy: Mapping[str, str]) -> dict[str, str]:
    directives = {**_POLICY, **policy}
    return {
        "Content-Language": lang,
        "Content-Security-Policy": "; ".join(" ".join(one) for one in directives.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # with no-referrer, forms would say no origin either
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store" if token.was_asked_for else "private, no-cache",
        "Vary": "Accept-Language, Accept-Encoding, Cookie",
    }


def _switch(request: Request) -> dict[Language, str]:
    """Answer with the address of the same page in each language."""
    return {
        one: "?" + str(request.url.include_query_params(**{PARAMETER: one}).query)
        for one in LANGUAGES
    }


def _remember_language(request: Request, response: Response) -> None:
    asked = language.asked_for(request)
    if asked is not None:
        response.set_cookie(
            language.COOKIE,
            asked,
            max_age=_A_YEAR_S,
            httponly=True,
            samesite="lax",
            secure=is_secure(request),
        )
