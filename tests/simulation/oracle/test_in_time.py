"""The third promise: strictly inside the window as the platform counts it, and at an hour that is no nuisance."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from botapp.simulation.oracle import Broken
from botapp.simulation.trace import RuleTold, Said, ZoneLearnt
from tests.simulation.oracle.telling import (
    ALICE,
    BEGINS_AT,
    DAY,
    HOUR,
    MILLISECOND,
    MINUTE,
    PAGE,
    SECOND,
    TEXT,
    Telling,
    at,
    quiet_evening,
)

_LATEST = DAY - 5 * MINUTE  # a send may begin before this


def test_a_message_begun_right_before_the_allowance_is_innocent() -> None:
    telling = quiet_evening()
    telling.sends(_LATEST - MILLISECOND)

    assert telling.broken() == set()


def test_a_message_begun_within_the_allowance_is_found_though_it_arrived_in_time() -> None:
    telling = quiet_evening()
    telling.sends(_LATEST + 11 * SECOND)

    assert telling.broken() == {Broken.NO_ALLOWANCE}


def test_a_message_taken_after_the_window_is_found() -> None:
    telling = quiet_evening()
    telling.sends(DAY - MILLISECOND, taken=MILLISECOND)

    assert telling.broken() == {Broken.NO_ALLOWANCE, Broken.OUTSIDE_THE_WINDOW}


def test_the_window_counts_from_the_event_not_from_its_arrival() -> None:
    telling = Telling()
    telling.says(Said.TALK, timedelta(0), stored=6 * HOUR)
    telling.sends(DAY + HOUR)

    assert telling.broken() == {Broken.NO_ALLOWANCE, Broken.OUTSIDE_THE_WINDOW}


def test_words_that_we_do_not_know_of_yet_still_open_the_platforms_window() -> None:
    telling = quiet_evening()
    telling.says(Said.TALK, 2 * HOUR, stored=3 * DAY)
    telling.sends(23 * HOUR)

    assert telling.broken() == set()


def test_words_that_we_do_not_know_of_yet_open_nothing_for_us() -> None:
    telling = quiet_evening()
    telling.says(Said.TALK, 2 * HOUR, stored=3 * DAY)
    telling.sends(DAY + HOUR)

    assert telling.broken() == {Broken.NO_ALLOWANCE}


def test_by_the_stricter_anchor_later_words_open_nothing() -> None:
    telling = quiet_evening(anchor="initial")
    telling.says(Said.TALK, 12 * HOUR)
    telling.sends(25 * HOUR)

    assert telling.broken() == {Broken.NO_ALLOWANCE}


def test_by_the_stricter_anchor_a_new_conversation_opens_a_new_window() -> None:
    telling = quiet_evening(anchor="initial")
    telling.says(Said.TALK, 30 * HOUR)
    telling.sends(40 * HOUR)

    assert telling.broken() == set()


def test_a_message_before_the_rules_delay_is_found() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR - 21 * SECOND)

    assert telling.broken() == {Broken.TOO_EARLY}


def test_a_message_with_words_of_a_rule_that_was_retired_is_found() -> None:
    telling = quiet_evening(rule={"until": at(3 * HOUR)})
    telling.sends(4 * HOUR)

    assert telling.broken() == {Broken.NOT_LIVE}


def test_a_message_claimed_right_before_its_rule_was_retired_is_innocent() -> None:
    telling = quiet_evening(rule={"until": at(4 * HOUR)})
    telling.sends(4 * HOUR + SECOND, claimed=2 * SECOND)

    assert telling.broken() == set()


def test_placeholders_may_be_filled_with_anything() -> None:
    telling = quiet_evening(rule={"text": "Hello {first_name|there}, (really)?"})
    telling.sends(4 * HOUR, text="Hello Ng*, (really)?")

    assert telling.broken() == set()


_QUIET = {"quiet_from": "22:00", "quiet_until": "08:00", "delay": timedelta(0)}


@pytest.mark.parametrize(
    ("zone", "sent_at", "broken"),
    [
        ("UTC", "2026-03-10T21:59:59", set()),
        ("UTC", "2026-03-10T22:00:03", set()),  # claimed before, and a clock may be wrong
        ("UTC", "2026-03-10T22:00:30", {Broken.QUIET_HOURS}),
        ("UTC", "2026-03-11T07:59:30", {Broken.QUIET_HOURS}),
        ("UTC", "2026-03-11T08:00:00", set()),
        ("Europe/Berlin", "2026-03-10T21:30:00", {Broken.QUIET_HOURS}),
        ("+05:30", "2026-03-10T17:00:00", {Broken.QUIET_HOURS}),
        ("-08:00", "2026-03-10T22:30:00", set()),
    ],
)
def test_quiet_hours_are_those_of_the_customers_clock(zone: str, sent_at: str, broken: set[Broken]) -> None:
    telling = quiet_evening(zone=zone, rule=_QUIET)
    telling.sends(datetime.fromisoformat(sent_at + "+00:00") - BEGINS_AT)

    assert telling.broken() == broken


@pytest.mark.parametrize(("sent_at", "broken"), [("06:30", set()), ("05:30", {Broken.QUIET_HOURS})])
def test_quiet_hours_follow_the_change_of_the_clocks(sent_at: str, broken: set[Broken]) -> None:
    telling = Telling(zone="Europe/Berlin", rule=_QUIET)
    telling.says(Said.TALK, datetime.fromisoformat("2026-03-28T20:00:00+00:00") - BEGINS_AT)
    telling.sends(datetime.fromisoformat(f"2026-03-29T{sent_at}:00+00:00") - BEGINS_AT)  # summer time began at 01:00

    assert telling.broken() == broken


def test_until_the_customers_zone_is_known_the_pages_counts() -> None:
    telling = quiet_evening(rule=_QUIET)
    telling.happenings.append(ZoneLearnt(at(6 * HOUR), PAGE, ALICE, "Asia/Tokyo"))
    telling.sends(4 * HOUR)  # one in the morning in Tokyo

    assert telling.broken() == set()


def test_once_the_customers_zone_is_known_it_counts() -> None:
    telling = quiet_evening(rule=_QUIET)
    telling.happenings.append(ZoneLearnt(at(2 * HOUR), PAGE, ALICE, "Asia/Tokyo"))
    telling.sends(4 * HOUR)

    assert telling.broken() == {Broken.QUIET_HOURS}


def test_one_rule_that_allows_it_is_enough() -> None:
    told: dict[str, Any] = {"page_id": PAGE, "since": BEGINS_AT, "until": None, "priority": 0, "text": TEXT}
    late = RuleTold(name="late", delay=9 * HOUR, **told)
    soon = RuleTold(name="soon", delay=HOUR, **told)
    telling = quiet_evening()
    telling.rules += [late, soon]
    telling.sends(4 * HOUR)

    assert telling.broken() == set()
