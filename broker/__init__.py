"""The NGSI-LD context broker (ETSI GS CIM 009).

The front door: what renkei assembles the broker from.
"""

from broker.api.delivery_state import delivery_router
from broker.api.openapi import describe
from broker.api.operator import operator_router
from broker.api.relay import RelayEndpoint
from broker.api.resource import PRINCIPAL, REFUSAL
from broker.api.routes import NgsiLdApi
from broker.fetch.contexts import ContextLoader
from broker.ngsi.archive import DamagedArchive, Manifest
from broker.ngsi.entity import Entity
from broker.ngsi.entity_map import MapBounds
from broker.ngsi.errors import (
    AlreadyExists,
    Finding,
    NgsiLdError,
    NonexistentTenant,
    RequestTooLarge,
    ResourceNotFound,
    TooManyRequests,
    Unavailable,
)
from broker.ngsi.names import EntityId, Term
from broker.ngsi.snapshot import SnapshotBounds
from broker.notify.deliveries import Deliveries, Outside
from broker.notify.endpoints import GuardedEndpoints
from broker.notify.http import HttpSender
from broker.notify.mailer import Mailer
from broker.notify.mqtt import MqttSender
from broker.notify.snapshots import SnapshotMessages
from broker.notify.watching import Watching
from broker.operations.archives import (
    ArchiveOrigin,
    check_archive,
    export_archive,
    import_archive,
)
from broker.operations.attributes import delete_attribute
from broker.operations.batch import BatchItem, batch_delete, batch_upsert
from broker.operations.call import AccessDenied, Call, Document
from broker.operations.copying import count_of_types, entities_of_ids, every_entity
from broker.operations.entities import create_entity
from broker.operations.indexes import declare_index
from broker.operations.snapshot_filling import Filler
from broker.operations.snapshot_keeping import SnapshotKeeper
from broker.operations.within_visibility import enter
from broker.ports import Bounds, Broker, Judge, Judgement, StorageLimit
from broker.settings import Settings
from broker.source_ports import External
from broker.sources.sources import SourceClients
from broker.sources.tls import tls_of
from broker.store.archive_rows import ArchiveRows
from broker.store.contexts import StoredContexts
from broker.store.deliveries import PostgresDeliveries
from broker.store.delivery_hook import DeliveryHook
from broker.store.delivery_states import StoredDeliveryStates
from broker.store.entity_maps import StoredEntityMaps
from broker.store.leases import PostgresLeases
from broker.store.moving import PostgresMover
from broker.store.process_register import CHANNEL as DELIVERIES_CHANNEL
from broker.store.process_register import CONTROL_MIGRATIONS, ProcessRegister
from broker.store.relays import StoredRelays
from broker.store.snapshot_filling import SnapshotRows
from broker.store.snapshots import StoredSnapshots
from broker.store.store import Store
from broker.store.subscription_cache import SubscriptionCache
from broker.store.subscriptions import StoredSubscriptions
from broker.store.sweeper import Sweeper
from broker.store.tenants import TenantDatabases
from broker.store.usage import StoredUsage
from broker.subscription_ports import DeliveryStates

__all__ = [
    "CONTROL_MIGRATIONS",
    "DELIVERIES_CHANNEL",
    "PRINCIPAL",
    "REFUSAL",
    "AccessDenied",
    "AlreadyExists",
    "ArchiveOrigin",
    "ArchiveRows",
    "BatchItem",
    "Bounds",
    "Broker",
    "Call",
    "ContextLoader",
    "DamagedArchive",
    "Deliveries",
    "DeliveryHook",
    "DeliveryStates",
    "Document",
    "Entity",
    "EntityId",
    "External",
    "Filler",
    "Finding",
    "GuardedEndpoints",
    "HttpSender",
    "Judge",
    "Judgement",
    "Mailer",
    "Manifest",
    "MapBounds",
    "MqttSender",
    "NgsiLdApi",
    "NgsiLdError",
    "NonexistentTenant",
    "Outside",
    "PostgresDeliveries",
    "PostgresLeases",
    "PostgresMover",
    "ProcessRegister",
    "RelayEndpoint",
    "RequestTooLarge",
    "ResourceNotFound",
    "Settings",
    "SnapshotBounds",
    "SnapshotKeeper",
    "SnapshotMessages",
    "SnapshotRows",
    "SourceClients",
    "StorageLimit",
    "Store",
    "StoredContexts",
    "StoredDeliveryStates",
    "StoredEntityMaps",
    "StoredRelays",
    "StoredSnapshots",
    "StoredSubscriptions",
    "StoredUsage",
    "SubscriptionCache",
    "Sweeper",
    "TenantDatabases",
    "Term",
    "TooManyRequests",
    "Unavailable",
    "Watching",
    "batch_delete",
    "batch_upsert",
    "check_archive",
    "count_of_types",
    "create_entity",
    "declare_index",
    "delete_attribute",
    "delivery_router",
    "describe",
    "enter",
    "entities_of_ids",
    "every_entity",
    "export_archive",
    "import_archive",
    "operator_router",
    "tls_of",
]
