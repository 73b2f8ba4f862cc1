"""What a scenario's report tells."""

from dataclasses import replace
from pathlib import Path

import orjson

from loadtests.catalog_of_scenarios import SCENARIOS
from loadtests.circumstances import Circumstances, Durability
from loadtests.phases import Delivered, Measured, Operation
from loadtests.scenario_report import ScenarioReport
from loadtests.tally import Latency

LATENCY = Latency(p50_ms=1.0, p95_ms=2.0, p99_ms=3.0, max_ms=4.0)
UNDER = Circumstances(
    url="http://one.example/ngsi-ld/v1",
    tenant=None,
    context="core",
    connections=10,
    cores=2,
    machine="Linux",
    generator="apart",
    workers=2,
    facts={"version": "1.2.3"},
    durability=Durability(server="PostgreSQL 18", settings={}, exceptions=[], is_durable=True),
    note="history <off>",
)


def measured(url: str = UNDER.url, per_second: float = 442.0) -> Measured:
    stage = SCENARIOS["profile-a"].stages[0]
    operation = Operation(
        name="create",
        requests=884,
        per_second=per_second,
        latency=LATENCY,
        errors={},
        curve=[(0, 440, 1.0, 2.0, 3.0), (1, 444, 1.0, 2.0, 3.5)],
    )
    return Measured(
        stage=stage,
        users=10,
        url=url,
        seconds=2.0,
        generator_cores=0.3,
        operations=[operation],
        cores={},
    )


def report(*each: Measured, places: int = 1) -> ScenarioReport:
    other = replace(UNDER, url="http://two.example/ngsi-ld/v1")
    return ScenarioReport(
        name="profile-a",
        scenario=SCENARIOS["profile-a"],
        circumstances=[UNDER, other][:places],
        settings={"seconds each": "2"},
        measured=each,
    )


def test_a_report_tells_figures_beside_what_was_published_and_under_what() -> None:
    text = report(measured()).as_markdown()
    assert "| create, 10 users | create | 10 | 884 | 442 | 1.0 | 2.0 | 3.0 | 4.0 | 0 | 221" in text
    assert "| 2.0 |\n" in text, "twice what was published"
    assert "durable" in text
    assert "version 1.2.3" in text
    assert "2 cores" in text
    assert "locust, apart" in text


def test_the_page_has_a_chart_and_shows_remarks_as_text(tmp_path: Path) -> None:
    page = report(measured()).write(tmp_path)
    html = page.read_text("utf-8")
    assert "<svg" in html
    assert "p99" in html
    assert "history &lt;off&gt;" in html
    assert "history <off>" not in html
    told = orjson.loads(page.with_suffix(".json").read_bytes())
    assert told["measured"][0]["operations"][0]["requests"] == 884


def test_a_generator_that_is_the_bottleneck_is_told() -> None:
    assert "bottleneck" not in report(measured()).as_markdown()
    busy = replace(measured(), generator_cores=0.97)
    assert "bottleneck in: create" in report(busy).as_markdown()


def test_others_at_work_on_the_machine_are_told() -> None:
    assert "Others were" not in report(measured()).as_markdown()
    busy = replace(measured(), cores={"machine": 2.0, "workers": 0.8, "postgres": 0.1})
    assert "Others were" in report(busy).as_markdown()


def test_missing_notifications_are_failures() -> None:
    delivered = Delivered(due=100, distinct=99, arrived=120, lateness=LATENCY)
    told = report(replace(measured(), delivered=delivered))
    assert told.failed == 1
    assert "| 100 | 99 | 99.00% | 21 |" in told.as_markdown()


def test_two_brokers_are_compared_by_the_medians_of_their_turns() -> None:
    two = "http://two.example/ngsi-ld/v1"
    turns = [measured(), measured(two, 884.0), measured(two, 890.0), measured(per_second=450.0)]
    text = report(*turns, places=2).as_markdown()
    assert "| create, 10 users | 446/s | 887/s | 1.99 |" in text
