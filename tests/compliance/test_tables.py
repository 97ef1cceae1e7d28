"""Of every table it is written down what it is to the log, and whether the two are compared."""

import re
from pathlib import Path

from botapp.storage.schema import metadata

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "log.md"
_WAYS = {"compared", "checked", "derived", "told, not compared", "not told"}


def test_docs_log_says_of_every_table_what_it_is_to_the_log() -> None:
    _, _, section = _DOCUMENT.read_text(encoding="utf-8").partition("## The tables and the log")
    rows = re.findall(r"^\| (`.+?) \| (.+?) \| (.+?) \|$", section.partition("\n## ")[0], re.MULTILINE)
    named = [table for tables, _, _ in rows for table in re.findall(r"`(\w+)`", tables)]
    assert sorted(named) == sorted(metadata.tables)
    assert {way for _, way, _ in rows} == _WAYS
