"""The settings of the API catalog."""

from pydantic import Field

from kit.settings import HouseSettings


class TileSettings(HouseSettings):
    """The background of maps: a server of tiles that the operator may use; none is needed."""

    url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/;,'\"]+/[^\s;,'\"]*$",
        description="Where tiles are, with {z}, {x} and {y}; readers' browsers fetch them there. "
        "Without it maps have a plain background.",
    )
    attribution: str = Field(
        default="", description="Whose map the tiles are, as its terms ask to be said."
    )


class LookSettings(HouseSettings):
    """How often tenants are looked at, for the entries that are made from what they hold."""

    pause_s: float = Field(
        30.0, ge=0, description="Seconds between two looks at a tenant that is written to."
    )
    round_s: float = Field(
        600.0, gt=0, description="Seconds between two looks at a tenant that seems unchanged."
    )
    part: float = Field(
        0.05,
        gt=0,
        le=1,
        description="Part of its time that a process looks at tenants, however many are due.",
    )


class SandboxSettings(HouseSettings):
    """The tenant in which anybody may try the API, where there is one."""

    pause_s: float = Field(
        3600.0, ge=1, description="Seconds after which what was written to it is taken away."
    )


class Settings(HouseSettings):
    """Everything of the API catalog that can be set."""

    tiles: TileSettings = Field(
        default_factory=TileSettings, description="The background of maps in the portal."
    )
    sandbox: SandboxSettings = Field(
        default_factory=lambda: SandboxSettings.model_validate({}),
        description="The tenant in which anybody may try the API.",
    )
    looks: LookSettings = Field(
        default_factory=lambda: LookSettings.model_validate({}),
        description="Looking at tenants, for the entries made from what they hold.",
    )
