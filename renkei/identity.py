"""Identity: introduces the OpenID Provider to what it needs, in one process."""

import asyncio
import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from idp_federation import (
    KEYS_CHANNEL,
    LOGOUTS_CHANNEL,
    WITHDRAWALS_CHANNEL,
    DigitalAuth,
    FetchedClientKeys,
    FetchedUpstreams,
    IdentitySweeper,
    KeyRing,
    KnownWithdrawals,
    Lifetimes,
    LogoutSender,
    PeerDocuments,
    Profile,
    ProvenAccounts,
    Provider,
    RelyingParty,
    Rotation,
    Seal,
    Secrets,
    SessionLevels,
    StoredAccountLinks,
    StoredAccounts,
    StoredClients,
    StoredCodes,
    StoredConsents,
    StoredGrants,
    StoredKeys,
    StoredLogouts,
    StoredReplays,
    StoredSessions,
    StoredUpstreams,
    TokenVerifier,
    derived,
)
from joint_use import Audit, ConsentStore, PolicyStore, TenantDirectory
from kit.clock import utc_now
from kit.db import Database, Databases, DatabaseUnavailable
from kit.guard import Guard
from kit.http import Outbound, new_tls_context
from kit.listen import Listener
from kit.tasks import Tasks
from renkei.consents import TwoLedgers
from renkei.federating import FederationNeeds, FederationParts, assemble_federation
from renkei.instance import Instance
from renkei.settings import Settings, SettingsRefused

