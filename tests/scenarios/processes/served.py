"""A small app with a database, in the place of the platform's: what is tested is who runs it."""

import asyncio
import os

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from renkei.settings import Settings


async def prepare(settings: Settings) -> None:
    """Make the one table there is."""
    connection = await asyncpg.connect(dsn_of(settings))
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (n int PRIMARY KEY)")
    await connection.close()


async def refuse(settings: Settings) -> None:
    """Be unable to prepare."""
    del settings
    raise SystemExit("this preparation never succeeds")


def dsn_of(settings: Settings) -> str:
    """Where the database is."""
    assert settings.database_url is not None
    return settings.database_url.get_secret_value()


def create_app(settings: Settings) -> Starlette:
    """Make an app that keeps numbers, tells its process, and can be slow."""
    if (settings.data / "broken").exists():
        raise SystemExit("this app cannot be made")

    async def who(request: Request) -> Response:
        return JSONResponse({"pid": os.getpid()})

    async def asked_by(request: Request) -> Response:
        return JSONResponse({"scheme": request.url.scheme})

    async def slow(request: Request) -> Response:
        await asyncio.sleep(float(request.query_params["s"]))
        return JSONResponse({"pid": os.getpid()})

    async def kept(request: Request) -> Response:
        try:
            connection = await asyncpg.connect(dsn_of(settings))
            if request.method == "POST":
                number = int(request.query_params["n"])
                await connection.execute("INSERT INTO kept VALUES ($1)", number)
            rows = await connection.fetch("SELECT n FROM kept ORDER BY n")
            await connection.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return Response(status_code=503, headers={"Retry-After": "1"})
        return JSONResponse([row["n"] for row in rows])

    async def ready(request: Request) -> Response:
        return JSONResponse({"status": "ready"})

    async def metrics(request: Request) -> Response:
        return Response('renkei_worker_memory_bytes{worker="0"} 1000000\n', media_type="text/plain")

    return Starlette(
        routes=[
            Route("/", who),
            Route("/health/ready", ready),
            Route("/metrics", metrics),
            Route("/asked-by", asked_by),
            Route("/slow", slow),
            Route("/kept", kept, methods=["GET", "POST"]),
        ]
    )
