from .api.asyncapi import describe_notifications
from .api.delivery_state import delivery_router
from .api.openapi import describe
from .api.operator import operator_router
from .api.relay import RelayEndpoint
from .api.resource import PRINCIPAL, REFUSAL, TENANT
from .api.routes import NgsiLdApi
from .fetch.contexts import ContextLoader
from .ngsi.archive import DamagedArchive, Manifest
from .ngsi.entity import Entity
from .ngsi.entity_map import MapBounds
from .ngsi.errors import (
    AlreadyExists,
    Finding,
    NgsiLdError,
    NonexistentTenant,
    RequestTooLarge,
    ResourceNotFound,
    TooManyRequests,
    Unavailable,
)
from .ngsi.names import EntityId, Term
from .ngsi.snapshot import SnapshotBounds
from .notify.deliveries import Deliveries, Outside
from .notify.endpoints import GuardedEndpoints
from .notify.http import HttpSender
from .notify.mailer import Mailer
from .notify.mqtt import MqttSender
from .notify.snapshots import SnapshotMessages
from .notify.watching import Watching
from .operations.archives import (
    ArchiveOrigin,
    check_archive,
    export_archive,
    import_archive,
)
from .operations.attributes import delete_attribute
from .operations.batch import BatchItem, batch_delete, batch_upsert
from .operations.call import AccessDenied, Call, Document
from .operations.copying import (
    count_of_types,
    entities_of_ids,
    every_entity,
    page_of_entities,
)
from .operations.entities import create_entity
from .operations.indexes import declare_index
from .operations.snapshot_filling import Filler
from .operations.snapshot_keeping import SnapshotKeeper
from .operations.within_visibility import enter
from .ports import Bounds, Broker, Judge, Judgement, StorageLimit
from .settings import Settings
from .source_ports import External
from .sources.sources import SourceClients
from .sources.tls import tls_of
from .store.archive_rows import ArchiveRows
from .store.contexts import StoredContexts
from .store.deliveries import PostgresDeliveries
from .store.delivery_hook import DeliveryHook
from .store.delivery_states import StoredDeliveryStates
from .store.entity_maps import StoredEntityMaps
from .store.holdings import ChangedTenants, Held, StoredHoldings
from .store.leases import PostgresLeases
from .store.moving import PostgresMover
from .store.process_register import CONTROL_MIGRATIONS, DELIVERIES_CHANNEL, ProcessRegister
from .store.relays import StoredRelays
from .store.snapshot_filling import SnapshotRows
from .store.snapshots import StoredSnapshots
from .store.store import Store
from .store.subscription_cache import SubscriptionCache
from .store.subscriptions import StoredSubscriptions
from .store.sweeper import Sweeper
from .store.tenants import TenantDatabases
from .store.usage import StoredUsage
from .subscription_ports import DeliveryStates

__all__ = [
    "CONTROL_MIGRATIONS",
    "DELIVERIES_CHANNEL",
    "PRINCIPAL",
    "REFUSAL",
    "TENANT",
    "AccessDenied",
    "AlreadyExists",
    "ArchiveOrigin",
    "ArchiveRows",
    "BatchItem",
    "Bounds",
    "Broker",
    "Call",
    "ChangedTenants",
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
    "Held",
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
    "StoredHoldings",
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
    "describe_notifications",
    "enter",
    "entities_of_ids",
    "every_entity",
    "export_archive",
    "import_archive",
    "operator_router",
    "page_of_entities",
    "tls_of",
]
