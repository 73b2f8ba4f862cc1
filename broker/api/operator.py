"""What operators ask of the broker, under /broker/v1: indexes, and how a query is answered."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Header, Query, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from broker.api.body import context_link
from broker.api.exchange import Reply
from broker.api.params import parameters
from broker.api.problems import denied_reply, problem_reply
from broker.api.query_params import QUERY, query_request, window
from broker.api.resource import PRINCIPAL, REFUSAL
from broker.ngsi.errors import NgsiLdError
from broker.ngsi.indexes import IndexStage
from broker.operations.call import AccessDenied, Call
from broker.operations.indexes import (
    SpeltIndex,
    declare_index,
    explain_query,
    list_indexes,
    withdraw_index,
)
from broker.ports import Broker
from broker.settings import ApiSettings
from joint_use import ANYONE, OperatorToken, Principal, ProblemRoute


class IndexAsked(BaseModel):
    """作成する索引 / The index to declare."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        min_length=1,
        max_length=1000,
        description="q と同じ書き方の経路、または属性の IRI / A path as in q, in the names of the "
        "@context, or the IRI of an attribute",
        examples=["capacity", "address[addressLocality]", "https://example.org/capacity"],
    )


class IndexShown(BaseModel):
    """索引 / An index."""

    path: str = Field(description="経路 / The path, in the names of the @context")
    key: str = Field(description="IRI による経路 / The same in IRIs")
    stage: IndexStage = Field(
        description="状態：filling＝作成中、complete＝使用中、withdrawn＝廃止中 / How far it is"
    )
    declared_at: datetime = Field(description="作成日時 / Since when it is declared")
    filled_to: str = Field(description="作成中：ここまでのエンティティが索引済み / Filled up to")

    @classmethod
    def of(cls, index: SpeltIndex) -> "IndexShown":
        """Show an index."""
        return cls(
            path=index.path,
            key=index.key,
            stage=index.stage,
            declared_at=index.declared_at,
            filled_to=index.filled_to,
        )


class Explanation(BaseModel):
    """検索の実行計画 / How a query would be answered."""

    plan: list[str] = Field(description="実行計画、一行ずつ / The plan, line by line")


class OperatorRoute(ProblemRoute):
    """A route whose errors, the broker's too, are answered as problem+json."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except NgsiLdError as error:
                return _response(problem_reply(error))
            except AccessDenied as error:
                request.scope[REFUSAL] = error.refusal
                is_known = request.scope.get(PRINCIPAL) != ANYONE
                return _response(denied_reply(error, is_known=is_known))

        return answer


Path: TypeAlias = Annotated[str, Query(min_length=1, description="経路 / The path", alias="path")]


def operator_router(broker: Broker, settings: ApiSettings, token: SecretStr) -> APIRouter:
    """Make the router of /broker/v1.

    Args:
        broker: the ports.
        settings: bounds of pages, as for every query.
        token: the operator token.
    """
    operator = OperatorToken(token)

    async def call_of(
        request: Request,
        principal: Annotated[Principal, Depends(operator)],
        tenant: Annotated[
            str | None, Header(alias="NGSILD-Tenant", description="テナント / The tenant")
        ] = None,
        link: Annotated[str | None, Header(description="@context, as in NGSI-LD")] = None,
    ) -> Call:
        found = await broker.tenants.of(whole_name(request, tenant))
        return Call(tenant=found, principal=principal, context=context_link(link))

    called = Annotated[Call, Depends(call_of)]
    router = APIRouter(prefix="/broker/v1", tags=["索引 / Indexes"], route_class=OperatorRoute)

    @router.post("/indexes", status_code=status.HTTP_202_ACCEPTED, summary="索引を作成 / Declare")
    async def declare(asked: IndexAsked, call: called) -> IndexShown:
        return IndexShown.of(await declare_index(broker, call, asked.path))

    @router.get("/indexes", summary="索引の一覧 / List")
    async def every(call: called) -> list[IndexShown]:
        return [IndexShown.of(index) for index in await list_indexes(broker, call)]

    @router.delete(
        "/indexes", status_code=status.HTTP_202_ACCEPTED, summary="索引を廃止 / Withdraw"
    )
    async def withdraw(call: called, path: Path) -> IndexShown:
        return IndexShown.of(await withdraw_index(broker, call, path))

    @router.get(
        "/explain",
        summary="検索の実行計画 / Explain a query",
        description="Takes the parameters of `GET /ngsi-ld/v1/entities` and does not run it.",
    )
    async def explain(call: called, request: Request) -> Explanation:
        params = parameters(request.scope["query_string"], QUERY)
        plan = await explain_query(broker, call, query_request(params), window(params, settings))
        return Explanation(plan=plan.splitlines())

    return router


def whole_name(request: Request, tenant: str | None) -> str | None:
    """Read the header as the NGSI-LD API does: names given together are nobody's (§6.3.14).

    Args:
        request: as it came.
        tenant: the one of its names that FastAPI chose.
    """
    return None if tenant is None else ", ".join(request.headers.getlist("ngsild-tenant"))


def _response(reply: Reply) -> Response:
    headers = {name.decode(): value.decode() for name, value in reply.headers}
    return Response(
        reply.body, reply.status, headers=headers, media_type="application/problem+json"
    )
