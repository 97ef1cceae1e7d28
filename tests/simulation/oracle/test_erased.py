"""Who was erased is somebody new: nothing of before lets us write to them, their noes and the last day forbid it."""

from datetime import timedelta

import pytest

from botapp.simulation.oracle import Broken
from botapp.simulation.trace import Erased, Said
from tests.simulation.oracle.telling import ALICE, DAY, HOUR, PAGE, Telling, at, quiet_evening

_GRAVE = "erased:1"


def erase(telling: Telling, after: timedelta) -> None:
    """All that the tables knew is under another name from then on, and the answers are gone."""
    telling.happenings.append(Erased(at(after), PAGE, ALICE, _GRAVE))
    for row in (*telling.plans, *telling.ledger):
        row["contact_id"] = _GRAVE
    telling.replies = []


@pytest.mark.parametrize("no", [Said.STOP, Said.MUTE, Said.NO, Said.NOTICES_STOPPED, Said.COMPLAINT])
def test_a_no_from_before_holds_for_who_comes_back(no: Said) -> None:
    telling = quiet_evening()
    telling.says(no, HOUR, opens=False)
    erase(telling, 2 * HOUR)
    telling.says(Said.TALK, 2 * DAY)
    telling.sends(2 * DAY + 4 * HOUR)

    assert telling.broken() == {Broken.AFTER_A_NO}


def test_a_no_that_arrives_after_the_erasure_holds_too() -> None:
    telling = quiet_evening()
    telling.says(Said.STOP, HOUR, stored=3 * HOUR, opens=False)
    erase(telling, 2 * HOUR)
    telling.says(Said.TALK, 2 * DAY)
    telling.sends(2 * DAY + 4 * HOUR)

    assert telling.broken() == {Broken.AFTER_A_NO}


def test_a_start_lifts_it_and_a_wish_to_be_deleted_is_over_with_the_erasure() -> None:
    telling = quiet_evening()
    for said in (Said.STOP, Said.DELETE):
        telling.says(said, HOUR, opens=False)
    erase(telling, 2 * HOUR)
    telling.says(Said.START, 2 * DAY)
    telling.sends(2 * DAY + 4 * HOUR)

    assert telling.broken() == set()


def test_what_was_sent_before_it_counts_for_a_day() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR)
    erase(telling, 5 * HOUR)
    telling.says(Said.TALK, 6 * HOUR)
    telling.sends(10 * HOUR)

    assert telling.broken() == {Broken.WITHIN_A_DAY}


def test_words_from_before_let_nobody_write_to_them() -> None:
    telling = quiet_evening()
    erase(telling, 2 * HOUR)
    telling.sends(4 * HOUR)

    assert telling.broken() == {Broken.NEVER_SPOKE}


def test_what_a_rule_sent_before_it_is_forgotten_with_all_else() -> None:
    """Seed 3823693629 (500 customers, 10 days, some faults): the oracle took two lives for one."""
    telling = quiet_evening(rule={"cap": 1, "cap_within": 5 * DAY})
    telling.sends(4 * HOUR)
    erase(telling, 5 * HOUR)
    telling.says(Said.TALK, 2 * DAY)
    telling.sends(2 * DAY + 4 * HOUR)

    assert telling.broken() == set()
