"""What the APIs of applications take and show, as documents."""

from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from joint_use.operations.applications import ApplicationWhole, Receipt
from joint_use.terms.application import (
    LONGEST_TEXT,
    Application,
    ApplicationEvent,
    ApplicationStatus,
    ApplicationStep,
    written,
)
from joint_use.terms.quotas import Quota
from joint_use.terms.terms_of_use import LONGEST
from kit.pages.address import base_of

_Line: TypeAlias = Annotated[str, Field(max_length=300)]
_Text: TypeAlias = Annotated[str, Field(max_length=2 * LONGEST_TEXT)]


class ContentAsked(BaseModel):
    """申請内容 / What is applied for."""

    model_config = ConfigDict(extra="forbid")

    municipality_code: _Line = Field(description="団体コード / Municipality code")
    municipality_name: _Line = Field(description="自治体の名称 / Name of the municipality")
    organisation_kind: _Line = Field(
        description="組織の種別（department、affiliate、joint_body、operating_body、company、"
        "other） / Kind of organisation"
    )
    organisation_name: _Line = Field(description="組織の名称 / Name of the organisation")
    organisation_name_en: _Line = Field(default="", description="組織の英語名 / Name in English")
    tenant: _Line = Field(description="希望するテナント名 / The tenant's name that is wished for")
    purpose: _Text = Field(description="利用目的 / Purpose")
    storage: _Line = Field(
        description="データ管理方式（shared、separated、external） / How data are kept"
    )
    endpoint_url: str = Field(
        default="", max_length=2000, description="接続先（external のみ） / Endpoint, if external"
    )
    size: _Line = Field(
        description="データ件数の見込み（thousand、ten_thousand、hundred_thousand、million、"
        "more） / Expected number of entities"
    )
    contact_name: _Line = Field(description="担当者の氏名 / Whom to contact")
    contact_email: _Line = Field(description="メールアドレス / E-mail address")
    contact_phone: _Line = Field(default="", description="電話番号 / Telephone number")


class ApplicationAsked(ContentAsked):
    """利用申請 / An application."""

    agreed: _Line = Field(
        description="同意した利用規約の版 / The terms of use agreed to, by version"
    )


class ReceiptShown(BaseModel):
    """受付 / What an applicant gets."""

    receipt: str = Field(description="受付番号 / The number to speak of")
    secret: str = Field(description="申請を見るための秘密の文字列 / What opens the application")
    link: str = Field(description="申請の状況を見るページ / The application's own page")

    @classmethod
    def of(cls, receipt: Receipt, request: Request) -> "ReceiptShown":
        """Show a receipt."""
        base = base_of(request)
        link = f"{base}/applications/{receipt.number}/{receipt.secret}"
        return cls(receipt=receipt.number, secret=receipt.secret, link=link)


class LimitsShown(BaseModel):
    """利用上限 / Limits; null: the platform's own holds."""

    model_config = ConfigDict(extra="forbid")

    entities: int | None = Field(default=None, description="データ件数 / Entities")
    bytes: int | None = Field(default=None, description="データ量（バイト） / Bytes")
    requests_per_s: float | None = Field(
        default=None, description="毎秒の要求数 / Requests a second"
    )
    request_bytes: int | None = Field(
        default=None, description="1要求の大きさ（バイト） / Bytes of one request"
    )
    subscriptions: int | None = Field(
        default=None, description="サブスクリプション数 / Subscriptions"
    )

    @classmethod
    def of(cls, quota: Quota) -> "LimitsShown":
        """Show limits."""
        return cls(
            entities=quota.entities,
            bytes=quota.bytes,
            requests_per_s=quota.requests_per_s,
            request_bytes=quota.request_bytes,
            subscriptions=quota.subscriptions,
        )


class ApprovalShown(BaseModel):
    """承認の内容 / What was approved."""

    tenant: str = Field(description="テナント名 / The tenant's name")
    organisation: str = Field(description="組織名 / The organisation's name")
    quota: LimitsShown = Field(description="利用上限 / Limits")


class ApplicationEventShown(BaseModel):
    """操作の記録 / One thing that was done to an application."""

    step: ApplicationStep = Field(description="操作 / What was done")
    by: str = Field(description="操作者 / Who did it")
    at: datetime = Field(description="日時 / When")
    text: str = Field(description="質問・回答・理由 / What was said")

    @classmethod
    def of(cls, event: ApplicationEvent) -> "ApplicationEventShown":
        """Show an event."""
        return cls(step=event.step, by=event.by, at=event.at, text=event.text)


class ApplicationShown(BaseModel):
    """申請 / An application."""

    receipt: str = Field(description="受付番号 / Receipt number")
    status: ApplicationStatus = Field(description="状態 / Status")
    content: ContentAsked = Field(description="申請内容 / What is applied for")
    terms_version: str = Field(description="同意した利用規約の版 / The terms agreed to")
    approval: ApprovalShown | None = Field(description="承認の内容 / What was approved")
    submitted_at: datetime = Field(description="受付日時 / When it came")
    changed_at: datetime = Field(description="更新日時 / When it changed")
    ready_at: datetime | None = Field(description="利用開始日時 / Since when all of it is there")

    @classmethod
    def of(cls, one: Application) -> "ApplicationShown":
        """Show an application."""
        approval = one.approval
        return cls(
            receipt=one.receipt,
            status=one.status,
            content=ContentAsked(**written(one.content)),
            terms_version=one.terms_version,
            approval=None
            if approval is None
            else ApprovalShown(
                tenant=approval.tenant,
                organisation=approval.organisation,
                quota=LimitsShown.of(approval.quota),
            ),
            submitted_at=one.submitted_at,
            changed_at=one.changed_at,
            ready_at=one.ready_at,
        )


class WholeShown(ApplicationShown):
    """申請と操作の記録 / An application and what was done to it."""

    events: list[ApplicationEventShown] = Field(description="操作の記録 / What was done")

    @classmethod
    def whole(cls, whole: ApplicationWhole) -> "WholeShown":
        """Show an application with its events."""
        shown = ApplicationShown.of(whole.application)
        events = [ApplicationEventShown.of(one) for one in whole.events]
        return cls(**dict(shown), events=events)


class TextAsked(BaseModel):
    """質問・回答・理由 / A question, an answer or a reason."""

    model_config = ConfigDict(extra="forbid")

    text: _Text = Field(description="本文 / The text")


class ApprovalAsked(BaseModel):
    """承認の内容 / What to approve; what is absent is as the applicant wishes."""

    model_config = ConfigDict(extra="forbid")

    tenant: str | None = Field(default=None, description="テナント名 / The tenant's name")
    organisation: str | None = Field(
        default=None, description="組織名、省略時はテナント名と同じ / The organisation's name"
    )
    quota: LimitsShown | None = Field(
        default=None, description="利用上限、省略時は申請の件数 / Limits"
    )


class TermsAsked(BaseModel):
    """利用規約 / Terms of use."""

    model_config = ConfigDict(extra="forbid")

    version: str = Field(description="版 / Version", examples=["2026-04"])
    ja: str = Field(max_length=LONGEST, description="日本語の本文 / The text in Japanese")
    en: str = Field(max_length=LONGEST, description="英語の本文 / The text in English")
