"""The fourth promise: a no that was committed before the claim wins, and our word that we will be quiet holds."""

from datetime import timedelta
from typing import Any

import pytest

from botapp.simulation.oracle import Broken
from botapp.simulation.trace import (
    Acknowledged,
    Linked,
    Refused,
    Said,
    Staffed,
    ThreadPassed,
)
from tests.simulation.oracle.telling import (
    ALICE,
    DAY,
    HOUR,
    MILLISECOND,
    MINUTE,
    PAGE,
    SECOND,
    Telling,
    at,
    quiet_evening,
)

_BOB = "bob"
_NOES = [Said.STOP, Said.MUTE, Said.NO, Said.NOTICES_STOPPED]


@pytest.mark.parametrize("no", _NOES)
def test_a_message_claimed_after_a_no_is_found(no: Said) -> None:
    telling = quiet_evening()
    telling.says(no, HOUR, opens=False)
    telling.sends(4 * HOUR)

    assert telling.broken() == {Broken.AFTER_A_NO}


@pytest.mark.parametrize("no", _NOES)
def test_a_message_claimed_before_the_no_was_committed_is_innocent(no: Said) -> None:
    telling = quiet_evening()
    telling.says(no, HOUR, opens=False, stored=5 * HOUR)
    telling.sends(4 * HOUR)

    assert telling.broken() == set()


@pytest.mark.parametrize("no", _NOES)
def test_ordinary_words_do_not_undo_a_no(no: Said) -> None:
    telling = quiet_evening()
    telling.says(no, HOUR, opens=False)
    telling.says(Said.TALK, 2 * HOUR)
    telling.sends(6 * HOUR)

    assert telling.broken() == {Broken.AFTER_A_NO}


@pytest.mark.parametrize(
    ("no", "yes"),
    [
        *((no, Said.START) for no in _NOES),
        (Said.NO, Said.YES),
        (Said.NOTICES_STOPPED, Said.NOTICES_RESUMED),
    ],
)
def test_the_word_that_belongs_to_a_no_undoes_it(no: Said, yes: Said) -> None:
    telling = quiet_evening()
    telling.says(no, HOUR, opens=False)
    telling.says(yes, 2 * HOUR, opens=True)
    telling.sends(6 * HOUR)

    assert telling.broken() == set()


@pytest.mark.parametrize(
    ("no", "yes"), [(Said.STOP, Said.YES), (Said.STOP, Said.NOTICES_RESUMED), (Said.NOTICES_STOPPED, Said.YES)]
)
def test_another_yes_does_not(no: Said, yes: Said) -> None:
    telling = quiet_evening()
    telling.says(no, HOUR, opens=False)
    telling.says(yes, 2 * HOUR, opens=True)
    telling.sends(6 * HOUR)

    assert telling.broken() == {Broken.AFTER_A_NO}


def test_a_start_that_came_first_and_was_told_last_undoes_nothing() -> None:
    telling = quiet_evening()
    telling.says(Said.START, HOUR, stored=2 * HOUR, opens=False)
    telling.says(Said.STOP, HOUR + SECOND, opens=False)
    telling.sends(6 * HOUR)

    assert telling.broken() == {Broken.AFTER_A_NO}


@pytest.mark.parametrize(("ends_after", "broken"), [(5 * HOUR, {Broken.AFTER_A_NO}), (4 * HOUR, set())])
def test_a_mute_lasts_until_its_end(ends_after: timedelta, broken: set[Broken]) -> None:
    telling = quiet_evening()
    telling.says(Said.MUTE, HOUR, opens=False, mute_until=at(ends_after))
    telling.sends(4 * HOUR + MINUTE)

    assert telling.broken() == broken


def test_a_page_that_asks_first_needs_a_yes() -> None:
    telling = quiet_evening(basis="explicit")
    telling.sends(4 * HOUR)

    assert telling.broken() == {Broken.AFTER_A_NO}


def test_a_page_that_asks_first_is_content_with_a_yes() -> None:
    telling = quiet_evening(basis="explicit")
    telling.says(Said.YES, HOUR, opens=True)
    telling.sends(5 * HOUR)

    assert telling.broken() == set()


def _linked(when: timedelta) -> Linked:
    return Linked(at(when), (PAGE, ALICE), (PAGE, _BOB))


