"""Pages about the platform: its attributes (属性), beside a peer's too, and how to join."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from joint_use.operations.profile import compare_profile, show_profile
from joint_use.pages import words
from joint_use.pages.session import OperatorSession
from joint_use.profile_ports import PeerProfiles, Profiles, ProfileVersion
from joint_use.settings import OnboardingSettings
from joint_use.terms.errors import InvalidTerm, ProfileUnknown
from joint_use.terms.profile import ATTRIBUTES
from joint_use.terms.profile_comparison import Comparison, Need
from joint_use.terms.profile_document import LABELS, document_of, profile_of
from kit.json import JsonValue
from kit.pages.forms import Fields, Form, form_of
from kit.pages.language import Words
from kit.pages.rendering import Pages, Site

_COMPARISON = "/operator/comparison"
NEEDS = {
    Need.NOTHING: Words("そのままでよい", "Nothing"),
    Need.AGREEMENT: Words("取り決めが必要", "To be agreed"),
    Need.CHANGE: Words("変更が必要", "Must change"),
}


class About:
    """The pages `/platform`, `/join` and `/operator/comparison`.

    Args:
        profiles: the ports of the attribute profile.
        peers: fetches the profiles of other platforms.
        site: what all pages share.
        session: the operator's.
    """

    def __init__(
        self, profiles: Profiles, peers: PeerProfiles, site: Site, session: OperatorSession
    ) -> None:
        self._profiles = profiles
        self._peers = peers
        self._signer = site.signer
        self._session = session
        known = {"attributes": ATTRIBUTES, "told": told, "NEEDS": NEEDS, "Need": Need}
        self._pages = Pages(site, "joint_use.pages", explain=words.explain, known=known)

    def routes(self) -> list[Route]:
        """All paths."""
        route = self._pages.route
        return [
            route("/platform", self.platform),
            route("/join", self.join),
            route(_COMPARISON, self.blank),
            route(_COMPARISON, self.compare, methods=("POST",)),
        ]

    async def platform(self, request: Request) -> Response:
        """Show the attributes that hold."""
        held = await self._held()
        document = None if held is None else document_of(held.profile)
        return self._pages.render(request, "platform.html", held=held, document=document)

    async def join(self, request: Request) -> Response:
        """Tell how to take part."""
        return self._pages.render(request, "join.html", held=await self._held())

    async def blank(self, request: Request) -> Response:
        """Ask the operator for a peer's address."""
        if self._session.principal(request) is None:
            return self._pages.redirect("/operator/sign-in")
        return await self._shown(request, Fields(), None)

    async def compare(self, request: Request) -> Response:
        """Compare with the platform at an address."""
        form = await form_of(request, self._signer)
        if self._session.principal(request) is None:
            return self._pages.redirect("/operator/sign-in")
        try:
            theirs = profile_of(await self._peers.fetch(form.value("peer")))
            comparison = await compare_profile(self._profiles, theirs)
        except ProfileUnknown:
            return await self._refused(request, form, _NO_PROFILE)
        except InvalidTerm as error:
            return await self._refused(request, form, Words(error.detail_ja, error.detail))
        return await self._shown(request, form.fields(), comparison)

    async def _refused(self, request: Request, form: Form, why: Words) -> Response:
        return await self._shown(
            request, form.fields(peer=why), None, HTTPStatus.UNPROCESSABLE_ENTITY
        )

    async def _shown(
        self,
        request: Request,
        fields: Fields,
        comparison: Comparison | None,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        return self._pages.render(
            request, "comparison.html", status=status, fields=fields, comparison=comparison
        )

    async def _held(self) -> ProfileVersion | None:
        try:
            return await show_profile(self._profiles)
        except ProfileUnknown:
            return None


def about_pages(
    profiles: Profiles,
    peers: PeerProfiles,
    site: Site,
    token: SecretStr,
    settings: OnboardingSettings,
) -> Sequence[Route]:
    """Make the routes of /platform, /join and /operator/comparison.

    Args:
        profiles: the ports of the attribute profile.
        peers: fetches the profiles of other platforms.
        site: what all pages share.
        token: the operator token.
        settings: they say how long a session lasts.
    """
    lasts = timedelta(seconds=settings.session_s)
    session = OperatorSession(site.signer, token, lasts=lasts, clock=profiles.clock)
    return About(profiles, peers, site, session).routes()


def told(value: JsonValue) -> str:
    """Say a value of a profile, in the guidebook's words.

    >>> told({"platformResponsibilityApart": True}), told(None), told(2)
    ('あり（基盤の責任範囲を区別して記載）', 'なし', '2')
    """
    if value is None:
        return "なし"
    if not isinstance(value, dict):
        return str(value)
    flags = [LABELS[name] for name, one in value.items() if one is True]
    counts = [f"{LABELS[name]} {one}" for name, one in value.items() if isinstance(one, str)]
    if counts:
        return "、".join(counts)
    return "あり（" + "、".join(flags) + "）" if flags else "あり"


_NO_PROFILE = Words(
    "この基盤の属性がまだ登録されていません。renkei profile set で登録してください。",
    "This platform's own attributes are not entered yet; `renkei profile set` enters them.",
)
