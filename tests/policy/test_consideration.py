"""Cool-down, caps, mutes and what was ignored: how long one waits, and when it is over."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from botapp.policy.decision import ContactFacts, Hold, PastClaim, Send, Skip
from botapp.policy.reason import Reason
from botapp.policy.suppression import MUTE, Suppression
from tests.policy.stories import (
    ALICE,
    DAY,
    DEADLINE,
    DUE_AT,
    HOUR,
    MICROSECOND,
    MINUTE,
    PAGE,
    RULE,
    TERMS,
    WROTE_AT,
    decided,
)


def _with_claims(*claims: PastClaim, asked_at: datetime | None = None) -> ContactFacts:
    return replace(ALICE, past_claims=claims, last_claimed_at=claims[0].claimed_at, asked_for_more_at=asked_at)


def _ignored(*days_ago: int) -> tuple[PastClaim, ...]:
    return tuple(PastClaim(WROTE_AT - days * DAY, taken_up=False) for days in days_ago)


def test_no_two_sends_are_within_a_day_even_if_the_first_used_all_its_allowance() -> None:
    claimed_at = WROTE_AT - 10 * HOUR
    written_at_the_latest = claimed_at + TERMS.send_allowance
    contact = _with_claims(PastClaim(claimed_at, taken_up=True))
    free_at = written_at_the_latest + DAY
    assert decided(contact) == Hold(free_at, Reason.NOT_DUE, RULE)
    assert decided(contact, now=free_at - MICROSECOND) == Hold(free_at, Reason.NOT_DUE, RULE)
    assert isinstance(decided(contact, now=free_at), Send)


@pytest.mark.parametrize(
    ("before_she_wrote", "decision"),
    [
        (DAY, Hold(DUE_AT, Reason.NOT_DUE, RULE)),  # over before it is due
        (10 * MINUTE + MICROSECOND, Hold(DEADLINE - MICROSECOND, Reason.NOT_DUE, RULE)),
        (10 * MINUTE, Skip(Reason.COOL_DOWN)),  # over only when it is too late
    ],
)
def test_a_cool_down_is_waited_for_if_the_window_outlasts_it(
    before_she_wrote: timedelta, decision: Hold | Skip
) -> None:
    contact = _with_claims(PastClaim(WROTE_AT - before_she_wrote, taken_up=True))
    assert decided(contact, now=WROTE_AT) == decision


def test_a_claim_that_was_refused_counts_for_the_cool_down_too() -> None:
    assert decided(replace(ALICE, last_claimed_at=WROTE_AT - MINUTE)) == Skip(Reason.COOL_DOWN)


def test_the_cap_is_of_any_seven_days_not_of_a_week_of_the_calendar() -> None:
    oldest = WROTE_AT - 7 * DAY + 6 * HOUR
    claims = [PastClaim(at, taken_up=True) for at in (WROTE_AT - 2 * DAY, WROTE_AT - 4 * DAY, oldest)]
    assert decided(_with_claims(*claims)) == Hold(oldest + 7 * DAY, Reason.NOT_DUE, RULE)
    assert isinstance(decided(_with_claims(*claims), now=oldest + 7 * DAY), Send)
    assert isinstance(decided(_with_claims(*claims[:2])), Send)


def test_a_cap_of_one_is_one_a_period() -> None:
    contact = _with_claims(PastClaim(WROTE_AT - 6 * DAY, taken_up=True))
    assert decided(contact, terms=replace(TERMS, cap=1)) == Skip(Reason.WEEKLY_CAP)


def test_of_two_waits_the_longer_is_told() -> None:
    claims = [PastClaim(WROTE_AT - n * MINUTE, taken_up=True) for n in (1, 2, 3)]
    assert decided(_with_claims(*claims)) == Skip(Reason.WEEKLY_CAP)


def test_one_ignored_is_not_two_in_a_row() -> None:
    assert isinstance(decided(_with_claims(*_ignored(2))), Send)


def test_after_two_ignored_in_a_row_there_is_none_however_long_ago_they_were() -> None:
    assert decided(_with_claims(*_ignored(100, 200))) == Skip(Reason.IGNORED)


@pytest.mark.parametrize("taken_up", [0, 1])
def test_taking_one_up_ends_the_row(taken_up: int) -> None:
    claims = list(_ignored(2, 4))
    claims[taken_up] = replace(claims[taken_up], taken_up=True)
    assert isinstance(decided(_with_claims(*claims)), Send)


def test_one_taken_up_before_two_ignored_ones_does_not() -> None:
    taken_up = PastClaim(WROTE_AT - 9 * DAY, taken_up=True)
    assert decided(_with_claims(*_ignored(2, 4), taken_up)) == Skip(Reason.IGNORED)


def test_asking_for_more_begins_the_row_anew() -> None:
    asked_at = WROTE_AT - DAY
    assert isinstance(decided(_with_claims(*_ignored(2, 4), asked_at=asked_at)), Send)
    before_both = WROTE_AT - 5 * DAY
    assert decided(_with_claims(*_ignored(2, 4), asked_at=before_both)) == Skip(Reason.IGNORED)
    between = WROTE_AT - 3 * DAY
    assert isinstance(decided(_with_claims(*_ignored(2, 4), asked_at=between)), Send)


def test_asking_does_not_shorten_the_cool_down_or_lift_the_cap() -> None:
    claims = [PastClaim(WROTE_AT - n * DAY, taken_up=False) for n in (1, 2, 3)]
    assert decided(_with_claims(*claims, asked_at=WROTE_AT)) == Skip(Reason.WEEKLY_CAP)


def test_an_ignored_cap_of_nothing_switches_it_off() -> None:
    assert isinstance(decided(_with_claims(*_ignored(10, 20)), terms=replace(TERMS, ignored_cap=0)), Send)


@pytest.mark.parametrize(
    ("until", "decision"),
    [
        (DUE_AT - HOUR, Hold(DUE_AT, Reason.NOT_DUE, RULE)),
        (DUE_AT + HOUR, Hold(DUE_AT + HOUR, Reason.NOT_DUE, RULE)),
        (DEADLINE - MICROSECOND, Hold(DEADLINE - MICROSECOND, Reason.NOT_DUE, RULE)),
        (DEADLINE, Skip(Reason.MUTED)),
        (None, Skip(Reason.MUTED)),
    ],
)
def test_a_mute_that_ends_inside_the_window_is_waited_for(until: datetime | None, decision: Hold | Skip) -> None:
    muted = replace(ALICE, suppressions=(Suppression(MUTE).with_set(WROTE_AT, until),))
    assert decided(muted, now=WROTE_AT) == decision


def test_while_the_page_may_not_send_it_is_looked_at_again_until_it_may() -> None:
    held = decided(page=replace(PAGE, proactive_stopped=True))
    assert isinstance(held, Hold)
    assert isinstance(decided(now=held.until), Send)
