"""Whatever shape a body has and however it is spoilt: it is read or refused, soon and in bounded memory, and nothing
that stands beside what is spoilt is lost.
"""

import itertools
import json
import time
import tomllib
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botapp.channels.messenger.envelope import LARGEST_BATCH, BodyRefusal, open_envelope, parse
from botapp.channels.port import ParsedBody
from botapp.config_files import config_dir
from botapp.storage.schema import inbound_event
from tests.hostile.mutations import mutated_bytes, mutated_items
from tests.hostile.shapes import BODIES, EVENTS, items
from tests.web.conftest import Door, door, open_door
from tests.world import PAGE_ID

__all__ = ["door", "open_door"]  # fixtures

KINDS = frozenset(tomllib.loads((config_dir() / "platforms.toml").read_text())["messenger"]["opening_kinds"])
FULL_BYTES = 512 << 10  # a sixth of what is accepted: tests run on slow machines, and all of it takes linear time
SECONDS = 3.0  # of an overloaded processor; alone it takes a tenth of that, and took four before there were bounds
BYTES_PER_BYTE = 40  # a list of empty objects takes 27 of the parser, every one of them Python's own
SPARE_BYTES = 2 << 20
NUMBERS = itertools.count()
GOOD = {
    "sender": {"id": "good"},
    "recipient": {"id": PAGE_ID},
    "timestamp": 1_790_000_000_100,
    "message": {"mid": "the-good-one", "text": "hello"},
}
QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
STORED = settings(
    QUICK, max_examples=40, suppress_health_check=[*QUICK.suppress_health_check, HealthCheck.function_scoped_fixture]
)


def _read(content: bytes) -> ParsedBody | BodyRefusal:
    """What is made of the bytes, within bounds."""
    before = time.thread_time()
    body = open_envelope(content)
    parsed = body if isinstance(body, BodyRefusal) else parse(body, KINDS)
    assert time.thread_time() - before < SECONDS
    return parsed


def _around_good_one(bad: list[Any]) -> bytes:
    """A body in which a good message stands among these items."""
    entry = {"id": PAGE_ID, "time": 1, "messaging": [*bad, GOOD, *bad]}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


@QUICK
@given(BODIES)
def test_every_shape_is_read_whole(body: dict[str, Any]) -> None:
    parsed = _read(json.dumps(body).encode())
    assert isinstance(parsed, ParsedBody)
    counted = sum(len(entry.get(name, [])) for entry in body["entry"] for name in ("messaging", "standby", "changes"))
    assert parsed.malformed == ()
    assert len(parsed.events) == counted


def test_every_shape_has_a_name_of_its_own() -> None:
    found = {name: _kinds_of(name) for name in EVENTS}
    unknown = {name for name, kinds in found.items() if kinds == {"unknown"}}
    assert unknown == {"something_new"}


def _kinds_of(name: str) -> set[str]:
    body = {"object": "page", "entry": [{"id": PAGE_ID, "messaging": [GOOD | {"message": None, name: {}}]}]}
    return {event.kind for event in parse(body, KINDS).events} - {"unknown"} or {"unknown"}


@QUICK
@given(st.lists(mutated_items(items()), min_size=1, max_size=3))
def test_a_spoilt_item_harms_none_beside_it(bad: list[Any]) -> None:
    parsed = _read(_around_good_one(bad))
    if any(_is_no_json(item) for item in bad):
        assert parsed is BodyRefusal.NOT_JSON
    else:
        assert isinstance(parsed, ParsedBody)
        assert "m:the-good-one" in [event.key for event in parsed.events]
        assert len(parsed.events) + len(parsed.malformed) == 2 * len(bad) + 1


