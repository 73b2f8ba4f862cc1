"""The settings of joint use."""

from pydantic import Field

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
