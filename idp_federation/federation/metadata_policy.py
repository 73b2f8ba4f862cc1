"""Metadata policy on its three levels: read, merged from the anchor down, applied to a subject.

Spec: OpenID Federation 1.0 §6.1
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from idp_federation.federation.errors import PolicyError
from idp_federation.federation.metadata import Metadata
from idp_federation.federation.policy_operators import (
    Operators,
    apply_operators,
    merge_operators,
    read_operators,
)
from kit.json import JsonObject, JsonValue

MetadataPolicy: TypeAlias = Mapping[str, Mapping[str, Operators]]
"""Entity Type → metadata parameter → operator → value: valid by itself."""


def read_policy(value: JsonValue) -> MetadataPolicy:
    """Read a `metadata_policy` claim.

    Operators that the standard does not define are ignored: a statement that calls one critical is
    refused where it is read, and its chain with it.

    Spec: OpenID Federation 1.0 §6.1.2, §6.1.3.2
    Raises:
        PolicyError: its form, an operator's value or a combination is wrong.
    """
    policy: dict[str, dict[str, Operators]] = {}
    for entity_type, parameters in _members(value, "metadata_policy").items():
        policy[entity_type] = {
            parameter: read_operators(_members(operators, parameter), parameter)
            for parameter, operators in _members(parameters, entity_type).items()
        }
    return policy


def merge(superior: MetadataPolicy, subordinate: MetadataPolicy) -> MetadataPolicy:
    """Merge a superior's policy with that of the next below it: never more permissive than either.

    Spec: OpenID Federation 1.0 §6.1.4.1
    Raises:
        PolicyError: the two conflict.
    """
    merged = dict(superior)
    for entity_type, parameters in subordinate.items():
        above = merged.get(entity_type, {})
        merged[entity_type] = {
            **above,
            **{
                parameter: merge_operators(above[parameter], operators, parameter)
                if parameter in above
                else operators
                for parameter, operators in parameters.items()
            },
        }
    return merged


def resolve_policy(policies: Iterable[MetadataPolicy]) -> MetadataPolicy:
    """Merge the policies of a chain, in order from the anchor to the subject's superior.

    Raises:
        PolicyError: two of them conflict.
    """
    resolved: MetadataPolicy = {}
    for policy in policies:
        resolved = merge(resolved, policy)
    return resolved


def apply_policy(policy: MetadataPolicy, metadata: Metadata) -> Metadata:
    """Apply a resolved policy to metadata; Entity Types that are not there are not added.

    Spec: OpenID Federation 1.0 §6.1.4.2
    Raises:
        PolicyError: the metadata do not pass.
    """
    applied: dict[str, JsonObject] = {}
    for entity_type, given in metadata.items():
        parameters = dict(given)
        for parameter, operators in policy.get(entity_type, {}).items():
            apply_operators(operators, parameters, parameter)
        applied[entity_type] = parameters
    return applied


def _members(value: JsonValue, where: str) -> JsonObject:
    if isinstance(value, dict):
        return value
    raise PolicyError(f"Policy has no object in {where}", where=where)
