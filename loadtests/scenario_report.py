"""A scenario's figures as a page to read (HTML) and a text to keep (Markdown)."""

import statistics
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import orjson

from loadtests.catalog_of_scenarios import Scenario
from loadtests.circumstances import Circumstances, Durability
from loadtests.curves import Panel, draw
from loadtests.phases import Measured

_BUSY_CORES = 0.9
_OTHERS_CORES = 0.4
_HEADINGS = (
    *("stage", "operation", "users", "requests", "per s", "p50 ms", "p95 ms", "p99 ms", "max ms"),
    *("errors", "published/s", "× published"),
)
_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #999;padding:.2rem .6rem;"
    "text-align:right}td:first-child,th:first-child,td:nth-child(2){text-align:left}"
    "svg{max-width:100%;height:auto}.wrong{color:#a00;font-weight:bold}"
)

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioReport:
    """What one run measured, at one broker or at two in turn.

    Args:
        settings: how much was asked, as the command line said.
        workers: of each broker, where it runs on this machine.
    """

    name: str
    scenario: Scenario
    circumstances: Sequence[Circumstances]
    settings: dict[str, str]
    measured: Sequence[Measured]

    @property
    def failed(self) -> int:
        """All errors, and notifications that did not come."""
        return sum(one.failed for one in self.measured)

    def write(self, folder: Path) -> Path:
        """Write HTML, Markdown and JSON; answers with the page."""
        folder.mkdir(parents=True, exist_ok=True)
        page = folder / f"{self.name}.html"
        page.write_text(self.as_html(), encoding="utf-8")
        page.with_suffix(".md").write_text(self.as_markdown(), encoding="utf-8")
        told = {
            "name": self.name,
            "circumstances": self.circumstances,
            "settings": self.settings,
            "measured": self.measured,
        }
        page.with_suffix(".json").write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
        return page

    def as_markdown(self) -> str:
        """Write the text."""
        title = f"# {self.scenario.title_ja} / {self.scenario.title_en}"
        parts = [title, _table(("under", *self._places()), self._under())]
        parts += [f"**{warning}**" for warning in self._warnings()]
        parts += [f"## {heading}\n\n{_table(head, rows)}" for heading, head, rows in self._tables()]
        return "\n\n".join(parts) + "\n"

    def as_html(self) -> str:
        """Write the page; it needs nothing from elsewhere."""
        title = escape(f"{self.scenario.title_ja} / {self.scenario.title_en}")
        parts = [f"<h1>{title}</h1>", _html_table(("under", *self._places()), self._under())]
        parts += [f'<p class="wrong">{escape(warning)}</p>' for warning in self._warnings()]
        for heading, head, rows in self._tables():
            parts += [f"<h2>{escape(heading)}</h2>", _html_table(head, rows)]
        parts += ["<h2>Latency by second</h2>", self._chart()]
        return (
            f'<!doctype html><html lang="ja"><meta charset="utf-8"><title>{title}</title>'
            f"<style>{_STYLE}</style>{''.join(parts)}</html>\n"
        )

    def _places(self) -> list[str]:
        return [under.url for under in self.circumstances]

    def _under(self) -> Rows:
        """Say under what it was measured; a column for each broker."""
        each = self.circumstances
        rows = [
            ("commits", *(_durability(under.durability) for under in each)),
            ("it says", *(_facts(under) for under in each)),
            ("machine", *(f"{one.cores} cores, {one.machine}" for one in each)),
            ("workers", *(str(one.workers or "unknown") for one in each)),
            ("generator", *(f"locust, {one.generator}" for one in each)),
            ("tenant, @context", *(f"{one.tenant or 'default'}, {one.context}" for one in each)),
            ("measured at", *(one.measured_at for one in each)),
            ("note", *(one.note for one in each)),
        ]
        rows += [(name, *([value] * len(each))) for name, value in self.settings.items()]
        return [row for row in rows if any(row[1:])]

    def _warnings(self) -> Iterable[str]:
        slow = [one for one in self.measured if one.generator_cores >= _BUSY_CORES]
        if slow:
            names = ", ".join(dict.fromkeys(one.stage.name for one in slow))
            yield (
                f"The generator was the bottleneck in: {names} (it has one process, which used "
                f"{max(one.generator_cores for one in slow):.2f} cores); the broker bears more. "
                "Peaks are measured by `python -m loadtests.peak`."
            )
        if any(_others(one) > _OTHERS_CORES for one in self.measured):
            yield (
                "Others were at work on this machine, too: rates and latencies are theirs as well. "
                "Compare ratios of one run, not rates."
            )
        lost = [one for one in self.measured if one.delivered is not None and one.failed]
        if any(one.delivered.distinct < one.delivered.due for one in lost if one.delivered):
            yield "Some notifications that were due did not arrive."

    def _tables(self) -> Iterable[tuple[str, Sequence[str], Rows]]:
        is_compared = len(self.circumstances) > 1
        head = ("broker", *_HEADINGS) if is_compared else _HEADINGS
        rows = [row if is_compared else row[1:] for one in self.measured for row in _rows(one)]
        yield "Figures", head, rows
        if is_compared:
            yield "Ratios", ("stage", *self._places(), "ratio"), self._ratios()
        if notified := [_delivered(one) for one in self.measured if one.delivered]:
            yield (
                "Notifications",
                *(("stage", "broker", "due", "delivered", "share", "repeated", "p50", "p99 ms"),),
                notified,
            )
        yield "Cores busy", ("stage", "broker", "generator", "others"), _cores(self.measured)
        if errors := [row for one in self.measured for row in _errors(one)]:
            yield "Errors", ("stage", "operation", "times", "error"), errors

    def _ratios(self) -> Rows:
        """Compare the medians of each stage's turns."""
        rows = []
        for name in dict.fromkeys(one.stage.name for one in self.measured):
            rates = [
                statistics.median(
                    one.per_second
                    for one in self.measured
                    if one.stage.name == name and one.url == place
                )
                for place in self._places()
            ]
            ratio = f"{rates[1] / rates[0]:.2f}" if rates[0] else ""
            rows.append((name, *(f"{rate:,.0f}/s" for rate in rates), ratio))
        return rows

    def _chart(self) -> str:
        panels = []
        for one in self.measured:
            for operation in one.operations:
                if len(operation.curve) > 1:
                    lines = {
                        name: [(point[0], float(point[at])) for point in operation.curve]
                        for name, at in (("p50", 2), ("p95", 3), ("p99", 4))
                    }
                    title = f"{one.stage.name}: {operation.name}"
                    panels.append(Panel(title=title, across="second", up="ms", lines=lines))
        pictures = []
        with tempfile.TemporaryDirectory() as folder:
            for start in range(0, len(panels), 3):
                file = Path(folder) / "chart.svg"
                draw(panels[start : start + 3], file)
                pictures.append(file.read_text("utf-8").partition("<svg")[2])
        return "".join(f"<svg{picture}" for picture in pictures) or "<p>Too short a run.</p>"


