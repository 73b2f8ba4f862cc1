from .api.entries import Caller, CallerOf, entry_router
from .api.outputs import Outputs
from .catalog.entry import ANYBODY, HUB, Entry, Reader
from .catalog.listed import Distribution, Publisher
from .catalog.words import Words
from .portal.portal import portal_routes
from .portal_ports import (
    Data,
    OwnerShown,
    Parties,
    Portal,
    Record,
    Records,
    TenantShown,
    Tiles,
)
from .ports import ApiCatalog
from .settings import Settings
from .store.entries import MIGRATIONS, EntryStore

__all__ = [
    "ANYBODY",
    "HUB",
    "MIGRATIONS",
    "ApiCatalog",
    "Caller",
    "CallerOf",
    "Data",
    "Distribution",
    "Entry",
    "EntryStore",
    "Outputs",
    "OwnerShown",
    "Parties",
    "Portal",
    "Publisher",
    "Reader",
    "Record",
    "Records",
    "Settings",
    "TenantShown",
    "Tiles",
    "Words",
    "entry_router",
    "portal_routes",
]
