"""Writes what was found into docs/performance.md, between its markers, and draws the curves beside it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import results
from bench.curves import draw
from bench.rows import ROWS
from bench.tables import HEADINGS, lines, surroundings

_DOCS = Path(__file__).parent.parent / "docs"
_MARKED = re.compile(r"(<!-- bench:(\w+) -->\n).*?(<!-- /bench -->)", re.DOTALL)
_OVERVIEW = "budgets"


def write_document(folder: Path, document: Path = _DOCS / "performance.md") -> None:
    """Tables and curves of the findings in this folder; what stands outside the markers is kept."""
    found = results.load(folder)

    def fill(marked: re.Match[str]) -> str:
        name = marked[2]
        return f"{marked[1]}{_overview(found) if name == _OVERVIEW else _section(found.get(name))}{marked[3]}"

    document.write_text(_MARKED.sub(fill, document.read_text(encoding="utf-8")), encoding="utf-8")
    for row in found.values():
        for curve in row["curves"]:
            draw(curve, document.parent / "curves" / f"{curve['name']}.svg")


def _section(found: dict[str, Any] | None) -> str:
    if found is None:
        return "Not measured yet.\n"
    parts = [_table(HEADINGS, lines(found))]
    parts += [f"\n{note}\n" for note in found["notes"]]
    parts += [f"\n![{curve['title']}](curves/{curve['name']}.svg)\n" for curve in found["curves"]]
    return "".join([*parts, f"\n<sub>{surroundings(found)}</sub>\n"])


def _overview(found: dict[str, dict[str, Any]]) -> str:
    """Every figure for which there is a budget."""
    judged = [
        line
        for row in (found[name] for name in ROWS if name in found)
        for figure, line in zip(row["figures"], lines(row), strict=True)
        if figure["budget"] is not None
    ]
    return _table(("What", "Measured", "Limit", "Ratio", "Budget"), judged)


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    ruled = [headings, tuple("---" for _ in headings), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in ruled)
