"""Token exchange: a service asks in somebody's name elsewhere, and a peer's token becomes ours.

A token of one municipality becomes none of another's. What is exchanged never holds more, never
lasts longer, and ends with what it was made of.

Spec: RFC 8693
"""

from dataclasses import replace

from idp_federation.assurance.errors import ExchangeRefused
from idp_federation.assurance.exchange import receipt_for
from idp_federation.assurance.levels import shown
from idp_federation.oidc.access_token import VerifiedToken, read_access_token
from idp_federation.oidc.authorization import Parameters, require_scope
from idp_federation.oidc.client import Client, SubjectType
from idp_federation.oidc.errors import (
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    InvalidToken,
    OAuthError,
)
from idp_federation.oidc.subject import subject_of
from idp_federation.oidc.withdrawal import Effect
from idp_federation.operations.issue import ACCESS_TOKEN, TokenAnswer, signed_token
from idp_federation.ports import PeerSignIn, Provider
from joint_use import AuditEvent, AuditKind, AuditOutcome, Party
from kit.json import JsonObject

_JWT = "urn:ietf:params:oauth:token-type:jwt"
_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 - a type's name
_TAKEN = (ACCESS_TOKEN, _JWT, _ID_TOKEN)
"""What may be exchanged: an access token of ours, an ID token of a peer's."""


async def exchange(
    provider: Provider, client: Client, parameters: Parameters, *, jkt: str | None
) -> TokenAnswer:
    """Exchange a token; that it was, or was not, is recorded.

    Spec: RFC 8693 §2
    Raises:
        InvalidRequest: a parameter is missing, or of a kind that is not exchanged.
        InvalidGrant: the subject token does not count.
        InvalidTarget, InvalidScope: the result would be for more than it may be.
    """
    try:
        answer = await _exchanged(provider, client, parameters, jkt=jkt)
    except OAuthError as refused:
        await provider.audit.record(_refusal(client, parameters, refused))
        raise
    await provider.audit.record(_exchange(client, answer.token))
    return answer


async def _exchanged(
    provider: Provider, client: Client, parameters: Parameters, *, jkt: str | None
) -> TokenAnswer:
    presented = _subject_token(parameters)
    tenant = client.tenant_for(parameters.get("tenant"))
    asked = f"{parameters.get('resource', '')} {parameters.get('audience', '')}"
    audience = client.audience_for(tuple(asked.split())) or (provider.profile.issuer,)
    peer = await provider.peers.accept(presented, client=client, tenant=tenant)
    if peer is None:
        made = await _of_own(provider, client, presented, parameters)
        if made.jkt is not None and made.client == client.id and made.jkt != jkt:
            raise InvalidGrant("Subject token is bound to another key", where="subject_token")
    else:
        made = await _of_peer(provider, client, peer, parameters, tenant)
    if made.tenant != tenant:
        raise InvalidTarget(f"Subject token is for another municipality than {tenant}")
    token = replace(
        made,
        client=client.id,
        audience=audience,
        jkt=jkt,
        actor=_actor(client, made.actor),
    )
    await _note(provider, token)
    written = await signed_token(provider, token)
    return TokenAnswer(token=token, access_token=written, issued_type=ACCESS_TOKEN)


async def _note(provider: Provider, token: VerifiedToken) -> None:
    """Write the exchange down for good, before the token is given out."""
    about = Party.person(token.subject) if token.is_person else Party.client(token.subject)
    await provider.audit.record(
        AuditEvent(
            kind=AuditKind.TOKEN_EXCHANGE,
            outcome=AuditOutcome.ALLOWED,
            by=Party.client(token.client),
            about=about,
            tenant=token.tenant,
            what="exchange of a token",
            facts={
                "levels": shown(token.levels),
                "issuer": token.source or provider.profile.issuer,
                "jti": token.jti,
            },
        )
    )


def _subject_token(parameters: Parameters) -> str:
    presented = parameters.get("subject_token")
    if presented is None or parameters.get("subject_token_type") not in _TAKEN:
        raise InvalidRequest("Parameter subject_token is missing, or of a type that is not taken")
    if parameters.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
        raise InvalidRequest("Parameter requested_token_type is not of access tokens")
    if "actor_token" in parameters:
        raise InvalidRequest("Parameter actor_token is not taken: who asks is the actor")
    return presented


