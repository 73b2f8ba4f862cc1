"""The house's routers, put together."""

from fastapi import APIRouter
from pydantic import SecretStr

from datamodels.api.adoption import adoption_router
from datamodels.api.contexts import context_router
from datamodels.api.models import model_router
from datamodels.operations.adoption import DataModels
from datamodels.settings import Settings


def router(settings: Settings, house: DataModels, token: SecretStr) -> APIRouter:
    """Make the router of everything under /datamodels, to be mounted at the root.

    Args:
        settings: of the house.
        house: its ports.
        token: the operator token.
    """
    routes = APIRouter()
    routes.include_router(context_router(settings, house.registry))
    routes.include_router(model_router(settings, house.registry))
    routes.include_router(adoption_router(house, token))
    return routes
