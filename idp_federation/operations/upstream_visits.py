"""The way to a provider and back: a browser is sent there, and its answer is believed or not.

What is remembered meanwhile is known by a `state` that is marked as ours, belongs to one browser,
and is good once; each provider has a callback of its own, so that answers cannot be mixed up.
"""

from dataclasses import dataclass, replace

from idp_federation.federation.errors import InvalidJwt
from idp_federation.federation.jwt import read_jwt
from idp_federation.oidc.authorization import Parameters, answer_url
from idp_federation.oidc.client import ClientAuthentication
from idp_federation.oidc.cookies import Browser
from idp_federation.oidc.opaque import digest, is_ours, signed
from idp_federation.ports import Kind, Taken
from idp_federation.relying_party.answer import (
    TYPES,
    TokenAnswer,
    read_code,
    read_id_token,
    read_token_answer,
    require_issuer,
)
from idp_federation.relying_party.attempt import (
    Attempt,
    Wish,
    attempt_as_json,
    attempt_from_json,
)
from idp_federation.relying_party.errors import AnswerRefused, UpstreamUnavailable
from idp_federation.relying_party.metadata import ProviderMetadata
from idp_federation.relying_party.person import UpstreamPerson, person_of, read_signed_userinfo
from idp_federation.relying_party.request import Shown, request_parameters, shown_credentials
from idp_federation.relying_party.upstream import Upstream
from idp_federation.relying_party_ports import RelyingParty
from kit.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A browser that has come back from a provider: the attempt, and what it brings."""

    attempt: Attempt
    upstream: Upstream
    parameters: Parameters


async def offered_upstream(rp: RelyingParty, name: str, tenant: str) -> Upstream:
    """Answer with a provider that people of a municipality may sign in at.

    Raises:
        UpstreamUnavailable: there is none of this name, or not there.
    """
    found = await rp.upstreams.find(name)
    if found is None or not found.upstream.is_offered_at(tenant):
        raise UpstreamUnavailable(f"Provider {name[:40]} is not offered at {tenant}")
    return found.upstream


def new_attempt(rp: RelyingParty, upstream: Upstream, tenant: str, wish: Wish) -> Attempt:
    """Begin an attempt, with chance of its own."""
    return Attempt(
        upstream=upstream.id,
        issuer=upstream.issuer,
        tenant=tenant,
        nonce=rp.provider.random(),
        verifier=rp.provider.random(),
        wish=wish,
        asked_at=rp.provider.clock(),
    )


async def send_to(rp: RelyingParty, upstream: Upstream, attempt: Attempt, browser: Browser) -> str:
    """Answer with the address to send a browser to, and remember the attempt.

    Spec: OpenID Connect Core 1.0 §3.1.2.1, RFC 9126 §4
    Raises:
        UpstreamUnavailable: the provider does not answer, or not as its kind does.
    """
    provider = rp.provider
    metadata = await rp.documents.metadata(upstream)
    state = signed(provider.random(), provider.secrets.interaction)
    asked = request_parameters(
        upstream, attempt, state=state, redirect_uri=callback_of(rp, upstream)
    )
    if metadata.par_endpoint is not None:
        shown = await _shown(rp, upstream, metadata)
        request_uri = await rp.documents.push(metadata.par_endpoint, asked, shown)
        asked = {"client_id": upstream.client_id, "request_uri": request_uri}
    content: JsonObject = {**attempt_as_json(attempt), "browser": digest(browser.id).hex()}
    await provider.codes.put(
        Kind.UPSTREAM,
        digest(state),
        content,
        now=attempt.asked_at,
        expires_at=attempt.asked_at + provider.profile.lifetimes.interaction,
    )
    return answer_url(metadata.authorization_endpoint, asked)


async def take_back(
    rp: RelyingParty, name: str, parameters: Parameters, browser: Browser
) -> Returned:
    """Take a browser back from a provider, once; another browser's visit uses nothing up.

    Raises:
        AnswerRefused: it is not an answer to what this browser was sent there with.
    """
    provider, state = rp.provider, parameters.get("state", "")
    taken: Taken | None = None
    if is_ours(state, provider.secrets.interaction):
        seen = await provider.codes.look(Kind.UPSTREAM, digest(state), provider.clock())
        attempt = _own(seen, browser, name)
        taken = await provider.codes.take(Kind.UPSTREAM, digest(state), provider.clock())
    attempt = _own(taken, browser, name)
    found = await rp.upstreams.find(name)
    if found is None or found.upstream.disabled or found.upstream.issuer != attempt.issuer:
        raise AnswerRefused(f"Provider {name[:40]} is not the one any more that was asked")
    return Returned(attempt=attempt, upstream=found.upstream, parameters=parameters)


async def believe(rp: RelyingParty, returned: Returned) -> UpstreamPerson:
    """Redeem what a browser brings, and believe who the provider says she is.

    Raises:
        UpstreamDenied: the provider, or the person there, says no.
        AnswerRefused: the answer does not count.
        UpstreamUnavailable: the provider does not answer, or not as its kind does.
    """
    upstream, attempt = returned.upstream, returned.attempt
    metadata = await rp.documents.metadata(upstream)
    require_issuer(returned.parameters, upstream, metadata)
    form = {
        "grant_type": "authorization_code",
        "code": read_code(returned.parameters, upstream),
        "redirect_uri": callback_of(rp, upstream),
        "code_verifier": attempt.verifier,
    }
    shown = await _shown(rp, upstream, metadata)
    answer = read_token_answer(
        await rp.documents.redeem(metadata.token_endpoint, form, shown), upstream
    )
    keys = await rp.documents.keys(metadata, kid=_kid(answer.id_token, upstream))
    token = read_id_token(answer, keys, upstream, attempt, rp.provider.clock())
    told, is_signed = await _userinfo(rp, upstream, metadata, answer)
    return person_of(token, told, upstream, userinfo_signed=is_signed)


def callback_of(rp: RelyingParty, upstream: Upstream) -> str:
    """Name the address that a provider sends browsers back to: one for each provider.

    Spec: RFC 9700 §4.4.2
    """
    return rp.provider.profile.url(f"upstream/{upstream.id}/callback")


async def _shown(rp: RelyingParty, upstream: Upstream, metadata: ProviderMetadata) -> Shown:
    credentials = await rp.upstreams.credentials(upstream.id)
    if credentials is None:
        raise UpstreamUnavailable(f"Provider {upstream.id} was removed meanwhile")
    provider = rp.provider
    shown = shown_credentials(
        upstream, metadata, credentials, jti=provider.random(), now=provider.clock()
    )
    is_basic = upstream.authentication is ClientAuthentication.CLIENT_SECRET_BASIC
    return replace(shown, form={}) if is_basic else shown


async def _userinfo(
    rp: RelyingParty, upstream: Upstream, metadata: ProviderMetadata, answer: TokenAnswer
) -> tuple[JsonObject | None, bool]:
    """Ask what the person is told of; answers also whether that was signed."""
    if metadata.userinfo_endpoint is None or answer.access_token is None:
        return None, False
    got = await rp.documents.userinfo(metadata.userinfo_endpoint, answer.access_token)
    if got.jwt is None:
        return got.told, False
    keys = await rp.documents.keys(metadata, kid=_kid(got.jwt, upstream))
    return read_signed_userinfo(got.jwt, keys, upstream, rp.provider.clock()), True


def _kid(jwt: str, upstream: Upstream) -> str:
    try:
        return read_jwt(jwt, typ=TYPES).kid
    except InvalidJwt as wrong:
        raise AnswerRefused(f"JWT of provider {upstream.id} is refused: {wrong.detail}") from None


def _own(taken: Taken | None, browser: Browser, name: str) -> Attempt:
    if taken is None or taken.used_before:
        raise AnswerRefused("Parameter state is not ours, used or too old", where="state")
    if taken.content.get("browser") != digest(browser.id).hex():
        raise AnswerRefused("Parameter state is of another browser", where="state")
    attempt = attempt_from_json(taken.content)
    if attempt.upstream != name:
        raise AnswerRefused("Parameter state is of another provider's attempt", where="state")
    return attempt
