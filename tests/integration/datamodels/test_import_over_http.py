"""Real files through the commands into a running broker and out again, over HTTP."""

from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner

from renkei.commands import exports, imports
from tests import asking
from tests.platforms import Client

SHARED_DATA = Path(__file__).parents[3] / ".." / "shared" / "data"
TERMINAL_WIDTH = {"COLUMNS": "200"}


def run(command: object, *arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(command)  # type: ignore[type-var]  # a command function
    answer = CliRunner().invoke(app, list(arguments), env=TERMINAL_WIDTH)
    return answer.exit_code, answer.output


def shared_file(name: str) -> str:
    path = SHARED_DATA / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not here")
    return str(path)


def import_into(client: Client, file: str, model: str, *more: str) -> str:
    code, output = run(
        imports.command,
        file,
        "--model", model, "--tenant", client.tenant, "--url", client.url, "--lang", "en", *more,
    )  # fmt: skip
    assert code == 0, output
    return output


@pytest.mark.parametrize(
    ("name", "model", "municipality", "taken", "refused"),
    [
        ("takamatsu/aed_location.csv", "AED", "372013", 450, 0),
        ("takamatsu/evacuation_space.csv", "EvacuationSite", "372013", 194, 1),
        ("takamatsu/public_toilet.csv", "PublicToilet", None, 169, 0),
        ("takamatsu/reservoir_list.csv", "IrrigationPond", "372013", 841, 0),
        ("tsukuba_evacuation_site.csv", "EvacuationSite", None, 11, 0),
    ],
)
def test_a_real_file_imports_once_and_exports_as_it_came(
    client: Client,
    tmp_path: Path,
    name: str,
    model: str,
    municipality: str | None,
    taken: int,
    refused: int,
) -> None:
    file = shared_file(name)
    more = ("--municipality", municipality) if municipality else ()
    rows = taken + refused
    tried = import_into(client, file, model, *more, "--dry-run")
    assert f"rows {rows}  taken {taken}  changed 0  unchanged 0  refused {refused}" in tried
    first = import_into(client, file, model, *more)
    assert f"rows {rows}  taken {taken}  changed 0  unchanged 0  refused {refused}" in first
    again = import_into(client, file, model, *more)
    assert f"rows {rows}  taken 0  changed 0  unchanged {taken}  refused {refused}" in again

    exported = str(tmp_path / "export.csv")
    code, output = run(
        exports.command,
        "--model", model, "--tenant", client.tenant, "--url", client.url, "-o", exported,
    )  # fmt: skip
    assert code == 0, output
    back = import_into(client, exported, model)
    assert "taken 0  changed 0" in back
    assert "refused 0" in back


def test_a_changed_and_a_blanked_cell_reach_the_broker(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "aed.csv"
    header = "全国地方公共団体コード,ID,名称,電話番号\n"
    file.write_text(header + "372013,change-1,市役所,087-1\n", encoding="cp932")
    import_into(client, str(file), "AED")
    file.write_text(header + "372013,change-1,市役所 本庁舎,\n", encoding="cp932")
    assert "taken 0  changed 1" in import_into(client, str(file), "AED")
    assert "unchanged 1" in import_into(client, str(file), "AED")
    answer = asking.get(
        f"{client.url}/ngsi-ld/v1/entities/urn:ngsi-ld:AED:372013:change-1",
        headers={"NGSILD-Tenant": client.tenant},
        trust_env=False,
    )
    entity = answer.json()
    assert entity["https://smartdatamodels.org/name"]["languageMap"] == {"ja": "市役所 本庁舎"}
    assert "urn:renkei:datamodels:contactPointPhoneNumber" not in entity


@pytest.mark.parametrize("form", ["geojson", "ndjson"])
def test_other_formats_export(client: Client, tmp_path: Path, form: str) -> None:
    file = tmp_path / "toilets.csv"
    file.write_text("全国地方公共団体コード,ID,名称\n372013,export-1,駅前\n", encoding="utf-8")
    import_into(client, str(file), "PublicToilet")
    path = tmp_path / f"export.{form}"
    code, output = run(
        exports.command,
        "--model", "PublicToilet", "--tenant", client.tenant, "--url", client.url,
        "--format", form, "-o", str(path),
    )  # fmt: skip
    assert code == 0, output
    content = path.read_bytes()
    found = (
        [feature["id"] for feature in orjson.loads(content)["features"]]
        if form == "geojson"
        else [orjson.loads(line)["id"] for line in content.splitlines()]
    )
    assert "urn:ngsi-ld:PublicToilet:372013:export-1" in found


def test_an_unknown_tenant_is_told_with_how_to_create_it(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "aed.csv"
    file.write_text("全国地方公共団体コード,ID,名称\n372013,1,市役所\n", encoding="utf-8")
    code, output = run(
        imports.command,
        str(file), "--model", "AED", "--tenant", "nowhere_at_all", "--url", client.url,
    )  # fmt: skip
    assert code == 1
    assert "renkei tenant create nowhere_at_all" in output
