"""What tenants ask of their entities, as a process knows it, and what was found."""

import asyncio
from collections import Counter
from collections.abc import Mapping

import structlog

from datamodels.model.adoption import Adoption, Rule, Validation
from datamodels.model.checking import Checker, Fault
from datamodels.model.words import Words
from datamodels.ports import Adoptions, Noted
from datamodels.registry import Registry
from kit.clock import Clock
from kit.db import DatabaseUnavailable
from kit.errors import RenkeiError

log = structlog.stdlib.get_logger("datamodels")

_LOOK_S = 10.0  # NOTIFY hurries this up; what it missed is found so late at most
_SETTLE_S = 1.0
_MOST_PLACES = 5_000  # kept between two writings; the attribute names of strangers are endless

_Place = tuple[int, str, str, bool]


class RulesUnknown(RenkeiError):
    """What tenants ask has not been read since this process began."""


class Rules:
    """The rules of all tenants: asked for each group of writes, without waiting.

    Args:
        registry: the models.
        adoptions: what tenants have adopted.
        clock: says when something was found.
    """

    def __init__(self, registry: Registry, adoptions: Adoptions, clock: Clock) -> None:
        self._registry = registry
        self._adoptions = adoptions
        self._clock = clock
        self._known: dict[int, dict[str, Rule]] | None = None
        self._change = 0
        self._checkers: dict[tuple[str, bool], Checker] = {}
        self._look = asyncio.Event()
        self._counts: Counter[_Place] = Counter()
        self._last: dict[_Place, Words] = {}

    def of(self, tenant: int) -> Mapping[str, Rule] | None:
        """Answer with a tenant's rules by the IRI of the type; None where it asks nothing.

        Raises:
            RulesUnknown: they have not been read yet.
        """
        if self._known is None:
            raise RulesUnknown("What tenants ask of their entities is being read; try again")
        return self._known.get(tenant)

    def note(self, tenant: int, rule: Rule, faults: tuple[Fault, ...]) -> None:
        """Count what was found; what a process has no room for is not counted."""
        is_refused = rule.validation is Validation.ENFORCE
        for fault in faults:
            place = (tenant, rule.checker.model.type, fault.pointer, is_refused)
            if place in self._counts or len(self._counts) < _MOST_PLACES:
                self._counts[place] += 1
                self._last[place] = fault.words

    def look(self) -> None:
        """Read soon what has changed: somebody says that something has."""
        self._look.set()

    async def read(self) -> None:
        """Read what has changed since the last time.

        Raises:
            DatabaseUnavailable: it cannot be read.
        """
        changed = await self._adoptions.changed_since(self._change)
        known = self._known if self._known is not None else {}
        for adoption in changed:
            self._take(known, adoption)
            self._change = max(self._change, adoption.change)
        self._known = known

    async def run(self) -> None:
        """Keep what is known up to date; to be run under `kit.tasks`."""
        while True:
            self._look.clear()
            try:
                await self.read()
                wait_s = _LOOK_S
            except DatabaseUnavailable as error:
                log.warning("adoptions_not_read", reason=error.detail)
                wait_s = _SETTLE_S
            try:
                async with asyncio.timeout(wait_s):
                    await self._look.wait()
            except TimeoutError:
                continue

    async def settle(self) -> None:
        """Write down each second what was found; to be run under `kit.tasks`."""
        while True:
            await asyncio.sleep(_SETTLE_S)
            try:
                await self.write_down()
            except DatabaseUnavailable as error:
                log.warning("findings_not_counted", reason=error.detail)

    async def write_down(self) -> None:
        """Write down what was found since the last time.

        Raises:
            DatabaseUnavailable: it cannot be written; it is kept for the next time.
        """
        if not self._counts:
            return
        counts, last = self._counts, self._last
        self._counts, self._last = Counter(), {}
        noted = [
            Noted(tenant, type_, place, is_refused, count, last[tenant, type_, place, is_refused])
            for (tenant, type_, place, is_refused), count in counts.items()
        ]
        try:
            await self._adoptions.note(noted, self._clock())
        except DatabaseUnavailable:
            self._counts.update(counts)
            self._last = {**last, **self._last}
            raise

    def _take(self, known: dict[int, dict[str, Rule]], adoption: Adoption) -> None:
        model = self._registry.current.get(adoption.type)
        if model is None:
            log.warning("adopted_model_unknown", type=adoption.type, tenant=adoption.tenant)
            return
        rules = known.setdefault(adoption.tenant, {})
        if adoption.is_dropped or adoption.validation is Validation.OFF:
            rules.pop(model.iri, None)
        else:
            key = (adoption.type, adoption.gaps)
            if key not in self._checkers:
                self._checkers[key] = Checker(model, gaps=adoption.gaps)
            rules[model.iri] = Rule(self._checkers[key], adoption.validation)
        if not rules:
            del known[adoption.tenant]
