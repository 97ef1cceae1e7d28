"""The benchmarks run, every row of them, and their findings fit into the document. No figure is judged here."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.document import write_document
from bench.figures import Budget, at_least, at_least_of_limit, at_most, compare, interleave
from bench.queue import Sending
from bench.rows import ROWS
from bench.stage import Arrival

_ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("row", ROWS)
def test_a_quick_run_measures_a_row(row: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--only", row, "--results", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_ROOT)  # noqa: S603  our own
    assert done.returncode == 0, f"{done.stdout[-2000:]}{done.stderr[-4000:]}"
    [file] = tmp_path.glob("*.json")
    found = json.loads(file.read_text())
    assert file.stem == row
    assert found["figures"]
    assert found["machine"]["cores"]
    assert "steal_percent" in found["surroundings"]


def test_the_document_has_a_place_for_every_row_and_shows_what_was_found(tmp_path: Path) -> None:
    document, folder = tmp_path / "performance.md", _ROOT / "bench" / "results" / "full"
    shutil.copyfile(_ROOT / "docs" / "performance.md", document)
    write_document(folder, document)
    written = document.read_text()
    assert set(re.findall(r"<!-- bench:(\w+) -->", written)) == ROWS.keys() | {"budgets"}
    assert written.count("Not measured yet") == len(ROWS.keys() - {file.stem for file in folder.glob("*.json")})
    pictures = re.findall(r"\]\((curves/[\w-]+\.svg)\)", written)
    assert pictures
    assert [picture for picture in pictures if "<svg" not in (tmp_path / picture).read_text()] == []


def test_writing_the_same_findings_again_changes_nothing(tmp_path: Path) -> None:
    document, folder = tmp_path / "performance.md", tmp_path / "results"
    folder.mkdir()
    figure = compare("a | b", "1/s", [1.0, 2.0, 3.0], against=("a limit", [2.0, 2.0, 2.0]), budget=at_least(2))
    row = {
        "figures": [figure.to_json()],
        "curves": [{"name": "c", "title": "C", "across": "x", "up": "y", "series": {"s": [[1, 2], [100, 300]]}}],
        "notes": ["A note."],
        "began_at": "2026-01-01T00:00:00+00:00",
        "seconds": 1.0,
        "machine": {
            "commit": "c",
            "processor": "p",
            "cores": 4,
            "memory_gib": 8,
            "system": "s",
            "python": "3",
            "postgresql": "1",
        },
        "surroundings": {"busy_percent": 1.0, "steal_percent": 0.0, "load_average": 0.5},
    }
    (folder / "webhook.json").write_text(json.dumps(row))
    document.write_text("# Title\n<!-- bench:webhook -->\nold\n<!-- /bench -->\nkept\n")
    write_document(folder, document)
    once = document.read_text(), (tmp_path / "curves" / "c.svg").read_bytes()
    write_document(folder, document)
    assert (document.read_text(), (tmp_path / "curves" / "c.svg").read_bytes()) == once
    assert "old" not in once[0]
    assert once[0].endswith("kept\n")
    assert "≥ 2 1/s: met" in once[0]


def test_a_budget_of_a_limit_is_held_against_the_ratio_and_any_other_against_the_figure() -> None:
    def is_met(budget: Budget) -> bool | None:
        return compare("x", "1/s", [10.0], against=("limit", [20.0]), budget=budget).is_met

    assert is_met(at_least_of_limit(0.5)) is True
    assert is_met(at_least_of_limit(0.6)) is False
    assert is_met(at_least(10)) is True
    assert is_met(at_most(9)) is False


def test_rounds_are_interleaved_and_the_order_turns() -> None:
    calls: list[str] = []

    def measure(name: str) -> float:
        calls.append(name)
        return float(len(calls))

    found = interleave(2, {name: lambda name=name: measure(name) for name in "ab"})  # type: ignore[misc]
    assert calls == ["a", "b", "b", "a"]
    assert found == {"a": [1.0, 4.0], "b": [2.0, 3.0]}


def test_the_most_in_a_second_is_counted_wherever_that_second_begins() -> None:
    steady = [Arrival(number / 128, f"s{number}", "UPDATE") for number in range(300)]
    burst = [Arrival(1.5 + 0.001 * number, f"b{number}", "UPDATE") for number in range(20)]
    assert Sending(steady).most_in_a_second() == 128
    assert Sending(sorted([*steady, *burst])).most_in_a_second() > 128
    assert Sending([*burst, *burst]).copies() == 20
