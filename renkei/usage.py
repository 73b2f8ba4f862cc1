"""Usage and quotas: what counts, what limits and what shows it, put together."""

from dataclasses import dataclass

from broker import StorageLimit, StoredUsage, TenantDatabases
from joint_use import (
    DailyHashes,
    Journal,
    Metering,
    Quota,
    QuotaCache,
    QuotaStore,
    Tenant,
    TenantCache,
    TenantStore,
    UsageCounting,
    UsageStore,
)
from kit.clock import utc_now
from kit.db import Database, Databases
from kit.listen import Listener
from kit.tasks import Tasks
from renkei.admission import Door, Rates
from renkei.fairness import FairShare, Shares
from renkei.instance import Instance
from renkei.metering import JournalMeter
from renkei.settings import Settings

FOLDER = "usage"
"""Where in the data directory the journals are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageParts:
    """What one process has put together to count and to limit.

    Args:
        meter: None: nothing is counted.
    """

    meter: JournalMeter | None
    counting: UsageCounting
    metering: Metering
    quotas: QuotaCache
    door: Door

    def start(self, tasks: Tasks) -> None:
        """Count, as long as the tasks run."""
        if self.meter is not None:
            tasks.start("usage", self.counting.run)
            tasks.start("usage collection", self.counting.keep_collecting)

    def storage_limit(self, tenant: Tenant) -> StorageLimit | None:
        """Say at once how much a tenant may store; None: there is no limit."""
        quota = self.quotas.known_or_default(tenant)
        if quota.entities is None and quota.bytes is None:
            return None
        return StorageLimit(entities=quota.entities, bytes=quota.bytes)

    def most_subscriptions(self, tenant: Tenant) -> int | None:
        """Say at once how many subscriptions a tenant may have; None: there is no limit."""
        return self.quotas.known_or_default(tenant).subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageNeeds:
    """What usage is put together with."""

    databases: Databases
    control: Database
    directory: TenantCache
    tenant_databases: TenantDatabases
    listener: Listener


def assemble_usage(settings: Settings, by: UsageNeeds) -> UsageParts:
    """Put the parts together; nothing is connected yet."""
    instance, joint_use = Instance(settings.data, settings.secrets), settings.joint_use
    shelf = QuotaStore(by.databases, by.control)
    defaults = Quota(**joint_use.quotas.model_dump())
    quotas = QuotaCache(shelf, defaults)
    quotas.follow(by.listener)
    journal = Journal(settings.data / FOLDER)
    ledger = UsageStore(by.databases, by.control)
    counter = StoredUsage(by.tenant_databases, utc_now)
    counting = UsageCounting(journal, ledger, counter, by.directory, utc_now)
    sharing = joint_use.sharing
    share = FairShare(Shares(alone=sharing.alone, contended=sharing.contended, queue=sharing.queue))
    hashes = DailyHashes(instance.usage_key().encode())
    return UsageParts(
        meter=JournalMeter(journal, hashes) if joint_use.metering else None,
        counting=counting,
        metering=Metering(
            tenants=TenantStore(by.databases, by.control),
            ledger=ledger,
            quotas=shelf,
            defaults=defaults,
            counter=counter,
            count_now=counting.count_now,
            clock=utc_now,
        ),
        quotas=quotas,
        door=Door(quotas, Rates(shelf), share),
    )
