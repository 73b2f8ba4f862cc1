"""A run's figures as people and programs read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from loadtests.circumstances import Circumstances, Durability
from loadtests.floor import Pace
from loadtests.tally import Figures

_HEADINGS = ("scenario", "requests", "per s", "p50 ms", "p95 ms", "p99 ms", "max ms", "errors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run measured, and under what."""

    circumstances: Circumstances
    figures: Sequence[Figures]
    floor: Mapping[str, Pace]

    def as_json(self) -> bytes:
        """Write everything as JSON."""
        return orjson.dumps(self, option=orjson.OPT_INDENT_2)

    def as_text(self) -> str:
        """Write a page for people."""
        parts = [_circumstances(self.circumstances), _table(self.figures), _cpu(self.figures)]
        parts += [_errors(self.figures), _floor(self.figures, self.floor)]
        return "\n\n".join(part for part in parts if part) + "\n"


def _circumstances(under: Circumstances) -> str:
    tenant = under.tenant or "the default tenant"
    workers = "workers unknown" if under.workers is None else f"{under.workers} workers"
    lines = [
        ("broker", f"{under.url}, {workers}"),
        ("asked", f"tenant {tenant}, @context {under.context}, {under.connections} connections"),
        ("it says", ", ".join(f"{name} {fact}" for name, fact in under.facts.items())),
        ("commits", _durability(under.durability)),
        ("machine", f"{under.cores} cores, {under.machine}, Python {under.python}"),
        ("generator", under.generator),
        ("measured", under.measured_at),
    ]
    lines.append(("note", under.note))
    return "\n".join(f"{name:<10} {text}" for name, text in lines if text)


def _durability(durability: Durability | None) -> str:
    if durability is None:
        return "durability unknown: no database was named"
    word = "durable" if durability.is_durable else "NOT durable"
    settings = [f"{name} {setting}" for name, setting in durability.settings.items()]
    return f"{word} ({', '.join([*settings, *durability.exceptions])}; {durability.server})"


def _table(figures: Sequence[Figures]) -> str:
    rows = [
        (
            one.scenario,
            f"{one.requests:,}",
            f"{one.per_second:,.0f}",
            f"{one.latency.p50_ms:.1f}",
            f"{one.latency.p95_ms:.1f}",
            f"{one.latency.p99_ms:.1f}",
            f"{one.latency.max_ms:.1f}",
            f"{one.errors:,}",
        )
        for one in figures
    ]
    return _aligned([_HEADINGS, *rows])


def _cpu(figures: Sequence[Figures]) -> str:
    names = list(dict.fromkeys(name for one in figures for name in one.cpu))
    cores = [
        (one.scenario, *(f"{one.cpu.get(name, 0.0):.2f}" for name in names)) for one in figures
    ]
    costs = [
        (one.scenario, *(f"{one.cpu_us_per_request(name):.0f}" for name in names))
        for one in figures
    ]
    return _aligned([("cores busy", *names), *cores, ("CPU µs each", *names), *costs])


def _errors(figures: Sequence[Figures]) -> str:
    lines = []
    for one in figures:
        said = [f"{count:,} × {status}" for status, count in one.refusals.items()]
        if one.unavailable_with_retry_after:
            said.append(f"of them {one.unavailable_with_retry_after:,} × 503 with Retry-After")
        if one.lost:
            said.append(f"{one.lost:,} lost")
        if one.unreachable:
            said.append(f"{one.unreachable:,} unreachable")
        if said:
            lines.append(f"{one.scenario}: errors: {', '.join(said)}")
    return "\n".join(lines)


def _floor(figures: Sequence[Figures], floor: Mapping[str, Pace]) -> str:
    rows = [
        (
            one.scenario,
            f"{pace.single:,.0f}",
            f"{one.per_second / pace.single:.2f}",
            f"{pace.gathered:,.0f}",
            f"{one.per_second / pace.gathered:.2f}",
        )
        for one in figures
        if (pace := floor.get(one.scenario)) is not None
    ]
    if not rows:
        return ""
    return _aligned([("floor", "single/s", "ratio", "gathered/s", "ratio"), *rows])


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Set cells in columns, the first to the left and figures to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        )
        for row in rows
    )
