"""The broker, served."""

from fastapi import FastAPI
from pydantic import SecretStr

from broker import RelayEndpoint, delivery_router, operator_router
from kit.pages.rendering import Site
from renkei.platform import Platform


def serve(app: FastAPI, platform: Platform, site: Site, token: SecretStr) -> None:
    """Serve what the broker has beside the NGSI-LD API, which is answered before FastAPI."""
    api, watching = platform.settings.broker.api, platform.notifications.deliveries.watching
    app.router.routes.append(RelayEndpoint(platform.broker, api).route())
    app.include_router(delivery_router(platform.broker, watching.watch, site))
    app.include_router(operator_router(platform.broker, api, token))