async def _of_own(
    provider: Provider, client: Client, presented: str, parameters: Parameters
) -> VerifiedToken:
    """Take a token of this platform, which was given to the client or is for it."""
    now = provider.clock()
    try:
        token = read_access_token(
            presented,
            await provider.keys.published(),
            issuer=provider.profile.issuer,
            anchor=provider.profile.anchor,
            now=now,
        )
    except InvalidToken as wrong:
        raise InvalidGrant(wrong.detail, where="subject_token") from None
    effect = await provider.withdrawals.look_up(token)
    if effect is Effect.END or not _is_concerned(client, token):
        raise InvalidGrant("Subject token is revoked, or not for this client")
    scope = _scope(client, token.scope, parameters)
    lowered = token.lowered() if effect is Effect.LOWER else token
    subject = await _subject(provider, client, token)
    lasts = provider.profile.lifetimes.access_token
    return replace(
        lowered,
        subject=subject,
        scope=scope,
        jti=provider.random(),
        issued_at=now,
        expires_at=min(token.expires_at, now + lasts),
    )


async def _subject(provider: Provider, client: Client, token: VerifiedToken) -> str:
    """Name the person to the client as she is named to it elsewhere."""
    if not token.is_person:
        return token.subject
    grant = await provider.grants.find(token.gid, provider.clock())
    if grant is None or grant.signed_in is None:
        raise InvalidGrant("Subject token's grant has ended")
    return subject_of(grant.signed_in.account, client, provider.secrets.pairwise)


async def _of_peer(
    provider: Provider, client: Client, peer: PeerSignIn, parameters: Parameters, tenant: str
) -> VerifiedToken:
    """Take a peer's token, over a live link at both ends, and leave a receipt."""
    now, jti = provider.clock(), provider.random()
    scope = _scope(client, client.scopes, parameters)
    pairwise = replace(client, subject_type=SubjectType.PAIRWISE)
    subject = subject_of(f"{peer.issuer} {peer.subject}", pairwise, provider.secrets.pairwise)
    try:
        receipt = receipt_for(
            peer.link,
            peer.decision,
            identifier=jti,
            subject=subject,
            known_as=peer.subject,
            purpose=client.purpose,
            items=tuple(sorted(scope)),
            now=now,
        )
    except ExchangeRefused as refused:
        raise InvalidGrant(refused.detail) from refused
    await provider.peers.keep(receipt)
    lasts = now + provider.profile.lifetimes.access_token
    return VerifiedToken(
        issuer=provider.profile.issuer,
        subject=subject,
        client=client.id,
        tenant=tenant,
        audience=(),
        scope=scope,
        issued_at=now,
        expires_at=min(lasts, peer.expires_at, peer.decision.recheck_at, peer.decision.valid_until),
        jti=jti,
        gid=provider.random(),
        levels=peer.decision.held,
        proofs=peer.proofs,
        auth_time=peer.auth_time,
        amr=peer.amr,
        source=peer.issuer,
    )


def _is_concerned(client: Client, token: VerifiedToken) -> bool:
    return token.client == client.id or bool({*token.audience} & {*client.serves})


def _scope(client: Client, most: frozenset[str], parameters: Parameters) -> frozenset[str]:
    asked = require_scope(parameters.get("scope"), client)
    if not asked <= most:
        raise InvalidScope("Parameter scope asks for more than the subject token", where="scope")
    return asked or most & client.scopes


def _actor(client: Client, before: JsonObject | None) -> JsonObject:
    """Say who acts, and before it whoever did (§4.1)."""
    return {"sub": client.id} if before is None else {"sub": client.id, "act": before}


def _exchange(client: Client, token: VerifiedToken) -> AuditEvent:
    """Say what a client got for whom, from whose token."""
    facts = {
        "issuer": token.source or token.issuer,
        "levels": shown(token.levels),
        "scope": " ".join(sorted(token.scope)),
        "audience": " ".join(token.audience),
        "token": token.jti,
    }
    return AuditEvent(
        kind=AuditKind.TOKEN_EXCHANGE,
        outcome=AuditOutcome.DONE,
        by=Party.client(client.id),
        about=Party.person(token.subject) if token.is_person else Party.client(token.subject),
        tenant=token.tenant,
        what="token exchanged",
        facts=facts,
    )


def _refusal(client: Client, parameters: Parameters, refused: OAuthError) -> AuditEvent:
    asked = parameters.get("tenant")
    return AuditEvent(
        kind=AuditKind.TOKEN_EXCHANGE,
        outcome=AuditOutcome.DENIED,
        by=Party.client(client.id),
        tenant=asked if asked in client.tenants else None,
        what="token exchanged",
        reason=refused.detail,
        facts={"error": refused.code},
    )
