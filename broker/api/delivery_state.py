"""The state of deliveries under /broker/v1: an API, a page, and a stream for dashboards."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Annotated, TypeAlias, cast

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from broker.api.operator import OperatorRoute, whole_name
from broker.api.resource import PRINCIPAL
from broker.ngsi.delivery import MOST_COUNTED, DeadLetter
from broker.ngsi.queries import Window
from broker.ngsi.subscription import SubscriptionId, SubscriptionStatus
from broker.operations.call import Call, standing_of
from broker.operations.deliveries import (
    Delivering,
    list_dead_letters,
    list_deliveries,
    replay_dead_letters,
    set_active,
    show_delivery,
)
from broker.ports import Broker
from joint_use import UNRESTRICTED, Principal, Tenant
from kit.pages.rendering import Pages, Site

Watch: TypeAlias = Callable[[Tenant, str], AbstractAsyncContextManager["asyncio.Queue[bytes]"]]
"""Lends a queue that gets a subscription's notifications as they are sent."""

_MOST = 1000
_FURTHEST = 10**9
_Number: TypeAlias = Annotated[int, Field(ge=1, lt=2**63)]  # what the database can count to
_STILL_HERE_S = 15.0


class DeliveryShown(BaseModel):
    """サブスクリプションの配信状態 / How far a subscription's notifications are."""

    id: str = Field(description="サブスクリプション / The subscription")
    name: str = Field(description="名称 / Its name")
    uri: str = Field(description="送信先 / Where notifications go, without a password")
    status: SubscriptionStatus = Field(description="状態 / Whether it is in operation")
    waiting: int = Field(description=f"未配信（{MOST_COUNTED} 件まで） / Not delivered yet")
    oldest_at: datetime | None = Field(description="最も古い未配信 / Since when the oldest waits")
    dead_letters: int = Field(description="配信断念 / Given up, still kept")
    times_sent: int = Field(description="送信回数 / Attempts")
    times_failed: int = Field(description="失敗回数 / Attempts that failed")
    last_notification: datetime | None = Field(description="最終送信 / The last attempt")
    last_success: datetime | None = Field(description="最終成功 / The last success")
    last_failure: datetime | None = Field(description="最終失敗 / The last failure")
    cause: str | None = Field(description="失敗の原因 / Why the last failure happened")
    failing_since: datetime | None = Field(description="失敗の継続 / Since when nothing succeeds")
    window_ends_at: datetime | None = Field(description="送信間隔の終わり / Throttled until")
    next_due: datetime | None = Field(description="次の定期通知 / The next of an interval")

    @classmethod
    def of(cls, told: Delivering) -> "DeliveryShown":
        """Show one."""
        counters, state = told.kept.counters, told.state
        return cls(
            id=told.id,
            name=told.name,
            uri=told.uri,
            status=told.status,
            waiting=state.waiting,
            oldest_at=state.oldest_at,
            dead_letters=state.dead_letters,
            times_sent=counters.times_sent,
            times_failed=counters.times_failed,
            last_notification=counters.last_notification,
            last_success=counters.last_success,
            last_failure=counters.last_failure,
            cause=counters.cause,
            failing_since=state.failing_since,
            window_ends_at=state.window_ends_at,
            next_due=state.next_due,
        )


class DeadLetterShown(BaseModel):
    """配信を断念した通知 / A notification that was given up."""

    number: int = Field(description="番号 / Its number, to send it again")
    notification: str = Field(description="通知 / The notification's id")
    entity: str = Field(description="エンティティ / Whose change it tells of")
    at: datetime = Field(description="発生 / When the change was made")
    died_at: datetime = Field(description="断念 / When it was given up")
    cause: str = Field(description="原因 / Why")

    @classmethod
    def of(cls, letter: DeadLetter) -> "DeadLetterShown":
        """Show one."""
        return cls(
            number=letter.number,
            notification=f"urn:ngsi-ld:Notification:{letter.notification}",
            entity=letter.entity_id,
            at=letter.at,
            died_at=letter.died_at,
            cause=letter.cause,
        )


class ReplayAsked(BaseModel):
    """再送する通知 / Which dead letters to send again."""

    model_config = ConfigDict(extra="forbid")

    numbers: list[_Number] | None = Field(
        default=None, description="番号、省略時はすべて / Their numbers; all where none are given"
    )


class Replayed(BaseModel):
    """再送した件数 / How many are sent again."""

    replayed: int = Field(description="件数 / How many")


Limit: TypeAlias = Annotated[int, Query(ge=1, le=_MOST, description="件数 / How many")]
Offset: TypeAlias = Annotated[
    int, Query(ge=0, le=_FURTHEST, description="開始位置 / How many to skip")
]


