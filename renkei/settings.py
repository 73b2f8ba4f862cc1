"""The settings of the whole platform: each house's own, nested by house, and the roof's.

Options of the command come first, then RENKEI_… in the environment, then settings.toml in the data
directory, then the defaults.
"""

import ipaddress
import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

import platformdirs
from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic_core import to_jsonable_python
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from api_catalog import Settings as CatalogSettings
from broker import Settings as BrokerSettings
from datamodels import Settings as ModelSettings
from idp_federation import Settings as IdentitySettings
from joint_use import Settings as JointUseSettings
from kit.errors import RenkeiError
from kit.json import JsonValue
from kit.logs import Form, Level
from kit.settings import DatabaseSettings, HouseSettings
from renkei.tls import CertificateRefused, require_pair

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
House: TypeAlias = Literal["broker", "idp_federation", "datamodels", "api_catalog", "joint_use"]
HOUSES: tuple[House, ...] = get_args(House)
SETTINGS_FILE = "settings.toml"
_PREFIX = "RENKEI_"


class SettingsRefused(RenkeiError):
    """The settings are readable, and the platform does not start with them."""


class LogSettings(HouseSettings):
    """What is logged, and in which form."""

    level: Level = Field(default="info", description="The least severity that is logged.")
    form: Form = Field(
        default="auto", description="text for people, json for machines; auto: text at a terminal."
    )


class TlsSettings(HouseSettings):
    """Serving over TLS, where no proxy in front does."""

    certificate: Path | None = Field(
        default=None,
        description="The certificate to serve with, as PEM with those between it and its "
        "authority; without one the platform serves plain HTTP.",
    )
    key: Path | None = Field(default=None, description="The certificate's private key, as PEM.")


class TracingSettings(HouseSettings):
    """Where traces go."""

    endpoint: str | None = Field(
        default=None,
        description="A collector that takes OTLP over HTTP, as in http://127.0.0.1:4318/v1/traces; "
        "it needs the extra renkei[tracing]. Without one no spans are recorded.",
    )
    share: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="How many of the traces that begin here are recorded; who comes with one has "
        "decided already.",
    )


class MetricsSettings(HouseSettings):
    """How the platform is watched."""

    token: SecretStr | None = Field(
        default=None,
        description="Who has it may read /metrics; by default the one in the data directory.",
    )


class StoppingSettings(HouseSettings):
    """How much time a stop leaves to requests."""

    notice_s: float = Field(
        default=0.0,
        ge=0,
        le=600,
        description="Seconds, once a stop is asked for, in which new connections are still taken "
        "while /health/ready says no: for balancers in front, to look away first.",
    )
    finish_s: float = Field(
        default=1.5,
        ge=0,
        le=600,
        description="Seconds that requests under way have to end when the platform stops.",
    )
    retire_s: float = Field(
        default=60.0,
        ge=0,
        le=3600,
        description="Seconds that requests under way have to end in a worker that a rolling "
        "restart has replaced already.",
    )


def default_data() -> Path:
    """Name the data directory of whom nobody told otherwise: a folder of the user's."""
    return platformdirs.user_data_path("renkei", appauthor=False)


