from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from datamodels import Settings, built_in, context_document, context_path, models
from datamodels.api.contexts import context_router


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    settings = Settings.model_validate({"context_max_age_s": 60})
    app.include_router(context_router(settings, built_in()))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("name", [*(model.type for model in models()), "all"])
async def test_each_models_context_is_served_as_json_ld(
    client: httpx2.AsyncClient, name: str
) -> None:
    answer = await client.get(context_path(name))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/ld+json"
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.json() == context_document(name)


async def test_an_unknown_context_is_a_404_with_problem_details(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.get(context_path("Volcano"))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Volcano" in answer.json()["detail"]