def delivery_router(broker: Broker, watch: Watch, site: Site) -> APIRouter:
    """Make the router of /broker/v1/subscriptions and its page.

    Args:
        broker: the ports.
        watch: shows notifications as they are sent.
        site: what all pages share.
    """
    pages = Pages(site, "broker", "api/pages")

    async def call_of(
        request: Request,
        tenant: Annotated[
            str | None, Header(alias="NGSILD-Tenant", description="テナント / The tenant")
        ] = None,
        named: Annotated[
            str | None,
            Query(alias="tenant", description="ヘッダーの代わり / Instead of the header"),
        ] = None,
    ) -> Call:
        given = whole_name(request, tenant)
        found = await broker.tenants.of(named if given is None else given)
        principal = cast(Principal, request.scope.get(PRINCIPAL, UNRESTRICTED))
        standing = await standing_of(broker, found, principal)
        return Call(tenant=found, principal=principal, standing=standing)

    called = Annotated[Call, Depends(call_of)]
    router = APIRouter(prefix="/broker/v1", tags=["配信 / Deliveries"], route_class=OperatorRoute)
    one = "/subscriptions/{subscription_id:path}"  # an id may hold slashes: it is matched last

    @router.get("/subscriptions", summary="配信状態の一覧 / List")
    async def every(call: called, limit: Limit = 100, offset: Offset = 0) -> list[DeliveryShown]:
        told, _ = await list_deliveries(broker, call, Window(limit=limit, offset=offset))
        return [DeliveryShown.of(each) for each in told]

    @router.get(one + "/deadLetters", summary="配信を断念した通知 / Dead letters")
    async def letters(call: called, subscription_id: str) -> list[DeadLetterShown]:
        found = await list_dead_letters(broker, call, SubscriptionId(subscription_id))
        return [DeadLetterShown.of(each) for each in found]

    @router.post(one + "/replay", summary="再送 / Send dead letters again")
    async def replay(
        call: called, subscription_id: str, asked: ReplayAsked | None = None
    ) -> Replayed:
        numbers = None if asked is None else asked.numbers
        id_ = SubscriptionId(subscription_id)
        return Replayed(replayed=await replay_dead_letters(broker, call, id_, numbers))

    @router.post(one + "/pause", summary="一時停止 / Pause")
    async def pause(call: called, subscription_id: str) -> DeliveryShown:
        id_ = SubscriptionId(subscription_id)
        return DeliveryShown.of(await set_active(broker, call, id_, is_active=False))

    @router.post(one + "/resume", summary="再開 / Resume")
    async def resume(call: called, subscription_id: str) -> DeliveryShown:
        id_ = SubscriptionId(subscription_id)
        return DeliveryShown.of(await set_active(broker, call, id_, is_active=True))

    @router.get(
        one + "/notifications",
        summary="通知のストリーム / Notifications as they are sent",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}},
    )
    async def stream(call: called, subscription_id: str) -> StreamingResponse:
        await show_delivery(broker, call, SubscriptionId(subscription_id))
        return StreamingResponse(
            _events(watch(call.tenant, subscription_id)),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @router.get(one, summary="配信状態 / Show")
    async def show(call: called, subscription_id: str) -> DeliveryShown:
        return DeliveryShown.of(await show_delivery(broker, call, SubscriptionId(subscription_id)))

    @router.get("/deliveries", response_class=HTMLResponse, include_in_schema=False)
    async def page(
        request: Request, call: called, limit: Limit = 100, offset: Offset = 0
    ) -> Response:
        told, more = await list_deliveries(broker, call, Window(limit=limit, offset=offset))
        return pages.render(
            request,
            "deliveries.html",
            tenant=call.tenant,
            deliveries=[DeliveryShown.of(each) for each in told],
            most=MOST_COUNTED,
            previous=max(offset - limit, 0) if offset else None,
            following=offset + limit if more else None,
            limit=limit,
        )

    return router


async def _events(
    watching: AbstractAsyncContextManager["asyncio.Queue[bytes]"],
) -> AsyncIterator[bytes]:
    """Write notifications as server-sent events; a comment now and then keeps the line open."""
    async with watching as queue:
        yield b": open\n\n"
        while True:
            try:
                async with asyncio.timeout(_STILL_HERE_S):
                    body = await queue.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            yield _event(body)


def _event(body: bytes) -> bytes:
    document = orjson.loads(body)
    notification = document.get("body", document)
    id_ = str(notification["id"]).encode()
    return b"event: notification\nid: %b\ndata: %b\n\n" % (id_, orjson.dumps(notification))