def _others(one: Measured) -> float:
    """Say how many cores others kept busy, where the broker's own are known."""
    if "workers" not in one.cores:
        return 0.0
    own = one.generator_cores + one.cores["workers"] + one.cores["postgres"]
    return one.cores["machine"] - own


def _rows(one: Measured) -> Rows:
    rows = []
    for operation in one.operations:
        published, took = one.stage.published, operation.latency
        compared = (
            ("", "")
            if published is None
            else (
                f"{published.per_second:,.0f} ({published.source})",
                f"{operation.per_second / published.per_second:.1f}",
            )
        )
        rows.append(
            (
                one.url,
                one.stage.name,
                operation.name,
                str(one.users),
                f"{operation.requests:,}",
                f"{operation.per_second:,.0f}",
                *(f"{ms:.1f}" for ms in (took.p50_ms, took.p95_ms, took.p99_ms, took.max_ms)),
                f"{operation.failed:,}",
                *compared,
            )
        )
    return rows


def _delivered(one: Measured) -> Sequence[str]:
    told = one.delivered
    if told is None:
        return ()
    share = told.distinct / told.due if told.due else 1.0
    return (
        one.stage.name,
        one.url,
        f"{told.due:,}",
        f"{told.distinct:,}",
        f"{share:.2%}",
        f"{told.arrived - told.distinct:,}",
        f"{told.lateness.p50_ms:.0f}",
        f"{told.lateness.p99_ms:.0f}",
    )


def _cores(measured: Sequence[Measured]) -> Rows:
    return [
        (
            one.stage.name,
            one.url,
            f"{one.generator_cores:.2f}",
            ", ".join(f"{who} {cores:.2f}" for who, cores in one.cores.items()),
        )
        for one in measured
    ]


def _errors(one: Measured) -> Rows:
    return [
        (one.stage.name, operation.name, f"{count:,}", error)
        for operation in one.operations
        for error, count in operation.errors.items()
    ]


def _facts(under: Circumstances) -> str:
    return ", ".join(f"{name} {fact}" for name, fact in under.facts.items())


def _durability(durability: Durability | None) -> str:
    if durability is None:
        return "durability unknown: no database was named"
    word = "durable" if durability.is_durable else "NOT durable"
    settings = [f"{name} {setting}" for name, setting in durability.settings.items()]
    return f"{word} ({', '.join([*settings, *durability.exceptions])}; {durability.server})"


def _table(head: Sequence[str], rows: Rows) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(one.replace("|", "\\|") for one in row) + " |" for row in lines
    )


def _html_table(head: Sequence[str], rows: Rows) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return f"<table>{line(head, 'th')}{''.join(line(row, 'td') for row in rows)}</table>"
