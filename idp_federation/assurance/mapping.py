"""Tables that say which levels a provider's words stand for: data with a version, not code."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from idp_federation.assurance.acr import levels_of
from idp_federation.assurance.errors import InvalidLevels, InvalidMapping
from idp_federation.assurance.evidence import VerifiedClaims, is_recent
from idp_federation.assurance.levels import HIGHEST, require_level
from joint_use import Levels
from kit.json import JsonObject, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofingRule:
    """What one kind of verification is worth.

    Args:
        trust_framework: by which rules it was checked.
        assurance_level: the level by those rules; None: whichever.
        evidence: the kinds of evidence there have to be.
        proofing: the level it stands for here.
        max_age: how long ago it may be; None: however long.
    """

    trust_framework: str
    assurance_level: str | None = None
    evidence: frozenset[str] = frozenset()
    proofing: int
    max_age: timedelta | None = None

    def fits(self, verified: VerifiedClaims, now: datetime) -> bool:
        """Tell whether a verification is of this kind, on this evidence, and recent enough."""
        return (
            verified.trust_framework == self.trust_framework
            and self.assurance_level in (None, verified.assurance_level)
            and self.evidence <= verified.kinds
            and (self.max_age is None or is_recent(verified, max_age=self.max_age, now=now))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodsRule:
    """What methods (amr) are worth of a provider that tells no acr.

    Args:
        methods: those that there have to be.
        authentication: the level they stand for here.
    """

    methods: frozenset[str]
    authentication: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelMapping:
    """One version of a table.

    Args:
        version: higher ones replace lower ones.
        authentication: acr → level of authentication; any other acr is worth 1.
        methods: the rules for sign-ins whose acr is not in the table.
        acr_proofing: acr → level of proofing, of a provider whose sign-in itself shows who
            somebody is (an IC card); of platforms never.
        proofing: the rules for verified claims; what fits none is worth 1.
        cap: no more than this, whatever the table says.
    """

    version: int
    authentication: Mapping[str, int]
    methods: tuple[MethodsRule, ...] = ()
    acr_proofing: Mapping[str, int] = field(default_factory=dict)
    proofing: tuple[ProofingRule, ...] = ()
    cap: Levels = HIGHEST

    def authentication_of(self, acr: str | None, amr: frozenset[str] | None = None) -> int:
        """Answer with the level of authentication that an acr, or else methods, stand for."""
        if acr is not None and acr in self.authentication:
            return self.authentication[acr]
        fitting = [one.authentication for one in self.methods if one.methods <= (amr or set())]
        return max(fitting, default=1)

    def acr_values_reaching(self, authentication: int) -> tuple[str, ...]:
        """List the acr values that stand for a level of authentication or a higher one."""
        reaching = (acr for acr, level in self.authentication.items() if level >= authentication)
        return tuple(sorted(reaching, key=lambda acr: (self.authentication[acr], acr)))

    def rule_for(self, verified: VerifiedClaims, now: datetime) -> ProofingRule | None:
        """Answer with the best rule that a verification fits."""
        fitting = [rule for rule in self.proofing if rule.fits(verified, now)]
        return max(fitting, key=lambda rule: rule.proofing, default=None)


def read_mapping(value: JsonValue, *, anchor: str) -> LevelMapping:
    """Read a table; it may not make more of the anchor's own acr than that acr says.

    Args:
        value: `{version, acr, proofing: [{trust_framework, assurance_level, evidence, ial,
            max_age}], max_ial, max_aal}`, ages in seconds.
        anchor: the domain whose acr values are the framework's own.

    Raises:
        InvalidMapping: the table is of another form or promises too much.
    """
    if not isinstance(value, dict):
        raise InvalidMapping("Assurance map is not an object", where="assurance_map")
    version = value.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InvalidMapping("Assurance map has no version from 1 up", where="version")
    rules = value.get("proofing", [])
    if not isinstance(rules, list):
        raise InvalidMapping("Assurance map has no array in proofing", where="proofing")
    try:
        return LevelMapping(
            version=version,
            authentication=_authentication(value.get("acr", {}), anchor),
            proofing=tuple(_rule(rule) for rule in rules),
            cap=Levels(
                require_level(value.get("max_ial"), what="max_ial of the assurance map"),
                require_level(value.get("max_aal"), what="max_aal of the assurance map"),
            ),
        )
    except InvalidLevels as wrong:
        raise InvalidMapping(wrong.detail, where=wrong.where) from None


def read_provider_table(value: JsonValue, *, anchor: str) -> LevelMapping:
    """Read the table of an upstream provider, which this platform's operator has written.

    Args:
        value: as for `read_mapping`, with `amr: [{methods, aal}]` and `acr_ial` besides.
        anchor: the domain whose acr values are the framework's own.

    Raises:
        InvalidMapping: the table is of another form or promises too much.
    """
    mapping = read_mapping(value, anchor=anchor)
    if not isinstance(value, dict):
        return mapping
    rules = value.get("amr", [])
    if not isinstance(rules, list):
        raise InvalidMapping("Table of levels has no array in amr", where="amr")
    try:
        return replace(
            mapping,
            methods=tuple(_methods(rule) for rule in rules),
            acr_proofing=_acr_proofing(value.get("acr_ial", {}), anchor),
        )
    except InvalidLevels as wrong:
        raise InvalidMapping(wrong.detail, where=wrong.where) from None


def mapping_as_json(mapping: LevelMapping) -> JsonObject:
    """Write a table as `read_provider_table` reads it."""
    return {
        "version": mapping.version,
        "acr": {**mapping.authentication},
        "acr_ial": {**mapping.acr_proofing},
        "amr": [
            {"methods": [*sorted(one.methods)], "aal": one.authentication}
            for one in mapping.methods
        ],
        "proofing": [_rule_as_json(rule) for rule in mapping.proofing],
        "max_ial": mapping.cap.proofing,
        "max_aal": mapping.cap.authentication,
    }


def _rule_as_json(rule: ProofingRule) -> JsonObject:
    return {
        "trust_framework": rule.trust_framework,
        "assurance_level": rule.assurance_level,
        "evidence": [*sorted(rule.evidence)],
        "ial": rule.proofing,
        "max_age": None if rule.max_age is None else int(rule.max_age.total_seconds()),
    }


def _methods(value: JsonValue) -> MethodsRule:
    methods = value.get("methods") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(methods, list) or not methods:
        raise InvalidMapping("Rule of the table has no methods", where="amr")
    named = frozenset(one for one in methods if isinstance(one, str) and one)
    if len(named) != len(methods):
        raise InvalidMapping("Rule of the table has no texts in methods", where="amr")
    level = require_level(value.get("aal"), what=f"aal of the rule for {' '.join(sorted(named))}")
    return MethodsRule(methods=named, authentication=level)


def _acr_proofing(value: JsonValue, anchor: str) -> Mapping[str, int]:
    table = _levels_by_text(value, "acr_ial")
    for acr in table:
        if levels_of(acr, anchor) is not None:
            raise InvalidMapping(
                f"Table of levels takes proofing from {acr}; right are verified claims beside it",
                where="acr_ial",
            )
    return table


def _levels_by_text(value: JsonValue, name: str) -> Mapping[str, int]:
    if not isinstance(value, dict):
        raise InvalidMapping(f"Assurance map has no object in {name}", where=name)
    return {acr: require_level(level, what=f"Level of {acr}") for acr, level in value.items()}


def _authentication(value: JsonValue, anchor: str) -> Mapping[str, int]:
    table = _levels_by_text(value, "acr")
    for acr, level in table.items():
        own = levels_of(acr, anchor)
        if own is not None and level > own.authentication:
            raise InvalidMapping(
                f"Assurance map raises {acr} to {level}; it is {own.authentication}", where="acr"
            )
    return table


def _rule(value: JsonValue) -> ProofingRule:
    if not isinstance(value, dict):
        raise InvalidMapping("Rule of the assurance map is not an object", where="proofing")
    framework, level = value.get("trust_framework"), value.get("assurance_level")
    if not isinstance(framework, str) or not framework or not isinstance(level, str | None):
        raise InvalidMapping("Rule of the assurance map has no trust_framework", where="proofing")
    return ProofingRule(
        trust_framework=framework,
        assurance_level=level,
        evidence=_kinds(value),
        proofing=require_level(value.get("ial"), what=f"ial of the rule for {framework}"),
        max_age=_age(value),
    )


def _kinds(rule: JsonObject) -> frozenset[str]:
    given = rule.get("evidence", [])
    kinds = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
    if not isinstance(given, list) or len(kinds) != len(given):
        raise InvalidMapping("Rule of the assurance map has no texts in evidence", where="evidence")
    return frozenset(kinds)


def _age(rule: JsonObject) -> timedelta | None:
    seconds = rule.get("max_age")
    if seconds is None:
        return None
    if isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**10:
        return timedelta(seconds=seconds)
    raise InvalidMapping("Rule of the assurance map has no seconds in max_age", where="max_age")
