"""Findings on the terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table

from bench.tables import HEADINGS, lines, surroundings


def show(console: Console, title: str, found: dict[str, Any]) -> None:
    """One row's table."""
    table = Table(*HEADINGS, title=title, title_justify="left")
    for line in lines(found):
        table.add_row(*(cell.replace("**", "") for cell in line))
    console.print(table)
    for note in found["notes"]:
        console.print(note)
    console.print(surroundings(found), style="dim")
