"""Everything the OpenID Provider asks of the outside world."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from idp_federation.assurance.decision import Decision
from idp_federation.assurance.evidence import Proof
from idp_federation.assurance.exchange import FederationLink, Receipt
from idp_federation.consent_ports import ConsentLedger
from idp_federation.federation.jwt import JwkSet
from idp_federation.oidc.access_token import VerifiedToken
from idp_federation.oidc.client import Client
from idp_federation.oidc.grant import Grant
from idp_federation.oidc.key_rotation import KeptKey, KeyUse
from idp_federation.oidc.profile import Profile
from idp_federation.oidc.session import Account, Held, Session
from idp_federation.oidc.withdrawal import Effect, Withdrawal
from joint_use import Audit
from kit.clock import Clock
from kit.json import JsonObject
from kit.jwt import SigningKey


class SigningKeys(Protocol):
    """The keys that this platform signs with, the same in all its processes."""

    async def signer(self) -> SigningKey:
        """Answer with the key to sign with now."""
        ...

    async def published(self) -> JwkSet:
        """Answer with the public keys: the one in use, the next, and those still believed."""
        ...

    async def rotate(self, *, compromised: bool = False) -> Mapping[str, KeyUse]:
        """Begin to sign with the next key, and make one to follow it.

        Args:
            compromised: the present key is believed no more from now on.
        """
        ...

    async def uses(self) -> Mapping[str, KeyUse]:
        """Say of each key, by its kid, what it is used for."""
        ...


class KeyShelf(Protocol):
    """Where keys are kept, their private halves sealed."""

    async def read(self) -> Sequence[KeptKey]:
        """Read all keys."""
        ...

    async def change(self, step: Callable[[Sequence[KeptKey]], Sequence[KeptKey]]) -> None:
        """Replace all keys by what a step makes of them; one process at a time."""
        ...


class Sessions(Protocol):
    """Browser sessions; a cookie is known by its digest alone."""

    async def begin(self, session: Session, cookie: bytes) -> None:
        """Keep a new session."""
        ...

    async def find(self, cookie: bytes, now: datetime) -> Session | None:
        """Answer with the session of a cookie, where it has not ended."""
        ...

    async def named(self, sid: str, now: datetime) -> Session | None:
        """Answer with the session of a name, where it has not ended."""
        ...

    async def of_account(self, account: str, now: datetime) -> Sequence[Session]:
        """List the sessions of an account that have not ended, the latest first."""
        ...

    async def replace(self, session: Session, before: bytes, cookie: bytes) -> bool:
        """Change who is signed in and how, and the cookie; answers whether it had not ended."""
        ...

    async def end(self, sid: str, now: datetime) -> Session | None:
        """End a session; answers with it where it had not ended before."""
        ...


class Clients(Protocol):
    """Who may ask for tokens."""

    async def find(self, client_id: str, *, chain: Sequence[str] = ()) -> Client | None:
        """Answer with a client; a federation's may be resolved here.

        Args:
            client_id: its name.
            chain: the trust chain that it shows, unvalidated.

        Raises:
            UntrustedClient: it is one of the federation's, and no chain leads to it.
        """
        ...

    async def secret_matches(self, client_id: str, secret: bytes) -> bool:
        """Tell whether a secret, by its digest, is the client's."""
        ...


class ClientRegistry(Clients, Protocol):
    """The clients that operators register."""

    async def add(self, client: Client, secret: bytes | None, *, by: str, at: datetime) -> bool:
        """Register a client with its secret's digest; answers whether its id was free."""
        ...

    async def change(self, client: Client, *, by: str, at: datetime) -> Client | None:
        """Write what is registered anew; answers with it, None where there is no such client."""
        ...

    async def set_secret(self, client_id: str, secret: bytes, *, by: str, at: datetime) -> bool:
        """Give a client another secret; answers whether there is such a client."""
        ...

    async def page(self, *, after: str, limit: int) -> Sequence[Client]:
        """List clients in order of their ids, those after one."""
        ...


class ClientKeys(Protocol):
    """The public keys of clients, wherever they are published."""

    async def keys_of(self, client: Client, *, kid: str) -> JwkSet:
        """Answer with a client's keys; asked anew where none has this kid, but not too often."""
        ...


class Accounts(Protocol):
    """What is known of people."""

    async def find(self, account: str) -> Account | None:
        """Answer with an account; None where there is none or it is closed."""
        ...


class Kind(Enum):
    """What a code that is good once is for."""

    AUTHORIZATION = "authorization"
    PUSHED_REQUEST = "pushed_request"
    INTERACTION = "interaction"
    PROGRESS = "progress"
    LINK = "link"
    ENROLMENT = "enrolment"
    UPSTREAM = "upstream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What stands behind a code, and whether it has been used before."""

    content: JsonObject
    created_at: datetime
    used_before: bool


class OneTimeCodes(Protocol):
    """Codes that are good once and for a short while; known by their digests alone."""

    async def put(
        self, kind: Kind, code: bytes, content: JsonObject, *, now: datetime, expires_at: datetime
    ) -> None:
        """Keep what stands behind a code."""
        ...

    async def look(self, kind: Kind, code: bytes, now: datetime) -> Taken | None:
        """Answer with what stands behind a code that is not used, and leave it so."""
        ...

    async def take(self, kind: Kind, code: bytes, now: datetime) -> Taken | None:
        """Use a code up; None where there is none, or its time is over."""
        ...


