"""The house's routers, put together."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from pydantic import SecretStr

from datamodels.api.adoption import adoption_router
from datamodels.api.contexts import context_router
from datamodels.api.exports import export_router
from datamodels.api.models import model_router
from datamodels.api.schedules import schedule_router
from datamodels.operations.adoption import DataModels
from datamodels.ports import TenantData
from datamodels.settings import Settings
from joint_use import Principal


def router(
    settings: Settings,
    house: DataModels,
    token: SecretStr,
    data: TenantData,
    caller: Callable[[Request], Principal],
) -> APIRouter:
    """Make the router of everything under /datamodels, to be mounted at the root.

    Args:
        settings: of the house.
        house: its ports.
        token: the operator token.
        data: the tenants' entities.
        caller: says who asks.
    """
    routes = APIRouter()
    routes.include_router(context_router(settings, house.registry))
    routes.include_router(model_router(settings, house.registry))
    routes.include_router(adoption_router(house, token))
    routes.include_router(schedule_router(house, token))
    routes.include_router(export_router(settings, house.registry, data, caller))
    return routes
