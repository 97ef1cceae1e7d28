"""The withdrawal words as the product ships them, and the samples they are held against."""

import csv
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from botapp.config_files import read_toml
from botapp.understanding.likeness import load_likeness
from botapp.understanding.wish import WithdrawalWords, load_withdrawal_words

_CHECKOUT = Path(__file__).resolve().parents[2]
_SAMPLES = _CHECKOUT / "../shared/samples/optout"


@pytest.fixture(scope="session")
def optout_tables() -> dict[str, Mapping[str, Any]]:
    return {path.stem: tomllib.loads(path.read_text()) for path in sorted((_CHECKOUT / "config/optout").glob("*.toml"))}


@pytest.fixture(scope="session")
def words(optout_tables: dict[str, Mapping[str, Any]]) -> WithdrawalWords:
    return load_withdrawal_words(optout_tables, load_likeness(read_toml("likeness.toml")))


@pytest.fixture(scope="session")
def utterances() -> list[dict[str, str]]:
    """Labelled lines of the shared samples: text, lang, label, strength, origin …"""
    path = _SAMPLES / "utterances.tsv"
    if not path.exists():
        pytest.skip(f"the shared samples are not at {path}")
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
