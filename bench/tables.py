"""Findings as lines of text, alike on the terminal and in the document."""

from typing import Any

_LARGE = 1000
_MIDDLING = 10

HEADINGS = ("What", "Measured (lowest to highest)", "Limit beside it", "Ratio", "Budget")


def lines(found: dict[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """One for each figure."""
    return [_line(figure) for figure in found["figures"]]


def surroundings(found: dict[str, Any]) -> str:
    """When, how long, on what, how busy."""
    machine, around = found["machine"], found["surroundings"]
    return (
        f"{found['began_at']}, {found['seconds']:.0f} s, commit {machine['commit']}; {machine['processor']},"
        f" {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}, Python {machine['python']},"
        f" PostgreSQL {machine['postgresql']}; all cores {around['busy_percent']:.0f} % busy,"
        f" {around['steal_percent']:.1f} % stolen, load {around['load_average']:.1f} at the end"
    )


def number(value: float) -> str:
    """Three figures, thousands apart."""
    if abs(value) >= _LARGE:
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 10 * _MIDDLING else f"{value:.3g}"


def _line(figure: dict[str, Any]) -> tuple[str, str, str, str, str]:
    limit = figure["limit"]
    ratio = figure["ratio"]
    return (
        figure["what"],
        _sample(figure["measured"], figure["unit"]),
        f"{figure['limit_is']}: {number(limit['median'])} {figure['unit']}" if limit else "",
        f"{ratio['median']:.2f} ({ratio['lowest']:.2f} to {ratio['highest']:.2f})" if ratio else "",
        _verdict(figure),
    )


def _sample(sample: dict[str, float], unit: str) -> str:
    middle = f"{number(sample['median'])} {unit}".strip()
    if sample["rounds"] == 1:
        return middle
    return f"{middle} ({number(sample['lowest'])} to {number(sample['highest'])})"


def _verdict(figure: dict[str, Any]) -> str:
    budget = figure["budget"]
    if budget is None:
        return ""
    sign = "≥" if budget["is_least"] else "≤"
    of_what = " of the limit" if budget["of_limit"] else f" {figure['unit']}"
    return f"{sign} {budget['bound']:,g}{of_what}: {'met' if figure['is_met'] else '**missed**'}"
