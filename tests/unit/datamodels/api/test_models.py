from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator

from datamodels import Settings, models, open_registry
from datamodels.api.models import model_router

WELL = """
type = "Well"
version = "{version}"
field = "農林水産"
name_ja = "井戸"
name_en = "Wells"
source = "市"
licence = "CC BY 4.0"
columns = [
  {{ ja = "ID", en = "identifier", kind = "code", required = true }},
  {{ ja = "深さ", en = "{depth}", kind = "number" }},
]
"""


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    (tmp_path / "one.toml").write_text(WELL.format(version="1.0.0", depth="depth"), "utf-8")
    (tmp_path / "two.toml").write_text(WELL.format(version="2.0.0", depth="deepness"), "utf-8")
    app = FastAPI()
    app.include_router(model_router(Settings.model_validate({}), open_registry(tmp_path)))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_the_list_names_every_model_and_where_more_is_told(
    client: httpx2.AsyncClient,
) -> None:
    listed = (await client.get("/datamodels/models")).json()
    assert [one["type"] for one in listed] == sorted([*(one.type for one in models()), "Well"])
    links = next(one for one in listed if one["type"] == "AED")["links"]
    assert (await client.get(links["self"])).json()["name"]["ja"] == "AED設置場所"
    assert links["context"] == "/datamodels/contexts/v1/AED.jsonld"
    field = await client.get("/datamodels/models", params={"field": "金融"})
    assert [one["type"] for one in field.json()] == ["RegionalPointAccount"]


@pytest.mark.parametrize("form", ["normalized", "concise", "simplified"])
async def test_schema_and_example_fit_each_other(client: httpx2.AsyncClient, form: str) -> None:
    schema = await client.get("/datamodels/models/Event/schema", params={"form": form})
    assert schema.headers["content-type"] == "application/schema+json"
    example = await client.get("/datamodels/models/Event/example", params={"form": form})
    assert example.headers["content-type"] == "application/ld+json"
    assert Draft202012Validator(schema.json()).is_valid(example.json())


async def test_versions_are_listed_read_and_compared(client: httpx2.AsyncClient) -> None:
    versions = (await client.get("/datamodels/models/well/versions")).json()
    assert [one["version"] for one in versions] == ["2.0.0", "1.0.0"]
    old = await client.get("/datamodels/models/Well", params={"version": "1.0.0"})
    assert [column["en"] for column in old.json()["columns"]] == ["identifier", "depth"]
    difference = (await client.get("/datamodels/models/Well/diff", params={"from": "1.0.0"})).json()
    assert difference["effect"] == "breaking"
    assert {one["where"] for one in difference["differences"]} == {"depth", "deepness"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/datamodels/models/Volcano", 404),
        ("/datamodels/models/Well?version=3.0.0", 404),
        ("/datamodels/models/AED/schema?form=stored", 400),
        ("/datamodels/models/AED/schema?form=odd", 400),
    ],
)
async def test_what_there_is_not_is_a_problem(
    client: httpx2.AsyncClient, path: str, status: int
) -> None:
    answer = await client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
