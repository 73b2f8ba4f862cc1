"""Settings of the house of data models."""

from pathlib import Path

from pydantic import Field

from kit.settings import HouseSettings


class Settings(HouseSettings):
    """What an operator may choose."""

    folder: Path | None = Field(
        None, description="A folder with models of your own, one TOML file each."
    )
    import_folder: Path | None = Field(
        None, description="A folder from which scheduled imports may take files."
    )
    import_max_bytes: int = Field(
        64 << 20, ge=1, description="Bytes that a scheduled import takes from a URL at most."
    )
    import_timeout_s: float = Field(
        120.0, gt=0, description="Seconds that a scheduled import waits for a URL at most."
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
