"""The audit over HTTP: records for the operator under /admin/audit, signed heads for everybody."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, SecretStr

from joint_use.api.operator import OperatorToken
from joint_use.api.problems import ProblemRoute
from joint_use.api.texts import Number
from joint_use.audit_ports import AuditBook, AuditWanted
from joint_use.operations.audit import list_records, show_record, verify_audit
from joint_use.terms.access import Principal
from joint_use.terms.audit import AuditKind, AuditRecord, instant_text
from joint_use.terms.audit_verification import Finding

MAX_PAGE = 1_000
_MOST_STATEMENTS = 100_000


class RecordShown(BaseModel):
    """監査記録 / A record of the audit."""

    chain: UUID = Field(description="連鎖（プロセスの起動ごと） / The chain, of one process start")
    number: int = Field(description="連鎖の中の番号 / Its number in the chain")
    digest: str = Field(
        description="前の記録と内容のダイジェスト / Digest of the one before and it"
    )
    content: JsonValue = Field(description="記録された内容 / What it says")

    @classmethod
    def of(cls, record: AuditRecord) -> "RecordShown":
        """Show a record; one that is no JSON any more as the text that it is."""
        try:
            content: JsonValue = json.loads(record.content)
        except ValueError:
            content = record.content
        return cls(
            chain=record.chain, number=record.number, digest=record.digest.hex(), content=content
        )


class FindingShown(BaseModel):
    """検証で見つかった異常 / What is wrong with the audit."""

    fault: str = Field(description="種別 / Which kind")
    ja: str = Field(description="日本語の説明 / In Japanese")
    en: str = Field(description="英語の説明 / In English")
    chain: UUID | None = Field(description="連鎖 / The chain")
    number: int | None = Field(description="記録または署名文書の番号 / Of record or statement")

    @classmethod
    def of(cls, finding: Finding) -> "FindingShown":
        """Show a finding."""
        ja, en = finding.fault.value
        return cls(
            fault=finding.fault.name.lower(),
            ja=ja,
            en=en,
            chain=finding.chain,
            number=finding.number,
        )


class VerificationShown(BaseModel):
    """検証の結果 / What verification has shown."""

    records: int = Field(description="記録の数 / Records")
    chains: int = Field(description="連鎖の数 / Chains")
    statements: int = Field(description="署名文書の数 / Signed statements")
    last: int = Field(description="最後の署名文書の番号 / Number of the last statement")
    findings: list[FindingShown] = Field(description="異常 / What is wrong")


class VerificationAsked(BaseModel):
    """検証の条件 / What to verify against."""

    model_config = ConfigDict(extra="forbid")

    published: list[str] = Field(
        default_factory=list,
        max_length=_MOST_STATEMENTS,
        description="外部に保管した署名文書 / Statements that were kept elsewhere",
    )


class HeadsShown(BaseModel):
    """署名された先端 / Where chains ended, signed."""

    number: int = Field(description="署名文書の番号 / The statement's number")
    signed_at: datetime = Field(description="署名日時 / When")
    statement: str = Field(description="署名文書（JWT） / The statement")
    jwk: dict[str, JsonValue] = Field(description="検証用の公開鍵 / The key to verify it with")


def audit_router(book: AuditBook, token: SecretStr) -> APIRouter:
    """Make the router of /admin/audit.

    Args:
        book: the ports.
        token: the operator token.
    """
    operator = Annotated[Principal, Depends(OperatorToken(token))]
    router = APIRouter(prefix="/admin/audit", tags=["監査 / Audit"], route_class=ProblemRoute)

    @router.get("/records", summary="記録の一覧 / Records, the latest first")
    async def every(
        principal: operator,
        tenant: Annotated[str | None, Query(description="テナント / Of this tenant")] = None,
        kind: Annotated[AuditKind | None, Query(description="種別 / Of this kind")] = None,
        person: Annotated[
            str | None, Query(description="本人の識別子 / Of a person, by her subject or account")
        ] = None,
        party: Annotated[
            str | None, Query(description="記録上の名称 / By a name as it stands in records")
        ] = None,
        since: Annotated[
            AwareDatetime | None, Query(description="この時刻以降 / From then on")
        ] = None,
        until: Annotated[AwareDatetime | None, Query(description="この時刻より前 / Before")] = None,
        after: Annotated[
            str | None,
            Query(
                pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[0-9]{1,18}$",
                description="前ページ末尾の「連鎖.番号」 / chain.number that ended a page",
            ),
        ] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="件数 / How many")] = 100,
    ) -> list[RecordShown]:
        wanted = AuditWanted(
            tenant=tenant,
            kind=None if kind is None else kind.value,
            party=party,
            since=None if since is None else instant_text(since),
            until=None if until is None else instant_text(until),
            before=_place(after),
            limit=limit,
        )
        found: Sequence[AuditRecord] = await list_records(book, principal, wanted, person=person)
        return [RecordShown.of(record) for record in found]

    @router.get("/records/{chain}/{number}", summary="記録 / One record")
    async def one(chain: UUID, number: Number, principal: operator) -> RecordShown:
        return RecordShown.of(await show_record(book, principal, chain, number))

    @router.post("/verification", summary="検証 / Verify all of it")
    async def verify(asked: VerificationAsked, principal: operator) -> VerificationShown:
        found = await verify_audit(book, principal, asked.published)
        return VerificationShown(
            records=found.records,
            chains=found.chains,
            statements=found.statements,
            last=found.last,
            findings=[FindingShown.of(finding) for finding in found.findings],
        )

    return router


def heads_router(book: AuditBook) -> APIRouter:
    """Make the router that publishes signed heads, for whoever wants to keep them."""
    router = APIRouter(prefix="/audit", tags=["監査 / Audit"], route_class=ProblemRoute)

    @router.get("/heads", summary="署名された先端 / The last signed heads")
    async def last() -> HeadsShown | None:
        statement = await book.kept.last()
        if statement is None:
            return None
        return HeadsShown(
            number=statement.number,
            signed_at=statement.at,
            statement=statement.text,
            jwk=dict(book.key),
        )

    return router


def _place(text: str | None) -> tuple[UUID, int] | None:
    if text is None:
        return None
    chain, _, number = text.partition(".")
    return UUID(chain), int(number)
