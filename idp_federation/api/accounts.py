"""The admin API of people's accounts, under /admin/identity/accounts."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, SecretStr

from idp_federation.account_ports import People
from idp_federation.accounts.account import AccountEvent, AccountRecord
from idp_federation.accounts.errors import AccountError, AccountExists, AccountUnknown
from idp_federation.accounts.factor import Factor
from idp_federation.accounts.proof import NewProof
from idp_federation.operations.accounts import (
    MAX_PAGE,
    AccountWhole,
    Invitation,
    add_account,
    close_account,
    list_accounts,
    prove_account,
    reset_account,
    show_account,
    unprove_account,
)
from joint_use import OperatorToken, Principal, ProblemRoute

_STATUS: Mapping[type[AccountError], HTTPStatus] = {
    AccountExists: HTTPStatus.CONFLICT,
    AccountUnknown: HTTPStatus.NOT_FOUND,
}


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewAccount(_Given):
    """開設するアカウント / An account to be opened."""

    tenant: str = Field(description="自治体のテナント / The municipality")
    login: str = Field(description="ログインID / The name to sign in by")
    claims: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="OpenID Connectの標準項目（自己申告） / Claims, not checked",
        examples=[{"name": "札幌 花子"}],
    )


class ProofGiven(_Given):
    """身元確認の記録 / How it was established who somebody is."""

    way: str = Field(description="方法 face_to_face | documents / How")
    document: str = Field(description="書類 / What was read", examples=["driving_permit"])
    organisation: str = Field(description="確認した組織 / Who checked it")
    claims: dict[str, JsonValue] = Field(
        description="書類の記載 / What it says",
        examples=[{"name": "札幌 花子", "birthdate": "1990-04-01"}],
    )
    checked_at: AwareDatetime | None = Field(default=None, description="確認日時 / When")
    number: str | None = Field(default=None, max_length=100, description="番号 / Its number")
    criminal_proceeds: bool = Field(
        default=False, description="犯収法の確認を兼ねるか / Whether it was KYC by 犯収法"
    )

    def proof(self) -> NewProof:
        """Read it."""
        return NewProof(**self.model_dump())


class AccountShown(BaseModel):
    """アカウント / An account."""

    id: str = Field(description="識別子 / Its id")
    tenant: str = Field(description="自治体のテナント / The municipality")
    login: str | None = Field(description="ログインID / The name to sign in by")
    claims: dict[str, JsonValue] = Field(description="項目 / Claims")
    verified_claims: list[JsonValue] = Field(description="確認済みの内容 / What is verified")
    created_at: datetime = Field(description="開設日時 / Since when")
    closed_at: datetime | None = Field(description="閉鎖日時 / Until when")

    @classmethod
    def of(cls, record: AccountRecord) -> "AccountShown":
        """Show an account."""
        account = record.account
        return cls(
            id=account.id,
            tenant=account.tenant,
            login=record.login,
            claims=dict(account.claims),
            verified_claims=[*account.verified_claims],
            created_at=record.created_at,
            closed_at=record.closed_at,
        )


class InvitationShown(BaseModel):
    """招待 / An invitation."""

    account: AccountShown = Field(description="アカウント / The account")
    url: str = Field(description="一度だけ使えるリンク（再表示不可） / One-time link, shown once")


class FactorShown(BaseModel):
    """認証要素（秘密は含まない） / A factor, without its secret."""

    kind: str = Field(description="種類 / What it is")
    label: str = Field(description="名称 / What its owner calls it")
    hardware: bool = Field(description="認定ハードウェア / Whether it is attested hardware")
    added_at: datetime = Field(description="登録日時 / Since when")
    used_at: datetime | None = Field(description="最後に使った日時 / When it was last used")

    @classmethod
    def of(cls, factor: Factor) -> "FactorShown":
        """Show a factor."""
        return cls(
            kind=factor.kind.value,
            label=factor.label,
            hardware=factor.facts.get("hardware") is True,
            added_at=factor.added_at,
            used_at=factor.used_at,
        )


class EventShown(BaseModel):
    """アカウントの経過 / What was done to an account."""

    what: str = Field(description="内容 / What")
    by: str = Field(description="実施者 / By whom")
    at: datetime = Field(description="日時 / When")
    detail: dict[str, JsonValue] = Field(description="詳細 / Details")

    @classmethod
    def of(cls, event: AccountEvent) -> "EventShown":
        """Show an event."""
        return cls(what=event.what, by=event.by, at=event.at, detail=dict(event.detail))


class AccountShownWhole(BaseModel):
    """アカウントのすべて / All of an account."""

    account: AccountShown = Field(description="アカウント / The account")
    factors: list[FactorShown] = Field(description="認証要素 / Factors")
    events: list[EventShown] = Field(description="経過 / What was done")

    @classmethod
    def of(cls, whole: AccountWhole) -> "AccountShownWhole":
        """Show it."""
        return cls(
            account=AccountShown.of(whole.record),
            factors=[FactorShown.of(one) for one in whole.factors],
            events=[EventShown.of(one) for one in whole.events],
        )


class _Route(ProblemRoute):
    """A route whose refusals are answered as problem+json."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except AccountError as error:
                return _problem(error)

        return answer


