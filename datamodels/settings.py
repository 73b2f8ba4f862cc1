"""Settings of the house of data models."""

from pathlib import Path

from pydantic import Field

from kit.settings import HouseSettings


class Settings(HouseSettings):
    """What an operator may choose."""

    folder: Path | None = Field(
        None, description="A folder with models of your own, one TOML file each."
    )
    data_licence: str = Field(
        "CC BY 4.0", description="The licence that the list of open data names for tenants' data."
    )
    context_max_age_s: int = Field(
        86_400, ge=0, description="Seconds for which clients may keep a model's @context."
    )
    model_max_age_s: int = Field(
        300, ge=0, description="Seconds for which clients may keep a model, schema or example."
    )
