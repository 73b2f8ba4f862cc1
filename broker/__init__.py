"""The NGSI-LD context broker (ETSI GS CIM 009).

The front door: what renkei assembles the broker from.
"""

from broker.api.resource import PRINCIPAL
from broker.api.routes import broker_mount
from broker.fetch.contexts import ContextLoader
from broker.ngsi.errors import NgsiLdError, NonexistentTenant, Unavailable
from broker.operations.call import AccessDenied
from broker.ports import Broker
from broker.settings import Settings
from broker.store.contexts import StoredContexts
from broker.store.tenants import TenantDatabases

__all__ = [
    "PRINCIPAL",
    "AccessDenied",
    "Broker",
    "ContextLoader",
    "NgsiLdError",
    "NonexistentTenant",
    "Settings",
    "StoredContexts",
    "TenantDatabases",
    "Unavailable",
    "broker_mount",
]
