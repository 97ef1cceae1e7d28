"""What webhooks tell is derived from the log: each thing once, the same whoever derives it, of what was sent."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from botapp.policy.experiments.book import Book
from botapp.policy.experiments.outcome import Entry, Send
from botapp.policy.webhook_event import Event, EventType, events
from botapp.policy.webhook_retry import wait_before_retry
from tests.policy.test_outcome import BEGUN_AT, HOUR, PRESSES, SENT, STOP, WRITES, claimed, entry

CONVERTED = entry("converted", BEGUN_AT + 2 * HOUR)
HELD_OUT = entry("skipped", BEGUN_AT, "hold_out", rule="a-rule", rule_version=2)
FAILED = entry("failed", BEGUN_AT + 1)


def derived(entries: Sequence[Entry]) -> list[Event]:
    book = Book()
    for item in entries:
        book.take(item)
    return list(events(book.steps, entries))


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([claimed()], []),
        ([claimed(), FAILED, WRITES], []),
        ([claimed(), SENT], [EventType.SENT]),
        ([claimed(), SENT, SENT], [EventType.SENT]),
        ([claimed(), SENT, WRITES, PRESSES], [EventType.SENT, EventType.REPLIED]),
        ([claimed(), SENT, CONVERTED, CONVERTED], [EventType.SENT, EventType.CONVERTED]),
        ([claimed(), SENT, STOP], [EventType.SENT, EventType.STOPPED]),
        # Whether it arrived was in doubt until after the answer.
        ([claimed(), WRITES, entry("reconciled", BEGUN_AT + 2 * HOUR)], [EventType.REPLIED, EventType.SENT]),
        ([HELD_OUT, WRITES, CONVERTED], []),
        ([STOP], [EventType.STOPPED]),
        ([entry("suppression_set", BEGUN_AT, scope="notices")], [EventType.STOPPED]),
        ([entry("suppression_set", BEGUN_AT, scope="topic:offers")], [EventType.STOPPED]),
        *(
            ([entry("suppression_set", BEGUN_AT, scope=own)], [])
            for own in ("mute", "complaint", "erasure", "returned", "rest")
        ),
        ([WRITES, CONVERTED], []),
    ],
)
def test_each_thing_is_told_once_and_only_of_what_was_sent(entries: list[Entry], expected: list[EventType]) -> None:
    assert [event.type for event in derived(entries)] == expected


def test_in_pieces_the_same_is_told_under_the_same_ids() -> None:
    entries = [claimed(), SENT, WRITES, CONVERTED, STOP]
    whole = {event.id for event in derived(entries)}
    assert len(whole) == 4
    told: list[str] = []
    sends: list[Send] = []
    for item in entries:
        book = Book(item.recorded_at, sends)
        book.take(item)
        told += [event.id for event in events(book.steps, [item])]
        sends = book.sends
    assert sorted(told) == sorted(whole)
    assert not whole & {event.id for event in derived([item._replace(contact_id=8) for item in entries])}


def test_waits_grow_to_three_hours_and_are_spread() -> None:
    assert [wait_before_retry(n, 0.5).total_seconds() for n in (1, 2, 3, 4, 100)] == [5, 15, 45, 135, 3 * 3600]
    assert (wait_before_retry(1, 0.0), wait_before_retry(1, 1.0)) == (timedelta(seconds=3.75), timedelta(seconds=6.25))
