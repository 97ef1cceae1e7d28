"""What counts as an outcome of a send: told from entries, in any number of pieces, always the same."""

from collections.abc import Sequence
from typing import Any

import pytest

from botapp.policy.experiments.book import Book
from botapp.policy.experiments.outcome import Cell, Counts, Entry, Measure

HOUR = 3_600_000_000
DAY = 24 * HOUR
WROTE_AT = 100 * DAY
BEGUN_AT = WROTE_AT + 4 * HOUR
CELL = Cell(1, "a-rule", 2, "b", is_held_out=False)
LATER = Entry(1, 99, "planned", BEGUN_AT + 30 * DAY)


def entry(kind: str, at: int, reason: str | None = None, /, contact: int = 7, **details: Any) -> Entry:
    """Of the customer's silence, recorded when it happened."""
    return Entry(1, contact, kind, at, at, WROTE_AT, reason, details)


def claimed(**details: Any) -> Entry:
    known: dict[str, Any] = {
        "rule": "a-rule",
        "rule_version": 2,
        "variant": "b",
        "opened_at": WROTE_AT,
        "closes_at": WROTE_AT + DAY,
    }
    return entry("claimed", BEGUN_AT, **(known | details))


SENT = entry("sent", BEGUN_AT + 1)
STOP = entry("suppression_set", BEGUN_AT + HOUR, scope="stop")
WRITES = entry("interaction", BEGUN_AT + HOUR, kind="message_text")
PRESSES = entry("interaction", BEGUN_AT + HOUR, kind="quick_reply")


def told(entries: Sequence[Entry]) -> Counts:
    book = Book()
    for item in entries:
        book.take(item)
    book.settle()
    return book.changes


def measures(*entries: Entry) -> set[Measure]:
    """What one send is counted as in the end, besides having been sent and being over."""
    counts = told([claimed(), SENT, *entries, LATER])
    assert set(counts.values()) == {1}
    assert {cell for cell, _ in counts} == {CELL}
    return {measure for _, measure in counts} - {Measure.SENT, Measure.MATURED, Measure.CONCLUDED}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], set()),
        ([WRITES], {Measure.REPLIED, Measure.RESPONDED}),
        ([PRESSES], {Measure.REPLIED, Measure.PRESSED, Measure.RESPONDED}),
        ([WRITES, STOP], {Measure.REPLIED, Measure.STOPPED, Measure.HARMED}),
        ([STOP, WRITES], {Measure.REPLIED, Measure.STOPPED, Measure.HARMED}),
        ([entry("interaction", BEGUN_AT + 25 * HOUR)], set()),
        ([entry("interaction", BEGUN_AT - 1)], set()),
        ([WRITES, entry("suppression_set", BEGUN_AT + HOUR, scope="mute")], {Measure.REPLIED, Measure.MUTED}),
        ([entry("suppression_set", BEGUN_AT + HOUR, scope="rest")], set()),
        ([entry("suppression_set", BEGUN_AT + HOUR, scope="returned")], set()),
        (
            [WRITES, entry("suppression_set", BEGUN_AT + HOUR, scope="complaint")],
            {Measure.REPLIED, Measure.COMPLAINED, Measure.HARMED},
        ),
        ([entry("reachability", BEGUN_AT + 2 * DAY, reachable=False)], {Measure.BLOCKED, Measure.HARMED}),
        ([entry("reachability", BEGUN_AT + 2 * DAY, reachable=True)], set()),
        ([entry("reachability", BEGUN_AT + 8 * DAY, reachable=False)], set()),
        ([entry("converted", BEGUN_AT + 6 * DAY)], {Measure.CONVERTED, Measure.WON}),
        ([entry("converted", BEGUN_AT + HOUR), STOP], {Measure.CONVERTED, Measure.STOPPED, Measure.HARMED}),
        ([entry("converted", BEGUN_AT + 8 * DAY)], set()),
        ([entry("converted", BEGUN_AT - 1)], set()),
        ([WRITES, entry("handover_requested", BEGUN_AT + HOUR)], {*measures(WRITES), Measure.HANDED_OVER}),
        ([entry("interaction", BEGUN_AT + HOUR, contact=8)], set()),
    ],
)
def test_what_a_send_came_to(entries: list[Entry], expected: set[Measure]) -> None:
    assert measures(*entries) == expected


