"""What people have agreed to, shown to them and withdrawn by them, under /consents/{tenant}."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from joint_use.access_ports import Access
from joint_use.api.operator import PRINCIPAL
from joint_use.api.problems import ProblemRoute
from joint_use.api.texts import Number
from joint_use.operations.consents import list_consents, withdraw_consent
from joint_use.terms.access import Principal
from joint_use.terms.consent import DataConsent
from joint_use.terms.errors import Unauthorized


class ConsentShown(BaseModel):
    """同意 / A consent."""

    number: int = Field(description="番号 / Its number")
    recipient: str = Field(description="提供先 / The service that gets the data")
    purpose: str = Field(description="利用目的 / What for")
    items: list[str] = Field(description="データ項目 / Entity types")
    given_at: datetime = Field(description="同意日時 / When it was given")
    expires_at: datetime | None = Field(description="期限 / Until when")
    withdrawn_at: datetime | None = Field(description="撤回日時 / When it was withdrawn")

    @classmethod
    def of(cls, consent: DataConsent) -> "ConsentShown":
        """Show one."""
        terms = consent.terms
        return cls(
            number=consent.number,
            recipient=terms.recipient,
            purpose=terms.purpose,
            items=sorted(terms.items),
            given_at=consent.given_at,
            expires_at=terms.expires_at,
            withdrawn_at=consent.withdrawn_at,
        )


async def _person(request: Request) -> Principal:
    found = request.scope.get(PRINCIPAL)
    if isinstance(found, Principal) and found.signed_in_at is not None:
        return found
    raise Unauthorized(
        "No person is signed in; right is the access token of one",
        detail_ja="本人のアクセストークンが必要です。",
    )


def consent_router(access: Access) -> APIRouter:
    """Make the router of people's consents; they are given on the consent page alone."""
    person = Annotated[Principal, Depends(_person)]
    router = APIRouter(
        prefix="/consents/{tenant}", tags=["アクセス / Access"], route_class=ProblemRoute
    )

    @router.get("", summary="自分の同意の一覧 / List mine")
    async def every(tenant: str, principal: person) -> Sequence[ConsentShown]:
        found = await list_consents(access, principal, tenant, principal.subject)
        return [ConsentShown.of(each) for each in found]

    @router.post("/{number}/withdrawal", summary="同意を撤回 / Withdraw")
    async def withdraw(tenant: str, number: Number, principal: person) -> ConsentShown:
        withdrawn = await withdraw_consent(access, principal, tenant, principal.subject, number)
        return ConsentShown.of(withdrawn)

    return router
