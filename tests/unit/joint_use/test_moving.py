"""Where a tenant can be moved to."""

import pytest

from joint_use.terms.errors import InvalidTerm
from joint_use.terms.moving import ENDED, UNDER_WAY, MovePhase, destination
from joint_use.terms.tenant import Placement, Placing, Storage, Tenant

PLACING = Placing(servers=frozenset({"main", "east"}))
SHARED = Tenant(
    number=7,
    name="ebetsu",
    storage=Storage.SHARED,
    placement=Placement(server="main", database="renkei_shared"),
)
APART = Tenant(
    number=7,
    name="ebetsu",
    storage=Storage.SEPARATED,
    placement=Placement(server="east", database="renkei_tenant_7"),
)


@pytest.mark.parametrize(
    ("tenant", "wanted", "place"),
    [
        (SHARED, "separated", "main/renkei_tenant_7 (separated)"),
        (SHARED, "east", "east/renkei_tenant_7 (separated)"),
        (SHARED, "east/separated", "east/renkei_tenant_7 (separated)"),
        (APART, "shared", "main/renkei_shared (shared)"),
        (APART, "main/shared", "main/renkei_shared (shared)"),
        (APART, "main", "main/renkei_tenant_7 (separated)"),
    ],
)
def test_a_word_means_a_place(tenant: Tenant, wanted: str, place: str) -> None:
    assert str(destination(tenant, wanted, PLACING)) == place


@pytest.mark.parametrize(
    ("tenant", "wanted"),
    [
        (SHARED, "shared"),
        (APART, "separated"),
        (APART, "east"),
        (SHARED, "west"),
        (SHARED, "east/shared"),
        (SHARED, "main/external"),
        (SHARED, ""),
    ],
)
def test_where_it_is_already_and_what_is_no_place_is_refused(tenant: Tenant, wanted: str) -> None:
    with pytest.raises(InvalidTerm) as refusal:
        destination(tenant, wanted, PLACING)
    assert refusal.value.where == "to"


def test_every_phase_is_before_the_switch_after_it_or_the_end() -> None:
    assert set(MovePhase) == UNDER_WAY | ENDED | {MovePhase.CLEANING}
    assert not UNDER_WAY & ENDED
