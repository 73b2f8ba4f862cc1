"""What a provider publishes about itself, as far as a relying party needs it.

Spec: OpenID Connect Discovery 1.0 §3, §4.3; RFC 8414 §2; RFC 9126 §5; RFC 9207 §3
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from idp_federation.federation.jwt import KINDS_OF_KEY
from idp_federation.oidc.client import may_redirect_to
from idp_federation.oidc.jwt import texts
from idp_federation.oidc.pkce import METHOD
from idp_federation.relying_party.errors import UpstreamUnavailable
from idp_federation.relying_party.upstream import AcrRequest, Upstream
from kit.json import JsonObject

WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderMetadata:
    """A provider's addresses and abilities.

    Args:
        issuer: its identifier.
        authorization_endpoint: where browsers are sent.
        token_endpoint: where codes are redeemed.
        jwks_uri: where its keys are.
        userinfo_endpoint: where it tells of people; None: nowhere.
        par_endpoint: where requests are pushed; None: nowhere.
        par_required: whether they have to be.
        names_itself: whether its answers say who gives them (RFC 9207).
        pkce: whether it takes S256; None: it does not say.
        authentications: how clients may prove who they are; none: it does not say.
        algorithms: what its ID tokens may be signed with; none: it does not say.
        acr_values: the classes that it knows; none: it does not say.
        claims_parameter: whether it takes the `claims` parameter.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    par_endpoint: str | None = None
    par_required: bool = False
    names_itself: bool = False
    pkce: bool | None = None
    authentications: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    claims_parameter: bool = False


def metadata_url(upstream: Upstream) -> str:
    """Say where a provider publishes its metadata.

    Spec: OpenID Connect Discovery 1.0 §4.1
    """
    return upstream.issuer.removesuffix("/") + WELL_KNOWN


def read_metadata(document: JsonObject, upstream: Upstream) -> ProviderMetadata:
    """Read a provider's metadata; it has to be of the issuer that is registered.

    Raises:
        UpstreamUnavailable: it is of another, or an address is missing or not as safe.
    """
    if document.get("issuer") != upstream.issuer:
        raise UpstreamUnavailable(
            f"Metadata of provider {upstream.id} name another issuer than {upstream.issuer}"
        )
    methods = document.get("code_challenge_methods_supported")
    return ProviderMetadata(
        issuer=upstream.issuer,
        authorization_endpoint=_required(document, "authorization_endpoint", upstream),
        token_endpoint=_required(document, "token_endpoint", upstream),
        jwks_uri=_required(document, "jwks_uri", upstream),
        userinfo_endpoint=_address(document, "userinfo_endpoint", upstream),
        par_endpoint=_address(document, "pushed_authorization_request_endpoint", upstream),
        par_required=document.get("require_pushed_authorization_requests") is True,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        pkce=None if methods is None else METHOD in texts(methods),
        authentications=texts(document.get("token_endpoint_auth_methods_supported")),
        algorithms=texts(document.get("id_token_signing_alg_values_supported")),
        acr_values=texts(document.get("acr_values_supported")),
        claims_parameter=document.get("claims_parameter_supported") is True,
    )


def registered_metadata(upstream: Upstream) -> ProviderMetadata:
    """Make the metadata of a provider that publishes none, of what is registered."""
    given: JsonObject = {**upstream.endpoints, "issuer": upstream.issuer}
    return read_metadata(given, upstream)


def problems_of(metadata: ProviderMetadata, upstream: Upstream) -> list[str]:
    """List why people could not sign in, as far as metadata tell."""
    problems: list[str] = []
    if metadata.pkce is False:
        problems.append("does not take PKCE with S256")
    shown = upstream.authentication.value
    if metadata.authentications and shown not in metadata.authentications:
        problems.append(f"does not take {shown}, but {', '.join(metadata.authentications)}")
    usable = {*upstream.algorithms} & {*KINDS_OF_KEY}
    if metadata.algorithms and not usable & {*metadata.algorithms}:
        problems.append(f"signs ID tokens with {', '.join(metadata.algorithms)} only")
    asks = upstream.acr_request is AcrRequest.ESSENTIAL and upstream.mapping.acr_values_reaching(2)
    if asks and not metadata.claims_parameter and not upstream.endpoints:
        problems.append("does not take the claims parameter, by which a class is asked for")
    unknown = sorted(upstream.mapping.authentication.keys() - {*metadata.acr_values})
    if metadata.acr_values and unknown:
        problems.append(f"does not name the acr {', '.join(unknown)} of its table of levels")
    return problems


def _required(document: JsonObject, name: str, upstream: Upstream) -> str:
    url = _address(document, name, upstream)
    if url is None:
        raise UpstreamUnavailable(f"Metadata of provider {upstream.id} have no {name}")
    return url


def _address(document: JsonObject, name: str, upstream: Upstream) -> str | None:
    """Take an address that is at least as safe as the issuer's own."""
    url = document.get(name)
    if url is None:
        return None
    is_safe = isinstance(url, str) and may_redirect_to(url)
    secure = urlsplit(upstream.issuer).scheme == "https"
    if not is_safe or (secure and urlsplit(str(url)).scheme != "https"):
        raise UpstreamUnavailable(f"Metadata of provider {upstream.id} have no https in {name}")
    return str(url)
