"""All pages of the OpenID Provider, for the roof to serve."""

from importlib.resources import files

from starlette.routing import Route

from idp_federation.account_ports import People
from idp_federation.pages.account import AccountPages
from idp_federation.pages.authorization import AuthorizationPages
from idp_federation.pages.consent import ConsentPages
from idp_federation.pages.desk import Desk
from idp_federation.pages.factors import FactorPages
from idp_federation.pages.links import LinkPages
from idp_federation.pages.sign_in import SignInPages
from idp_federation.pages.sign_out import SignOutPages
from idp_federation.pages.step_up import StepUpPages
from idp_federation.pages.upstream import UpstreamPages
from idp_federation.pages.welcome import WelcomePages
from idp_federation.relying_party_ports import RelyingParty
from kit.pages.rendering import Site


def people_pages(people: People, rp: RelyingParty, site: Site) -> list[Route]:
    """Make the routes of the pages under /identity/v1 that people see.

    Args:
        people: the ports.
        rp: the ports of signing in at providers.
        site: what all pages share.
    """
    site.assets.add("identity", files("idp_federation.pages") / "static")
    desk = Desk(people, rp, site)
    return [
        *AuthorizationPages(desk).routes(),
        *SignInPages(desk).routes(),
        *WelcomePages(desk).routes(),
        *UpstreamPages(desk).routes(),
        *StepUpPages(desk).routes(),
        *ConsentPages(desk).routes(),
        *AccountPages(desk).routes(),
        *FactorPages(desk).routes(),
        *LinkPages(desk).routes(),
        *SignOutPages(desk).routes(),
    ]