_KEY_BYTES = 32
_TEND_S = 300.0
log = structlog.stdlib.get_logger("renkei")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The OpenID Provider of one process, and what keeps it going.

    Args:
        provider: the ports that its operations take.
        relying_party: the ports of signing in at upstream providers.
        verifier: believes access tokens; what the middleware asks.
        seal: what only this platform may read is sealed with it.
        federation: the platform as a member of a federation.
    """

    provider: Provider
    relying_party: RelyingParty
    verifier: TokenVerifier
    seal: Seal
    federation: FederationParts
    ring: KeyRing
    withdrawals: KnownWithdrawals
    accounts: StoredAccounts
    consents: TwoLedgers
    sender: LogoutSender
    sweeper: IdentitySweeper

    def start(self, tasks: Tasks) -> None:
        """Start what runs as long as the process serves."""
        tasks.start("withdrawals", self.withdrawals.run)
        tasks.start("logout notices", self.sender.run)
        tasks.start("identity sweeper", self.sweeper.run)
        tasks.start("signing keys", self._tend_keys)
        self.federation.start(tasks)

    async def _tend_keys(self) -> None:
        """Rotate the signing keys when it is time to."""
        while True:
            try:
                await self.ring.tend()
            except (DatabaseUnavailable, TimeoutError) as error:
                log.warning("signing_keys_not_tended", reason=str(error))
            await asyncio.sleep(_TEND_S)


def assemble_identity(
    settings: Settings,
    databases: Databases,
    control: Database,
    listener: Listener,
    audit: Audit,
    tenants: TenantDirectory,
) -> Identity:
    """Introduce the OpenID Provider to the control database; nothing is connected yet.

    Raises:
        SettingsRefused: the identity key is not one.
    """
    key = identity_key(settings)
    seal = Seal(key)
    ring = KeyRing(StoredKeys(databases, control), seal, _rotation(settings), utc_now)
    withdrawals = KnownWithdrawals(databases, control, utc_now)
    clients = StoredClients(databases, control)
    accounts = StoredAccounts(databases, control)
    consents = TwoLedgers(
        StoredConsents(databases, control),
        ConsentStore(databases, control),
        tenants,
        PolicyStore(databases, control),
    )
    logouts = StoredLogouts(databases, control)
    outbound = outbound_of(settings)
    profile = profile_of(settings)
    upstreams = StoredUpstreams(databases, control, seal, profile.anchor)
    links = StoredAccountLinks(databases, control)
    federation = assemble_federation(
        FederationNeeds(
            settings=settings.idp_federation,
            profile=profile,
            seal=seal,
            databases=databases,
            control=control,
            listener=listener,
            outbound=outbound,
            registry=clients,
            upstreams=upstreams,
            withdrawals=withdrawals,
            audit=audit,
        )
    )
    provider = Provider(
        profile=profile,
        secrets=Secrets(
            pairwise=derived(key, "pairwise subjects"),
            nonce=derived(key, "DPoP nonces"),
            interaction=derived(key, "interactions"),
        ),
        keys=ring,
        sessions=StoredSessions(databases, control),
        clients=federation.clients,
        registry=clients,
        client_keys=FetchedClientKeys(outbound),
        accounts=ProvenAccounts(accounts, links, upstreams, utc_now),
        consents=consents,
        codes=StoredCodes(databases, control),
        grants=StoredGrants(databases, control),
        replays=StoredReplays(databases, control, utc_now),
        withdrawals=withdrawals,
        logouts=logouts,
        assurance=SessionLevels(upstreams, federation.peers, links),
        peers=federation.peers,
        audit=audit,
        clock=utc_now,
        random=lambda: secrets.token_urlsafe(32),
    )
    verifier = TokenVerifier(provider)
    sender = LogoutSender(provider, logouts, outbound)
    listener.hear(KEYS_CHANNEL, ring.forget, ring.forget)
    listener.hear(KEYS_CHANNEL, verifier.forget, verifier.forget)
    listener.hear(WITHDRAWALS_CHANNEL, withdrawals.heard, withdrawals.heard_all)
    listener.hear(LOGOUTS_CHANNEL, sender.wake, sender.wake)
    return Identity(
        provider=provider,
        relying_party=RelyingParty(
            provider=provider,
            upstreams=upstreams,
            documents=PeerDocuments(
                FetchedUpstreams(outbound), federation.linkage.federation.chains
            ),
            links=links,
            peers=federation.peers,
            digital_auth=DigitalAuth(
                issuer=settings.idp_federation.digital_auth.issuer,
                sandbox_issuer=settings.idp_federation.digital_auth.sandbox_issuer,
            ),
            proofing_lasts=timedelta(days=settings.idp_federation.accounts.proofing_days),
        ),
        verifier=verifier,
        seal=seal,
        federation=federation,
        ring=ring,
        withdrawals=withdrawals,
        accounts=accounts,
        consents=consents,
        sender=sender,
        sweeper=IdentitySweeper(databases, control, utc_now),
    )


def outbound_of(settings: Settings) -> Outbound:
    """Make what fetches documents of others, behind the guard."""
    ca_file = settings.egress_ca_file
    tls = None if ca_file is None else new_tls_context(ca_file)
    return Outbound(Guard(settings.egress_allow), tls=tls)


def profile_of(settings: Settings) -> Profile:
    """Say what the platform's OpenID Provider is."""
    identity, host = settings.idp_federation, settings.host
    here = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    issuer = identity.issuer or _origin(settings.broker.api.public_url) or here
    given = identity.lifetimes
    return Profile(
        issuer=issuer,
        anchor=identity.anchor or urlsplit(issuer).hostname or host,
        lifetimes=Lifetimes(
            code=timedelta(seconds=given.code_s),
            request=timedelta(seconds=given.request_s),
            interaction=timedelta(seconds=given.interaction_s),
            access_token=timedelta(seconds=given.access_token_s),
            id_token=timedelta(seconds=given.id_token_s),
            refresh_token=timedelta(seconds=given.refresh_token_s),
            session=timedelta(seconds=given.session_s),
        ),
        resource_nonce=identity.dpop_nonce,
    )


def _origin(url: str | None) -> str | None:
    """Leave out of an address all behind the host."""
    return None if url is None else "{0.scheme}://{0.netloc}".format(urlsplit(url))


def identity_key(settings: Settings) -> bytes:
    """Answer with the key of which all others are derived: 32 bytes.

    Raises:
        SettingsRefused: what is set is not that.
    """
    given = settings.idp_federation.key
    text = (
        Instance(settings.data, settings.secrets).identity_key()
        if given is None
        else given.get_secret_value()
    )
    try:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise SettingsRefused("RENKEI_IDP_FEDERATION__KEY is not 32 bytes as base64url")
    return key


def _rotation(settings: Settings) -> Rotation:
    keys = settings.idp_federation.keys
    return Rotation(
        every=timedelta(days=keys.rotate_days), believed=timedelta(hours=keys.believed_hours)
    )
