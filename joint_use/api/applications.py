"""Applications over HTTP: for applicants, who need no account, and for the operator."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, status
from pydantic import SecretStr

from joint_use.api.application_documents import (
    ApplicationAsked,
    ApplicationShown,
    ApprovalAsked,
    ReceiptShown,
    TermsAsked,
    TextAsked,
    WholeShown,
)
from joint_use.api.operator import OperatorToken
from joint_use.api.problems import ProblemRoute
from joint_use.onboarding_ports import Onboarding
from joint_use.operations.applications import (
    MAX_PAGE,
    Receipt,
    answer,
    ask_back,
    list_applications,
    publish_terms,
    refuse,
    renew_link,
    show_application,
    show_own,
    submit,
    unknown_application,
    withdraw,
)
from joint_use.operations.onboarding import approve, proceed
from joint_use.terms.access import Principal
from joint_use.terms.application import (
    Application,
    ApplicationStatus,
    Approval,
    content_of,
    suggested_quota,
)
from joint_use.terms.quotas import Quota
from joint_use.terms.terms_of_use import TermsOfUse
from kit.pages.sender import sender_mark
from kit.pages.signed import Signer

_BEARER = "bearer "


async def _secret(
    authorization: Annotated[
        str, Header(description="Bearer と秘密の文字列 / Bearer and the application's secret")
    ] = "",
) -> str:
    is_bearer = authorization.lower().startswith(_BEARER)
    return authorization[len(_BEARER) :].strip() if is_bearer else ""


def applicant_router(onboarding: Onboarding, signer: Signer) -> APIRouter:
    """Make the router of /joint-use/v1/applications, which needs no account.

    Args:
        onboarding: the ports.
        signer: tells senders apart without knowing them.
    """
    router = APIRouter(
        prefix="/joint-use/v1/applications",
        tags=["利用申請 / Applications"],
        route_class=ProblemRoute,
    )
    bearer = Annotated[str, Depends(_secret)]

    @router.post("", status_code=status.HTTP_201_CREATED, summary="利用を申請 / Apply")
    async def apply(asked: ApplicationAsked, request: Request) -> ReceiptShown:
        content = content_of(asked.model_dump(exclude={"agreed"}))
        sender = sender_mark(request, signer, onboarding.joint_use.clock())
        receipt = await submit(onboarding, content, agreed=asked.agreed, sender=sender)
        return ReceiptShown.of(receipt, request)

    @router.get("/{receipt}", summary="申請の状況 / How far it is")
    async def state(receipt: str, secret: bearer) -> WholeShown:
        return WholeShown.whole(await show_own(onboarding, Receipt(receipt, secret)))

    @router.post("/{receipt}/answer", summary="質問に回答 / Answer the question")
    async def reply(receipt: str, asked: TextAsked, secret: bearer) -> ApplicationShown:
        answered = await answer(onboarding, Receipt(receipt, secret), asked.text)
        return ApplicationShown.of(answered)

    @router.post("/{receipt}/withdraw", summary="申請を取下げ / Withdraw")
    async def take_back(receipt: str, secret: bearer) -> ApplicationShown:
        return ApplicationShown.of(await withdraw(onboarding, Receipt(receipt, secret)))

    return router


def application_router(onboarding: Onboarding, token: SecretStr) -> APIRouter:
    """Make the router of /admin/applications.

    Args:
        onboarding: the ports.
        token: the operator token.
    """
    operator = Annotated[Principal, Depends(OperatorToken(token))]
    router = APIRouter(
        prefix="/admin/applications", tags=["申請の審査 / Review"], route_class=ProblemRoute
    )

    @router.get("", summary="申請の一覧 / List")
    async def every(
        principal: operator,
        of: Annotated[
            ApplicationStatus | None, Query(alias="status", description="状態 / Of this status")
        ] = None,
        after: Annotated[
            str, Query(description="この受付番号に続くもの / Those that follow this one")
        ] = "",
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="件数 / How many")] = MAX_PAGE,
    ) -> list[ApplicationShown]:
        page = await list_applications(onboarding, principal, status=of, after=after, limit=limit)
        return [ApplicationShown.of(one) for one in page]

    @router.get("/{receipt}", summary="申請を表示 / Show")
    async def one(receipt: str, principal: operator) -> WholeShown:
        return WholeShown.whole(await show_application(onboarding, principal, receipt))

    @router.post("/{receipt}/approve", summary="承認してテナントを作成 / Approve")
    async def accept(
        receipt: str, principal: operator, asked: ApprovalAsked | None = None
    ) -> ApplicationShown:
        found = await onboarding.applications.find(receipt)
        if found is None:
            raise unknown_application(receipt)
        approval = _approval(found, asked or ApprovalAsked())
        return ApplicationShown.of(await approve(onboarding, principal, receipt, approval))

    @router.post("/{receipt}/proceed", summary="承認後の準備を続ける / Go on after a crash")
    async def go_on(receipt: str, principal: operator) -> ApplicationShown:
        return ApplicationShown.of(await proceed(onboarding, principal, receipt))

    @router.post("/{receipt}/ask", summary="照会 / Ask back")
    async def ask(receipt: str, asked: TextAsked, principal: operator) -> ApplicationShown:
        return ApplicationShown.of(await ask_back(onboarding, principal, receipt, asked.text))

    @router.post("/{receipt}/refuse", summary="不承認 / Refuse")
    async def decline(receipt: str, asked: TextAsked, principal: operator) -> ApplicationShown:
        return ApplicationShown.of(await refuse(onboarding, principal, receipt, asked.text))

    @router.post("/{receipt}/link", summary="リンクの再発行 / Issue a new link")
    async def link(receipt: str, principal: operator, request: Request) -> ReceiptShown:
        return ReceiptShown.of(await renew_link(onboarding, principal, receipt), request)

    return router


def terms_router(onboarding: Onboarding, token: SecretStr) -> APIRouter:
    """Make the router of /admin/terms.

    Args:
        onboarding: the ports.
        token: the operator token.
    """
    operator = Annotated[Principal, Depends(OperatorToken(token))]
    router = APIRouter(
        prefix="/admin/terms", tags=["申請の審査 / Review"], route_class=ProblemRoute
    )

    @router.post("", status_code=status.HTTP_201_CREATED, summary="利用規約を公開 / Publish terms")
    async def publish(asked: TermsAsked, principal: operator) -> TermsAsked:
        terms = TermsOfUse(version=asked.version, ja=asked.ja, en=asked.en)
        published = await publish_terms(onboarding, principal, terms)
        return TermsAsked(version=published.version, ja=published.ja, en=published.en)

    return router


def _approval(application: Application, asked: ApprovalAsked) -> Approval:
    """Fill in what is not said: the decision that stands, or what the applicant wishes."""
    standing = application.approval
    tenant = asked.tenant or (standing.tenant if standing else application.content.tenant)
    organisation = asked.organisation or (standing.organisation if standing else tenant)
    suggested = standing.quota if standing else suggested_quota(application.content)
    quota = suggested if asked.quota is None else Quota(**asked.quota.model_dump())
    return Approval(tenant=tenant, organisation=organisation, quota=quota)
