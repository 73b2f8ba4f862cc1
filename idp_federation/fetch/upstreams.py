"""What upstream providers answer with: metadata, keys, tokens, UserInfo; over HTTP."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from idp_federation.federation.errors import InvalidJwt
from idp_federation.federation.jwt import JwkSet, read_json
from idp_federation.fetch.key_sets import KeySets, KeysUnavailable
from idp_federation.oidc.jwt import text
from idp_federation.relying_party.errors import AnswerRefused, UpstreamUnavailable
from idp_federation.relying_party.metadata import (
    ProviderMetadata,
    metadata_url,
    read_metadata,
    registered_metadata,
)
from idp_federation.relying_party.request import Shown
from idp_federation.relying_party.upstream import Upstream
from idp_federation.relying_party_ports import UserInfoAnswer
from kit.http import Fetched, Outbound, OutboundError
from kit.json import JsonObject

KEEP_S = 600.0
_MAX_BYTES = 131_072
_TIMEOUT_S = 8.0
_MOST_URI = 2048
_ERROR = ("error", "error_description")


@dataclass(frozen=True, slots=True)
class _Known:
    metadata: ProviderMetadata
    version: int
    until_s: float


class FetchedUpstreams:
    """What upstream providers answer with; satisfies `UpstreamDocuments`.

    Args:
        outbound: asks, behind the guard.
        monotonic: seconds that only grow.
    """

    def __init__(self, outbound: Outbound, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._outbound = outbound
        self._key_sets = KeySets(outbound, signing_keys_in)
        self._monotonic = monotonic
        self._known: dict[str, _Known] = {}

    async def metadata(self, upstream: Upstream, *, anew: bool = False) -> ProviderMetadata:
        """Answer with a provider's metadata."""
        if upstream.endpoints:
            return registered_metadata(upstream)
        known = self._known.get(upstream.id)
        is_fresh = known is not None and self._monotonic() < known.until_s
        if known is not None and known.version == upstream.version and is_fresh and not anew:
            return known.metadata
        answer = await self._got(metadata_url(upstream), "application/json")
        metadata = read_metadata(_object(answer, 200), upstream)
        until_s = self._monotonic() + KEEP_S
        self._known[upstream.id] = _Known(metadata, upstream.version, until_s)
        return metadata

    async def keys(self, metadata: ProviderMetadata, *, kid: str) -> JwkSet:
        """Answer with its keys; asked anew where none has this kid, but not too often."""
        try:
            return await self._key_sets.at(metadata.jwks_uri, kid=kid)
        except KeysUnavailable as error:
            raise UpstreamUnavailable(
                f"Keys of {metadata.issuer} cannot be fetched: {error.detail}"
            ) from error

    async def push(self, url: str, form: Mapping[str, str], shown: Shown) -> str:
        """Push an authorization request; answers with its `request_uri`.

        Spec: RFC 9126 §2.2
        """
        told = _object(await self._posted(url, form, shown), 201)
        request_uri = text(told, "request_uri")
        if request_uri is None or len(request_uri) > _MOST_URI:
            raise UpstreamUnavailable(f"{url} gives no request_uri")
        return request_uri

    async def redeem(self, url: str, form: Mapping[str, str], shown: Shown) -> JsonObject:
        """Redeem a code.

        Raises:
            AnswerRefused: the provider does not take it.
        """
        answer = await self._posted(url, form, shown)
        if 400 <= answer.status < 500:
            code = text(_object(answer, answer.status), "error") or "–"
            raise AnswerRefused(f"{url} does not take the code: {code[:80]}")
        return _object(answer, 200)

    async def userinfo(self, url: str, access_token: str) -> UserInfoAnswer:
        """Ask for what an access token's person is told of."""
        asked = {"authorization": f"Bearer {access_token}"}
        answer = await self._got(url, "application/json, application/jwt", asked)
        if answer.status == 200 and answer.content_type == "application/jwt":
            return UserInfoAnswer(jwt=answer.body.decode("ascii", "replace").strip())
        return UserInfoAnswer(told=_object(answer, 200))

    async def _got(
        self, url: str, accept: str, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        try:
            return await self._outbound.fetch(
                url,
                accept=accept,
                max_bytes=_MAX_BYTES,
                timeout_s=_TIMEOUT_S,
                max_redirects=0,
                headers=headers,
            )
        except OutboundError as error:
            raise UpstreamUnavailable(error.detail) from error

    async def _posted(self, url: str, form: Mapping[str, str], shown: Shown) -> Fetched:
        try:
            return await self._outbound.post_form(
                url,
                {**form, **shown.form},
                headers={**shown.headers, "accept": "application/json"},
                max_bytes=_MAX_BYTES,
                timeout_s=_TIMEOUT_S,
            )
        except OutboundError as error:
            raise UpstreamUnavailable(error.detail) from error


def signing_keys_in(told: JsonObject) -> JsonObject:
    """Leave out of a key set what signs nothing: keys for encryption, and those without a kid.

    >>> signing_keys_in({"keys": [{"kid": "a", "use": "enc"}, {"kid": "b"}, {"kty": "EC"}]})
    {'keys': [{'kid': 'b'}]}
    """
    keys = told.get("keys")
    if not isinstance(keys, list):
        return told
    kept = [
        key
        for key in keys
        if not isinstance(key, dict) or (key.get("use", "sig") == "sig" and "kid" in key)
    ]
    return {"keys": kept}


def _object(answer: Fetched, status: int) -> JsonObject:
    """Read an answer as a JSON object of a status."""
    try:
        told = read_json(answer.body, what=answer.url)
    except InvalidJwt as wrong:
        raise UpstreamUnavailable(
            f"{answer.url} answers {answer.status} with no JSON: {wrong.detail}"
        ) from None
    if answer.status != status:
        said = " ".join(str(told[one])[:200] for one in _ERROR if one in told)
        raise UpstreamUnavailable(
            f"{answer.url} answers {answer.status} {said}; right would be {status}"
        )
    return told
