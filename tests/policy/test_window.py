"""When the window opens and closes, whatever the order in which its interactions arrive."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botapp.policy.window import Anchor, Interactions, Window, clamp, window_of
from tests.policy.stories import DAY, HOUR, MICROSECOND, MINUTE, PROPERTY, WROTE_AT


def _folded(*hours: float) -> Interactions:
    """Interactions so many hours after the first word, in the order in which they arrived."""
    interactions = Interactions()
    for hour in hours:
        interactions = interactions.with_interaction(WROTE_AT + hour * HOUR, DAY)
    return interactions


@pytest.mark.parametrize(
    ("before_the_end", "admitted"),
    [
        (24 * HOUR, True),
        (5 * MINUTE + MICROSECOND, True),  # the last microsecond
        (5 * MINUTE, False),  # would end, at the slowest, as the window closes
        (5 * MINUTE - MICROSECOND, False),
        (timedelta(0), False),
        (-MICROSECOND, False),
    ],
)
def test_a_send_may_start_only_if_it_would_end_strictly_inside(before_the_end: timedelta, *, admitted: bool) -> None:
    window = Window(WROTE_AT, WROTE_AT + DAY)
    assert window.admits(window.closes_at - before_the_end, 5 * MINUTE) is admitted


def test_a_clock_ahead_of_ours_does_not_lengthen_the_window() -> None:
    assert clamp(WROTE_AT + HOUR, WROTE_AT) == WROTE_AT


def test_a_late_delivery_does_not_move_the_window_to_its_arrival() -> None:
    assert clamp(WROTE_AT, WROTE_AT + 25 * HOUR) == WROTE_AT


def test_one_who_never_wrote_has_no_window() -> None:
    assert [window_of(Interactions(), anchor, DAY) for anchor in Anchor] == [None, None]


@pytest.mark.parametrize(
    ("arrivals", "latest", "initial"),
    [
        ((0,), 0, 0),
        ((0, 5), 5, 0),
        ((5, 0), 5, 0),  # out of order
        ((0, 5, 5, 0), 5, 0),  # delivered again
        ((0, 20, 40), 40, 0),  # one conversation, each word inside the window of the one before
        ((20, 40, 0), 40, 0),
        ((0, 24 - 1e-9), 24 - 1e-9, 0),
        ((0, 24), 24, 24),  # half-open: at exactly 24 hours the window had closed
        ((24, 0), 24, 24),
        ((0, 100), 100, 100),
        ((100, 0), 100, 100),  # a word of an older conversation changes nothing
        ((100, 80), 100, 80),  # one that a late delivery shows to be its beginning
        ((0, 30, 35), 35, 30),
        ((0, 35, 30), 35, 30),
    ],
)
def test_the_latest_interaction_wins_and_a_conversation_begins_where_a_window_had_closed(
    arrivals: tuple[float, ...], latest: float, initial: float
) -> None:
    interactions = _folded(*arrivals)
    assert window_of(interactions, Anchor.LATEST, DAY) == _window(latest)
    assert window_of(interactions, Anchor.INITIAL, DAY) == _window(initial)


@PROPERTY
@given(
    st.lists(st.integers(0, 100), min_size=1, max_size=6).flatmap(lambda h: st.tuples(st.just(h), st.permutations(h)))
)
def test_no_order_of_delivery_changes_the_platforms_window_nor_lets_the_house_rule_outlast_it(
    told: tuple[list[int], list[int]],
) -> None:
    hours, arrivals = told
    interactions = _folded(*arrivals)
    assert interactions.last_at == WROTE_AT + max(hours) * HOUR
    assert interactions.conversation_started_at is not None
    assert WROTE_AT + min(hours) * HOUR <= interactions.conversation_started_at <= interactions.last_at


@PROPERTY
@given(st.permutations([0, 3, 9, 17, 23]))
def test_inside_one_day_the_conversation_begins_with_its_first_word_in_any_order(arrivals: list[int]) -> None:
    assert _folded(*arrivals) == Interactions(WROTE_AT + 23 * HOUR, WROTE_AT)


def _window(hour: float) -> Window:
    opened_at: datetime = WROTE_AT + hour * HOUR
    return Window(opened_at, opened_at + DAY)


def test_a_late_word_that_joins_two_conversations_gives_the_window_the_beginning_of_the_first() -> None:
    """Found by the simulated world 386516870."""
    assert _folded(0, 25, 8).conversation_started_at == _folded(0, 8, 25).conversation_started_at


@PROPERTY
@given(st.lists(st.integers(0, 120), min_size=1, max_size=8, unique=True))
def test_no_order_of_delivery_keeps_the_window_of_a_conversation_open_longer_or_shorter(arrivals: list[int]) -> None:
    began = min(arrivals)
    for earlier, later in pairwise(sorted(arrivals)):
        began = began if later - earlier < 24 else later
    window = window_of(_folded(*arrivals), Anchor.INITIAL, DAY)
    is_open = began + 24 > max(arrivals)
    assert window is not None
    assert (window.closes_at > WROTE_AT + max(arrivals) * HOUR) == is_open
    assert not is_open or window.opened_at == WROTE_AT + began * HOUR
