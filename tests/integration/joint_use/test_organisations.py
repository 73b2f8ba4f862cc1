import asyncpg
import pytest

from joint_use import (
    OPERATOR,
    UNRESTRICTED,
    Contact,
    Forbidden,
    InvalidTerm,
    JointUse,
    Members,
    Municipality,
    NewTenant,
    Organisation,
    OrganisationExists,
    OrganisationKind,
    OrganisationUnknown,
    Principal,
    create_tenant,
    list_organisations,
    list_tenants,
    register_municipality,
    register_organisation,
    resume_together,
    suspend_together,
    tenants_of,
)
from joint_use.operations.organisations import (
    change_organisation,
    list_municipalities,
    organisation_events,
    show_municipality,
    show_organisation,
)
from kit.db import Database, Databases

EBETSU, SAPPORO = "012173", "011002"


def an_organisation(name: str, code: str = EBETSU) -> Organisation:
    return Organisation(
        name=name,
        municipality_code=code,
        kind=OrganisationKind.DEPARTMENT,
        name_ja="子ども育成課",
        contact=Contact(email="hanako@city.example.jp"),
    )


@pytest.fixture
async def registered(joint_use: JointUse) -> JointUse:
    """Two municipalities, with two organisations and three tenants in one, one of each in other."""
    for code, ja in ((EBETSU, "江別市"), (SAPPORO, "札幌市")):
        await register_municipality(joint_use, OPERATOR, Municipality(code=code, name_ja=ja))
    for name, code in (("kosodate", EBETSU), ("bosai", EBETSU), ("sapporo", SAPPORO)):
        await register_organisation(joint_use, OPERATOR, an_organisation(name, code))
    for tenant, organisation in (
        ("e_kosodate_1", "kosodate"),
        ("e_kosodate_2", "kosodate"),
        ("e_bosai", "bosai"),
        ("s_sapporo", "sapporo"),
    ):
        await create_tenant(joint_use, OPERATOR, NewTenant(name=tenant, organisation=organisation))
    return joint_use


async def test_a_tenant_gets_the_municipality_of_its_organisation(registered: JointUse) -> None:
    tenant = await registered.tenants.find("e_bosai")
    assert tenant is not None
    assert (tenant.organisation, tenant.municipality_code) == ("bosai", EBETSU)


async def test_a_tenant_of_another_municipality_s_organisation_is_refused(
    registered: JointUse,
) -> None:
    wanted = NewTenant(name="x", organisation="bosai", municipality_code=SAPPORO)
    with pytest.raises(InvalidTerm) as refused:
        await create_tenant(registered, OPERATOR, wanted)
    assert refused.value.where == "organisation"
    assert await registered.tenants.find("x") is None
    with pytest.raises(InvalidTerm):
        await create_tenant(registered, OPERATOR, NewTenant(name="x", organisation="absent"))


async def test_the_database_refuses_it_too(
    registered: JointUse, databases: Databases, control: Database
) -> None:
    async with databases.connection(control) as connection:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await connection.execute(
                "UPDATE tenant SET municipality_code = $1 WHERE name = 'e_bosai'", SAPPORO
            )
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(
                "UPDATE tenant SET municipality_code = NULL WHERE name = 'e_bosai'"
            )


async def test_tenants_are_listed_by_municipality_and_by_organisation(
    registered: JointUse,
) -> None:
    of_ebetsu = await list_tenants(registered, OPERATOR, municipality="０１２１７３")
    assert [one.name for one in of_ebetsu] == ["e_bosai", "e_kosodate_1", "e_kosodate_2"]
    of_kosodate = await tenants_of(registered, OPERATOR, Members(organisation="kosodate"))
    assert [one.name for one in of_kosodate] == ["e_kosodate_1", "e_kosodate_2"]
    assert len(await list_tenants(registered, OPERATOR)) == 4


