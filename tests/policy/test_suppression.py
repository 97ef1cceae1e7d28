"""Stops, mutes and the platform's switch: whatever the order of delivery, a no means no."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botapp.policy.suppression import MUTE, NOTICES, STOP, Suppression, muting, stopped
from tests.policy.stories import HOUR, MICROSECOND, PROPERTY, WROTE_AT

# A word of the person: when, whether it set or lifted, and for how long it was set.
Word = tuple[datetime, bool, datetime | None]

_instants = st.integers(0, 5).map(lambda hour: WROTE_AT + hour * HOUR)
_words: st.SearchStrategy[Word] = st.tuples(_instants, st.booleans(), st.none() | _instants)


def _heard(words: Sequence[Word]) -> Suppression:
    known = Suppression(MUTE)
    for at, sets, until in words:
        known = known.with_set(at, until) if sets else known.with_lift(at)
    return known


@PROPERTY
@given(st.lists(_words, max_size=6).flatmap(lambda words: st.tuples(st.just(words), st.permutations(words))))
def test_the_order_in_which_words_arrive_is_no_matter(told: tuple[list[Word], list[Word]]) -> None:
    in_order, as_delivered = told
    assert _heard(in_order) == _heard(as_delivered)


@PROPERTY
@given(st.lists(_words, max_size=6), _instants)
def test_the_latest_word_counts_and_at_the_same_instant_the_no(words: list[Word], now: datetime) -> None:
    last_set = max((at for at, sets, _ in words if sets), default=None)
    last_lift = max((at for at, sets, _ in words if not sets), default=None)
    lasting = [until for at, sets, until in words if sets and at == last_set]
    in_force = (
        last_set is not None
        and not (last_lift is not None and last_lift > last_set)
        and any(until is None or now < until for until in lasting)
    )
    assert _heard(words).is_in_force(now) is in_force


def test_a_stop_and_a_start_of_the_same_instant_are_a_stop() -> None:
    heard = Suppression(STOP).with_set(WROTE_AT, None).with_lift(WROTE_AT)
    assert stopped([heard], WROTE_AT + HOUR)


def test_a_start_a_microsecond_later_lifts_the_stop() -> None:
    heard = Suppression(STOP).with_set(WROTE_AT, None).with_lift(WROTE_AT + MICROSECOND)
    assert not stopped([heard], WROTE_AT + HOUR)


def test_an_old_start_delivered_late_does_not_lift_a_newer_stop() -> None:
    heard = Suppression(STOP).with_set(WROTE_AT, None).with_lift(WROTE_AT - HOUR)
    assert stopped([heard], WROTE_AT + HOUR)


@pytest.mark.parametrize(("later", "muted"), [(-MICROSECOND, True), (timedelta(0), False), (HOUR, False)])
def test_a_mute_ends_at_its_very_instant(later: timedelta, *, muted: bool) -> None:
    until = WROTE_AT + 3 * HOUR
    mute = Suppression(MUTE).with_set(WROTE_AT, until)
    assert (muting([mute], until + later) is mute) is muted


def test_of_two_mutes_at_once_the_longer_counts_and_an_open_one_is_the_longest() -> None:
    short, long = WROTE_AT + HOUR, WROTE_AT + 2 * HOUR
    assert Suppression(MUTE).with_set(WROTE_AT, short).with_set(WROTE_AT, long).until == long
    assert Suppression(MUTE).with_set(WROTE_AT, None).with_set(WROTE_AT, long).until is None


@pytest.mark.parametrize(
    ("scope", "stops", "mutes"), [(STOP, True, False), (NOTICES, True, False), (MUTE, False, True)]
)
def test_the_word_and_the_platforms_switch_stop_while_a_mute_only_mutes(
    scope: str, *, stops: bool, mutes: bool
) -> None:
    set_ = [Suppression(scope).with_set(WROTE_AT, None)]
    assert stopped(set_, WROTE_AT) is stops
    assert (muting(set_, WROTE_AT) is not None) is mutes


def test_one_stop_among_lifted_ones_is_enough() -> None:
    lifted = Suppression(NOTICES).with_set(WROTE_AT, None).with_lift(WROTE_AT + HOUR)
    assert stopped([lifted, Suppression(STOP).with_set(WROTE_AT, None)], WROTE_AT + 2 * HOUR)
