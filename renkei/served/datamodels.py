"""The registry of data models, served."""

from typing import cast

from fastapi import FastAPI, Request
from pydantic import SecretStr

from broker import PRINCIPAL
from datamodels import router
from joint_use import UNRESTRICTED, Principal
from kit.pages.rendering import Site
from renkei.model_data import BrokerData
from renkei.platform import Platform


def serve(app: FastAPI, platform: Platform, site: Site, token: SecretStr) -> None:
    """Serve data models, imports and exports."""
    del site
    house = platform.models.house(platform.joint_use.directory, platform.broker)
    data = BrokerData(platform.joint_use, platform.broker)
    app.include_router(router(platform.settings.datamodels, house, token, data, _caller))


def _caller(request: Request) -> Principal:
    """Say who asks; while nobody signs in, everybody may read."""
    return cast(Principal, request.scope.get(PRINCIPAL, UNRESTRICTED))
