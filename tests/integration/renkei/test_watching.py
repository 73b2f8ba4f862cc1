"""What operators are given to watch by: the dashboard, the alerts and `renkei top`."""

import importlib
import pkgutil
import re
from pathlib import Path

import orjson
import pytest

import broker
import idp_federation
import joint_use
import kit
import renkei
from kit.metrics import Kind, declared
from renkei.readings import Between, Reading

ROOT = Path(__file__).parents[3]
DASHBOARD = ROOT / "deploy/grafana/renkei.json"
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
NAME = re.compile(r"\brenkei_[a-z_]+")
LABEL = re.compile(r"(renkei_[a-z_]+)\{([^}]*)\}")


@pytest.fixture(scope="module")
def known() -> dict[str, tuple[str, ...]]:
    """The names that a query may use, with their labels, of every metric that is declared."""
    for package in (kit, joint_use, idp_federation, broker, renkei):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(("__main__", "kit.otel")):
                importlib.import_module(module.name)
    names: dict[str, tuple[str, ...]] = {}
    for one in declared():
        endings = ("_bucket", "_count", "_sum") if one.kind is Kind.HISTOGRAM else ("",)
        names |= {one.name + ending: one.labels for ending in endings}
    return names


def expressions() -> list[str]:
    """All queries of the dashboard and the alerts."""
    panels = orjson.loads(DASHBOARD.read_bytes())["panels"]
    drawn = [target["expr"] for panel in panels for target in panel["targets"]]
    return [*drawn, *re.findall(r"expr: (.*)", ALERTS.read_text("utf-8"))]


def test_each_query_names_metrics_and_labels_that_exist(known: dict[str, tuple[str, ...]]) -> None:
    found = expressions()
    assert len(found) > 30
    unknown = {name for one in found for name in NAME.findall(one) if name not in known}
    assert unknown == set()
    for one in found:
        for name, labels in LABEL.findall(one):
            asked = set(re.findall(r"([a-z_]+)=", labels))
            assert asked <= set(known[name]), one


def test_every_metric_is_shown_somewhere(known: dict[str, tuple[str, ...]]) -> None:
    shown = " ".join(expressions())
    assert {
        one.name for one in declared() if one.name.startswith("renkei_") and one.name not in shown
    } == set()


def test_each_alert_has_a_page_of_what_to_do() -> None:
    told = (ROOT / "docs/alerts.md").read_text("utf-8")
    names = re.findall(r"- alert: (\w+)", ALERTS.read_text("utf-8"))
    assert len(names) > 10
    assert re.findall(r"^## (\w+)$", told, re.MULTILINE) == names


def reading(at_s: float, fast: int, slow: int) -> Reading:
    text = (
        "# TYPE renkei_request_seconds histogram\n"
        f'renkei_request_seconds_bucket{{house="broker",operation="GET",le="0.01"}} {fast}\n'
        f'renkei_request_seconds_bucket{{house="broker",operation="GET",le="0.1"}} {fast + slow}\n'
        f'renkei_request_seconds_bucket{{house="broker",operation="GET",le="+Inf"}} {fast + slow}\n'
        f'renkei_request_seconds_count{{house="broker",operation="GET"}} {fast + slow}\n'
    )
    return Reading(Reading.parse(text).samples, at_s)


def test_rates_and_quantiles_are_of_what_happened_between() -> None:
    between = Between(reading(10.0, 1_000, 0), reading(12.0, 1_098, 2))
    assert between.rate("renkei_request_seconds_count", house="broker") == 50.0
    assert between.rates("renkei_request_seconds_count", "operation") == {"GET": 50.0}
    assert between.quantile("renkei_request_seconds", 0.5) == 0.01
    assert between.quantile("renkei_request_seconds", 0.99) == 0.1
    assert between.quantile("renkei_request_seconds", 0.5, house="nobody") is None
