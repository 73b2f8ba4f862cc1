"""A line chart as SVG, of values over minutes, with marks where something happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 900, 360, 60, 30, 40
_COLOURS = ("#0b5394", "#b45f06", "#38761d", "#741b47", "#444444")


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a time."""

    minutes: float
    value: float


def drawn(
    title: str, unit: str, lines: Mapping[str, Sequence[Point]], marks: Sequence[float] = ()
) -> str:
    """Write the chart; each line under its name, a thin mark at each of the minutes given."""
    points = [point for line in lines.values() for point in line]
    last = max((point.minutes for point in points), default=1.0) or 1.0
    most = max((point.value for point in points), default=1.0) * 1.1 or 1.0

    def x(minutes: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - 20) * minutes / last

    def y(value: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / most)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="18" font-size="14">{escape(title)}</text>',
    ]
    parts += [
        f'<line x1="{x(at):.1f}" x2="{x(at):.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}" '
        'stroke="#dddddd"/>'
        for at in marks
    ]
    for step in range(5):
        value = most * step / 4
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - 20}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
            f'stroke="#999999" stroke-width="0.5"/><text x="{_LEFT - 6}" y="{y(value) + 4:.1f}" '
            f'text-anchor="end">{value:.0f}</text>'
        )
    for step in range(6):
        minutes = last * step / 5
        parts.append(
            f'<text x="{x(minutes):.1f}" y="{_HEIGHT - 22}" text-anchor="middle">'
            f"{minutes:.1f} min</text>"
        )
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(f"{x(point.minutes):.1f},{y(point.value):.1f}" for point in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}"/>')
        parts.append(
            f'<text x="{_LEFT + 170 * number}" y="{_HEIGHT - 6}" fill="{colour}">'
            f"{escape(name)} ({escape(unit)})</text>"
        )
    return "\n".join([*parts, "</svg>", ""])
