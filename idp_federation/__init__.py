"""Identity federation: who signs in where, and at what level of assurance.

The front door. The sub-packages `federation` (OpenID Federation), `assurance` (levels) and `oidc`
(the platform as OpenID Provider) are pure rooms.
"""

from idp_federation.api.administration import identity_router
from idp_federation.api.bearer import challenged, read_presented
from idp_federation.api.browsers import browser_of, drop_session, keep_session, sent_to
from idp_federation.api.routes import identity_routes
from idp_federation.assurance.decision import Decision, Outcome, Route
from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.exchange import Receipt
from idp_federation.assurance.reconcile import reconcile
from idp_federation.assurance.service_class import (
    DEFAULTS,
    Requirement,
    ServiceClass,
    Shortfall,
    shortfall,
)
from idp_federation.assurance.step_up import challenge
from idp_federation.fetch.client_keys import FetchedClientKeys
from idp_federation.keys.ring import KeyRing
from idp_federation.keys.sealing import Seal, derived
from idp_federation.notify.logouts import LogoutSender
from idp_federation.oidc.access_token import VerifiedToken
from idp_federation.oidc.client import Client
from idp_federation.oidc.consent import Consent
from idp_federation.oidc.dpop import PresentedProof, new_nonce
from idp_federation.oidc.errors import InvalidDpopProof, InvalidToken, OAuthError, UseDpopNonce
from idp_federation.oidc.key_rotation import Rotation
from idp_federation.oidc.profile import Lifetimes, Profile
from idp_federation.oidc.session import Account, Held, NewSession, Session, SignedIn
from idp_federation.operations.sessions import begin_session, end_session, raise_session
from idp_federation.operations.verify import Presented, TokenVerifier
from idp_federation.ports import PeerSignIn, Provider, Secrets
from idp_federation.settings import Settings
from idp_federation.store.accounts import StoredAccounts, StoredConsents
from idp_federation.store.clients import StoredClients
from idp_federation.store.codes import StoredCodes
from idp_federation.store.grants import StoredGrants
from idp_federation.store.keys import CHANNEL as KEYS_CHANNEL
from idp_federation.store.keys import StoredKeys
from idp_federation.store.logouts import CHANNEL as LOGOUTS_CHANNEL
from idp_federation.store.logouts import StoredLogouts
from idp_federation.store.replays import StoredReplays
from idp_federation.store.sessions import MIGRATIONS, StoredSessions
from idp_federation.store.sweeping import IdentitySweeper
from idp_federation.store.withdrawals import CHANNEL as WITHDRAWALS_CHANNEL
from idp_federation.store.withdrawals import KnownWithdrawals

__all__ = [
    "DEFAULTS",
    "KEYS_CHANNEL",
    "LOGOUTS_CHANNEL",
    "MIGRATIONS",
    "WITHDRAWALS_CHANNEL",
    "Account",
    "Client",
    "Consent",
    "Decision",
    "FetchedClientKeys",
    "Held",
    "IdentitySweeper",
    "InvalidDpopProof",
    "InvalidToken",
    "KeyRing",
    "KnownWithdrawals",
    "Lifetimes",
    "LogoutSender",
    "NewSession",
    "OAuthError",
    "Outcome",
    "PeerSignIn",
    "Presented",
    "PresentedProof",
    "Profile",
    "Proof",
    "Provider",
    "Receipt",
    "Requirement",
    "Rotation",
    "Route",
    "Seal",
    "Secrets",
    "ServiceClass",
    "Session",
    "Settings",
    "Shortfall",
    "SignedIn",
    "StoredAccounts",
    "StoredClients",
    "StoredCodes",
    "StoredConsents",
    "StoredGrants",
    "StoredKeys",
    "StoredLogouts",
    "StoredReplays",
    "StoredSessions",
    "TokenVerifier",
    "UseDpopNonce",
    "VerifiedToken",
    "begin_session",
    "browser_of",
    "challenge",
    "challenged",
    "derived",
    "drop_session",
    "end_session",
    "identity_router",
    "identity_routes",
    "keep_session",
    "new_nonce",
    "raise_session",
    "read_presented",
    "reconcile",
    "sent_to",
    "shortfall",
]
