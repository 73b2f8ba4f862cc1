"""The NGSI-LD context broker (ETSI GS CIM 009).

The front door: what renkei assembles the broker from.
"""

from broker.api.openapi import describe
from broker.api.operator import operator_router
from broker.api.resource import PRINCIPAL
from broker.api.routes import NgsiLdApi
from broker.fetch.contexts import ContextLoader
from broker.ngsi.entity_map import MapBounds
from broker.ngsi.errors import AlreadyExists, NgsiLdError, NonexistentTenant, Unavailable
from broker.operations.call import AccessDenied, Call, Document
from broker.operations.entities import create_entity
from broker.ports import Bounds, Broker
from broker.settings import Settings
from broker.store.contexts import StoredContexts
from broker.store.entity_maps import StoredEntityMaps
from broker.store.store import Store
from broker.store.sweeper import Sweeper
from broker.store.tenants import TenantDatabases

__all__ = [
    "PRINCIPAL",
    "AccessDenied",
    "AlreadyExists",
    "Bounds",
    "Broker",
    "Call",
    "ContextLoader",
    "Document",
    "MapBounds",
    "NgsiLdApi",
    "NgsiLdError",
    "NonexistentTenant",
    "Settings",
    "Store",
    "StoredContexts",
    "StoredEntityMaps",
    "Sweeper",
    "TenantDatabases",
    "Unavailable",
    "create_entity",
    "describe",
    "operator_router",
]
