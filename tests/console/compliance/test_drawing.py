"""Windows are drawn to scale: what lasts twice as long is twice as wide."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from botapp.console.compliance.drawing import WIDTH, Drawing, Terms, draw
from botapp.console.compliance.shown import ShownEntry, show
from botapp.policy.window import Anchor
from botapp.storage.entries import StoredEntry

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATEST, INITIAL = Terms(DAY, Anchor.LATEST), Terms(DAY, Anchor.INITIAL)
LONG_AFTER = NOON + 90 * DAY


def entry(kind: str, at: datetime, **details: Any) -> ShownEntry:
    return show(StoredEntry(1, 2, 3, kind, at, at, None, None, json.dumps(details), 4))


def drawn(*entries: ShownEntry, terms: Terms = LATEST, now: datetime = LONG_AFTER) -> Drawing:
    found = draw(entries, terms, now)
    assert found is not None
    return found


def length(drawing: Drawing, width: float) -> timedelta:
    return (drawing.ends_at - drawing.begins_at) * (width / WIDTH)


def begin(drawing: Drawing, x: float) -> datetime:
    return drawing.begins_at + length(drawing, x)


def about(span: timedelta) -> Any:
    return pytest.approx(span.total_seconds(), abs=300)


def test_a_window_is_as_wide_as_it_is_long() -> None:
    drawing = drawn(
        entry("interaction", NOON), entry("interaction", NOON + 3 * DAY), entry("interaction", NOON + 3.5 * DAY)
    )
    first, second = drawing.windows
    assert length(drawing, first.width).total_seconds() == about(DAY)
    assert length(drawing, second.width).total_seconds() == about(1.5 * DAY)
    assert (begin(drawing, second.x) - begin(drawing, first.x)).total_seconds() == about(3 * DAY)


def test_a_page_that_counts_from_the_first_message_has_windows_of_one_length() -> None:
    drawing = drawn(entry("interaction", NOON), entry("interaction", NOON + 20 * HOUR), terms=INITIAL)
    [window] = drawing.windows
    assert length(drawing, window.width).total_seconds() == about(DAY)


def test_a_window_that_the_platform_closed_ends_there() -> None:
    drawing = drawn(entry("interaction", NOON), entry("window_corrected", NOON + 6 * HOUR))
    [window] = drawing.windows
    assert length(drawing, window.width).total_seconds() == about(6 * HOUR)


def test_the_order_of_recording_is_no_matter() -> None:
    entries = [entry("interaction", NOON), entry("interaction", NOON + 2 * DAY), entry("sent", NOON + 4 * HOUR)]
    assert drawn(*entries) == drawn(*entries[::-1])


def test_nothing_is_drawn_after_now() -> None:
    drawing = drawn(entry("interaction", NOON), now=NOON + 6 * HOUR)
    assert drawing.ends_at <= NOON + 6 * HOUR + HOUR
    assert drawing.windows[0].x + drawing.windows[0].width == WIDTH


def test_a_stop_lasts_until_it_is_lifted() -> None:
    drawing = drawn(
        entry("interaction", NOON),
        entry("suppression_set", NOON + HOUR, scope="stop"),
        entry("suppression_lifted", NOON + 13 * HOUR, scope="stop"),
    )
    [stop] = drawing.stops
    assert length(drawing, stop.width).total_seconds() == about(12 * HOUR)
    assert stop.title.startswith("Stop:")


def test_a_pause_ends_by_itself() -> None:
    until = NOON + 5 * HOUR
    drawing = drawn(
        entry("interaction", NOON), entry("suppression_set", NOON + HOUR, scope="mute", until=until.isoformat())
    )
    [pause] = drawing.stops
    assert length(drawing, pause.width).total_seconds() == about(4 * HOUR)


def test_a_stop_that_holds_is_drawn_to_the_end() -> None:
    drawing = drawn(entry("interaction", NOON), entry("suppression_set", NOON + HOUR, scope="stop"))
    [stop] = drawing.stops
    assert stop.x + stop.width == pytest.approx(WIDTH, abs=0.2)


def test_messages_and_decisions_stand_where_they_happened() -> None:
    drawing = drawn(entry("interaction", NOON), entry("sent", NOON + 12 * HOUR), entry("skipped", NOON + 18 * HOUR))
    assert [mark.shown.entry.kind for mark in drawing.messages] == ["sent", "skipped"]
    assert (begin(drawing, drawing.messages[0].x) - NOON).total_seconds() == about(12 * HOUR)


def test_a_long_story_shows_its_last_week_of_windows() -> None:
    drawing = drawn(*(entry("interaction", NOON + n * 2 * DAY) for n in range(30)))
    assert 2 <= len(drawing.windows) <= 4
    assert drawing.ends_at - drawing.begins_at <= 7.1 * DAY


def test_a_day_of_four_minutes_is_drawn_to_its_own_scale() -> None:
    day = timedelta(minutes=4)
    drawing = drawn(entry("interaction", NOON), entry("interaction", NOON + 2 * day), terms=Terms(day, Anchor.LATEST))
    assert length(drawing, drawing.windows[0].width).total_seconds() == pytest.approx(240, abs=2)
    assert drawing.ticks


@pytest.mark.parametrize("span", [timedelta(0), HOUR, 30 * HOUR, 6 * DAY])
def test_ticks_lie_inside_and_far_enough_apart(span: timedelta) -> None:
    drawing = drawn(entry("interaction", NOON), entry("interaction", NOON + span))
    places = [tick.x for tick in drawing.ticks]
    assert all(0 <= x <= WIDTH for x in places)
    assert all(later - earlier >= 60 for earlier, later in pairwise(places))


def test_an_interaction_without_a_time_opens_nothing() -> None:
    timeless = show(StoredEntry(1, 2, 3, "interaction", None, NOON, None, None, "{}", 4))
    assert drawn(timeless).windows == []


def test_without_entries_there_is_nothing_to_draw() -> None:
    assert draw([], LATEST, LONG_AFTER) is None
