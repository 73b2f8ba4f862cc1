"""The API catalog: which APIs and data sets the platform publishes.

The front door; so far nothing is published, and there is nothing to set.
"""

from api_catalog.settings import Settings

__all__ = ["Settings"]
