"""Where findings are kept: one JSON file for each row, so that a row can be measured again by itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.stage import Size

_HERE = Path(__file__).parent / "results"


def folder_of(size: Size) -> Path:
    """Full runs stand behind docs/performance.md and are committed; quick ones are not."""
    return _HERE / ("quick" if size.quick else "full")


def keep(folder: Path, row: str, found: Mapping[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_rounded(found), indent=1, ensure_ascii=False)
    (folder / f"{row}.json").write_text(text + "\n", encoding="utf-8")


def load(folder: Path) -> dict[str, dict[str, Any]]:
    """What is known of each row."""
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))}


def _rounded(value: object) -> object:
    """Five figures are more than the machine's noise leaves of any."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, Mapping):
        return {name: _rounded(item) for name, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value
