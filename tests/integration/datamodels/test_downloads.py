"""A tenant's data as files to download, and the sheet that lists them."""

import csv
import io

import pytest
from typer.testing import CliRunner

from datamodels import example_of, model_named
from renkei.cli import assemble
from tests.platforms import Client
from tests.unit.datamodels.memory import shared_file

PATH = "/datamodels/tenants/{}"


def fill(client: Client) -> None:
    file = shared_file("takamatsu/public_toilet.csv")
    asked = ["import", str(file), "--model", "PublicToilet", "--tenant", client.tenant]
    answer = CliRunner().invoke(assemble("import"), [*asked, "--url", client.url])
    assert answer.exit_code == 0, answer.output


def test_what_is_imported_is_downloaded_in_every_form(client: Client) -> None:
    fill(client)
    base = f"{client.url}{PATH.format(client.tenant)}"
    table = client.http.get(f"{base}/export/PublicToilet.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert f"{client.tenant}-PublicToilet.csv" in table.headers["content-disposition"]
    assert table.content.startswith(b"\xef\xbb\xbf")
    assert len(list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))) == 170
    features = client.http.get(f"{base}/export/PublicToilet.geojson").json()
    assert len(features["features"]) == 169
    assert len(client.http.get(f"{base}/export/publictoilet.jsonld").json()["@graph"]) == 169


def test_the_list_of_open_data_names_each_file_once_and_where_it_is(client: Client) -> None:
    fill(client)
    answer = client.http.get(f"{client.url}{PATH.format(client.tenant)}/open-data-list.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["ファイル_形式"] for row in rows] == ["CSV", "GeoJSON", "JSON-LD"]
    assert {row["データセット_件数"] for row in rows} == {"169"}
    assert client.http.get(rows[0]["ファイル_アクセスURL"]).status_code == 200


def test_data_about_persons_are_no_files(client: Client) -> None:
    user = example_of(model_named("User"))
    written = {"id": user["id"], "type": model_named("User").iri}
    client.create(written)
    base = f"{client.url}{PATH.format(client.tenant)}"
    assert client.http.get(f"{base}/export/User.csv").status_code == 403
    assert "User" not in client.http.get(f"{base}/open-data-list.csv").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/export/Volcano.csv", 404),
        ("/export/AED.pdf", 400),
        ("/export/AED.csv", 200),
    ],
)
def test_only_what_there_is_can_be_downloaded(client: Client, path: str, status: int) -> None:
    answer = client.http.get(f"{client.url}{PATH.format(client.tenant)}{path}")
    assert answer.status_code == status


def test_a_tenant_that_is_not_there_is_404(client: Client) -> None:
    assert (
        client.http.get(f"{client.url}{PATH.format('nowhere_at')}/export/AED.csv").status_code
        == 404
    )
