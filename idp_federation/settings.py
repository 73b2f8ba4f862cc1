"""The settings of identity federation."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from kit.settings import HouseSettings


class LifetimeSettings(HouseSettings):
    """How long what the OpenID Provider gives out is good for."""

    code_s: int = Field(default=60, ge=5, le=60, description="Seconds of an authorization code.")
    request_s: int = Field(
        default=90, ge=10, lt=600, description="Seconds of a pushed authorization request."
    )
    interaction_s: int = Field(
        default=900, ge=60, le=3600, description="Seconds that signing in and consent may take."
    )
    access_token_s: int = Field(
        default=300, ge=30, le=600, description="Seconds of an access token."
    )
    id_token_s: int = Field(default=300, ge=30, le=3600, description="Seconds of an ID token.")
    refresh_token_s: int = Field(
        default=2_592_000, ge=300, description="Seconds after which a refresh token's grant ends."
    )
    session_s: int = Field(default=28_800, ge=60, description="Seconds of a browser session.")


class KeySettings(HouseSettings):
    """How the keys that tokens are signed with follow each other."""

    rotate_days: int = Field(default=90, ge=1, description="Days that one key signs.")
    believed_hours: int = Field(
        default=24, ge=1, description="Hours that a retired key is believed."
    )


class AccountSettings(HouseSettings):
    """The accounts of people."""

    self_registration: bool = Field(
        default=False,
        description="Whether people may open accounts for themselves, at level 1 of proofing; "
        "otherwise operators invite them.",
    )
    link_hours: int = Field(
        default=168, ge=1, le=720, description="Hours that a one-time link is good for."
    )
    proofing_days: int = Field(
        default=3650, ge=1, description="Days for which an operator's proofing counts."
    )
    consent_days: int = Field(
        default=365, ge=1, description="Days after which a consent has to be given anew."
    )
    attestation_roots: Path | None = Field(
        default=None,
        description="A folder of certificates (PEM) of makers of authenticators: passkeys that "
        "one of them vouches for, and that cannot be copied, count as hardware.",
    )


class FederationSettings(HouseSettings):
    """How this platform speaks and listens to other members of its federation."""

    statement_s: int = Field(
        default=3600,
        ge=60,
        le=86_400,
        description="Seconds that what this platform says of itself and its subordinates holds; "
        "others may keep it so long.",
    )


class DigitalAuthSettings(HouseSettings):
    """Where the Digital Agency's app (デジタル認証アプリ) is; its metadata are found from there."""

    issuer: str = Field(
        default="https://auth-and-sign.go.jp/api/realms/main",
        description="The identifier of デジタル認証アプリ, as its ID tokens bear it.",
    )
    sandbox_issuer: str = Field(
        default="https://sb-auth-and-sign.go.jp/api/realms/main",
        description="The identifier of its sandbox, for trying without a card.",
    )


class Settings(HouseSettings):
    """Everything of identity federation that can be set."""

    issuer: str | None = Field(
        default=None,
        description="The OpenID Provider's identifier: the address, without a path, at which "
        "browsers and clients reach this platform; by default that of host and port.",
    )
    anchor: str | None = Field(
        default=None,
        description="The domain of the trust framework that levels are told in the name of; by "
        "default the issuer's own host.",
    )
    key: SecretStr | None = Field(
        default=None,
        description="The key, 32 bytes as base64url, that signing keys are sealed with and people "
        "are named to services with; by default one in the data directory. All machines of one "
        "platform need the same.",
    )
    dpop_nonce: bool = Field(
        default=False,
        description="Whether DPoP proofs need a nonce at resources too, not only for tokens.",
    )
    lifetimes: LifetimeSettings = Field(
        default_factory=lambda: LifetimeSettings.model_validate({}),
        description="How long what the OpenID Provider gives out is good for.",
    )
    accounts: AccountSettings = Field(
        default_factory=lambda: AccountSettings.model_validate({}),
        description="The accounts of people.",
    )
    keys: KeySettings = Field(
        default_factory=lambda: KeySettings.model_validate({}),
        description="How the keys that tokens are signed with follow each other.",
    )

    federation: FederationSettings = Field(
        default_factory=lambda: FederationSettings.model_validate({}),
        description="How this platform speaks to other members of its federation.",
    )
    digital_auth: DigitalAuthSettings = Field(
        default_factory=lambda: DigitalAuthSettings.model_validate({}),
        description="Where the Digital Agency's app is.",
    )

    @field_validator("issuer")
    @classmethod
    def _is_bare(cls, value: str | None) -> str | None:
        """Take an address without path, query and fragment."""
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or value != f"{parts.scheme}://{parts.netloc}":
            raise ValueError("is no address like https://renkei.pref.example")
        return value
