from .account_ports import People, SignInRules
from .api.accounts import account_router
from .api.administration import identity_router
from .api.bearer import challenged, read_presented
from .api.browsers import browser_of, drop_session, keep_session, sent_to
from .api.federation import FEDERATION_PATH
from .api.federation_administration import federation_router
from .api.mark_administration import mark_router
from .api.openapi import describe_protocol
from .api.peer_administration import peer_router
from .api.providers import provider_router
from .api.routes import federation_routes, identity_routes
from .api.upstream import UpstreamEndpoints
from .assurance.decision import Decision, Outcome, Route
from .assurance.evidence import Proof
from .assurance.exchange import Receipt
from .assurance.proofing import DOCUMENTS
from .assurance.reconcile import reconcile
from .assurance.service_class import (
    DEFAULTS,
    Requirement,
    ServiceClass,
    Shortfall,
    shortfall,
)
from .assurance.step_up import challenge
from .factors.passwords import Argon2
from .factors.webauthn import WebAuthn
from .federation.identifiers import EntityId
from .federation_ports import Federation
from .fetch.client_keys import FetchedClientKeys
from .fetch.marks import AskedMarks
from .fetch.platforms import AskedPlatforms
from .fetch.statements import FetchedChains
from .fetch.upstreams import FetchedUpstreams
from .keys.ring import KeyRing
from .keys.sealing import Seal, derived
from .notify.logouts import LogoutSender
from .oidc.access_token import VerifiedToken
from .oidc.client import Client
from .oidc.consent import Consent
from .oidc.discovery import federated_metadata
from .oidc.dpop import PresentedProof, new_nonce
from .oidc.errors import InvalidDpopProof, InvalidToken, OAuthError, UseDpopNonce
from .oidc.key_rotation import BY_HAND, Rotation
from .oidc.profile import Lifetimes, Profile
from .oidc.session import Account, Held, NewSession, Session, SignedIn
from .operations.account_links import LinkedUpstreams
from .operations.consents import data_withdrawn
from .operations.federated_clients import FederatedClients
from .operations.federation_membership import trusted_anchors
from .operations.held_marks import MarkKeeper
from .operations.links import ReceiptSender
from .operations.peer_keeping import PeerKeeper
from .operations.peer_offers import PeerDocuments, PeersRelyingParty, asked_table
from .operations.peer_sessions import SessionLevels
from .operations.peer_sign_in import TrustedPeers
from .operations.peer_trust import PeerGrounds
from .operations.proven_accounts import ProvenAccounts
from .operations.sessions import begin_session, end_session, raise_session
from .operations.verify import Presented, Remembered, TokenVerifier
from .pages.routes import people_pages
from .peer_ports import Linkage
from .ports import PeerSignIn, Provider, Secrets
from .relying_party.presets import DigitalAuth
from .relying_party_ports import RelyingParty
from .settings import Settings
from .store.account_book import StoredAccountBook
from .store.account_links import StoredAccountLinks
from .store.accounts import KeptConsent, StoredAccounts, StoredConsents
from .store.clients import StoredClients
from .store.codes import StoredCodes
from .store.exchanges import StoredDecisions, StoredReceipts
from .store.factors import StoredAttempts, StoredFactors
from .store.federation import (
    FEDERATION_CHANNEL,
    StoredAnchors,
    StoredMembership,
    StoredSubordinates,
)
from .store.grants import StoredGrants
from .store.keys import KEYS_CHANNEL, Family, StoredKeys
from .store.logouts import LOGOUTS_CHANNEL, StoredLogouts
from .store.peers import PEERS_CHANNEL, StoredKnownPeers, StoredPeers, StoredRegistered
from .store.replays import StoredReplays
from .store.sessions import MIGRATIONS, StoredSessions
from .store.sweeping import IdentitySweeper
from .store.trust_marks import StoredMarks
from .store.upstreams import StoredUpstreams
from .store.withdrawals import WITHDRAWALS_CHANNEL, KnownWithdrawals

__all__ = [
    "BY_HAND",
    "DEFAULTS",
    "DOCUMENTS",
    "FEDERATION_CHANNEL",
    "FEDERATION_PATH",
    "KEYS_CHANNEL",
    "LOGOUTS_CHANNEL",
    "MIGRATIONS",
    "PEERS_CHANNEL",
    "WITHDRAWALS_CHANNEL",
    "Account",
    "Argon2",
    "AskedMarks",
    "AskedPlatforms",
    "Client",
    "Consent",
    "Decision",
    "DigitalAuth",
    "EntityId",
    "Family",
    "FederatedClients",
    "Federation",
    "FetchedChains",
    "FetchedClientKeys",
    "FetchedUpstreams",
    "Held",
    "IdentitySweeper",
    "InvalidDpopProof",
    "InvalidToken",
    "KeptConsent",
    "KeyRing",
    "KnownWithdrawals",
    "Lifetimes",
    "Linkage",
    "LinkedUpstreams",
    "LogoutSender",
    "MarkKeeper",
    "NewSession",
    "OAuthError",
    "Outcome",
    "PeerDocuments",
    "PeerGrounds",
    "PeerKeeper",
    "PeerSignIn",
    "PeersRelyingParty",
    "People",
    "Presented",
    "PresentedProof",
    "Profile",
    "Proof",
    "ProvenAccounts",
    "Provider",
    "Receipt",
    "ReceiptSender",
    "RelyingParty",
    "Remembered",
    "Requirement",
    "Rotation",
    "Route",
    "Seal",
    "Secrets",
    "ServiceClass",
    "Session",
    "SessionLevels",
    "Settings",
    "Shortfall",
    "SignInRules",
    "SignedIn",
    "StoredAccountBook",
    "StoredAccountLinks",
    "StoredAccounts",
    "StoredAnchors",
    "StoredAttempts",
    "StoredClients",
    "StoredCodes",
    "StoredConsents",
    "StoredDecisions",
    "StoredFactors",
    "StoredGrants",
    "StoredKeys",
    "StoredKnownPeers",
    "StoredLogouts",
    "StoredMarks",
    "StoredMembership",
    "StoredPeers",
    "StoredReceipts",
    "StoredRegistered",
    "StoredReplays",
    "StoredSessions",
    "StoredSubordinates",
    "StoredUpstreams",
    "TokenVerifier",
    "TrustedPeers",
    "UpstreamEndpoints",
    "UseDpopNonce",
    "VerifiedToken",
    "WebAuthn",
    "account_router",
    "asked_table",
    "begin_session",
    "browser_of",
    "challenge",
    "challenged",
    "data_withdrawn",
    "derived",
    "describe_protocol",
    "drop_session",
    "end_session",
    "federated_metadata",
    "federation_router",
    "federation_routes",
    "identity_router",
    "identity_routes",
    "keep_session",
    "mark_router",
    "new_nonce",
    "peer_router",
    "people_pages",
    "provider_router",
    "raise_session",
    "read_presented",
    "reconcile",
    "sent_to",
    "shortfall",
    "trusted_anchors",
]
