"""Identity federation: who signs in where, and at what level of assurance.

The front door; so far requests are served without sign-in, and the settings say so. The
sub-packages `federation` (OpenID Federation) and `assurance` (levels) are pure rooms.
"""

from idp_federation.assurance.decision import Decision, Outcome, Route
from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.reconcile import reconcile
from idp_federation.assurance.service_class import (
    DEFAULTS,
    Requirement,
    ServiceClass,
    Shortfall,
    shortfall,
)
from idp_federation.assurance.step_up import challenge
from idp_federation.settings import Settings

__all__ = [
    "DEFAULTS",
    "Decision",
    "Outcome",
    "Proof",
    "Requirement",
    "Route",
    "ServiceClass",
    "Settings",
    "Shortfall",
    "challenge",
    "reconcile",
    "shortfall",
]
