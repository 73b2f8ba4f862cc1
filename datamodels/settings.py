"""Settings of the house of data models."""

from pydantic import Field

from kit.settings import HouseSettings


class Settings(HouseSettings):
    """What an operator may choose."""

    context_max_age_s: int = Field(
        86_400, ge=0, description="Seconds for which clients may keep a model's @context."
    )
