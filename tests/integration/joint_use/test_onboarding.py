from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import asyncpg
import pytest

from joint_use import (
    OPERATOR,
    ApplicationStore,
    InvalidTerm,
    JointUse,
    NewTenant,
    Onboarding,
    OrganisationExists,
    Pace,
    Principal,
    Quota,
    QuotaStore,
    Storage,
    Tenant,
    TenantExists,
    TermsStore,
    WrongStatus,
    create_tenant,
)
from joint_use.operations.applications import (
    Receipt,
    answer,
    ask_back,
    list_applications,
    present_terms,
    publish_terms,
    refuse,
    renew_link,
    show_application,
    show_own,
    submit,
    tally_applications,
    terms_of,
    withdraw,
)
from joint_use.operations.onboarding import approve, proceed, renew_client_secret
from joint_use.terms.application import ApplicationStatus, Approval, content_of
from joint_use.terms.errors import (
    ApplicationUnknown,
    Forbidden,
    InvalidApplication,
    TooManyApplications,
)
from joint_use.terms.terms_of_use import MODEL_TERMS, TermsOfUse
from kit.db import Database, Databases
from tests.integration.joint_use.conftest import Rooms
from tests.integration.joint_use.onboarding import SENDER, Clients, filled, submitted

APPROVAL = Approval(tenant="ebetsu_kosodate", organisation="kosodate", quota=Quota(entities=10_000))
MADE = ["organisation_registered", "tenant_created", "quota_set", "client_registered", "ready"]


@pytest.fixture
def clients() -> Clients:
    return Clients()


@pytest.fixture
def onboarding(
    joint_use: JointUse, databases: Databases, control: Database, clients: Clients
) -> Onboarding:
    return Onboarding(
        joint_use=joint_use,
        applications=ApplicationStore(databases, control),
        terms=TermsStore(databases, control),
        quotas=QuotaStore(databases, control),
        clients=clients,
        pace=Pace(per_sender=5, waiting=20),
    )


async def steps_of(onboarding: Onboarding, receipt: Receipt) -> list[tuple[str, str, str]]:
    whole = await show_own(onboarding, receipt)
    return [(one.step.value, one.by, one.text) for one in whole.events]


async def test_an_application_is_asked_about_answered_and_approved(
    onboarding: Onboarding, clients: Clients
) -> None:
    receipt = await submitted(onboarding, storage="separated")
    await ask_back(onboarding, OPERATOR, receipt.number, "件数は？")
    await answer(onboarding, receipt, " 12件です。 ")
    application = await approve(onboarding, OPERATOR, receipt.number, APPROVAL)
    assert application.ready_at is not None
    assert application.approval == APPROVAL
    assert await steps_of(onboarding, receipt) == [
        ("submitted", "applicant", ""),
        ("asked_back", "operator", "件数は？"),
        ("answered", "applicant", "12件です。"),
        ("approved", "operator", ""),
        *[(step, "operator", "") for step in MADE],
    ]
    tenant = await onboarding.joint_use.tenants.find("ebetsu_kosodate")
    assert tenant is not None
    assert (tenant.status.value, tenant.storage) == ("active", Storage.SEPARATED)
    assert (tenant.organisation, tenant.municipality_code) == ("kosodate", "012173")
    assert (await onboarding.quotas.find(tenant)).entities == 10_000
    organisation = await onboarding.joint_use.organisations.find("kosodate")
    assert organisation is not None
    assert organisation.contact.email == "hanako@city.ebetsu.example.jp"
    assert clients.registered == {receipt.number: "client-of-ebetsu_kosodate"}


async def test_an_applicant_s_secret_is_told_anew_each_time(onboarding: Onboarding) -> None:
    receipt = await submitted(onboarding)
    with pytest.raises(WrongStatus):
        await renew_client_secret(onboarding, receipt)
    await approve(onboarding, OPERATOR, receipt.number, APPROVAL)
    told = [(await renew_client_secret(onboarding, receipt)).secret for _ in range(2)]
    assert told == ["secret-1", "secret-2"]


