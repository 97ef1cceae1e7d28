"""What a page may do on its own: so many a day while it is new, to its team while it tries, by no paused rule."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from botapp.simulation.oracle import Broken
from botapp.simulation.trace import Capped, HouseTold, OfTheTeam, Said, Staffed
from tests.simulation.oracle.telling import ALICE, HOUR, MINUTE, PAGE, SECOND, Telling, at, quiet_evening

_PEOPLE = ("bob", "carol", "dora")


def _three_messages(apart: timedelta = MINUTE) -> Telling:
    """Three customers fall silent at noon, and each gets one message."""
    telling = Telling()
    for place, name in enumerate(_PEOPLE):
        telling.says(Said.TALK, place * apart, contact=name)
        telling.sends(4 * HOUR + place * apart, contact=name)
    return telling


def _caps(telling: Telling, *caps: tuple[timedelta, int | None]) -> Telling:
    telling.happenings += [Capped(at(after), PAGE, most) for after, most in caps]
    return telling


@pytest.mark.parametrize("most", [0, 1, 2])
def test_more_than_the_cap_in_a_day_is_found(most: int) -> None:
    assert _caps(_three_messages(), (HOUR, most)).broken() == {Broken.OVER_THE_DAILY_CAP}


@pytest.mark.parametrize(
    "caps",
    [
        ((HOUR, 3),),
        ((HOUR, 1), (2 * HOUR, 3)),  # raised before
        ((HOUR, 1), (2 * HOUR, None)),  # taken away before
        ((4 * HOUR + 90 * SECOND, 1),),  # what came before there was a cap is not counted
        ((5 * HOUR, 0),),
    ],
)
def test_what_keeps_to_the_cap_of_its_instant_is_innocent(caps: tuple[tuple[timedelta, int | None], ...]) -> None:
    assert _caps(_three_messages(), *caps).broken() == set()


def test_a_cap_that_was_lowered_counts_what_was_begun_before() -> None:
    assert _caps(_three_messages(), (HOUR, 3), (4 * HOUR + 90 * SECOND, 2)).broken() == {Broken.OVER_THE_DAILY_CAP}


def test_each_day_counts_anew_by_the_page_s_own_calendar() -> None:
    telling = _three_messages(apart=5 * HOUR)  # 16:00, 21:00 and 02:00 in UTC
    assert _caps(telling, (HOUR, 2)).broken() == set()

    telling.zone = "America/New_York"  # one day's noon, afternoon and evening
    assert telling.broken() == {Broken.OVER_THE_DAILY_CAP}


def _staff(telling: Telling, *changes: tuple[timedelta, str, str | None]) -> None:
    telling.happenings += [Staffed(at(after), PAGE, what, name) for after, what, name in changes]


def _sent_under(*changes: tuple[timedelta, str, str | None]) -> Telling:
    telling = quiet_evening()
    _staff(telling, *changes)
    telling.sends(4 * HOUR)
    return telling


def test_a_page_in_team_mode_writes_to_the_team_only() -> None:
    telling = _sent_under((HOUR, "team", None))
    assert telling.broken() == {Broken.TEAM_ONLY}

    telling.happenings.append(OfTheTeam(at(2 * HOUR), PAGE, ALICE))
    assert telling.broken() == set()


def test_a_message_by_a_rule_that_a_guard_has_paused_is_found() -> None:
    assert _sent_under((HOUR, "guard", "rule")).broken() == {Broken.GUARDED}


@pytest.mark.parametrize(
    "changes",
    [
        ((HOUR, "team", None), (2 * HOUR, "live", None)),
        ((HOUR, "guard", "rule"), (2 * HOUR, "unguard", "rule")),
        ((HOUR, "guard", "another"),),
        ((5 * HOUR, "guard", "rule"),),
    ],
)
def test_what_was_paused_before_or_elsewhere_is_innocent(
    changes: tuple[tuple[timedelta, str, str | None], ...],
) -> None:
    assert _sent_under(*changes).broken() == set()


def _capped(telling: Telling) -> None:
    """Full by what another customer got."""
    _caps(telling, (HOUR, 1))
    telling.says(Said.TALK, timedelta(0), contact="bob")
    telling.sends(4 * HOUR, contact="bob")


@pytest.mark.parametrize(
    "befall",
    [
        _capped,
        lambda telling: _staff(telling, (HOUR, "team", None)),
        lambda telling: _staff(telling, (HOUR, "guard", "rule")),
    ],
)
def test_nobody_is_missed_to_whom_the_page_might_not_write(befall: Callable[[Telling], None]) -> None:
    telling = quiet_evening(rule={"quiet_from": "00:00", "quiet_until": "15:59"})  # the next day is no chance
    assert len(telling.verdict().unsent) == 1

    befall(telling)
    assert telling.verdict().unsent == ()


def test_a_cap_that_is_not_reached_excuses_nothing() -> None:
    assert len(_caps(quiet_evening(), (HOUR, 1)).verdict().unsent) == 1


def _given_up(*, left: timedelta, house: HouseTold) -> set[Broken]:
    """One is given up for the rate, so long before the last instant at which it could have been begun."""
    telling = _three_messages()
    telling.house = house
    telling.says(Said.TALK, timedelta(0))
    row = {"interaction_at": at(timedelta(0)), "state": "expired", "reason": "page_rate", "claim_token": None}
    times = {"recorded_at": at(4 * HOUR), "deadline_at": at(4 * HOUR) + left}
    telling.plans.append({"page_id": PAGE, "contact_id": ALICE, **row, **times})
    telling.enters("expired", at(4 * HOUR), subject_at=at(timedelta(0)))
    telling.ledger[-1] |= {"sequence": 2}
    telling.enters("planned", at(SECOND), subject_at=at(timedelta(0)))
    telling.ledger[-1] |= {"sequence": 1}
    telling.ledger[-2:] = telling.ledger[:-3:-1]
    return telling.broken()


def test_what_the_rate_would_have_carried_must_not_be_given_up() -> None:
    """Four have written: with one at once and one a minute, three minutes are enough for all of them."""
    house = replace(Telling().house, sends_per_second=1 / 60)

    assert _given_up(left=3 * MINUTE, house=house) == {Broken.GIVEN_UP}
    assert _given_up(left=2 * MINUTE, house=house) == set()


def test_where_a_rate_is_low_it_is_in_doubt_who_could_have_been_written_to() -> None:
    telling = quiet_evening()
    telling.house = replace(telling.house, sends_per_second=1 / HOUR.total_seconds())

    assert telling.verdict().sendable == 0
