"""Growth curves as small SVG pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

_SIZE_INCHES = (6.4, 3.2)
_SPREAD = 30  # from here on an axis is logarithmic


def draw(curve: dict[str, Any], path: Path) -> None:
    """One picture. The same figures give the same file, byte for byte."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "botapp", "font.size": 10}):
        figure = Figure(figsize=_SIZE_INCHES, layout="constrained")
        axes = figure.add_subplot()
        for name, points in curve["series"].items():
            axes.plot(*zip(*points, strict=True), marker="o", label=name)
        axes.set_title(curve["title"], fontsize=11)
        axes.set_xlabel(curve["across"])
        axes.set_ylabel(curve["up"])
        points = [point for series in curve["series"].values() for point in series]
        axes.set_xscale(_scale([x for x, _ in points]))
        axes.set_yscale(_scale([y for _, y in points]))
        if axes.get_yscale() == "linear":
            axes.set_ylim(0, 1.2 * max(y for _, y in points))
        for axis, scale in ((axes.xaxis, axes.get_xscale()), (axes.yaxis, axes.get_yscale())):
            if scale == "log":
                axis.set_major_locator(LogLocator(subs=(1, 3)))
                axis.set_minor_formatter(NullFormatter())
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _scale(values: Sequence[float]) -> str:
    return "log" if min(values) > 0 and max(values) / min(values) >= _SPREAD else "linear"