async def test_without_clients_nothing_is_registered(onboarding: Onboarding) -> None:
    open_ = replace(onboarding, clients=None)
    receipt = await submitted(open_)
    application = await approve(open_, OPERATOR, receipt.number, APPROVAL)
    assert application.client is None
    assert application.ready_at is not None
    with pytest.raises(WrongStatus):
        await renew_client_secret(open_, receipt)


@dataclass
class Dying:
    """A store of quotas that dies before its work."""

    shelf: QuotaStore
    deaths: int = 1

    async def find(self, tenant: Tenant) -> Quota:
        return await self.shelf.find(tenant)

    async def put(self, tenant: Tenant, quota: Quota, *, by: str, at: datetime) -> None:
        if self.deaths:
            self.deaths -= 1
            raise ConnectionAbortedError("died before setting")
        await self.shelf.put(tenant, quota, by=by, at=at)

    async def draw(self, tenant: int, wanted: float, per_s: float, burst: float) -> float:
        return await self.shelf.draw(tenant, wanted, per_s, burst)


async def test_what_a_crash_interrupts_is_gone_on_with_wherever_it_was(
    onboarding: Onboarding,
    databases: Databases,
    control: Database,
    rooms: Rooms,
    clients: Clients,
) -> None:
    receipt = await submitted(onboarding)
    quotas = Dying(QuotaStore(databases, control))
    dying = replace(onboarding, quotas=quotas)
    rooms.deaths_before, rooms.deaths_after, clients.deaths = 1, 1, 1
    with pytest.raises(ConnectionAbortedError, match="before provisioning"):
        await approve(dying, OPERATOR, receipt.number, APPROVAL)
    reasons = []
    for _ in range(3):
        with pytest.raises(ConnectionAbortedError) as died:
            await proceed(dying, OPERATOR, receipt.number)
        reasons.append(str(died.value))
        whole = await show_own(dying, receipt)
        assert whole.application.status is ApplicationStatus.APPROVED
        assert whole.application.ready_at is None
    assert reasons == ["died after provisioning", "died before setting", "died before registering"]
    ready = await proceed(dying, OPERATOR, receipt.number)
    assert ready.ready_at is not None
    assert await proceed(dying, OPERATOR, receipt.number) == ready, "again, it changes nothing"
    done = [step for step, _, _ in await steps_of(dying, receipt)]
    assert done == ["submitted", "approved", *MADE], "each step is told once"


async def test_a_name_that_is_taken_is_refused_before_anything_is_decided(
    onboarding: Onboarding,
) -> None:
    await create_tenant(onboarding.joint_use, OPERATOR, NewTenant(name="ebetsu_kosodate"))
    receipt = await submitted(onboarding)
    with pytest.raises(TenantExists):
        await approve(onboarding, OPERATOR, receipt.number, APPROVAL)
    whole = await show_own(onboarding, receipt)
    assert whole.application.status is ApplicationStatus.SUBMITTED
    other = replace(APPROVAL, tenant="ebetsu_kosodate_2")
    assert (await approve(onboarding, OPERATOR, receipt.number, other)).ready_at is not None


async def test_two_applications_never_share_a_tenant(onboarding: Onboarding, rooms: Rooms) -> None:
    first, second = await submitted(onboarding), await submitted(onboarding)
    rooms.deaths_before = 1
    with pytest.raises(ConnectionAbortedError):
        await approve(onboarding, OPERATOR, first.number, APPROVAL)
    with pytest.raises(TenantExists):
        await approve(onboarding, OPERATOR, second.number, APPROVAL)
    assert (await proceed(onboarding, OPERATOR, first.number)).ready_at is not None


