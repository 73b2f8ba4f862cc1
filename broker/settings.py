"""What an operator can set of the broker, by room."""

from pathlib import Path

from pydantic import Field

from kit.settings import HouseSettings


class ApiSettings(HouseSettings):
    """The HTTP binding."""

    max_body_bytes: int = Field(
        default=8 * 1024 * 1024, gt=0, description="Largest request body in bytes; more is 413."
    )
    default_limit: int = Field(
        default=20, gt=0, description="Entities on a page when a query names no limit."
    )
    max_limit: int = Field(
        default=1000,
        gt=0,
        description="Most entities on a page; a query that asks for more is 400.",
    )
    max_batch: int = Field(
        default=10_000, gt=0, description="Most items of one batch operation; more is 400."
    )
    alias: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="What this platform calls itself to other context sources, in Via; "
        "by default the machine's name.",
    )
    public_url: str | None = Field(
        default=None,
        description="The platform's address as clients know it, for URLs in answers; "
        "by default what the request's Host header says.",
    )


class StoreSettings(HouseSettings):
    """What is kept in PostgreSQL."""

    history_days: int = Field(
        default=30,
        ge=0,
        description="Days for which a new tenant's attribute history is kept; 0: none is written.",
    )
    max_walked: int | None = Field(
        default=None,
        gt=0,
        description="Entities that a query without an index may go through; more is 403 "
        "TooComplexQuery; none: any number.",
    )


class EntityMapSettings(HouseSettings):
    """What clients may ask for of entity maps."""

    members: int = Field(
        default=10_000,
        gt=0,
        description="Most entities in one map; a query that finds more is 403.",
    )
    lifetime_s: float = Field(
        default=3_600.0, gt=0, description="Seconds that a map lives where no client suggests any."
    )
    longest_s: float = Field(
        default=86_400.0,
        gt=0,
        description="Seconds that a map lives at most, whoever suggests more.",
    )
    per_tenant: int = Field(
        default=1_000,
        gt=0,
        description="Most maps of a tenant; the oldest makes room for a new one.",
    )


class SnapshotSettings(HouseSettings):
    """What clients may ask for of snapshots."""

    entities: int = Field(
        default=100_000, gt=0, description="Most entities in one snapshot; a query beyond fails."
    )
    lifetime_s: float = Field(
        default=86_400.0,
        gt=0,
        description="Seconds that a snapshot lives where no client suggests any.",
    )
    longest_s: float = Field(
        default=30 * 86_400.0,
        gt=0,
        description="Seconds that a snapshot lives at most, whoever suggests more.",
    )
    per_tenant: int = Field(
        default=50,
        gt=0,
        description="Most snapshots of a tenant; the least important one makes room for a new one.",
    )


class NotifySettings(HouseSettings):
    """How notifications are sent."""

    timeout_s: float = Field(
        default=5.0,
        gt=0,
        description="Seconds that a receiver may take to answer, where its subscription says none.",
    )
    max_timeout_s: float = Field(
        default=60.0, gt=0, description="Seconds that a subscription's timeout may say at most."
    )
    concurrency: int = Field(
        default=8, ge=1, description="Notifications under way to one endpoint at a time."
    )
    probes: int = Field(
        default=64, ge=1, description="Notifications under way to endpoints that failed last time."
    )
    retry_first_s: float = Field(
        default=0.5, gt=0, description="Seconds until a failed notification is tried again."
    )
    retry_limit_s: float = Field(
        default=60.0, gt=0, description="Seconds that retries of one endpoint are apart at most."
    )
    give_up_s: float = Field(
        default=86_400.0,
        gt=0,
        description="Seconds after which what fails becomes a dead letter.",
    )
    dead_letters_kept_s: float = Field(
        default=7 * 86_400.0, gt=0, description="Seconds for which dead letters can be replayed."
    )
    queue_bytes: int = Field(
        default=64 * 1024 * 1024,
        gt=0,
        description="Changes that one process holds in memory to be sent; the others wait in the "
        "database.",
    )
    dead_after_s: float = Field(
        default=4.0,
        gt=1,
        description="Seconds of silence after which others take a process's subscriptions over.",
    )
    ca_file: Path | None = Field(
        default=None,
        description="Certificates to trust for https and mqtts endpoints, beside the usual ones.",
    )


class SourceSettings(HouseSettings):
    """How external tenants' own endpoints are asked."""

    concurrency: int = Field(
        default=128, ge=1, description="Requests under way to one tenant's endpoint at a time."
    )
    connected: int = Field(
        default=512, ge=1, description="Endpoints that a process keeps connections to."
    )
    retry_first_s: float = Field(
        default=0.5, gt=0, description="Seconds for which an endpoint that failed is not asked."
    )
    retry_limit_s: float = Field(
        default=30.0, gt=0, description="Seconds for which an endpoint is not asked at most."
    )
    max_answer_bytes: int = Field(
        default=64 * 1024 * 1024, gt=0, description="Largest answer that is passed on; more is 502."
    )
    relays: int = Field(
        default=256, ge=1, description="Notifications that a process passes on at a time."
    )
    relay_url: str | None = Field(
        default=None,
        description="This platform's address as external tenants' endpoints know it, for their "
        "notifications; by default `public_url`, or what the request's Host header says.",
    )


class Settings(HouseSettings):
    """The broker's settings."""

    api: ApiSettings = Field(default_factory=ApiSettings, description="The HTTP binding.")
    store: StoreSettings = Field(
        default_factory=StoreSettings, description="What is kept in PostgreSQL."
    )
    entity_maps: EntityMapSettings = Field(
        default_factory=EntityMapSettings, description="What clients may ask for of entity maps."
    )
    snapshots: SnapshotSettings = Field(
        default_factory=SnapshotSettings, description="What clients may ask for of snapshots."
    )
    notify: NotifySettings = Field(
        default_factory=lambda: NotifySettings.model_validate({}),
        description="How notifications are sent.",
    )
    sources: SourceSettings = Field(
        default_factory=lambda: SourceSettings.model_validate({}),
        description="How external tenants' own endpoints are asked.",
    )