def default_workers() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Settings(BaseSettings):
    """Everything that can be set, for `create_app(settings)` and all who assemble."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    data: Path = Field(
        default_factory=default_data,
        description="The directory that holds everything this instance keeps.",
    )
    secrets: Path | None = Field(
        default=None,
        description="A folder of files with the secrets that several instances of one platform "
        "share, as `renkei secrets FOLDER` makes it; without one each instance makes its own.",
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=1026, ge=0, le=65535, description="The port; 0 takes any free one.")
    workers: int = Field(
        default_factory=default_workers,
        ge=1,
        le=512,
        description="How many processes serve requests; by default one per core.",
    )
    houses: Annotated[tuple[House, ...], NoDecode] = Field(
        default=HOUSES,
        min_length=1,
        description="What these processes serve, between commas: broker, idp_federation, "
        "datamodels, api_catalog, joint_use. What is left out is not loaded.",
    )
    demo: bool = Field(
        default=False, description="Whether example municipalities are there from the first start."
    )
    auth: Literal["on", "off"] = Field(
        default="on",
        description="Whether tokens and policies say who may do what; off, to try and to measure: "
        "anyone all.",
    )
    insecure: bool = Field(
        default=False, description="Whether to listen beyond this machine though auth is off."
    )
    egress_allow: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Private networks that outgoing requests may reach: CIDRs between commas.",
    )
    proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Proxies in front of this platform, whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed: CIDRs between commas. Without them all who come through "
        "one count as one where attempts and applications are bounded.",
    )
    egress_ca_file: Path | None = Field(
        default=None,
        description="Certificates to trust beside the usual ones, when statements, keys and "
        "@contexts of others are fetched: a file as PEM.",
    )
    tls: TlsSettings = Field(
        default_factory=TlsSettings, description="Serving over TLS, where no proxy in front does."
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL server to use, as its superuser or a role that may create "
        "roles and databases; without one the platform runs its own.",
    )
    database: DatabaseSettings = Field(
        default_factory=lambda: DatabaseSettings.model_validate({}),
        description="How each process holds its connections.",
    )
    stopping: StoppingSettings = Field(
        default_factory=StoppingSettings, description="What a stop leaves to requests."
    )
    log: LogSettings = Field(default_factory=LogSettings, description="The log.")
    tracing: TracingSettings = Field(
        default_factory=TracingSettings, description="Traces for OpenTelemetry."
    )
    metrics: MetricsSettings = Field(
        default_factory=MetricsSettings, description="What Prometheus reads."
    )
    broker: BrokerSettings = Field(
        default_factory=BrokerSettings, description="The NGSI-LD context broker."
    )
    joint_use: JointUseSettings = Field(
        default_factory=JointUseSettings, description="Who takes part, and on what terms."
    )
    idp_federation: IdentitySettings = Field(
        default_factory=IdentitySettings, description="Identity federation."
    )
    datamodels: ModelSettings = Field(
        default_factory=lambda: ModelSettings.model_validate({}),
        description="The registry of data models.",
    )
    api_catalog: CatalogSettings = Field(
        default_factory=CatalogSettings, description="The catalog of APIs."
    )

    @field_validator("egress_allow", "houses", "proxies", mode="before")
    @classmethod
    def _between_commas(cls, value: object) -> object:
        return [part for part in value.split(",") if part] if isinstance(value, str) else value

    @field_validator("data", "secrets")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources, and find the file in the data directory that the first two name."""
        del dotenv_settings, file_secret_settings
        given = init_settings.init_kwargs if isinstance(init_settings, InitSettingsSource) else {}
        data = Path(given.get("data") or os.environ.get(f"{_PREFIX}DATA") or default_data())
        file = data.expanduser() / SETTINGS_FILE
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)


def load(options: Mapping[str, JsonValue]) -> Settings:
    """Read the settings; options that are None or empty lists were not given.

    Raises:
        SettingsRefused: a value is not what its setting takes.
    """
    given = {name: value for name, value in options.items() if value is not None and value != []}
    try:
        return Settings.model_validate(given)
    except ValueError as error:
        raise SettingsRefused(_explained(error)) from error


def check(settings: Settings) -> None:
    """Refuse what cannot be served.

    Raises:
        SettingsRefused: auth is off on an address that others reach, or a certificate is there
            without its key.
    """
    certificate, key = settings.tls.certificate, settings.tls.key
    if (certificate is None) != (key is None):
        raise SettingsRefused("RENKEI_TLS__CERTIFICATE and RENKEI_TLS__KEY belong together")
    if settings.tracing.endpoint is not None and find_spec("opentelemetry.sdk") is None:
        raise SettingsRefused(
            "Traces need what is not installed: pip install 'renkei[tracing]', or unset "
            "RENKEI_TRACING__ENDPOINT"
        )
    if certificate is not None and key is not None:
        try:
            require_pair(certificate, key)
        except CertificateRefused as error:
            raise SettingsRefused(error.detail) from error
    if settings.auth == "off" and not is_loopback(settings.host) and not settings.insecure:
        raise SettingsRefused(
            f"{settings.host} is an address that other machines reach, and with --auth off "
            "everybody may do everything: listen on 127.0.0.1, or add --insecure if that is meant"
        )


def known_at(settings: Settings, url: str) -> Settings:
    """Let the OpenID Provider have the address that is listened on, where none is set."""
    identity = settings.idp_federation
    if identity.issuer is not None or settings.broker.api.public_url is not None:
        return settings
    named = identity.model_copy(update={"issuer": url})
    return settings.model_copy(update={"idp_federation": named})


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def revealed(value: object) -> JsonValue:
    """Write settings down with their secrets, to be handed to a process of ours."""
    if isinstance(value, BaseModel):
        return {name: revealed(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Mapping):
        return {str(key): revealed(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [revealed(item) for item in value]
    plain: JsonValue = to_jsonable_python(value)
    return plain


def _explained(error: ValueError) -> str:
    """Say of each wrong value which setting it is of."""
    if not isinstance(error, ValidationError):
        return f"The settings cannot be read: {error}"
    return "; ".join(
        f"{_PREFIX}{'__'.join(str(step) for step in one['loc']).upper()}: {one['msg']}"
        if one["loc"]
        else f"{SETTINGS_FILE} cannot be read: {one['msg']}"
        for one in error.errors()
    )
