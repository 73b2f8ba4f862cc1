"""All pages of onboarding, for the roof to serve."""

from pydantic import SecretStr
from starlette.routing import Route

from joint_use.onboarding_ports import Onboarding
from joint_use.pages.applicant import Applicant
from joint_use.pages.reception import Reception
from joint_use.pages.review import Review
from joint_use.settings import OnboardingSettings
from kit.pages.rendering import Site


def onboarding_pages(
    onboarding: Onboarding, site: Site, token: SecretStr, settings: OnboardingSettings
) -> list[Route]:
    """Make the routes of /apply, /terms, /applications and /operator.

    Args:
        onboarding: the ports.
        site: what all pages share.
        token: the operator token.
        settings: how applications are taken.
    """
    reception = Reception(onboarding, site, least_s=settings.least_s)
    review = Review(onboarding, site, token, session_s=settings.session_s)
    return [*reception.routes(), *Applicant(onboarding, site).routes(), *review.routes()]
