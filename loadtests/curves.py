"""Curves as an SVG picture, for reports and docs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

Curve = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One diagram.

    Args:
        across: what the horizontal axis is.
        up: what the vertical axis is; it begins at 0.
        is_logarithmic: whether the horizontal axis is.
        lines: by name, their points.
    """

    title: str
    across: str
    up: str
    lines: Mapping[str, Curve]
    is_logarithmic: bool = False


def draw(panels: Sequence[Panel], file: Path) -> None:
    """Draw diagrams beside each other; the same points always make the same file."""
    with matplotlib.rc_context({"svg.hashsalt": "renkei", "svg.fonttype": "none"}):
        figure = Figure(figsize=(5.2 * len(panels), 3.4), layout="constrained")
        for panel, axes in zip(
            panels, figure.subplots(1, len(panels), squeeze=False)[0], strict=True
        ):
            for name, curve in panel.lines.items():
                axes.plot(*zip(*curve, strict=True), marker="o", markersize=3, label=name)
            if panel.is_logarithmic:
                axes.set_xscale("log")
            axes.set_ylim(bottom=0)
            axes.set(title=panel.title, xlabel=panel.across, ylabel=panel.up)
            axes.grid(alpha=0.3)
            axes.legend()
        figure.savefig(file, format="svg", metadata={"Date": None})
