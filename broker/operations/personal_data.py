"""Decisions on personal data, recorded before what they allow is answered.

What a caller is shown of personal types, what he changes there and what he is refused stands in the
audit: who, in which tenant, by which policy and at which levels; never what the data say.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from broker.ngsi.commands import Applied
from broker.ngsi.entity import Entity
from broker.ngsi.errors import NgsiLdError
from broker.ngsi.names import Iri
from broker.operations.call import Call
from joint_use import (
    Action,
    Allow,
    Audit,
    AuditEvent,
    AuditKind,
    AuditOutcome,
    Deny,
    Party,
    PersonalType,
    StepUp,
    decide,
    party_of,
)

_MOST_NAMED = 10  # types that one record names


@dataclass(frozen=True, slots=True)
class PersonalRecords:
    """Records the decisions on one caller's request.

    Args:
        audit: where.
        call: the request.
    """

    audit: Audit
    call: Call

    async def shown(self, entities: Iterable[Entity]) -> bool:
        """Record that a caller is shown entities, where some are personal data; answers whether."""
        personal = [entity for entity in entities if self._is_personal(entity)]
        await self._noted(Action.READ, personal)
        return bool(personal)

    async def hidden(self, entities: Iterable[Entity]) -> None:
        """Record that a caller who named entities is not shown them."""
        kept_back = [entity for entity in entities if self._is_personal(entity)]
        for type_ in sorted(_types_of(kept_back) & self._personal.keys()):
            of_type = [entity for entity in kept_back if type_ in entity.types]
            decision = self._decision(Action.READ, type_)
            if isinstance(decision, Allow):  # he may read this type, of himself
                decision = Deny(reason=f"The {type_} asked for is about somebody else")
            await self._record(Action.READ, decision, [type_], of_type)

    async def written(self, outcomes: Sequence[Applied | NgsiLdError]) -> None:
        """Record that a caller has changed entities, where some are personal data."""
        changed = [
            entity
            for outcome in outcomes
            if isinstance(outcome, Applied) and outcome.change is not None
            for entity in (outcome.change.after or outcome.change.before,)
            if entity is not None and self._is_personal(entity)
        ]
        await self._noted(Action.WRITE, changed)

    async def refused(self, action: Action, types: Collection[Iri]) -> None:
        """Record that a caller may not act on types, where some are personal data."""
        for type_ in sorted(self._personal.keys() & types):
            decision = self._decision(action, type_)
            if isinstance(decision, Deny):
                await self._record(action, decision, [type_], ())

    async def refused_whole(self, action: Action, decision: Deny) -> None:
        """Record that a caller is refused a tenant whose data are elsewhere, personal ones too."""
        await self._record(action, decision, sorted(self._personal), ())

    async def passed_on(self, action: Action) -> None:
        """Record that a caller's request is handed on unread: what it changes may be personal."""
        types = sorted(self._personal)
        await self._record(action, self._decision(action, types[0]), types, None)

    @property
    def _personal(self) -> dict[str, PersonalType]:
        policy = self.call.standing.policy
        return {} if policy is None else dict(policy.personal)

    def _is_personal(self, entity: Entity) -> bool:
        return not self._personal.keys().isdisjoint(entity.types)

    def _decision(self, action: Action, type_: str) -> Allow | Deny:
        call = self.call
        return decide(call.principal, action, call.tenant.name, call.standing, type_)

    async def _noted(self, action: Action, entities: Sequence[Entity]) -> None:
        """Record what was allowed: once for all entities of a request."""
        types = sorted(_types_of(entities) & self._personal.keys())
        if types:
            await self._record(action, self._decision(action, types[0]), types, entities)

    async def _record(
        self,
        action: Action,
        decision: Allow | Deny,
        types: Sequence[str],
        entities: Sequence[Entity] | None,
    ) -> None:
        call, principal, policy = self.call, self.call.principal, self.call.standing.policy
        held = principal.levels
        facts = {
            "types": " ".join(types[:_MOST_NAMED]),
            "policy version": str(policy.version if policy else 0),
            "levels": f"{held.proofing}/{held.authentication}",
            "client": principal.service or "",
            "entities": "unread" if entities is None else str(len(entities)),
        }
        await self.audit.record(
            AuditEvent(
                kind=AuditKind.PERSONAL_DATA,
                outcome=_outcome(decision),
                by=party_of(principal),
                about=self._whom(entities or ()),
                tenant=call.tenant.name,
                what=action.value,
                reason=decision.reason.replace(principal.subject, "the caller"),
                facts={name: value for name, value in facts.items() if value},
            )
        )

    def _whom(self, entities: Sequence[Entity]) -> Party | None:
        """Name whom entities are about, where all are about one person."""
        owners = {
            owner
            for entity in entities
            for type_ in entity.types
            if (rule := self._personal.get(type_)) is not None
            for owner in _texts(entity, Iri(rule.owner))
        }
        return Party.person(owners.pop()) if len(owners) == 1 else None


def _types_of(entities: Iterable[Entity]) -> set[str]:
    return {type_ for entity in entities for type_ in entity.types}


def _texts(entity: Entity, attribute: Iri) -> list[str]:
    values = (instance.get("value") for instance in entity.attributes.get(attribute, ()))
    return [value for value in values if isinstance(value, str)]


def _outcome(decision: Allow | Deny) -> AuditOutcome:
    if isinstance(decision, StepUp):
        return AuditOutcome.STEP_UP
    return AuditOutcome.DENIED if isinstance(decision, Deny) else AuditOutcome.ALLOWED
