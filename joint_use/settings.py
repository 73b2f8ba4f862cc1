"""The settings of joint use."""

from pydantic import Field, SecretStr

from kit.settings import HouseSettings


class PlacingSettings(HouseSettings):
    """Where new tenants are put."""

    shared_database: str = Field(
        default="renkei_shared",
        pattern=r"^[a-z_][a-z0-9_]{0,62}$",
        description="The database that tenants of storage shared live in.",
    )
    separated_prefix: str = Field(
        default="renkei_tenant_",
        pattern=r"^[a-z_][a-z0-9_]{0,49}$",
        description="The database of a separated tenant is called so, followed by its number.",
    )


class QuotaSettings(HouseSettings):
    """How much a tenant may use that has no quota of its own; none: as much as it likes."""

    requests_per_s: float | None = Field(
        default=None, gt=0, description="Requests a second, of all processes together."
    )
    request_bytes: int | None = Field(default=None, gt=0, description="Bytes of one body.")
    entities: int | None = Field(default=None, ge=0, description="Entities stored.")
    bytes: int | None = Field(
        default=None, ge=0, description="Bytes stored: of entities' attributes as compact JSON."
    )
    subscriptions: int | None = Field(default=None, ge=0, description="Subscriptions.")


class SharingSettings(HouseSettings):
    """How tenants share a process."""

    alone: int = Field(
        default=128, ge=1, description="Requests under way of a tenant while no other one asks."
    )
    contended: int = Field(
        default=12,
        ge=1,
        description="Requests under way of all tenants together while several ask; each tenant "
        "has an equal share of them.",
    )
    queue: int = Field(
        default=1_000,
        ge=1,
        description="Requests of one tenant that wait for their turn; more are answered 429.",
    )


class MoveSettings(HouseSettings):
    """Moves of tenants between databases."""

    kept_s: float = Field(
        default=600.0,
        ge=0,
        description="Seconds for which a tenant's old rows or database stay after it was moved.",
    )
    at_once: int = Field(
        default=2, ge=1, description="Moves that one process works on at the same time."
    )


class AuditSettings(HouseSettings):
    """The record of sign-ins, decisions on personal data and changes."""

    key: SecretStr | None = Field(
        default=None,
        description="The secret with which people are hashed in records and heads are signed; by "
        "default one in the data directory. All machines of one platform need the same.",
    )
    sign_s: float = Field(
        default=60.0, gt=0, description="Seconds between two signed statements of heads."
    )


class OnboardingSettings(HouseSettings):
    """Applications to take part."""

    per_sender: int = Field(
        default=20, ge=1, description="Applications that are taken from one address in an hour."
    )
    waiting: int = Field(
        default=1000,
        ge=1,
        description="Applications that may wait for the operator before no more are taken.",
    )
    least_s: float = Field(
        default=3.0,
        ge=0,
        description="Seconds that somebody needs at least to fill in the application page; who "
        "is quicker is taken for a program.",
    )
    session_s: float = Field(
        default=8 * 3600.0,
        gt=0,
        description="Seconds after which the operator signs in to the pages again.",
    )


class Settings(HouseSettings):
    """Everything of joint use that can be set."""

    control_database: str = Field(
        default="renkei",
        pattern=r"^[a-z_][a-z0-9_]{0,62}$",
        description="The control database: the registry of tenants and all who take part.",
    )
    tenant_auto_create: bool = Field(
        default=False,
        description="Whether a request that creates something in an unknown tenant creates the "
        "tenant too; for conformance runs.",
    )
    absent_s: float = Field(
        default=2.0,
        ge=0,
        description="Seconds for which a process remembers that a tenant does not exist.",
    )
    placing: PlacingSettings = Field(
        default_factory=PlacingSettings, description="Where new tenants are put."
    )
    metering: bool = Field(default=True, description="Whether the usage of tenants is counted.")
    quotas: QuotaSettings = Field(
        default_factory=QuotaSettings,
        description="How much a tenant may use that has no quota of its own.",
    )
    sharing: SharingSettings = Field(
        default_factory=SharingSettings, description="How tenants share a process."
    )
    moves: MoveSettings = Field(
        default_factory=lambda: MoveSettings.model_validate({}),
        description="Moves of tenants between databases.",
    )
    audit: AuditSettings = Field(
        default_factory=lambda: AuditSettings.model_validate({}),
        description="The record of sign-ins, decisions on personal data and changes.",
    )
    onboarding: OnboardingSettings = Field(
        default_factory=lambda: OnboardingSettings.model_validate({}),
        description="Applications to take part.",
    )
