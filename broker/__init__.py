"""The NGSI-LD context broker (ETSI GS CIM 009).

The front door: what renkei assembles the broker from.
"""

from broker.api.openapi import describe
from broker.api.resource import PRINCIPAL
from broker.api.routes import NgsiLdApi
from broker.fetch.contexts import ContextLoader
from broker.ngsi.errors import AlreadyExists, NgsiLdError, NonexistentTenant, Unavailable
from broker.operations.call import AccessDenied, Call, Document
from broker.operations.entities import create_entity
from broker.ports import Broker
from broker.settings import Settings
from broker.store.committer import Committer
from broker.store.contexts import StoredContexts
from broker.store.entities import PostgresEntities
from broker.store.history import HistoryHook
from broker.store.indexing import IndexHook
from broker.store.lanes import Lanes
from broker.store.reads import Reads
from broker.store.tenants import TenantDatabases

__all__ = [
    "PRINCIPAL",
    "AccessDenied",
    "AlreadyExists",
    "Broker",
    "Call",
    "Committer",
    "ContextLoader",
    "Document",
    "HistoryHook",
    "IndexHook",
    "Lanes",
    "NgsiLdApi",
    "NgsiLdError",
    "NonexistentTenant",
    "PostgresEntities",
    "Reads",
    "Settings",
    "StoredContexts",
    "TenantDatabases",
    "Unavailable",
    "create_entity",
    "describe",
]
