"""The first two promises: only when spoken to, and once."""

from datetime import timedelta

from botapp.simulation.oracle import Broken
from botapp.simulation.trace import Said, Written
from tests.simulation.oracle.telling import (
    ALICE,
    DAY,
    HOUR,
    MINUTE,
    PAGE,
    SECOND,
    TEXT,
    Telling,
    at,
    quiet_evening,
)

_A_DAY_AND_ITS_ALLOWANCE = DAY + 5 * MINUTE


def test_one_message_in_a_silence_is_what_was_promised() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR)

    verdict = telling.verdict()

    assert verdict.violations == ()
    assert (verdict.sends, verdict.lost) == (1, 0)


def test_a_message_to_who_never_wrote_is_found() -> None:
    telling = Telling()
    telling.sends(4 * HOUR)

    assert telling.broken() == {Broken.NEVER_SPOKE}


def test_words_that_open_no_window_are_no_beginning() -> None:
    telling = Telling()
    telling.says(Said.OTHER, timedelta(0))
    telling.sends(4 * HOUR)

    assert telling.broken() == {Broken.NEVER_SPOKE}


def test_two_a_day_apart_with_words_between_them_are_innocent() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR)
    telling.says(Said.TALK, 20 * HOUR)
    telling.sends(4 * HOUR + _A_DAY_AND_ITS_ALLOWANCE)

    assert telling.broken() == set()


def test_two_in_less_than_a_day_are_found_although_the_customer_spoke() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR)
    telling.says(Said.TALK, 20 * HOUR)
    telling.sends(28 * HOUR - SECOND)

    assert telling.broken() == {Broken.WITHIN_A_DAY}


def test_the_day_counts_from_when_the_platform_took_the_first() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR, taken=3 * SECOND)
    telling.says(Said.TALK, 20 * HOUR)
    telling.sends(28 * HOUR + SECOND)

    assert telling.broken() == {Broken.WITHIN_A_DAY}


def test_a_second_in_one_silence_is_found() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR)
    telling.says(Said.OTHER, 20 * HOUR)
    telling.sends(4 * HOUR + _A_DAY_AND_ITS_ALLOWANCE)

    assert Broken.TWICE_IN_A_SILENCE in telling.broken()


def test_what_was_said_just_after_the_claim_begins_a_new_silence() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR, claimed=2 * SECOND)
    telling.says(Said.TALK, 4 * HOUR - SECOND)
    telling.sends(4 * HOUR + _A_DAY_AND_ITS_ALLOWANCE - 9 * MINUTE)

    assert Broken.TWICE_IN_A_SILENCE not in telling.broken()


def test_one_that_was_certainly_refused_may_be_written_again() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR, taken=None, refused=True, outcome="released")
    telling.sends(4 * HOUR + MINUTE)

    assert telling.broken() == set()


def test_one_of_which_nothing_was_heard_is_not_to_be_repeated() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR, taken=None, outcome="unknown")
    telling.plans.clear()
    telling.sends(4 * HOUR + MINUTE)

    assert {Broken.REPEATED, Broken.WITHIN_A_DAY} <= telling.broken()


def test_the_same_message_written_twice_is_found_even_if_neither_arrived() -> None:
    telling = quiet_evening()
    token = telling.sends(4 * HOUR, taken=None, outcome="unknown")
    again = Written(at(4 * HOUR + SECOND), at(4 * HOUR), PAGE, ALICE, True, f"botapp:{token}", TEXT)
    telling.happenings.append(again)

    assert telling.broken() == {Broken.REPEATED}


def _days_of_talk(telling: Telling, *days: int) -> None:
    """Each of these days a question, an hour later a message, and its answer right after that."""
    for day in days:
        telling.says(Said.TALK, day * DAY)
        telling.sends(day * DAY + 4 * HOUR)
        telling.says(Said.TALK, day * DAY + 5 * HOUR)


def test_three_in_a_week_and_one_after_it_are_innocent() -> None:
    telling = Telling()
    _days_of_talk(telling, 0, 2, 4, 7)

    assert telling.broken() == set()


def test_a_fourth_in_a_week_is_found() -> None:
    telling = Telling()
    _days_of_talk(telling, 0, 2, 4, 6)

    assert telling.broken() == {Broken.OVER_THE_CAP}


def _ignored(telling: Telling, *days: int) -> None:
    for day in days:
        telling.says(Said.TALK, day * DAY)
        telling.sends(day * DAY + 4 * HOUR)


def test_two_that_were_ignored_are_innocent() -> None:
    telling = Telling()
    _ignored(telling, 0, 3)

    assert telling.broken() == set()


def test_a_third_after_two_that_were_ignored_is_found() -> None:
    telling = Telling()
    _ignored(telling, 0, 3, 8)

    assert telling.broken() == {Broken.IGNORED}


def test_who_takes_up_one_may_be_written_to_again() -> None:
    telling = Telling()
    _ignored(telling, 0, 3)
    telling.says(Said.TALK, 3 * DAY + 23 * HOUR)
    _ignored(telling, 8)

    assert telling.broken() == set()


def test_who_asks_for_more_may_be_written_to_again() -> None:
    telling = Telling()
    _ignored(telling, 0, 3)
    telling.says(Said.START, 7 * DAY)
    _ignored(telling, 8)

    assert telling.broken() == set()