async def test_a_name_may_be_chosen_anew_until_the_tenant_is_there(
    onboarding: Onboarding, clients: Clients
) -> None:
    receipt = await submitted(onboarding)
    clients.deaths = 1
    with pytest.raises(ConnectionAbortedError):
        await approve(onboarding, OPERATOR, receipt.number, APPROVAL)
    with pytest.raises(WrongStatus) as refused:
        await approve(onboarding, OPERATOR, receipt.number, replace(APPROVAL, tenant="other"))
    assert refused.value.where == "tenant"
    assert (await approve(onboarding, OPERATOR, receipt.number, APPROVAL)).ready_at is not None


async def test_an_organisation_of_another_municipality_is_not_borrowed(
    onboarding: Onboarding,
) -> None:
    receipt = await submitted(onboarding)
    await approve(onboarding, OPERATOR, receipt.number, APPROVAL)
    other = await submitted(onboarding, municipality_code="011002", municipality_name="札幌市")
    borrowed = replace(APPROVAL, tenant="sapporo")
    with pytest.raises(OrganisationExists):
        await approve(onboarding, OPERATOR, other.number, borrowed)
    same = await submitted(onboarding)
    second = await approve(
        onboarding, OPERATOR, same.number, replace(APPROVAL, tenant="ebetsu_kosodate_2")
    )
    assert second.ready_at is not None, "one organisation may have several tenants"


async def test_an_external_tenant_is_created_with_its_endpoint(onboarding: Onboarding) -> None:
    receipt = await submitted(
        onboarding, storage="external", endpoint_url="http://127.0.0.1:9/ngsi-ld/v1"
    )
    await approve(onboarding, OPERATOR, receipt.number, APPROVAL)
    tenant = await onboarding.joint_use.tenants.find("ebetsu_kosodate")
    assert tenant is not None
    known = await onboarding.joint_use.endpoints.find(tenant)
    assert known is not None
    assert known.endpoint.url == "http://127.0.0.1:9"


async def test_refused_and_withdrawn_are_the_end(onboarding: Onboarding) -> None:
    refused, withdrawn = await submitted(onboarding), await submitted(onboarding)
    await refuse(onboarding, OPERATOR, refused.number, "目的が規約に合いません。")
    await withdraw(onboarding, withdrawn)
    for receipt in (refused, withdrawn):
        for attempt in (
            approve(onboarding, OPERATOR, receipt.number, APPROVAL),
            proceed(onboarding, OPERATOR, receipt.number),
            ask_back(onboarding, OPERATOR, receipt.number, "？"),
            answer(onboarding, receipt, "！"),
            withdraw(onboarding, receipt),
        ):
            with pytest.raises(WrongStatus):
                await attempt
    assert (await steps_of(onboarding, refused))[-1][2] == "目的が規約に合いません。"
    tally = await tally_applications(onboarding, OPERATOR)
    assert tally == {ApplicationStatus.REFUSED: 1, ApplicationStatus.WITHDRAWN: 1}


async def test_only_the_secret_opens_an_application(onboarding: Onboarding) -> None:
    receipt, other = await submitted(onboarding), await submitted(onboarding)
    for wrong in (
        Receipt(receipt.number, other.secret),
        Receipt(receipt.number, ""),
        Receipt("20260401-ABCDEF", receipt.secret),
    ):
        for attempt in (
            show_own(onboarding, wrong),
            answer(onboarding, wrong, "x"),
            withdraw(onboarding, wrong),
            renew_client_secret(onboarding, wrong),
        ):
            with pytest.raises(ApplicationUnknown):
                await attempt


async def test_a_new_link_ends_the_old_one(onboarding: Onboarding) -> None:
    receipt = await submitted(onboarding)
    renewed = await renew_link(onboarding, OPERATOR, receipt.number)
    with pytest.raises(ApplicationUnknown):
        await show_own(onboarding, receipt)
    assert (await steps_of(onboarding, renewed))[-1][0] == "link_renewed"
    with pytest.raises(ApplicationUnknown):
        await renew_link(onboarding, OPERATOR, "20260401-ABCDEF")


