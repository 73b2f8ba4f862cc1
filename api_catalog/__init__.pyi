from .api.described import Described
from .api.entries import Caller, CallerOf, entry_router
from .api.openapi import describe_outputs
from .api.outputs import Outputs
from .catalog.entry import ANYBODY, HUB, Entry, Reader
from .catalog.listed import Distribution, Publisher
from .catalog.made import Held, Holder, KnownModel, api_key
from .catalog.openapi import TypeDescribed
from .catalog.platform_entries import PLATFORM
from .catalog.trying import SANDBOX, is_tried
from .catalog.words import Field, Words, is_personal, licence_named
from .operations.entries import reader_of
from .operations.making_keeping import MadeEntriesKeeper, Pace
from .portal.portal import portal_routes
from .portal_ports import (
    Data,
    Descriptions,
    OwnerShown,
    Parties,
    Portal,
    Record,
    Records,
    TenantShown,
    Tiles,
)
from .ports import ApiCatalog, Making
from .settings import Settings
from .store.entries import MIGRATIONS, EntryStore
from .store.looks import LookStore
from .store.sandboxes import Sandbox, SandboxStore

__all__ = [
    "ANYBODY",
    "HUB",
    "MIGRATIONS",
    "PLATFORM",
    "SANDBOX",
    "ApiCatalog",
    "Caller",
    "CallerOf",
    "Data",
    "Described",
    "Descriptions",
    "Distribution",
    "Entry",
    "EntryStore",
    "Field",
    "Held",
    "Holder",
    "KnownModel",
    "LookStore",
    "MadeEntriesKeeper",
    "Making",
    "Outputs",
    "OwnerShown",
    "Pace",
    "Parties",
    "Portal",
    "Publisher",
    "Reader",
    "Record",
    "Records",
    "Sandbox",
    "SandboxStore",
    "Settings",
    "TenantShown",
    "Tiles",
    "TypeDescribed",
    "Words",
    "api_key",
    "describe_outputs",
    "entry_router",
    "is_personal",
    "is_tried",
    "licence_named",
    "portal_routes",
    "reader_of",
]
