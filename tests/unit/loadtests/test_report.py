import orjson
import pytest

from loadtests.circumstances import Circumstances, Durability
from loadtests.floor import Pace
from loadtests.report import Report
from loadtests.tally import Figures, Latency

DURABLE = Durability(
    server="PostgreSQL 18.6", settings={"fsync": "on"}, exceptions=[], is_durable=True
)
RISKY = Durability(
    server="PostgreSQL 18.6",
    settings={"fsync": "on"},
    exceptions=["synchronous_commit=off"],
    is_durable=False,
)


def a_report(durability: Durability | None = DURABLE, refusals: int = 0) -> Report:
    figures = Figures(
        scenario="create",
        requests=50_000,
        seconds=10.0,
        per_second=5_000.0,
        latency=Latency(p50_ms=5.04, p95_ms=8.0, p99_ms=12.5, max_ms=31.0),
        refusals={"503": refusals} if refusals else {},
        unavailable_with_retry_after=refusals,
        lost=0,
        unreachable=0,
        bytes_per_answer=120,
        cpu={"generator": 0.1, "machine": 1.9},
    )
    under = Circumstances(
        url="http://127.0.0.1:1026/ngsi-ld/v1",
        tenant="takamatsu",
        context="core",
        connections=32,
        cores=2,
        machine="Linux x86_64",
        generator="on the broker's machine, sharing its cores",
        workers=2,
        facts={"status": "ready", "fsync": "on"},
        durability=durability,
        note="history off",
    )
    floor = {"create": Pace(single=8_000.0, gathered=12_500.0)}
    return Report(circumstances=under, figures=[figures], floor=floor)


def test_a_page_says_what_was_measured_and_under_what() -> None:
    page = a_report().as_text()
    lines = [line.split() for line in page.splitlines()]
    assert ["create", "50,000", "5,000", "5.0", "8.0", "12.5", "31.0", "0"] in lines
    assert ["create", "0.10", "1.90"] in lines
    assert ["create", "20", "380"] in lines
    assert ["create", "8,000", "0.62", "12,500", "0.40"] in lines
    for said in ("takamatsu", "2 workers", "2 cores", "32 connections", "history off"):
        assert said in page
    assert "sharing its cores" in page
    assert "it says    status ready, fsync on\n" in page


@pytest.mark.parametrize(
    ("durability", "sentence"),
    [
        (DURABLE, "durable (fsync on; PostgreSQL 18.6)"),
        (RISKY, "NOT durable (fsync on, synchronous_commit=off; PostgreSQL 18.6)"),
        (None, "durability unknown: no database was named"),
    ],
)
def test_a_page_says_whether_commits_are_durable(
    durability: Durability | None, sentence: str
) -> None:
    assert f"commits    {sentence}\n" in a_report(durability).as_text()


def test_a_page_tells_errors_by_their_status() -> None:
    assert "errors" not in a_report().as_text().split("create", 1)[1]
    page = a_report(refusals=7).as_text()
    assert "create: errors: 7 × 503, of them 7 × 503 with Retry-After" in page


def test_the_json_form_holds_the_same_figures() -> None:
    document = orjson.loads(a_report().as_json())
    assert document["figures"][0]["latency"]["p99_ms"] == 12.5
    assert document["circumstances"]["durability"]["is_durable"] is True
    assert document["floor"]["create"]["gathered"] == 12_500.0
