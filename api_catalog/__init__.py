"""The API catalog: which APIs and data sets the platform publishes.

The front door: what the houses above may use.
"""

from api_catalog.api.entries import Caller, CallerOf, entry_router
from api_catalog.api.outputs import LINK, Outputs
from api_catalog.catalog.entry import ANYBODY, HUB, Entry, Reader
from api_catalog.catalog.listed import Distribution, Publisher
from api_catalog.catalog.words import Words
from api_catalog.ports import ApiCatalog
from api_catalog.settings import Settings
from api_catalog.store.entries import MIGRATIONS, EntryStore

__all__ = [
    "ANYBODY",
    "HUB",
    "LINK",
    "MIGRATIONS",
    "ApiCatalog",
    "Caller",
    "CallerOf",
    "Distribution",
    "Entry",
    "EntryStore",
    "Outputs",
    "Publisher",
    "Reader",
    "Settings",
    "Words",
    "entry_router",
]
