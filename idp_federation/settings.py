"""The settings of identity federation."""

from typing import Literal

from pydantic import Field

from kit.settings import HouseSettings


class Settings(HouseSettings):
    """Everything of identity federation that can be set."""

    auth: Literal["off"] = Field(
        default="off", description="Whether requests need a token; only off is served so far."
    )
