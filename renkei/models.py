"""The data models and the broker, introduced to each other: checks of writes, indexes."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from broker import (
    Broker,
    Call,
    Entity,
    Finding,
    Judge,
    Judgement,
    NgsiLdError,
    Unavailable,
    declare_index,
)
from datamodels import (
    MODELS_CHANNEL,
    AdoptionStore,
    DataModels,
    Fault,
    FileGathering,
    Registry,
    Rule,
    Rules,
    RulesUnknown,
    ScheduledImports,
    ScheduleStore,
    Validation,
    open_registry,
    read_rows,
)
from joint_use import OPERATOR, JointUse, Tenant, TenantDirectory
from kit.clock import utc_now
from kit.db import Database, Databases, DatabaseUnavailable
from kit.guard import Guard
from kit.http import Outbound
from kit.listen import Listener
from kit.tasks import Tasks
from renkei.model_data import BrokerData
from renkei.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """What one process has put together of the data models."""

    registry: Registry
    adoptions: AdoptionStore
    rules: Rules
    schedules: ScheduleStore
    gathering: FileGathering

    async def start(self, tasks: Tasks, joint_use: JointUse, broker: Broker) -> None:
        """Keep the rules, count what was found, import what is due, as long as the tasks run."""
        with suppress(DatabaseUnavailable):  # then writes wait for them with 503
            await self.rules.read()
        tasks.start("data models", self.rules.run)
        tasks.start("model findings", self.rules.settle)
        tasks.start("scheduled imports", self.importing(joint_use, broker).run)

    def judge_of(self, tenant: Tenant) -> Judge | None:
        """Say who judges a tenant's writes; None: nobody does.

        Raises:
            Unavailable: what the tenant asks has not been read yet.
        """
        try:
            rules = self.rules.of(tenant.number)
        except RulesUnknown as unknown:
            raise Unavailable(unknown.detail) from unknown
        return None if rules is None else _Judge(tenant.number, rules, self.rules.note)

    def house(self, directory: TenantDirectory, broker: Broker) -> DataModels:
        """Put the house's ports together."""
        return DataModels(
            registry=self.registry,
            adoptions=self.adoptions,
            tenants=directory,
            indexing=_Indexes(broker),
            schedules=self.schedules,
            clock=utc_now,
        )

    def importing(self, joint_use: JointUse, broker: Broker) -> ScheduledImports:
        """Put together what imports files that are due."""
        return ScheduledImports(
            schedules=self.schedules,
            registry=self.registry,
            gathering=self.gathering,
            data=BrokerData(joint_use, broker),
            read_file=read_rows,
            clock=utc_now,
        )


def assemble_models(
    settings: Settings, databases: Databases, control: Database, listener: Listener
) -> Models:
    """Put the parts together; nothing is connected yet.

    Raises:
        DataModelError: a model in the operator's folder is none.
    """
    registry = open_registry(settings.datamodels.folder)
    adoptions = AdoptionStore(databases, control)
    rules = Rules(registry, adoptions, utc_now)
    listener.hear(MODELS_CHANNEL, lambda _: rules.look(), rules.look)
    return Models(
        registry=registry,
        adoptions=adoptions,
        rules=rules,
        schedules=ScheduleStore(databases, control),
        gathering=FileGathering(Outbound(Guard(settings.egress_allow)), settings.datamodels),
    )


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges the writes of one tenant by its rules."""

    tenant: int
    rules: Mapping[str, Rule]
    note: Callable[[int, Rule, tuple[Fault, ...]], None]

    def __call__(self, before: Entity | None, after: Entity) -> Judgement | None:
        findings: list[Finding] = []
        is_refused = False
        for name in after.types:
            rule = self.rules.get(name)
            if rule is None:
                continue
            faults = rule.faults(None if before is None else before.attributes, after.attributes)
            if faults:
                self.note(self.tenant, rule, faults)
                findings += [Finding(one.pointer, one.words.ja, one.words.en) for one in faults]
                is_refused = is_refused or rule.validation is Validation.ENFORCE
        if not findings:
            return None
        return Judgement(findings=tuple(findings), is_refused=is_refused)


@dataclass(frozen=True, slots=True)
class _Indexes:
    """Declares indexes in the broker (port `Indexing`)."""

    broker: Broker

    async def declare(self, tenant: Tenant, iri: str) -> None:
        """Index an attribute; one that is indexed already, or one too many, is no error."""
        try:
            await declare_index(self.broker, Call(tenant=tenant, principal=OPERATOR), iri)
        except NgsiLdError:
            return  # being withdrawn, or too many: queries find it without
