from .api.entries import Caller, CallerOf, entry_router
from .api.outputs import LINK, Outputs
from .catalog.entry import ANYBODY, HUB, Entry, Reader
from .catalog.listed import Distribution, Publisher
from .catalog.words import Words
from .ports import ApiCatalog
from .settings import Settings
from .store.entries import MIGRATIONS, EntryStore

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
