"""The authorization endpoint: from a request to a page that asks, or to a code.

Spec: OpenID Connect Core 1.0 §3.1.2, RFC 6749 §4.1, RFC 9207, RFC 9126 §4, RFC 9101
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from idp_federation.oidc.authorization import (
    AuthorizationRequest,
    Parameters,
    answer_url,
    read_request,
    refusal_url,
    require_redirect_uri,
)
from idp_federation.oidc.claims_request import OFFLINE_ACCESS
from idp_federation.oidc.client import Client, GrantType
from idp_federation.oidc.consent import Consent
from idp_federation.oidc.cookies import Browser, session_cookie
from idp_federation.oidc.errors import OAuthError
from idp_federation.oidc.grant import Grant
from idp_federation.oidc.id_token import hint_expected
from idp_federation.oidc.jwt import read_signed
from idp_federation.oidc.next_step import (
    CONSENT,
    SIGN_IN,
    Granted,
    NextStep,
    SignInNeeded,
    Situation,
    StepUpNeeded,
    next_step,
)
from idp_federation.oidc.opaque import digest
from idp_federation.oidc.subject import subject_of
from idp_federation.operations.clients import known_client, shown_chain
from idp_federation.operations.interactions import (
    Asked,
    begin_interaction,
    resume_interaction,
)
from idp_federation.operations.requests import resolved_parameters
from idp_federation.operations.sessions import find_session
from idp_federation.ports import Kind, Provider
from kit.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class _History:
    """What the person was asked on behalf of a request, and when."""

    asked: frozenset[str] = frozenset()
    sign_in_asked_at: datetime | None = None
    consent_asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """One visit to the endpoint: the request, the browser, what was asked before."""

    parameters: Parameters
    browser: Browser
    history: _History = field(default_factory=_History)


async def authorize(provider: Provider, parameters: Parameters, browser: Browser) -> str:
    """Answer an authorization request with the address to send the browser to.

    Raises:
        OAuthError: client or redirect_uri are wrong, so that nobody may be redirected.
    """
    chain = shown_chain(parameters.get("request"))
    client = await known_client(provider, parameters.get("client_id"), chain=chain)
    asked = await resolved_parameters(provider, client, parameters)
    return await _answered(provider, client, _Visit(parameters=asked, browser=browser))


async def resume(provider: Provider, name: str, browser: Browser) -> str:
    """Go on with a request after a page has done its part; everything is decided anew.

    Raises:
        OAuthError: the interaction is over, or the client is not what it was.
    """
    content = await resume_interaction(provider, name, browser=browser.id)
    parameters = cast("dict[str, str]", content["parameters"])
    client = await known_client(provider, parameters.get("client_id"))
    visit = _Visit(parameters=parameters, browser=browser, history=_later(content))
    return await _answered(provider, client, visit)


async def refuse_interaction(
    provider: Provider, name: str, error: OAuthError, *, browser: Browser
) -> str:
    """Let a page say no: answers with the address that tells the client so.

    Raises:
        OAuthError: the interaction is over, or the client is not what it was.
    """
    content = await resume_interaction(provider, name, browser=browser.id)
    parameters = cast("dict[str, str]", content["parameters"])
    client = await known_client(provider, parameters.get("client_id"))
    return refusal_url(
        require_redirect_uri(parameters, client),
        error,
        state=parameters.get("state"),
        issuer=provider.profile.issuer,
    )


async def _answered(provider: Provider, client: Client, visit: _Visit) -> str:
    """Answer a request whose client is known: errors go to the client from here on."""
    redirect_uri = require_redirect_uri(visit.parameters, client)
    try:
        request = read_request(visit.parameters, client)
        situation = await _situation(provider, request, visit)
        step = next_step(request, situation, provider.profile)
    except OAuthError as error:
        state = visit.parameters.get("state")
        return refusal_url(redirect_uri, error, state=state, issuer=provider.profile.issuer)
    if isinstance(step, Granted):
        return await _granted(provider, request, step)
    return await _handed_over(provider, request, visit, step, situation)


async def _situation(provider: Provider, request: AuthorizationRequest, visit: _Visit) -> Situation:
    """Gather what is known of who asks."""
    cookie = visit.browser.cookies.get(session_cookie(provider.profile, request.tenant))
    session = await find_session(provider, cookie, request.tenant)
    now = provider.clock()
    consent: Consent | None = None
    has_consent, is_hinted = False, True
    if session is not None:
        account = session.signed_in.account
        consent = await provider.consents.given(account, request.client.id, now)
        has_consent = consent is not None and await _covers(provider, consent, request)
        if request.id_token_hint is not None:
            hinted = await _hinted(provider, request, request.id_token_hint)
            known_as = subject_of(account, request.client, provider.secrets.pairwise)
            is_hinted = hinted == known_as
    return Situation(
        session=session,
        has_consent=has_consent,
        is_hinted=is_hinted,
        asked=visit.history.asked,
        sign_in_asked_at=visit.history.sign_in_asked_at,
        consent_asked_at=visit.history.consent_asked_at,
        consented_at=None if consent is None else consent.given_at,
        now=now,
    )


async def _hinted(provider: Provider, request: AuthorizationRequest, hint: str) -> str | None:
    """Answer with whom an ID token hint means; it counts although it has expired."""
    expected = hint_expected(provider.profile.issuer, request.client.id)
    keys = await provider.keys.published()
    subject = read_signed(hint, keys, expected, provider.clock()).claims.get("sub")
    return subject if isinstance(subject, str) else None


async def _covers(provider: Provider, consent: Consent, request: AuthorizationRequest) -> bool:
    items = await provider.consents.items_asked(request.client, request.tenant, request.scope)
    return consent.covers(scope=request.scope, claims=request.told, items=items)


async def _granted(provider: Provider, request: AuthorizationRequest, step: Granted) -> str:
    """Give the client a code.

    Spec: RFC 6749 §4.1.2, RFC 9207 §2
    """
    now, lifetimes = provider.clock(), provider.profile.lifetimes
    client, session = request.client, step.session
    may_refresh = GrantType.REFRESH_TOKEN in client.grants
    grant = Grant(
        id=provider.random(),
        client=client.id,
        tenant=request.tenant,
        subject=subject_of(session.signed_in.account, client, provider.secrets.pairwise),
        scope=request.scope if may_refresh else request.scope - {OFFLINE_ACCESS},
        audience=request.audience,
        created_at=now,
        expires_at=now + lifetimes.code + lifetimes.access_token,
        signed_in=session.signed_in,
        sid=session.sid,
        acr=step.acr,
        nonce=request.nonce,
        claims=request.claims.as_json(),
        jkt=request.jkt,
        offline=may_refresh and OFFLINE_ACCESS in request.scope,
    )
    await provider.grants.add(grant)
    code = provider.random()
    content: JsonObject = {
        "gid": grant.id,
        "client": client.id,
        "redirect_uri": request.redirect_uri,
        "code_challenge": request.code_challenge,
    }
    await provider.codes.put(
        Kind.AUTHORIZATION, digest(code), content, now=now, expires_at=now + lifetimes.code
    )
    told = {"code": code, "state": request.state, "iss": provider.profile.issuer}
    return answer_url(request.redirect_uri, told)


async def _handed_over(
    provider: Provider,
    request: AuthorizationRequest,
    visit: _Visit,
    step: NextStep,
    situation: Situation,
) -> str:
    """Send the browser to the page that does what is needed next."""
    asked, told = _asked(request, step)
    content: JsonObject = {
        "parameters": dict(visit.parameters),
        "history": _history_as_json(visit.history),
        "tenant": request.tenant,
        "client": request.client.id,
        "scope": [*sorted(request.scope)],
        "claims": [*sorted(request.told)],
        "login_hint": request.login_hint,
        "ui_locales": [*request.ui_locales],
        "sid": None if situation.session is None else situation.session.sid,
        **told,
    }
    return await begin_interaction(provider, asked, content, browser=visit.browser.id)


def _asked(request: AuthorizationRequest, step: NextStep) -> tuple[Asked, JsonObject]:
    if isinstance(step, SignInNeeded):
        levels = [step.required.proofing, step.required.authentication]
        return Asked.SIGN_IN, {"required": [*levels], "fresh": step.fresh}
    if isinstance(step, StepUpNeeded):
        levels = [step.required.proofing, step.required.authentication]
        proofs = sorted(proof.value for proof in step.proofs)
        told: JsonObject = {"required": [*levels], "proofs": [*proofs], "essential": step.essential}
        return Asked.STEP_UP, told
    own = request.client.requirement.levels
    return Asked.CONSENT, {"required": [own.proofing, own.authentication]}


def _later(content: JsonObject) -> _History:
    """Read what was asked before an interaction, and add the interaction itself."""
    written = cast(JsonObject, content["history"])
    asked, asked_at = str(content["asked"]), datetime.fromisoformat(str(content["asked_at"]))
    before = _History(
        asked=frozenset(cast("list[str]", written["asked"])),
        sign_in_asked_at=_instant(written, "sign_in_asked_at"),
        consent_asked_at=_instant(written, "consent_asked_at"),
    )
    later = replace(before, asked=before.asked | {asked})
    if asked == SIGN_IN:
        return replace(later, sign_in_asked_at=asked_at)
    return replace(later, consent_asked_at=asked_at) if asked == CONSENT else later


def _history_as_json(history: _History) -> JsonObject:
    return {
        "asked": [*sorted(history.asked)],
        "sign_in_asked_at": _written(history.sign_in_asked_at),
        "consent_asked_at": _written(history.consent_asked_at),
    }


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant(written: JsonObject, name: str) -> datetime | None:
    value = written.get(name)
    return datetime.fromisoformat(value) if isinstance(value, str) else None