async def test_an_organisation_s_tenants_are_suspended_and_resumed_together(
    registered: JointUse,
) -> None:
    members = Members(organisation="kosodate")
    suspended = await suspend_together(registered, OPERATOR, members)
    assert [one.status.value for one in suspended] == ["suspended"] * 2
    again = await suspend_together(registered, OPERATOR, members)
    assert again == suspended, "done again it changes nothing"
    other = await registered.tenants.find("e_bosai")
    assert other is not None
    assert other.status.value == "active"
    resumed = await resume_together(registered, OPERATOR, members)
    assert [one.status.value for one in resumed] == ["active"] * 2
    steps = await organisation_events(registered, OPERATOR, "kosodate")
    assert [one.step.value for one in steps] == ["created", "suspended", "suspended", "resumed"]
    assert {one.by for one in steps} == {"operator"}


async def test_a_municipality_s_tenants_are_suspended_together(registered: JointUse) -> None:
    suspended = await suspend_together(registered, OPERATOR, Members(municipality=EBETSU))
    assert {one.name for one in suspended} == {"e_bosai", "e_kosodate_1", "e_kosodate_2"}
    sapporo = await registered.tenants.find("s_sapporo")
    assert sapporo is not None
    assert sapporo.status.value == "active"
    with pytest.raises(OrganisationUnknown):
        await suspend_together(registered, OPERATOR, Members(organisation="absent"))


async def test_a_municipality_is_shown_with_everything_of_it(registered: JointUse) -> None:
    whole = await show_municipality(registered, OPERATOR, "０１２１７３")
    assert whole.municipality.name_ja == "江別市"
    assert [one.name for one in whole.organisations] == ["bosai", "kosodate"]
    assert len(whole.tenants) == 3
    with pytest.raises(OrganisationUnknown):
        await show_municipality(registered, OPERATOR, "131016")


async def test_an_organisation_s_name_is_given_once(registered: JointUse) -> None:
    same = await register_organisation(registered, OPERATOR, an_organisation("bosai"))
    assert same == an_organisation("bosai"), "the same again is no error"
    with pytest.raises(OrganisationExists):
        await register_organisation(registered, OPERATOR, an_organisation("bosai", SAPPORO))


async def test_an_organisation_needs_its_municipality_first(joint_use: JointUse) -> None:
    with pytest.raises(OrganisationUnknown) as refused:
        await register_organisation(joint_use, OPERATOR, an_organisation("bosai"))
    assert refused.value.where == "municipality_code"


async def test_an_organisation_changes_and_stays_in_its_municipality(
    registered: JointUse,
) -> None:
    changed = Organisation(
        name="bosai",
        municipality_code=EBETSU,
        kind=OrganisationKind.OPERATING_BODY,
        name_ja="危機対策室",
    )
    await change_organisation(registered, OPERATOR, changed)
    assert await show_organisation(registered, OPERATOR, "bosai") == changed
    with pytest.raises(OrganisationUnknown):
        await change_organisation(registered, OPERATOR, an_organisation("bosai", SAPPORO))
    with pytest.raises(OrganisationUnknown):
        await show_organisation(registered, OPERATOR, "absent")


async def test_a_municipality_s_names_change(registered: JointUse) -> None:
    named = Municipality(code=EBETSU, name_ja="江別市", name_en="Ebetsu")
    await register_municipality(registered, OPERATOR, named)
    assert await list_municipalities(registered, OPERATOR) == [
        Municipality(code=SAPPORO, name_ja="札幌市"),
        named,
    ]
    organisations = await list_organisations(registered, OPERATOR, municipality=SAPPORO)
    assert [one.name for one in organisations] == ["sapporo"]


async def test_only_who_administers_everything_looks_after_organisations(
    registered: JointUse,
) -> None:
    for caller in (
        Principal(subject="reader"),
        Principal(subject="of one", tenants=frozenset({"e_bosai"}), actions=UNRESTRICTED.actions),
    ):
        with pytest.raises(Forbidden):
            await list_organisations(registered, caller)
        with pytest.raises(Forbidden):
            await suspend_together(registered, caller, Members(organisation="bosai"))
