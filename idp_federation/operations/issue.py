"""Tokens made of grants, at the levels that count now."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from idp_federation.assurance.acr import acr_of, levels_of
from idp_federation.assurance.levels import LOWEST
from idp_federation.oidc.access_token import TYP, VerifiedToken, claims_of
from idp_federation.oidc.claims_request import OPENID
from idp_federation.oidc.errors import InvalidGrant
from idp_federation.oidc.grant import Grant
from idp_federation.oidc.id_token import ID_TOKEN_TYP, id_token_claims
from idp_federation.oidc.session import Held
from idp_federation.ports import Provider
from kit.json import JsonObject
from kit.jwt import sign

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type's name


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    """What the token endpoint gives.

    Args:
        token: what the access token says.
        access_token: the access token.
        id_token: the ID token, where openid was asked for.
        refresh_token: the refresh token, where there is one.
        issued_type: what kind it is, in an exchange.
    """

    token: VerifiedToken
    access_token: str = field(repr=False)
    id_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    issued_type: str | None = None

    def as_json(self) -> JsonObject:
        """Write it as clients read it.

        Spec: RFC 6749 §5.1, RFC 9449 §5, RFC 8693 §2.2.1
        """
        lasts = self.token.expires_at - self.token.issued_at
        answer: JsonObject = {
            "access_token": self.access_token,
            "token_type": "Bearer" if self.token.jkt is None else "DPoP",
            "expires_in": int(lasts.total_seconds()),
            "scope": " ".join(sorted(self.token.scope)),
        }
        optional = {
            "id_token": self.id_token,
            "refresh_token": self.refresh_token,
            "issued_token_type": self.issued_type,
        }
        return {**answer, **{name: one for name, one in optional.items() if one is not None}}


async def issue(provider: Provider, grant: Grant, *, refresh_token: str | None) -> TokenAnswer:
    """Make the tokens of a grant."""
    now = provider.clock()
    held, ends_at = await _present(provider, grant, now)
    signed_in = grant.signed_in
    is_held = held is not None and held.levels != LOWEST
    ends = [now + provider.profile.lifetimes.access_token, ends_at]
    if held is not None and is_held:
        ends.append(held.valid_until)
    token = VerifiedToken(
        issuer=provider.profile.issuer,
        subject=grant.subject,
        client=grant.client,
        tenant=grant.tenant,
        audience=grant.audience or (provider.profile.issuer,),
        scope=grant.scope,
        issued_at=now,
        expires_at=min(ends),
        jti=provider.random(),
        gid=grant.id,
        sid=None if held is None else grant.sid,
        levels=held.levels if held is not None else LOWEST,
        proofs=held.proofs if held is not None else frozenset(),
        auth_time=None if signed_in is None else signed_in.auth_time,
        amr=frozenset() if signed_in is None else signed_in.amr,
        source=None if signed_in is None else signed_in.issuer,
        jkt=grant.jkt,
        actor=grant.actor,
    )
    written = await signed_token(provider, token)
    id_token = None
    if signed_in is not None and OPENID in grant.scope:
        told = replace(grant, acr=_told_acr(grant, held, provider.profile.anchor))
        id_token = await _id_token(provider, told, written, now)
    return TokenAnswer(
        token=token, access_token=written, id_token=id_token, refresh_token=refresh_token
    )


async def signed_token(provider: Provider, token: VerifiedToken) -> str:
    """Write an access token."""
    claims = claims_of(token, provider.profile.anchor)
    return sign(claims, await provider.keys.signer(), typ=TYP)


async def _present(provider: Provider, grant: Grant, now: datetime) -> tuple[Held | None, datetime]:
    """Say what a grant's person holds now, and when its tokens end at the latest.

    Levels belong to a session: what outlives it has none.
    """
    if grant.sid is None:
        return None, grant.expires_at
    session = await provider.sessions.named(grant.sid, now)
    if session is None and not grant.offline:
        raise InvalidGrant("Session has ended; right is to sign in")
    if session is None:
        return None, grant.expires_at
    held = (await provider.assurance.held(session, now)).at(now)
    return held, grant.expires_at if grant.offline else min(grant.expires_at, session.expires_at)


def _told_acr(grant: Grant, held: Held | None, anchor: str) -> str:
    """Tell the class that the client was told, unless it is not held any more."""
    levels = LOWEST if held is None else held.levels
    told = levels_of(grant.acr, anchor)
    return acr_of(levels if told is None or not levels.satisfies(told) else told, anchor)


async def _id_token(provider: Provider, grant: Grant, access_token: str, now: datetime) -> str:
    account = None
    if grant.signed_in is not None:
        account = await provider.accounts.find(grant.signed_in.account)
    claims = id_token_claims(
        grant,
        account,
        issuer=provider.profile.issuer,
        access_token=access_token,
        lifetime=provider.profile.lifetimes.id_token,
        now=now,
    )
    return sign(claims, await provider.keys.signer(), typ=ID_TOKEN_TYP)