class Grants(Protocol):
    """What clients were given, and the refresh tokens that come from it."""

    async def add(self, grant: Grant) -> None:
        """Keep a grant."""
        ...

    async def find(self, gid: str, now: datetime) -> Grant | None:
        """Answer with a grant that has not ended."""
        ...

    async def confirm(self, grant: Grant) -> bool:
        """Write a grant anew when its code is redeemed; answers whether it had not ended."""
        ...

    async def end(self, gid: str, now: datetime) -> bool:
        """End a grant and its refresh tokens; answers whether it had not ended before."""
        ...

    async def end_of_client(self, account: str, client: str | None, now: datetime) -> Sequence[str]:
        """End all that a person gave to a client, or to all; answers with the grants' names."""
        ...

    async def end_of_session(self, sid: str, now: datetime) -> Sequence[Grant]:
        """End what a session gave, but not what outlives it; answers with all that it gave."""
        ...

    async def put_refresh(self, gid: str, token: bytes, now: datetime) -> None:
        """Keep a refresh token of a grant."""
        ...

    async def rotate(self, token: bytes, fresh: bytes, now: datetime) -> tuple[Grant | None, bool]:
        """Use a refresh token up and put another in its place.

        Answers with the grant, None where it has ended or there is no such token, and whether
        the token was used before; in that case nothing is put in its place.
        """
        ...

    async def of_refresh(self, token: bytes, now: datetime) -> Grant | None:
        """Answer with the grant of a refresh token that is not used."""
        ...


class Replays(Protocol):
    """What has been seen once and must not count twice, in whichever process."""

    async def first_assertion(self, issuer: str, jti: str, expires_at: datetime) -> bool:
        """Note an assertion or request object; answers whether it is the first of its name."""
        ...

    async def first_proof(
        self, jkt: str, jti: str, issued_at: datetime, expires_at: datetime
    ) -> bool:
        """Note a DPoP proof; answers whether it is the first of its name.

        A proof from before the server's memory begins (it may forget in a crash) never is.
        """
        ...


class Withdrawals(Protocol):
    """What was withdrawn, known to every process within seconds."""

    @property
    def news(self) -> int:
        """A number that is another one whenever more may be known to be withdrawn."""
        ...

    async def note(self, withdrawals: Sequence[Withdrawal]) -> None:
        """Withdraw, here at once and elsewhere soon."""
        ...

    async def refresh(self) -> None:
        """See that what is known here is at most 15 s old.

        Raises:
            DatabaseUnavailable: it cannot be known.
        """
        ...

    def effect_on(self, token: VerifiedToken) -> Effect | None:
        """Say what was done to a token, as far as is known here."""
        ...

    async def look_up(self, token: VerifiedToken) -> Effect | None:
        """Say what was done to a token, wherever that was.

        Raises:
            DatabaseUnavailable: it cannot be known.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutNotice:
    """One client that is to be told that a session has ended."""

    client: str
    url: str
    subject: str
    sid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNotice:
    """A notice that is due, and how often it was tried."""

    number: int
    notice: LogoutNotice
    attempts: int
    gives_up_at: datetime


class LogoutQueue(Protocol):
    """Who is to be told that sessions have ended, until it is told."""

    async def put(self, notices: Sequence[LogoutNotice], now: datetime) -> None:
        """Keep what is to be told."""
        ...


class Assurance(Protocol):
    """What a sign-in is worth now: levels can be lost while its session lasts."""

    async def held(self, session: Session, now: datetime) -> Held:
        """Answer with the levels that count now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSignIn:
    """A peer's token that is accepted: what it says, and what was decided about it.

    Args:
        issuer: who made it.
        subject: whom that one knows the person as.
        decision: what it is worth here, and until when.
        proofs: what is proven beside levels.
        link: between this platform and the peer.
        auth_time: when she signed in there.
        amr: how.
        expires_at: until when the token counts.
    """

    issuer: str
    subject: str
    decision: Decision
    proofs: frozenset[Proof]
    link: FederationLink
    auth_time: datetime
    amr: frozenset[str]
    expires_at: datetime


class Peers(Protocol):
    """Other platforms, whose tokens may be exchanged for ours."""

    async def accept(self, token: str, *, client: Client, tenant: str) -> PeerSignIn | None:
        """Answer with what a foreign token is worth; None where its issuer is no trusted peer."""
        ...

    async def keep(self, receipt: Receipt) -> None:
        """Keep the receipt of an exchange, before its token is given out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Keys that all processes of a platform share; never told.

    Args:
        pairwise: names people to sectors; whoever changes it renames everybody.
        nonce: makes and knows DPoP nonces.
        interaction: makes and knows the names of interactions.
    """

    pairwise: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    interaction: bytes = field(repr=False)


RandomText = Callable[[], str]
"""Answers with 256 random bits as text, each time others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The ports of the OpenID Provider, handed to every operation."""

    profile: Profile
    secrets: Secrets
    keys: SigningKeys
    sessions: Sessions
    clients: Clients
    registry: ClientRegistry
    client_keys: ClientKeys
    accounts: Accounts
    consents: ConsentLedger
    codes: OneTimeCodes
    grants: Grants
    replays: Replays
    withdrawals: Withdrawals
    logouts: LogoutQueue
    assurance: Assurance
    peers: Peers
    audit: Audit
    clock: Clock
    random: RandomText
