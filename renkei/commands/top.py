"""`renkei top`: how the platform fares now: requests, writes, notifications, workers, tenants."""

import time
from typing import Annotated, cast

import httpx2
import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from kit.errors import RenkeiError
from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.options import Data
from renkei.commands.platform import Platform, Url, find_platform
from renkei.readings import Between, Reading

_MOST = 12  # lines of a table
_MB = 1_000_000
_TIMEOUT_S = 10.0


class NotWatched(RenkeiError):
    """The platform's metrics cannot be read."""


def command(
    data: Data = None,
    url: Url = None,
    every: Annotated[float, typer.Option(help="Seconds between two looks / 更新間隔（秒）")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Look once / 一度だけ表示する")] = False,
) -> None:
    """Show how the platform fares, until Ctrl-C / 稼働状況を表示し続ける."""
    platform = find_platform(url, data)
    before, busy = read(platform), _requests_of_tenants(platform)
    with Live(console=Console(), auto_refresh=False, screen=not once) as live:
        while True:
            time.sleep(max(every, 0.1))
            after, now_busy = read(platform), _requests_of_tenants(platform)
            live.update(picture(Between(before, after), _grown(busy, now_busy)), refresh=True)
            before, busy = after, now_busy
            if once:
                return


def read(platform: Platform) -> Reading:
    """Read the platform's metrics.

    Raises:
        NotWatched: it does not answer, or not to us.
    """
    headers = {"Authorization": f"Bearer {platform.operator_token or ''}"}
    try:
        answer = httpx2.get(
            f"{platform.url}/metrics",
            headers=headers,
            timeout=_TIMEOUT_S,
            trust_env=False,
            verify=platform.trusted,
        )
    except httpx2.HTTPError as error:
        raise NotWatched(f"{platform.url} does not answer: {error!r}") from error
    if not answer.is_success:
        raise NotWatched(f"{platform.url}/metrics answers {answer.status_code}: {answer.text}")
    return Reading.parse(answer.text)


def picture(between: Between, tenants: dict[str, float]) -> Group:
    """Draw everything."""
    return Group(
        _requests(between), _writing(between), _notifying(between), _workers(between), _of(tenants)
    )


def _requests(between: Between) -> Table:
    table = _table("Requests / 要求", "operation", "per s", "p50 ms", "p99 ms")
    name = "renkei_request_seconds"
    for operation, rate in list(between.rates(f"{name}_count", "operation").items())[:_MOST]:
        if rate > 0:
            times = [
                _ms(between.quantile(name, share, operation=operation)) for share in (0.5, 0.99)
            ]
            table.add_row(operation, f"{rate:,.1f}", *times)
    refused = between.rates("renkei_refusals_total", "reason")
    table.caption = "  ".join(
        [f"all {between.rate('renkei_requests_total'):,.1f}/s"]
        + [f"{reason} {rate:,.1f}/s" for reason, rate in refused.items() if rate > 0]
    )
    return table


def _writing(between: Between) -> Table:
    after = between.after
    connections = after.by("renkei_database_connections", "state")
    table = _table("Lanes and connections / 書込みと接続", "what", "now")
    rows = {
        "groups per s": f"{between.rate('renkei_flush_seconds_count'):,.1f}",
        "commands per s": f"{between.rate('renkei_flush_commands_sum'):,.1f}",
        "commit p99 ms": _ms(between.quantile("renkei_flush_seconds", 0.99)),
        "waiting bytes": f"{after.value('renkei_lane_waiting_bytes'):,.0f}",
        "connections used, idle, allowed": ", ".join(
            f"{connections.get(state, 0):.0f}" for state in ("used", "idle", "allowed")
        ),
        "audit waiting": f"{after.value('renkei_audit_waiting'):,.0f}",
    }
    for what, told in rows.items():
        table.add_row(what, told)
    return table


def _notifying(between: Between) -> Table:
    after, ended = between.after, between.rates("renkei_deliveries_total", "outcome")
    table = _table("Notifications / 通知", "what", "now")
    rows = {
        "due per s": f"{between.rate('renkei_deliveries_due_total'):,.1f}",
        **{f"{outcome} per s": f"{rate:,.1f}" for outcome, rate in ended.items()},
        "held": f"{after.value('renkei_deliveries_held'):,.0f}",
        "late p99 ms": _ms(between.quantile("renkei_delivery_lateness_seconds", 0.99)),
        "endpoints that fail": f"{after.value('renkei_breakers_open'):,.0f}",
    }
    for what, told in rows.items():
        table.add_row(what, told)
    return table


def _workers(between: Between) -> Table:
    table = _table("Workers / ワーカー", "worker", "memory MB", "cores", "loop late ms")
    after = between.after
    spent = between.rates("renkei_worker_cpu_seconds", "worker")
    late = after.by("renkei_worker_loop_lag_seconds", "worker")
    for worker, memory in sorted(after.by("renkei_worker_memory_bytes", "worker").items()):
        table.add_row(
            worker,
            f"{memory / _MB:,.0f}",
            f"{spent.get(worker, 0.0):.2f}",
            _ms(late.get(worker)),
        )
    return table


def _of(tenants: dict[str, float]) -> Table:
    table = _table("Busiest tenants / 要求の多いテナント", "tenant", "requests since")
    for tenant, requests in list(tenants.items())[:_MOST]:
        table.add_row(tenant, f"{requests:,.0f}")
    return table


def _requests_of_tenants(platform: Platform) -> dict[str, float]:
    """Ask what tenants have used today; metrics bear no names."""
    call_admin(platform, "POST", "/admin/usage/count")
    usage = cast("list[JsonObject]", call_admin(platform, "GET", "/admin/usage?by=tenant"))
    return {str(one["tenant"]): float(str(one["requests"] or 0)) for one in usage}


def _grown(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    grown = {tenant: count - before.get(tenant, 0.0) for tenant, count in after.items()}
    busy = {tenant: count for tenant, count in grown.items() if count > 0}
    return dict(sorted(busy.items(), key=lambda one: -one[1]))


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == headings[0] else "right")
    return table


def _ms(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1_000:,.1f}"