def account_router(people: People, token: SecretStr) -> APIRouter:
    """Make the router of /admin/identity/accounts.

    Args:
        people: the ports.
        token: the operator token.
    """
    operator = Annotated[Principal, Depends(OperatorToken(token))]
    router = APIRouter(
        prefix="/admin/identity/accounts", tags=["認証 / Identity"], route_class=_Route
    )

    @router.post("", status_code=status.HTTP_201_CREATED, summary="開設し招待 / Open and invite")
    async def add(given: NewAccount, principal: operator, response: Response) -> InvitationShown:
        opened = await add_account(
            people, principal, tenant=given.tenant, login=given.login, claims=given.claims
        )
        response.headers["location"] = f"/admin/identity/accounts/{opened.record.account.id}"
        return _shown(opened)

    @router.get("", summary="一覧 / List")
    async def every(
        principal: operator,
        tenant: Annotated[str, Query(description="自治体のテナント / The municipality")],
        after: Annotated[str, Query(description="このIDより後 / Ids after this one")] = "",
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="件数 / How many")] = MAX_PAGE,
    ) -> Sequence[AccountShown]:
        page = await list_accounts(people, principal, tenant, after=after, limit=limit)
        return [AccountShown.of(one) for one in page]

    @router.get("/{account}", summary="表示 / Show")
    async def one(account: str, principal: operator) -> AccountShownWhole:
        return AccountShownWhole.of(await show_account(people, principal, account))

    @router.post("/{account}/proof", summary="身元確認を記録 / Record proofing")
    async def prove(account: str, given: ProofGiven, principal: operator) -> AccountShown:
        return AccountShown.of(await prove_account(people, principal, account, given.proof()))

    @router.delete("/{account}/proof", summary="身元確認を取消し / Withdraw proofing")
    async def unprove(account: str, principal: operator) -> AccountShown:
        return AccountShown.of(await unprove_account(people, principal, account))

    @router.post("/{account}/reset", summary="認証要素を消し再招待 / Reset and invite anew")
    async def reset(account: str, principal: operator) -> InvitationShown:
        return _shown(await reset_account(people, principal, account))

    @router.post("/{account}/close", summary="閉鎖 / Close")
    async def close(account: str, principal: operator) -> AccountShown:
        return AccountShown.of(await close_account(people, principal, account))

    return router


def _shown(invitation: Invitation) -> InvitationShown:
    return InvitationShown(account=AccountShown.of(invitation.record), url=invitation.url)


def _problem(error: AccountError) -> Response:
    code = _STATUS.get(type(error), HTTPStatus.BAD_REQUEST)
    body = {
        "type": "urn:renkei:problem:account",
        "title": "アカウント / Accounts",
        "status": code.value,
        "detail": f"{error.detail_ja} / {error.detail}",
        **({} if error.where is None else {"where": error.where}),
    }
    return JSONResponse(body, code, media_type="application/problem+json")
