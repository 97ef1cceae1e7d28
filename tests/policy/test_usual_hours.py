"""A customer's usual hours: learnt on enough evidence, and the best legal minute among them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botapp.policy.decision import Hold, PageFacts
from botapp.policy.quiet_hours import QuietHours
from botapp.policy.timing import Timing
from botapp.policy.usual_hours import best_instant, learn, smoothed
from botapp.policy.zones import find_zone
from tests.policy.stories import ALICE, DAY, DEADLINE, HOUR, MINUTE, PROPERTY, RULE, WROTE_AT, decided

_USUAL = replace(RULE, timing=Timing(20 * HOUR, least=HOUR, usual=True))


def _evenings(days: int, at: time = time(19, 30)) -> list[datetime]:
    return [datetime.combine(WROTE_AT.date() - (number + 1) * DAY, at, tzinfo=UTC) for number in range(days)]


def _due(hours: tuple[int, ...] | None, rule: object = _USUAL, now: datetime = WROTE_AT) -> datetime:
    decision = decided(replace(ALICE, usual_hours=hours), PageFacts((rule,)), now=now)  # type: ignore[arg-type]  # a rule
    return decision.until if isinstance(decision, Hold) else now


def test_too_few_days_are_no_habit() -> None:
    assert learn(_evenings(4), UTC) is None
    assert learn([at + MINUTE * number for at in _evenings(4) for number in range(10)], UTC) is None
    assert learn(_evenings(5), UTC) is not None


def test_one_long_talk_weighs_no_more_than_a_word() -> None:
    nights = [datetime.combine(WROTE_AT.date() - DAY, time(2), tzinfo=UTC) + MINUTE * number for number in range(50)]
    hours = learn([*_evenings(5), *nights], UTC)
    assert hours
    assert hours.index(max(hours)) == 19


def test_hours_are_those_of_their_own_clock_and_lend_to_their_neighbours() -> None:
    zone = find_zone("Asia/Kolkata")
    assert zone
    hours = learn(_evenings(6), zone)  # one in the morning there
    assert hours
    assert [(hour, weight) for hour, weight in enumerate(hours) if weight] == [(0, 6), (1, 12), (2, 6)]
    assert smoothed([1, *[0] * 22, 1])[-1] == 3  # across midnight


def test_it_waits_for_the_most_usual_hour_and_without_a_habit_for_the_delay() -> None:
    assert _due(learn(_evenings(6), UTC)) == datetime(2026, 3, 10, 19, tzinfo=UTC)
    assert _due(None) == WROTE_AT + 20 * HOUR


def test_within_the_hour_it_goes_at_once() -> None:
    half_past = datetime(2026, 3, 10, 19, 30, tzinfo=UTC)
    assert _due(learn(_evenings(6), UTC), now=half_past) == half_past


def test_quiet_hours_come_first() -> None:
    quiet = replace(_USUAL, quiet_hours=QuietHours(time(18), time(20)))
    assert _due(learn(_evenings(6), UTC), quiet) == datetime(2026, 3, 10, 20, tzinfo=UTC)  # its neighbour


def test_a_habit_that_cannot_be_met_counts_for_nothing() -> None:
    quiet = replace(_USUAL, quiet_hours=QuietHours(time(17), time(22)))
    assert _due(learn(_evenings(6), UTC), quiet) == WROTE_AT + 20 * HOUR


@pytest.mark.parametrize(("least", "delay"), [(8, 20), (1, 6)])
def test_it_is_neither_sooner_nor_later_than_the_rule_says(least: int, delay: int) -> None:
    rule = replace(RULE, timing=Timing(delay * HOUR, least=least * HOUR, usual=True))
    due = _due(learn(_evenings(6), UTC), rule)
    assert WROTE_AT + least * HOUR <= due <= WROTE_AT + delay * HOUR


@PROPERTY
@given(
    st.lists(st.integers(0, 5), min_size=24, max_size=24),
    st.timedeltas(timedelta(0), DAY),
    st.sampled_from(["UTC", "Asia/Kolkata", "Europe/Berlin"]),
)
def test_no_other_legal_minute_is_in_a_more_usual_hour(counts: list[int], begin: timedelta, zone_name: str) -> None:
    zone, quiet = find_zone(zone_name), range(1, 6)
    assert zone

    def earliest(not_before: datetime, until: datetime) -> datetime | None:
        while not_before < until and not_before.hour in quiet:
            not_before += MINUTE
        return not_before if not_before < until else None

    hours, not_before = smoothed(counts), WROTE_AT + begin
    minutes = [at for at in (not_before + n * MINUTE for n in range(24 * 60)) if at < DEADLINE and at.hour not in quiet]
    weights = [hours[at.astimezone(zone).hour] for at in minutes]
    found = best_instant(hours, not_before, DEADLINE, zone, earliest)
    if found is None:
        assert not any(weights)
    else:
        assert hours[found.astimezone(zone).hour] == max(weights)
        assert found.hour not in quiet
        assert not_before <= found < DEADLINE
