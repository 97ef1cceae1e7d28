"""Alice writes to the page 1000; what the tests hand to the parser is built here."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from botapp.channels.messenger.envelope import parse
from botapp.channels.port import InboundEvent, ParsedBody

REPOSITORY = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="session")
def opening_kinds() -> list[str]:
    """The whitelist that ships."""
    platforms = tomllib.loads((REPOSITORY / "config/platforms.toml").read_text())
    kinds: list[str] = platforms["messenger"]["opening_kinds"]
    return kinds


@pytest.fixture(scope="session")
def parse_body(opening_kinds: list[str]) -> Callable[..., ParsedBody]:
    def parsed(body: dict[str, object]) -> ParsedBody:
        return parse(body, opening_kinds)

    return parsed


@pytest.fixture(scope="session")
def parse_items(parse_body: Callable[..., ParsedBody]) -> Callable[..., ParsedBody]:
    """One entry of page 1000 with these items, under `messaging` unless said otherwise."""

    def parsed(*items: object, channel: str = "messaging") -> ParsedBody:
        entry = {"id": "1000", "time": 1790000000123, channel: list(items)}
        return parse_body({"object": "page", "entry": [entry]})

    return parsed


@pytest.fixture(scope="session")
def read(parse_items: Callable[..., ParsedBody]) -> Callable[..., InboundEvent]:
    """The one event of an item from alice; keyword arguments replace or add fields of the item."""

    def event(*, channel: str = "messaging", **fields: object) -> InboundEvent:
        around = {"sender": {"id": "alice"}, "recipient": {"id": "1000"}, "timestamp": 1790000000100}
        body = parse_items(around | fields, channel=channel)
        assert body.malformed == ()
        assert json.loads(body.events[0].raw) == around | fields
        return body.events[0]

    return event


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real bodies, kept beside the checkout because they are other people's."""
    folder = REPOSITORY.parent / "shared/samples/webhooks"
    if not (folder / "index.jsonl").exists():
        pytest.skip(f"no sample bodies at {folder}")
    return folder