def test_a_stop_of_one_identity_is_a_stop_of_all() -> None:
    telling = quiet_evening()
    telling.happenings.append(_linked(MINUTE))
    telling.says(Said.STOP, HOUR, contact=_BOB)
    telling.sends(4 * HOUR)

    assert telling.broken() == {Broken.AFTER_A_NO}


def test_a_stop_before_two_became_one_person_is_shared_then() -> None:
    telling = quiet_evening()
    telling.says(Said.STOP, HOUR, contact=_BOB)
    telling.happenings.append(_linked(2 * HOUR))
    telling.sends(4 * HOUR)

    assert telling.broken() == {Broken.AFTER_A_NO}


def test_a_stop_of_a_stranger_is_none_of_alices() -> None:
    telling = quiet_evening()
    telling.says(Said.STOP, HOUR, contact=_BOB)
    telling.sends(4 * HOUR)

    assert telling.broken() == set()


def test_a_mute_of_one_identity_is_not_shared() -> None:
    telling = quiet_evening()
    telling.happenings.append(_linked(MINUTE))
    telling.says(Said.MUTE, HOUR, contact=_BOB)
    telling.sends(4 * HOUR)

    assert telling.broken() == set()


def _crossing(*, no_before_write: timedelta, claimed_before_write: timedelta, **written: Any) -> Telling:
    telling = quiet_evening()
    telling.says(Said.STOP, 4 * HOUR - no_before_write - SECOND, wants_answer=False)
    telling.enters("crossed", at(4 * HOUR), subject_at=None)
    telling.silence[ALICE] = at(timedelta(0))
    telling.sends(4 * HOUR, claimed=claimed_before_write, **written)
    return telling


def test_a_no_may_cross_a_claim_that_is_written_at_once() -> None:
    telling = _crossing(no_before_write=5 * MILLISECOND, claimed_before_write=9 * MILLISECOND)

    assert telling.broken() == set()


def test_a_no_may_not_cross_a_claim_that_had_time_to_see_it() -> None:
    telling = _crossing(no_before_write=50 * MILLISECOND, claimed_before_write=2 * SECOND)

    assert telling.broken() == {Broken.CROSSED_TOO_LATE}


def test_a_no_may_cross_after_the_last_look() -> None:
    looked = at(4 * HOUR) - 60 * MILLISECOND
    telling = _crossing(no_before_write=50 * MILLISECOND, claimed_before_write=2 * SECOND, asked_at=looked)

    assert telling.broken() == set()


def test_a_no_before_the_last_look_was_seen_and_must_be_obeyed() -> None:
    looked = at(4 * HOUR) - 40 * MILLISECOND
    telling = _crossing(no_before_write=50 * MILLISECOND, claimed_before_write=2 * SECOND, asked_at=looked)

    assert telling.broken() == {Broken.CROSSED_TOO_LATE}


def test_a_crossing_that_is_not_on_record_is_found() -> None:
    telling = _crossing(no_before_write=5 * MILLISECOND, claimed_before_write=9 * MILLISECOND)
    telling.ledger[0:1] = []
    telling.ledger[:] = [{**row, "sequence": number} for number, row in enumerate(telling.ledger, 1)]

    assert telling.broken() == {Broken.CROSSING_NOT_RECORDED}


@pytest.mark.parametrize(("arrives", "broken"), [(SECOND, set()), (5 * SECOND, {Broken.AFTER_OUR_WORD})])
def test_nothing_arrives_after_our_word_that_we_will_be_quiet(arrives: timedelta, broken: set[Broken]) -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR, taken=arrives)
    telling.says(Said.STOP, 4 * HOUR, stored=SECOND)  # confirmed two seconds after it was said

    assert telling.broken() == broken


def test_our_word_to_one_identity_binds_us_to_all() -> None:
    telling = quiet_evening()
    telling.happenings.append(_linked(MINUTE))
    telling.sends(4 * HOUR, taken=5 * SECOND)
    telling.says(Said.STOP, 4 * HOUR, contact=_BOB)

    assert telling.broken() == {Broken.AFTER_OUR_WORD}


