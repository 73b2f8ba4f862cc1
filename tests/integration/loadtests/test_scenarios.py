"""Each scenario runs against a real platform, and reports."""

from pathlib import Path

import orjson
import pytest

from loadtests.catalog_of_scenarios import SCENARIOS
from loadtests.run import main
from renkei.instance import Instance
from renkei.settings import Settings

SHORT = ("notifications",)


def run(name: str, url: str, settings: Settings, out: Path, *more: str) -> dict[str, object]:
    """Run one for a second; answers with its figures."""
    token = Instance(settings.data).operator_token()
    asked = ["--url", f"{url}/ngsi-ld/v1", "--operator-token", token, "--token", token]
    amount = ["--seconds", "1", "--entities", "20", "--users", "4", "--out", str(out)]
    main([name, *asked, *amount, *more])
    for suffix in ("html", "md"):
        written = (out / f"{name}.{suffix}").read_text("utf-8")
        assert SCENARIOS[name].title_ja in written
    told: dict[str, object] = orjson.loads((out / f"{name}.json").read_bytes())
    return told


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=() if one in SHORT else pytest.mark.slow) for one in SCENARIOS],
)
def test_a_scenario_runs_without_an_error(
    name: str, broker_url: str, platform_settings: Settings, tmp_path: Path
) -> None:
    told = run(name, broker_url, platform_settings, tmp_path)
    measured = told["measured"]
    assert isinstance(measured, list)
    assert [one["stage"]["name"] for one in measured] == [
        stage.name for stage in SCENARIOS[name].stages
    ]
    for one in measured:
        assert one["operations"]
        assert all(operation["requests"] > 0 for operation in one["operations"])
        assert all(operation["errors"] == {} for operation in one["operations"])
        if SCENARIOS[name].subscriptions:
            answered = sum(
                operation["requests"]
                for operation in one["operations"]
                if operation["name"].startswith("update")
            )
            due = answered * SCENARIOS[name].subscriptions
            assert one["delivered"]["due"] == one["delivered"]["distinct"] == due


@pytest.mark.slow
def test_two_brokers_are_asked_in_turn(
    broker_url: str, platform_settings: Settings, tmp_path: Path
) -> None:
    against = ("--against", f"{broker_url}/ngsi-ld/v1/", "--stage", "get")
    told = run("profile-b", broker_url, platform_settings, tmp_path, *against)
    measured = told["measured"]
    assert isinstance(measured, list)
    assert len(measured) == 4
    assert "## Ratios" in (tmp_path / "profile-b.md").read_text("utf-8")
