"""What goes wrong between this platform and a provider that people sign in at.

OAuthError
└── UpstreamError
    ├── InvalidUpstream        a provider cannot be registered so
    ├── AnswerRefused          an answer does not count: forged, replayed, mixed up, too low
    ├── UpstreamUnavailable    the provider does not answer, or not as its kind does
    └── UpstreamDenied         the provider, or the person there, says no
"""

from idp_federation.oidc.errors import OAuthError


class UpstreamError(OAuthError):
    """The root of what goes wrong at a provider."""


class InvalidUpstream(UpstreamError):
    """A provider cannot be registered so."""

    code = "invalid_provider"


class AnswerRefused(UpstreamError):
    """An answer does not count: forged, replayed, mixed up or too low."""

    code = "access_denied"


class UpstreamUnavailable(UpstreamError):
    """The provider does not answer, or not as its kind does."""

    code = "temporarily_unavailable"


class UpstreamDenied(UpstreamError):
    """The provider, or the person there, says no.

    Args:
        detail: one English sentence.
        error: the provider's own code.
    """

    code = "access_denied"

    def __init__(self, detail: str, *, error: str) -> None:
        super().__init__(detail)
        self.error = error