async def test_one_sender_and_all_together_have_a_limit(onboarding: Onboarding) -> None:
    for _ in range(5):
        await submitted(onboarding)
    with pytest.raises(TooManyApplications):
        await submitted(onboarding)
    content, agreed = content_of(filled()), MODEL_TERMS.version
    await submit(onboarding, content, agreed=agreed, sender=b"another")
    later = replace(onboarding, pace=replace(onboarding.pace, within=timedelta(0)))
    await submit(later, content, agreed=agreed, sender=SENDER)
    full = replace(onboarding, pace=Pace(waiting=7))
    with pytest.raises(TooManyApplications):
        await submit(full, content, agreed=agreed, sender=b"a third")


async def test_terms_are_agreed_to_by_version(onboarding: Onboarding) -> None:
    assert await present_terms(onboarding) == MODEL_TERMS
    terms = TermsOfUse(version="2026-04", ja="規約", en="Terms")
    published = await publish_terms(onboarding, OPERATOR, terms)
    assert await present_terms(onboarding) == published
    with pytest.raises(InvalidApplication) as refused:
        await submitted(onboarding)
    assert list(refused.value.errors) == ["agreed"]
    receipt = await submit(onboarding, content_of(filled()), agreed="2026-04", sender=SENDER)
    assert (await show_own(onboarding, receipt)).application.terms_version == "2026-04"
    assert await terms_of(onboarding, MODEL_TERMS.version) == MODEL_TERMS
    for again in (terms, replace(terms, version=MODEL_TERMS.version)):
        with pytest.raises(InvalidTerm, match="exist already"):
            await publish_terms(onboarding, OPERATOR, again)
    with pytest.raises(InvalidTerm):
        await terms_of(onboarding, "absent")


async def test_applications_are_listed_the_latest_first(onboarding: Onboarding) -> None:
    receipts = [(await submitted(onboarding)).number for _ in range(4)]
    await refuse(onboarding, OPERATOR, receipts[0], "理由")
    listed = await list_applications(onboarding, OPERATOR, limit=2)
    assert [one.receipt for one in listed] == receipts[:1:-1]
    rest = await list_applications(onboarding, OPERATOR, after=listed[-1].receipt)
    assert [one.receipt for one in rest] == receipts[1::-1]
    waiting = await list_applications(onboarding, OPERATOR, status=ApplicationStatus.SUBMITTED)
    assert [one.receipt for one in waiting] == receipts[:0:-1]


async def test_nobody_but_the_operator_reviews(onboarding: Onboarding) -> None:
    receipt = await submitted(onboarding)
    somebody = Principal(subject="somebody")
    for attempt in (
        list_applications(onboarding, somebody),
        tally_applications(onboarding, somebody),
        show_application(onboarding, somebody, receipt.number),
        ask_back(onboarding, somebody, receipt.number, "？"),
        refuse(onboarding, somebody, receipt.number, "理由"),
        approve(onboarding, somebody, receipt.number, APPROVAL),
        proceed(onboarding, somebody, receipt.number),
        renew_link(onboarding, somebody, receipt.number),
        publish_terms(onboarding, somebody, MODEL_TERMS),
    ):
        with pytest.raises(Forbidden):
            await attempt


@pytest.fixture
async def connection(databases: Databases, control: Database) -> AsyncIterator[asyncpg.Connection]:
    async with databases.connection(control) as lent:
        yield lent


async def test_what_was_done_cannot_be_altered_by_the_platform_itself(
    onboarding: Onboarding, connection: asyncpg.Connection
) -> None:
    receipt = await submitted(onboarding)
    for statement in (
        "UPDATE application_event SET by = 'nobody'",
        "DELETE FROM application_event",
        "DELETE FROM application",
        "UPDATE terms_of_use SET text_ja = ''",
        "UPDATE organisation_event SET by = 'nobody'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    secrets = await connection.fetch("SELECT secret FROM application")
    assert all(receipt.secret.encode() not in row["secret"] for row in secrets)
