"""The settings of the API catalog."""

from kit.settings import HouseSettings


class Settings(HouseSettings):
    """Everything of the API catalog that can be set: nothing so far."""
