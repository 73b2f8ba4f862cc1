"""What a worker serves beside the NGSI-LD API: the routes of its houses, each with its ports.

A house that is not asked for is not loaded: its part is imported by name, from one table.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from fastapi import FastAPI
from pydantic import SecretStr

from kit.pages.rendering import Site
from renkei.departure import Departure
from renkei.health import Health
from renkei.instance import Instance
from renkei.loading import imported
from renkei.metrics import MetricsEndpoint
from renkei.platform import Platform
from renkei.readiness import checks
from renkei.served import PARTS
from renkei.servers import server_checks
from renkei.site import site_of

Serve: TypeAlias = Callable[[FastAPI, Platform, Site, SecretStr], None]


def serve_houses(app: FastAPI, platform: Platform, version: str, departure: Departure) -> None:
    """Let an app answer for the houses that the settings name.

    Args:
        app: gets the routes.
        platform: whose houses they are.
        version: of the program, as health tells it.
        departure: whether the process is about to end, as health tells it.
    """
    settings = platform.settings
    token = SecretStr(Instance(settings.data, settings.secrets).operator_token())
    app.router.routes.append(MetricsEndpoint(_metrics_tokens(platform, token)).route())
    site = site_of(settings)
    app.router.routes.extend(_health(platform, version, departure).routes())
    app.router.routes.extend(site.assets.routes())
    for house, part in PARTS.items():
        if house in settings.houses:
            cast(Serve, imported(part))(app, platform, site, token)


def _metrics_tokens(platform: Platform, operator: SecretStr) -> list[SecretStr]:
    """Say who may read the metrics: the operator, and whoever watches."""
    settings = platform.settings
    watching = settings.metrics.token or SecretStr(
        Instance(settings.data, settings.secrets).metrics_token()
    )
    return [operator, watching]


def _health(platform: Platform, version: str, departure: Departure) -> Health:
    async def facts() -> Mapping[str, str]:
        async with platform.databases.connection(platform.control) as connection:
            rows = await connection.fetch(
                "SELECT name, setting FROM pg_settings"
                " WHERE name IN ('fsync', 'synchronous_commit', 'server_version')"
            )
        told = {row["name"]: row["setting"] for row in rows}
        return {
            "version": version,
            "auth": platform.settings.auth,
            "workers": str(platform.settings.workers),
            "postgresql": told["server_version"],
            "fsync": told["fsync"],
            "synchronous_commit": told["synchronous_commit"],
        }

    return Health(
        checks=checks(platform, departure),
        facts=facts,
        partial=server_checks(platform.settings, platform.databases),
    )
