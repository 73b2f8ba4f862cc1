import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joint_use import (
    InvalidTerm,
    NewTenant,
    Placement,
    Placing,
    Storage,
    Tenant,
    TenantStatus,
    WrongStatus,
    canonical_name,
)
from joint_use.terms.tenant import spoken_name, with_status


def a_tenant(status: TenantStatus) -> Tenant:
    return Tenant(
        number=1,
        name="ebetsu",
        storage=Storage.SHARED,
        placement=Placement(server="main", database="renkei_shared"),
        status=status,
    )


@given(st.text(max_size=70))
def test_a_name_is_canonical_or_refused_and_never_changed(text: str) -> None:
    try:
        name = canonical_name(text)
    except InvalidTerm:
        assert not re.fullmatch("[a-z0-9_]{1,63}", text)
    else:
        assert name == text
        assert re.fullmatch("[a-z0-9_]{1,63}", name)


@pytest.mark.parametrize(
    "text", ["", "Sapporo", "sapporo\n", "a" * 64, "札幌", "a-b", "a b", "../a"]
)
def test_a_name_that_is_not_canonical_is_refused(text: str) -> None:
    with pytest.raises(InvalidTerm, match="not canonical"):
        canonical_name(text)


@pytest.mark.parametrize(
    ("status", "to"),
    [
        (TenantStatus.ACTIVE, TenantStatus.SUSPENDED),
        (TenantStatus.SUSPENDED, TenantStatus.ACTIVE),
        (TenantStatus.ACTIVE, TenantStatus.RETIRED),
        (TenantStatus.SUSPENDED, TenantStatus.RETIRED),
        (TenantStatus.PROVISIONING, TenantStatus.RETIRED),
    ],
)
def test_a_step_in_a_tenants_life_makes_a_new_epoch(status: TenantStatus, to: TenantStatus) -> None:
    after = with_status(a_tenant(status), to)
    assert (after.status, after.epoch) == (to, 2)


@pytest.mark.parametrize("status", list(TenantStatus))
def test_a_step_to_the_same_status_changes_nothing(status: TenantStatus) -> None:
    assert with_status(a_tenant(status), status).epoch == 1


@pytest.mark.parametrize(
    ("status", "to"),
    [
        (TenantStatus.RETIRED, TenantStatus.ACTIVE),
        (TenantStatus.RETIRED, TenantStatus.SUSPENDED),
        (TenantStatus.PROVISIONING, TenantStatus.ACTIVE),
        (TenantStatus.PROVISIONING, TenantStatus.SUSPENDED),
    ],
)
def test_a_step_that_there_is_not_is_refused(status: TenantStatus, to: TenantStatus) -> None:
    with pytest.raises(WrongStatus, match=f"is {status.value}"):
        with_status(a_tenant(status), to)


def test_a_separated_tenant_gets_a_database_of_its_number() -> None:
    placing = Placing(servers=frozenset({"main", "second"}))
    separated = NewTenant(name="ebetsu", storage=Storage.SEPARATED)
    assert placing.place(7, separated).database == "renkei_tenant_7"
    elsewhere = NewTenant(name="ebetsu", storage=Storage.SEPARATED, server="second")
    assert placing.place(8, elsewhere) == Placement(server="second", database="renkei_tenant_8")


def test_a_shared_tenant_gets_the_shared_database() -> None:
    assert Placing().place(7, NewTenant(name="sarabetsu")).database == "renkei_shared"


@pytest.mark.parametrize(
    "wanted",
    [
        NewTenant(name="x", storage=Storage.SEPARATED, server="absent"),
        NewTenant(name="x", storage=Storage.SHARED, server="second"),
    ],
)
def test_a_server_that_cannot_be_chosen_is_refused(wanted: NewTenant) -> None:
    with pytest.raises(InvalidTerm) as caught:
        Placing(servers=frozenset({"main", "second"})).place(1, wanted)
    assert caught.value.where == "server"


@pytest.mark.parametrize("text", ["一行目\n二行目", "a\u0000", "長" * 201, "\u202egnp"])
def test_a_name_for_people_is_one_short_line(text: str) -> None:
    with pytest.raises(InvalidTerm):
        spoken_name(text, "name_ja")