def test_what_is_pending_is_neither_success_nor_failure() -> None:
    assert told([claimed(), SENT, WRITES]) == {(CELL, Measure.SENT): 1}


def test_a_conversion_is_won_when_no_more_can_be_put_down_to_the_send_and_not_sooner() -> None:
    bought = entry("converted", BEGUN_AT + 2 * HOUR)
    counts = told([claimed(), SENT, bought, Entry(1, 99, "planned", BEGUN_AT + 7 * DAY)])
    assert (counts[CELL, Measure.CONVERTED], counts[CELL, Measure.CONCLUDED], counts[CELL, Measure.WON]) == (1, 0, 0)
    counts = told([claimed(), SENT, bought, Entry(1, 99, "planned", BEGUN_AT + 7 * DAY + HOUR)])
    assert (counts[CELL, Measure.CONVERTED], counts[CELL, Measure.CONCLUDED], counts[CELL, Measure.WON]) == (1, 1, 1)


@pytest.mark.parametrize("kind", ["released", "failed", "expired"])
def test_what_was_not_delivered_is_no_send(kind: str) -> None:
    assert not told([claimed(), entry(kind, BEGUN_AT + 1), LATER])


def test_a_send_in_doubt_counts_once_it_shows_up() -> None:
    assert not told([claimed(), entry("unknown", BEGUN_AT + 1), LATER])
    counts = told([claimed(), entry("unknown", BEGUN_AT + 1), entry("reconciled", BEGUN_AT + HOUR), LATER])
    assert counts[CELL, Measure.SENT] == 1


def test_a_block_that_the_next_send_finds_is_put_down_to_the_one_before() -> None:
    again = BEGUN_AT + 2 * DAY
    second = Entry(1, 7, "claimed", again, again, again - HOUR, None, claimed(variant="a").details)
    refused = Entry(1, 7, "failed", again + 1, again + 1, again - HOUR)
    blocked = Entry(1, 7, "reachability", again + 1, again + 1, None, None, {"reachable": False})
    counts = told([claimed(), SENT, second, refused, blocked, LATER])
    assert counts[CELL, Measure.BLOCKED] == 1
    assert {cell.variant for cell, _ in counts} == {"b"}


def test_the_second_in_a_row_that_is_ignored_is_told() -> None:
    ignored, taken_up = claimed(past_claims=[[1, False]]), claimed(past_claims=[[1, True]])
    assert told([ignored, SENT, LATER])[CELL, Measure.IGNORED_TWICE] == 1
    assert told([taken_up, SENT, LATER])[CELL, Measure.IGNORED_TWICE] == 0
    assert told([ignored, SENT, WRITES, LATER])[CELL, Measure.IGNORED_TWICE] == 0


def test_those_who_were_held_out_are_watched_too() -> None:
    details: dict[str, Any] = {"rule": "a-rule", "rule_version": 2, "opened_at": WROTE_AT, "closes_at": WROTE_AT + DAY}
    counts = told([entry("skipped", BEGUN_AT, "hold_out", **details), WRITES, LATER])
    assert counts[CELL._replace(variant="", is_held_out=True), Measure.RESPONDED] == 1
    assert not told([entry("skipped", BEGUN_AT, "stopped", **details), WRITES, LATER])


def test_in_however_many_pieces_it_is_told_the_counts_are_the_same() -> None:
    entries = [claimed(), SENT, WRITES, entry("converted", BEGUN_AT + 3 * DAY), STOP, LATER]
    counts, book = Counts(), Book()
    for item in entries:
        book.take(item)
        book.settle()
        counts.update(book.changes)
        book = Book(book.clock, book.sends)
    assert +counts == told(entries)
    assert book.sends == []
