"""The two ways in which a campaign file is written: TOML, or the same tables in JSON."""

import json
import tomllib
from typing import Any

from botapp.campaign.fields import CampaignError

_LARGEST_NUMBER = 2**63 - 1


def load_tables(content: bytes) -> dict[str, Any]:
    """The tables of a file; one that begins with a brace is JSON. Raises CampaignError for what cannot be read."""
    is_json = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"  # which no TOML file begins with
    try:
        text = content.decode("utf-8-sig")
        return _with_storable_numbers(_load_json(text) if is_json else tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        raise CampaignError([f"not a {'JSON' if is_json else 'TOML'} file: {error}"]) from None


def _load_json(text: str) -> dict[str, Any]:
    tables: dict[str, Any] = json.loads(text, object_pairs_hook=_without_twins, parse_constant=_refuse)
    json.dumps(tables, ensure_ascii=False).encode()  # half of a surrogate pair is no text, though JSON can write it
    return tables


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return table


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number of JSON")


def _with_storable_numbers(tables: dict[str, Any]) -> dict[str, Any]:
    if _holds_too_large_a_number(tables):
        raise ValueError("a number has more than 64 bits")
    return tables


def _holds_too_large_a_number(value: object) -> bool:
    if isinstance(value, dict | list):
        return any(_holds_too_large_a_number(item) for item in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, int) and abs(value) > _LARGEST_NUMBER