def _is_no_json(value: Any) -> bool:
    """Whether NaN or Infinity is in it, of which Python's own writer makes words that JSON does not have."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return True
    return False


@QUICK
@given(mutated_bytes(BODIES))
def test_spoilt_bytes_are_read_or_refused(content: bytes) -> None:
    parsed = _read(content)
    if isinstance(parsed, ParsedBody):
        for raw in [*(event.raw for event in parsed.events), *(item.raw for item in parsed.malformed)]:
            json.loads(raw)


@settings(QUICK, max_examples=40)
@given(mutated_bytes(BODIES) | st.lists(mutated_items(items()), max_size=3).map(_around_good_one))
def test_memory_is_bounded_by_the_body(content: bytes) -> None:
    with _measured(content):
        _read(content)


@STORED
@given(bad=st.lists(mutated_items(items()) | items(), max_size=3))
def test_everything_that_is_acknowledged_is_stored(door: Door, bad: list[Any]) -> None:
    number = next(NUMBERS)  # the database stays the same from one example to the next
    good = GOOD | {"message": {"mid": f"good-{number}", "text": "hello"}}
    entry = {"id": PAGE_ID, "time": 1, "messaging": [*bad, good]}
    status = door.deliver({"object": "page", "entry": [entry]}).status_code
    assert status == (400 if any(_is_no_json(item) for item in bad) else 200)
    stored = {row.event_key for row in door.world.rows(inbound_event)}
    assert (f"m:good-{number}" in stored) is (status == 200)
    if status == 200:
        parsed = parse({"object": "page", "entry": [json.loads(json.dumps(entry))]}, KINDS)
        assert {e.key for e in parsed.events if not e.addressed_elsewhere} <= stored


@STORED
@given(content=mutated_bytes(BODIES))
def test_no_spoilt_bytes_are_a_fault_of_the_web_application(door: Door, content: bytes) -> None:
    assert door.deliver_bytes(content).status_code in (200, 400)


def _filled(beginning: str, unit: str, end: str) -> bytes:
    """As much of the unit as a body may hold."""
    number = (FULL_BYTES - len(beginning) - len(end)) // (len(unit) + 1)
    return f"{beginning}{','.join([unit] * number)}{end}".encode()


ENTRY = '{"object":"page","entry":[{"id":"1000","messaging":['
ITEM = ENTRY + '{"sender":{"id":"2000"},"recipient":{"id":"1000"},"timestamp":1790000000100,'
FULL = {
    "items without anything": _filled(ENTRY, "{}", "]}]}"),
    "items that are none": _filled(ENTRY, "0", "]}]}"),
    "entries without anything": _filled('{"entry":[', "{}", "]}"),
    "entries that are none": _filled('{"entry":[', "0", "]}"),
    "entries of one item": _filled('{"entry":[', '{"id":"1","messaging":[{}]}', "]}"),
    "lists": _filled('{"a":[', "[]", "]}"),
    "numbers": _filled('{"a":[', "1", "]}"),
    "ids of delivered messages": _filled(ITEM + '"delivery":{"watermark":1790000000100,"mids":[', '"a"', "]}}]}]}"),
    "attachments": _filled(ITEM + '"message":{"attachments":[', "{}", "]}}]}]}"),
    "a text of accents": (ITEM + '"message":{"text":"' + "\\u0301" * 80_000 + '"}}]}]}').encode(),
    "a text of stops": (ITEM + '"message":{"text":"' + "stop " * 100_000 + '"}}]}]}').encode(),
    "a button of figures": (ITEM + '"postback":{"payload":"botapp:mute:' + "9" * 500_000 + '"}}]}]}').encode(),
    "figures": (ITEM + '"postback":{"payload":' + "9" * 500_000 + "}}]}]}").encode(),
    "opening brackets": b'{"a":' + b"[" * 500_000,
    "blanks": b"{" + b" " * 500_000 + b"}",
}


@pytest.mark.parametrize("content", FULL.values(), ids=FULL)
def test_a_body_full_of_one_thing_costs_neither_time_nor_memory(content: bytes) -> None:
    assert len(content) <= FULL_BYTES
    _read(content)
    with _measured(content):
        body = open_envelope(content)
        if not isinstance(body, BodyRefusal):
            parse(body, KINDS)


def test_a_full_body_is_answered_by_the_web_application(door: Door) -> None:
    seconds = {}
    for name, content in FULL.items():
        before = time.thread_time()
        assert door.deliver_bytes(content).status_code in (200, 400), name
        seconds[name] = time.thread_time() - before
    assert {name: taken for name, taken in seconds.items() if taken > SECONDS} == {}


@pytest.mark.parametrize("unit", ['{"id":"1000","messaging":[{}]}', '{"id":"1000"}', '{"id":"1000","standby":[{},{}]}'])
def test_more_events_than_the_platform_ever_sends_are_refused(unit: str) -> None:
    most = LARGEST_BATCH // (2 if "standby" in unit else 1)
    for number, is_refused in ((most, False), (most + 1, True)):
        content = f'{{"object":"page","entry":[{",".join([unit] * number)}]}}'.encode()
        assert (open_envelope(content) is BodyRefusal.TOO_MANY) is is_refused


class _measured:  # noqa: N801  a block
    """What the block takes of memory at its worst is a multiple of the body."""

    def __init__(self, content: bytes) -> None:
        self._most_bytes = BYTES_PER_BYTE * len(content) + SPARE_BYTES

    def __enter__(self) -> None:
        tracemalloc.start()

    def __exit__(self, *_fault: object) -> None:
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak_bytes < self._most_bytes


def test_the_samples_of_others_survive_being_cut_anywhere(samples: Iterator[bytes]) -> None:
    for content in samples:
        for end in range(0, len(content), max(1, len(content) // 12)):
            _read(content[:end])


@pytest.fixture
def samples() -> Iterator[bytes]:
    """Real bodies, which are kept beside the checkout because they are other people's."""
    folder = Path(__file__).resolve().parents[3] / "shared/samples/webhooks/messenger"
    if not folder.is_dir():
        pytest.skip(f"no sample bodies at {folder}")
    return (path.read_bytes() for path in sorted(folder.rglob("*.json")))
