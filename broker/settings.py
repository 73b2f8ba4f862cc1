"""What an operator can set of the broker, by room."""

from pydantic import Field

from kit.settings import HouseSettings


class ApiSettings(HouseSettings):
    """The HTTP binding."""

    max_body_bytes: int = Field(
        default=8 * 1024 * 1024, gt=0, description="Largest request body in bytes; more is 413"
    )
    default_limit: int = Field(
        default=20, gt=0, description="Entities on a page when a query names no limit"
    )
    max_limit: int = Field(
        default=1000, gt=0, description="Most entities on a page; a query that asks for more is 400"
    )
    max_batch: int = Field(
        default=10_000, gt=0, description="Most items of one batch operation; more is 400"
    )
    alias: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="What this platform calls itself to other context sources, in Via; "
        "by default the machine's name",
    )
    public_url: str | None = Field(
        default=None,
        description="The platform's address as clients know it, for URLs in answers; "
        "by default what the request's Host header says",
    )


class StoreSettings(HouseSettings):
    """What is kept in PostgreSQL."""

    history_days: int = Field(
        default=30,
        ge=0,
        description="Days for which a new tenant's attribute history is kept; 0: none is written",
    )


class Settings(HouseSettings):
    """The broker's settings."""

    api: ApiSettings = Field(default_factory=ApiSettings, description="The HTTP binding")
    store: StoreSettings = Field(
        default_factory=StoreSettings, description="What is kept in PostgreSQL"
    )