def test_our_word_binds_us_to_those_whom_we_know_to_be_the_same_person_when_we_give_it() -> None:
    """Found by the simulated world 63914195, in which two contacts were linked sixteen hours later."""
    telling = quiet_evening()
    telling.sends(4 * HOUR, taken=5 * SECOND)
    telling.says(Said.STOP, 4 * HOUR + 2.6 * SECOND, contact=_BOB)  # confirmed before the message arrives
    telling.says(Said.MUTE, 4 * HOUR + 3.5 * SECOND, stored=SECOND / 2)  # confirmed after it
    telling.happenings.append(_linked(20 * HOUR))

    assert Broken.AFTER_OUR_WORD not in telling.broken()


def test_a_200_before_the_commit_is_found() -> None:
    telling = quiet_evening()
    telling.says(Said.TALK, HOUR, answered=False, wants_answer=False)
    telling.happenings.append(Acknowledged(at(HOUR), ("m2",)))

    assert telling.broken() == {Broken.ANSWERED_TOO_SOON}


def test_a_second_200_for_what_was_stored_long_ago_is_innocent() -> None:
    telling = quiet_evening()
    telling.happenings.append(Acknowledged(at(9 * DAY), ("m1",)))

    assert telling.broken() == set()


def _passed(when: timedelta, *, to_bot: bool = False, told: timedelta | None = SECOND) -> ThreadPassed:
    return ThreadPassed(at(when), PAGE, ALICE, to_bot, at(when + told) if told is not None else None)


@pytest.mark.parametrize(
    ("passings", "broken"),
    [
        ([_passed(HOUR)], {Broken.THREAD_OWNED}),
        ([_passed(HOUR, told=None)], set()),
        ([_passed(HOUR, told=5 * HOUR)], set()),
        ([_passed(HOUR), _passed(2 * HOUR, to_bot=True)], set()),
        ([_passed(HOUR), _passed(2 * HOUR, to_bot=True, told=4 * HOUR)], {Broken.THREAD_OWNED}),
        ([_passed(-21 * HOUR)], set()),  # silent for more than a day: it falls back to us
    ],
)
def test_nothing_while_somebody_else_is_known_to_hold_the_thread(
    passings: list[ThreadPassed], broken: set[Broken]
) -> None:
    telling = quiet_evening()
    telling.happenings += passings
    telling.sends(4 * HOUR)

    assert telling.broken() == broken


@pytest.mark.parametrize("page", [PAGE, None])
@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ([("stop_all", HOUR)], {Broken.KILL_SWITCH}),
        ([("stop_all", 5 * HOUR)], set()),
        ([("stop_all", HOUR), ("resume_all", 2 * HOUR)], set()),
        ([("pause", HOUR)], {Broken.PAUSED}),
        ([("pause", HOUR), ("unpause", 2 * HOUR)], set()),
        ([("campaign", HOUR)], set()),
    ],
)
def test_a_switch_is_obeyed_from_its_commit_on(
    changes: list[tuple[str, timedelta]], broken: set[Broken], page: str | None
) -> None:
    telling = quiet_evening()
    telling.happenings += [Staffed(at(when), page, what) for what, when in changes]
    telling.sends(4 * HOUR)

    assert telling.broken() == broken


def test_the_switch_of_another_page_is_none_of_ours() -> None:
    telling = quiet_evening()
    telling.happenings.append(Staffed(at(HOUR), "another", "stop_all"))
    telling.sends(4 * HOUR)

    assert telling.broken() == set()


def test_nothing_for_who_is_known_to_have_blocked_us() -> None:
    telling = quiet_evening()
    telling.enters("reachability", at(HOUR), details='{"reachable":false}')
    telling.sends(4 * HOUR)

    assert telling.broken() == {Broken.BLOCKED}


def test_who_writes_again_can_be_reached_again() -> None:
    telling = quiet_evening()
    telling.enters("reachability", at(HOUR), details='{"reachable":false}')
    telling.enters("reachability", at(2 * HOUR), details='{"reachable":true}')
    telling.sends(4 * HOUR)

    assert telling.broken() == set()


def test_a_refusal_that_tells_of_a_stop_on_the_platform_is_a_no() -> None:
    telling = quiet_evening()
    refused = Refused(at(HOUR), PAGE, ALICE, is_proactive=False, metadata="botapp:x", error="10/1893015")
    telling.happenings.append(refused)
    telling.sends(4 * HOUR)

    assert telling.broken() == {Broken.AFTER_A_NO}
