"""Real bodies from other projects' tests, classified as their index says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from botapp.channels.messenger.envelope import BodyRefusal, decode
from botapp.channels.port import ParsedBody, Signal

ParseBody = Callable[..., ParsedBody]


class Row(TypedDict):
    """What the index says of one file."""

    file: str
    platform: str
    event_kinds: list[str]
    user_initiated: list[bool | None]
    opens_window_for: list[str]
    malformed_why: list[str]


def index(samples: Path, platform: str) -> list[Row]:
    rows = [json.loads(line) for line in (samples / "index.jsonl").read_text().splitlines()]
    return [row for row in rows if row["platform"] == platform]


def parsed(samples: Path, row: Row, parse_body: ParseBody) -> ParsedBody | BodyRefusal:
    body = decode((samples / row["file"]).read_bytes())
    return body if isinstance(body, BodyRefusal) else parse_body(body)


def test_messenger_bodies_have_the_kinds_and_open_the_windows_of_the_index(
    samples: Path, parse_body: ParseBody
) -> None:
    rows = index(samples, "messenger")
    assert len(rows) > 150
    for row in rows:
        body = parsed(samples, row, parse_body)
        if isinstance(body, BodyRefusal):
            assert row["malformed_why"] == ["not_json"], row["file"]
            continue
        assert [event.kind for event in body.events] == row["event_kinds"], row["file"]
        interactions = [event for event in body.events if event.signal is Signal.INTERACTION]
        assert {event.platform_contact_id for event in interactions} == set(row["opens_window_for"]), row["file"]
        for event, initiated in zip(body.events, row["user_initiated"], strict=True):
            assert initiated in (None, event.signal is Signal.INTERACTION), row["file"]


def test_bodies_of_other_platforms_are_accepted_and_open_nothing(samples: Path, parse_body: ParseBody) -> None:
    rows = index(samples, "instagram") + index(samples, "whatsapp")
    assert len(rows) > 30
    for row in rows:
        body = parsed(samples, row, parse_body)
        assert isinstance(body, ParsedBody), row["file"]
        assert body.events, row["file"]
        assert {event.signal for event in body.events} == {Signal.OTHER}, row["file"]
