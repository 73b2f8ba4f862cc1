"""The acr values of a trust framework: one URI for each pair of levels.

An acr is looked up, never taken apart: a URI that only looks like one of ours has no level.
"""

from collections.abc import Mapping

from idp_federation.assurance.levels import EVERY
from joint_use import Levels
from kit.json import JsonObject


def acr_of(levels: Levels, anchor: str) -> str:
    """Write a pair of levels as the acr of an anchor's domain.

    >>> acr_of(Levels(2, 3), "trust.pref.example")
    'https://trust.pref.example/acr/ial2/aal3'
    """
    return f"https://{anchor}/acr/ial{levels.proofing}/aal{levels.authentication}"


def levels_by_acr(anchor: str) -> Mapping[str, Levels]:
    """List the nine acr values of an anchor's domain with their levels."""
    return {acr_of(levels, anchor): levels for levels in EVERY}


def levels_of(acr: str | None, anchor: str) -> Levels | None:
    """Answer with the levels of an acr; None for every other text.

    >>> levels_of("https://trust.pref.example.evil.example/acr/ial3/aal3", "trust.pref.example")
    """
    return None if acr is None else levels_by_acr(anchor).get(acr)


def acr_values_reaching(required: Levels, anchor: str) -> tuple[str, ...]:
    """List every acr that reaches what is required, the lowest first.

    >>> acr_values_reaching(Levels(3, 2), "a.example")
    ('https://a.example/acr/ial3/aal2', 'https://a.example/acr/ial3/aal3')
    """
    return tuple(acr_of(levels, anchor) for levels in EVERY if levels.satisfies(required))


def is_met(required: Levels, returned: str | None, anchor: str) -> bool:
    """Tell whether the acr that came back reaches what was asked for.

    A provider may answer with less than it was asked, so the value that came back counts.

    Spec: OpenID Connect Core 1.0 §5.5.1.1
    """
    held = levels_of(returned, anchor)
    return held is not None and held.satisfies(required)


def essential_acr(required: Levels, anchor: str) -> JsonObject:
    """Make the `claims` parameter's member that leaves a provider no lower choice.

    Spec: OpenID Connect Core 1.0 §5.5.1.1
    """
    values = list(acr_values_reaching(required, anchor))
    return {"acr": {"essential": True, "values": [*values]}}
