"""Everything that signing in at upstream providers asks of the outside world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from idp_federation.assurance.decision import Decision
from idp_federation.assurance.service_class import Requirement
from idp_federation.assurance.sign_in import LinkedAccount, SignIn
from idp_federation.federation.jwt import JwkSet
from idp_federation.oidc.session import Account
from idp_federation.ports import Provider
from idp_federation.relying_party.account_link import Link, ShownSignIn
from idp_federation.relying_party.metadata import ProviderMetadata
from idp_federation.relying_party.presets import DigitalAuth
from idp_federation.relying_party.request import Shown, UpstreamCredentials
from idp_federation.relying_party.upstream import Upstream
from kit.json import JsonObject
from kit.jwt import Jwk


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredUpstream:
    """A provider as it is kept: with the public half of our key for it."""

    upstream: Upstream
    public_key: Jwk


class Sealing(Protocol):
    """Encrypts what only this platform may read."""

    def close(self, content: bytes, place: str) -> bytes:
        """Encrypt; only for the same place it opens again."""
        ...

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt."""
        ...


class Upstreams(Protocol):
    """The providers that operators register; their secrets are sealed."""

    async def find(self, name: str) -> RegisteredUpstream | None:
        """Answer with a provider."""
        ...

    async def every(self) -> Sequence[RegisteredUpstream]:
        """List all providers in order of their ids."""
        ...

    async def credentials(self, name: str) -> UpstreamCredentials | None:
        """Answer with what this platform proves at a provider who it is with."""
        ...

    async def add(
        self, upstream: Upstream, credentials: UpstreamCredentials, *, by: str, at: datetime
    ) -> bool:
        """Register a provider; answers whether its id was free."""
        ...

    async def change(
        self, upstream: Upstream, secret: str | None, *, by: str, at: datetime
    ) -> Upstream | None:
        """Register a provider anew, with another secret where one is given.

        Answers with it, None where there is no such provider, or its table is not newer.
        """
        ...

    async def remove(self, name: str, *, by: str, at: datetime) -> bool:
        """Take a provider away, and end its links; answers whether it was there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfoAnswer:
    """What a UserInfo endpoint gave: an object, or a JWT that is still to be believed."""

    told: JsonObject | None = field(default=None, repr=False)
    jwt: str | None = field(default=None, repr=False)


class UpstreamDocuments(Protocol):
    """What providers answer with when they are asked over HTTP.

    All of them raise UpstreamUnavailable where no answer of the right kind can be had.
    """

    async def metadata(self, upstream: Upstream, *, anew: bool = False) -> ProviderMetadata:
        """Answer with a provider's metadata."""
        ...

    async def keys(self, metadata: ProviderMetadata, *, kid: str) -> JwkSet:
        """Answer with its keys; asked anew where none has this kid, but not too often."""
        ...

    async def push(self, url: str, form: Mapping[str, str], shown: Shown) -> str:
        """Push an authorization request; answers with its `request_uri`."""
        ...

    async def redeem(self, url: str, form: Mapping[str, str], shown: Shown) -> JsonObject:
        """Redeem a code.

        Raises:
            AnswerRefused: the provider does not take it.
        """
        ...

    async def userinfo(self, url: str, access_token: str) -> UserInfoAnswer:
        """Ask for what an access token's person is told of."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSession:
    """Which session at a provider a session here comes from."""

    issuer: str
    subject: str
    sid: str | None


class AccountLinks(Protocol):
    """The links between accounts here and at providers."""

    async def find(self, tenant: str, upstream: str, subject: str) -> Link | None:
        """Answer with the link of somebody at a provider, at one municipality."""
        ...

    async def of_account(self, account: str) -> Sequence[Link]:
        """List an account's links, the oldest first."""
        ...

    async def open(self, account: Account, link: Link) -> bool:
        """Open an account with its link; answers whether nobody else had linked it meanwhile."""
        ...

    async def make(self, link: Link) -> bool:
        """Make a link, or make it anew at other levels.

        Answers whether it was: not where it would lead to another account than before.
        """
        ...

    async def show(self, link: Link, shown: ShownSignIn) -> None:
        """Write down what the provider said last."""
        ...

    async def end(self, account: str, upstream: str, now: datetime) -> bool:
        """End a link; answers whether there was one."""
        ...

    async def note_session(self, sid: str, session: UpstreamSession) -> None:
        """Write down which session at a provider a session here comes from."""
        ...

    async def sessions_from(self, session: UpstreamSession) -> Sequence[str]:
        """List the sessions here that come from one at a provider, or from all of a person's."""
        ...

    async def sessions_by(self, issuer: str) -> Sequence[str]:
        """List the sessions here that come from a provider."""
        ...


class PeerLevels(Protocol):
    """What sign-ins at other platforms of the federation are worth."""

    async def worth(
        self,
        sign_in: SignIn,
        *,
        tenant: str,
        client: str,
        requirement: Requirement,
        linked: LinkedAccount | None,
    ) -> Decision:
        """Decide, and keep the decision.

        Args:
            sign_in: what the platform says.
            tenant: whose list of peers applies.
            client: for which service; "" for none.
            requirement: what it requires.
            linked: the account here, where its proofing may help.

        Raises:
            UpstreamUnavailable: the platform is not trusted now, or the link is not live.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """The ports of signing in at upstream providers, handed to its operations.

    Args:
        provider: the platform as OpenID Provider: sessions, interactions, accounts.
        upstreams: the providers that are registered.
        documents: what they answer.
        links: whose account there is whose here.
        digital_auth: where the Digital Agency's app is.
        peers: what sign-ins at other platforms of the federation are worth.
        proofing_lasts: how long an operator's proofing of an account here counts.
    """

    provider: Provider
    upstreams: Upstreams
    documents: UpstreamDocuments
    links: AccountLinks
    digital_auth: DigitalAuth
    proofing_lasts: timedelta
    peers: PeerLevels
