"""What the settings of all houses share, and how `renkei settings` shows them.

A house's settings are a HouseSettings, nested by room; the roof's root is a BaseSettings that reads
options, then the environment (RENKEI_BROKER__STORE__…), then settings.toml in the data directory,
then the defaults.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, TypeAlias, cast

import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_core import to_jsonable_python
from pydantic_settings import BaseSettings, EnvSettingsSource, TomlConfigSettingsSource

HIDDEN = "******"
_Given: TypeAlias = Mapping[str, object]


class HouseSettings(BaseModel):
    """The root of a house's or a room's settings: frozen, and a misspelt name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


ServerName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
_TAKEN_NAMES = frozenset({"main", "shared", "separated"})  # of the first server, and of modes


class DatabaseSettings(HouseSettings):
    """How a process holds its connections to PostgreSQL."""

    servers: Mapping[ServerName, SecretStr] = Field(
        default_factory=dict,
        description="Further PostgreSQL servers that separated tenants can be placed on: the URL "
        "of each by its name, as a role like the one of RENKEI_DATABASE_URL, whose server is main.",
    )

    budget: int = Field(
        default=16,
        ge=2,
        description="Connections that one process holds at most, over all databases.",
    )
    idle_s: float = Field(
        default=60.0, gt=0, description="Seconds after which an unused connection is closed."
    )
    connect_timeout_s: float = Field(
        default=5.0, gt=0, description="Seconds that connecting may take."
    )
    command_timeout_s: float = Field(
        default=60.0, gt=0, description="Seconds that a statement may take."
    )
    statement_cache: int = Field(
        default=256, ge=0, description="Prepared statements that each connection keeps."
    )

    @field_validator("servers")
    @classmethod
    def _free_names(cls, servers: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
        if taken := _TAKEN_NAMES & servers.keys():
            raise ValueError(f"{sorted(taken)} name no further server")
        return servers


class Source(Enum):
    """Where a setting's value comes from."""

    DEFAULT = "default"
    ENVIRONMENT = "environment"
    FILE = "file"
    OPTION = "option"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One setting as people see it.

    Args:
        variable: its environment variable.
        value: as JSON or plain text; a secret is hidden, whether set or not.
        source: where the value comes from.
        description: what it is for.
    """

    variable: str
    value: str
    source: Source
    description: str


def shown(
    settings: BaseSettings, *, options: _Given | None = None, file: Path | None = None
) -> Iterator[Shown]:
    """Yield every setting with its value and where that comes from; secrets stay hidden.

    Args:
        settings: what was read.
        options: what the command line gave, nested like the settings.
        file: the settings.toml that was read.
    """
    root = type(settings)
    given = (
        (Source.OPTION, options or {}),
        (Source.ENVIRONMENT, cast(_Given, EnvSettingsSource(root)())),
        (Source.FILE, cast(_Given, TomlConfigSettingsSource(root, file)()) if file else {}),
    )
    prefix = str(root.model_config.get("env_prefix") or "")
    delimiter = str(root.model_config.get("env_nested_delimiter") or "__")
    for path, value, description in _leaves(settings, ()):
        source = next((one for one, tree in given if _names(tree, path)), Source.DEFAULT)
        variable = (prefix + delimiter.join(path)).upper()
        text = HIDDEN if isinstance(value, SecretStr) else _text(value)
        yield Shown(variable=variable, value=text, source=source, description=description)


def _leaves(
    model: BaseModel, above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], object, str]]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        path = (*above, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, path)
        else:
            yield path, value, field.description or ""


def _names(tree: _Given, path: tuple[str, ...]) -> bool:
    """Tell whether a source gives a value for a setting."""
    here: object = tree
    for step in path:
        if isinstance(here, BaseModel):
            here = here.model_dump(exclude_unset=True)
        if not isinstance(here, Mapping) or step not in here:
            return False
        here = here[step]
    return here is not None


def _text(value: object) -> str:
    plain = to_jsonable_python(value, fallback=lambda _: HIDDEN)
    return plain if isinstance(plain, str) else orjson.dumps(plain).decode()
