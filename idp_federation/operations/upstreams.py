"""The providers that operators register: add, list, show, change, remove, check."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp_federation.assurance.levels import shown
from idp_federation.assurance.worth import NEVER
from idp_federation.oidc.client import ClientAuthentication
from idp_federation.oidc.errors import Unknown
from idp_federation.operations.sessions import end_session
from idp_federation.operations.upstream_visits import callback_of
from idp_federation.relying_party.account_link import linked_upstream
from idp_federation.relying_party.errors import InvalidUpstream, UpstreamUnavailable
from idp_federation.relying_party.metadata import problems_of
from idp_federation.relying_party.presets import with_presets
from idp_federation.relying_party.request import UpstreamCredentials
from idp_federation.relying_party.upstream import Upstream, upstream_as_json, upstream_from_json
from idp_federation.relying_party_ports import RegisteredUpstream, RelyingParty
from joint_use import (
    Action,
    Forbidden,
    Principal,
)
from kit.json import JsonObject
from kit.jwt import new_signing_key

_ANY_KID = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownUpstream:
    """A provider as its operator sees it, with what has to be registered at the provider.

    Args:
        registered: the provider, and our public key for it.
        redirect_uri: where it sends browsers back to.
        logout_uri: where it tells that a session has ended.
        jwks_uri: where it finds our key.
    """

    registered: RegisteredUpstream
    redirect_uri: str
    logout_uri: str
    jwks_uri: str

    def as_json(self) -> JsonObject:
        """Write it as the admin API answers."""
        return {
            **upstream_as_json(self.registered.upstream),
            "at_the_provider": {
                "redirect_uri": self.redirect_uri,
                "backchannel_logout_uri": self.logout_uri,
                "jwks_uri": self.jwks_uri,
                "jwks": {"keys": [self.registered.public_key]},
            },
        }


async def add_upstream(rp: RelyingParty, principal: Principal, given: JsonObject) -> ShownUpstream:
    """Register a provider; what is left out is as its kind has it.

    Args:
        rp: the ports.
        principal: who asks.
        given: as `upstream_as_json` writes it, with `client_secret` where there is one.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        InvalidUpstream: it cannot be registered so, or its id is taken.
    """
    _require(principal)
    upstream, secret = _read(rp, with_presets(given, rp.digital_auth))
    if upstream.authentication is ClientAuthentication.CLIENT_SECRET_BASIC and secret is None:
        raise InvalidUpstream(
            f"Provider {upstream.id} needs a client_secret", where="client_secret"
        )
    credentials = UpstreamCredentials(key=new_signing_key(), secret=secret)
    now = rp.provider.clock()
    if not await rp.upstreams.add(upstream, credentials, by=principal.subject, at=now):
        raise InvalidUpstream(f"Provider {upstream.id} exists already", where="id")
    return await show_upstream(rp, principal, upstream.id)


async def show_upstream(rp: RelyingParty, principal: Principal, name: str) -> ShownUpstream:
    """Show a provider.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        Unknown: there is none.
    """
    _require(principal)
    return _shown(rp, await _found(rp, name))


async def list_upstreams(rp: RelyingParty, principal: Principal) -> Sequence[ShownUpstream]:
    """List all providers in order of their ids.

    Raises:
        Forbidden: the caller does not administer the whole platform.
    """
    _require(principal)
    return [_shown(rp, one) for one in await rp.upstreams.every()]


async def change_upstream(
    rp: RelyingParty, principal: Principal, name: str, given: JsonObject
) -> ShownUpstream:
    """Change the members of a provider that are given; who signed in by it has to do so again.

    A table of levels is replaced by one with a higher version, so that records of decisions stay
    true.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        Unknown: there is none.
        InvalidUpstream: it cannot be registered so.
    """
    _require(principal)
    before = (await _found(rp, name)).upstream
    changed = {**upstream_as_json(before), **given, "id": name}
    upstream, secret = _read(rp, changed)
    if upstream.issuer != before.issuer:
        raise InvalidUpstream(
            f"Provider {name} has another issuer; right is to add it as a new one", where="issuer"
        )
    now = rp.provider.clock()
    if await rp.upstreams.change(upstream, secret, by=principal.subject, at=now) is None:
        raise InvalidUpstream(
            f"Provider {name} has a changed table; right is one with a version above "
            f"{before.mapping.version}",
            where="table.version",
        )
    await _end_sessions(rp, before)
    return await show_upstream(rp, principal, name)


async def remove_upstream(rp: RelyingParty, principal: Principal, name: str) -> None:
    """Take a provider away: its links and the sessions that come from it end.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        Unknown: there is none.
    """
    _require(principal)
    upstream = (await _found(rp, name)).upstream
    await rp.upstreams.remove(name, by=principal.subject, at=rp.provider.clock())
    await _end_sessions(rp, upstream)


async def check_upstream(rp: RelyingParty, principal: Principal, name: str) -> Sequence[str]:
    """List why nobody could sign in at a provider now, as far as its metadata and keys tell.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        Unknown: there is none.
    """
    _require(principal)
    upstream = (await _found(rp, name)).upstream
    try:
        metadata = await rp.documents.metadata(upstream, anew=True)
        await rp.documents.keys(metadata, kid=_ANY_KID)
    except UpstreamUnavailable as error:
        return [error.detail]
    return [f"{upstream.issuer} {problem}" for problem in problems_of(metadata, upstream)]


async def links_shown(rp: RelyingParty, principal: Principal, account: str) -> Sequence[JsonObject]:
    """List an account's links as an operator sees them: when made, at which levels, what is proven.

    Raises:
        Forbidden: the caller does not administer the whole platform.
    """
    _require(principal)
    now, anchor = rp.provider.clock(), rp.provider.profile.anchor
    told: list[JsonObject] = []
    for link in await rp.links.of_account(account):
        upstream = (await _found(rp, link.upstream)).upstream
        proven = linked_upstream(link, upstream, anchor=anchor, now=now)
        told.append(
            {
                "provider": link.upstream,
                "made_at": link.made_at.isoformat(),
                "local_levels": shown(link.local_levels),
                "upstream_levels": shown(link.upstream_levels),
                "last_sign_in": link.shown.at.isoformat(),
                "verifications": [
                    {
                        "trust_framework": one.read.trust_framework,
                        "time": None if one.read.time is None else one.read.time.isoformat(),
                        "evidence": [*sorted(one.read.kinds)],
                    }
                    for one in link.shown.verifications
                ],
                "proofing_now": 1 if proven is None else proven.held.proofing,
                "proofing_until": None
                if proven is None or proven.valid_until == NEVER
                else proven.valid_until.isoformat(),
            }
        )
    return told


async def public_key_of(rp: RelyingParty, name: str) -> JsonObject:
    """Answer with the key set by which a provider knows this platform.

    Raises:
        Unknown: there is no such provider.
    """
    return {"keys": [(await _found(rp, name)).public_key]}


async def _end_sessions(rp: RelyingParty, upstream: Upstream) -> None:
    for sid in await rp.links.sessions_by(upstream.issuer):
        await end_session(rp.provider, sid)


async def _found(rp: RelyingParty, name: str) -> RegisteredUpstream:
    found = await rp.upstreams.find(name)
    if found is None:
        raise Unknown(f"Provider {name[:40]} does not exist")
    return found


def _read(rp: RelyingParty, given: JsonObject) -> tuple[Upstream, str | None]:
    secret = given.get("client_secret")
    if secret is not None and (not isinstance(secret, str) or not secret):
        raise InvalidUpstream("Provider has no text in client_secret", where="client_secret")
    return upstream_from_json(given, anchor=rp.provider.profile.anchor), secret


def _shown(rp: RelyingParty, registered: RegisteredUpstream) -> ShownUpstream:
    profile, name = rp.provider.profile, registered.upstream.id
    return ShownUpstream(
        registered=registered,
        redirect_uri=callback_of(rp, registered.upstream),
        logout_uri=profile.url(f"upstream/{name}/backchannel-logout"),
        jwks_uri=profile.url(f"upstream/{name}/jwks"),
    )


def _require(principal: Principal) -> None:
    if principal.tenants is not None or Action.ADMINISTER not in principal.actions:
        raise Forbidden(
            f"{principal.subject} may not administer providers",
            detail_ja=f"{principal.subject} には認証事業者を管理する権限がありません。",
        )
