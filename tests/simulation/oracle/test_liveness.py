"""What could have been sent was sent, and who wrote was answered: wherever that is beyond doubt."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from botapp.simulation.oracle import Broken, is_lively
from botapp.simulation.trace import Refused, RuleTold, Said, Staffed, ThreadPassed, Unwell, ZoneLearnt
from tests.simulation.oracle.telling import (
    ALICE,
    BEGINS_AT,
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


def _unsent(telling: Telling) -> int:
    verdict = telling.verdict()
    assert verdict.sendable >= len(verdict.unsent)
    return len(verdict.unsent)


def test_a_silence_in_which_nothing_was_in_the_way_and_nothing_was_sent_is_found() -> None:
    verdict = quiet_evening().verdict()

    assert (verdict.sendable, [v.promise for v in verdict.unsent]) == (1, [Broken.UNSENT])
    assert verdict.unsent[0].at == at(4 * HOUR)


def test_a_silence_that_was_ended_is_counted_as_such() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR + 3 * SECOND)
    verdict = telling.verdict()

    assert (verdict.sendable, len(verdict.unsent)) == (1, 0)
    assert verdict.worst_lateness_seconds == 3


def test_a_claim_whose_worker_died_is_not_held_against_us() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR, taken=None, outcome="unknown")
    telling.happenings = [h for h in telling.happenings if getattr(h, "is_proactive", False) is False]

    assert _unsent(telling) == 0


def _unwell(since: timedelta, until: timedelta, **whom: str) -> Unwell:
    return Unwell(at(since), at(until), "the platform is away", **whom)


@pytest.mark.parametrize(
    ("spans", "unsent"),
    [
        ([(4 * HOUR, DAY)], 0),
        ([(3 * HOUR, 23 * HOUR + 46 * MINUTE)], 0),  # too short a time was left
        ([(3 * HOUR, 23 * HOUR + 40 * MINUTE)], 1),
        ([(4 * HOUR, 5 * HOUR)], 1),
        (
            [(4 * HOUR + n * 9 * MINUTE, 4 * HOUR + n * 9 * MINUTE + SECOND) for n in range(140)],
            0,
        ),  # never well for long
    ],
)
def test_only_what_could_be_sent_in_good_health_counts(spans: list[tuple[timedelta, timedelta]], unsent: int) -> None:
    telling = quiet_evening()
    telling.happenings += [_unwell(*span) for span in spans]

    assert _unsent(telling) == unsent


@pytest.mark.parametrize(
    ("whom", "unsent"),
    [
        ({"page_id": PAGE}, 0),
        ({"page_id": "another"}, 1),
        ({"page_id": PAGE, "contact_id": ALICE}, 0),
        ({"page_id": PAGE, "contact_id": "bob"}, 1),
    ],
)
def test_a_fault_excuses_only_whom_it_struck(whom: dict[str, str], unsent: int) -> None:
    telling = quiet_evening()
    telling.happenings.append(_unwell(timedelta(0), 2 * DAY, **whom))

    assert _unsent(telling) == unsent


def _says(said: Said, after: timedelta, **act: Any) -> Callable[[Telling], object]:
    return lambda telling: telling.says(said, after, opens=False, **act)


def _happens(happening: object) -> Callable[[Telling], object]:
    return lambda telling: telling.happenings.append(happening)


@pytest.mark.parametrize(
    ("excuse", "unsent"),
    [
        (_says(Said.STOP, HOUR), 0),
        (_says(Said.STOP, HOUR, stored=None), 0),  # whatever we know of it
        (_says(Said.STOP, 6 * HOUR), 1),
        (_says(Said.MUTE, -HOUR, mute_until=at(23 * HOUR + 50 * MINUTE)), 0),
        (_says(Said.MUTE, -HOUR, mute_until=at(6 * HOUR)), 1),
        (_says(Said.MUTE, -HOUR), 0),
        (_says(Said.NO, -HOUR), 0),
        (_happens(ThreadPassed(at(HOUR), PAGE, ALICE, to_bot=False)), 0),
        (_happens(ThreadPassed(at(-30 * HOUR), PAGE, ALICE, to_bot=False)), 1),
        (_happens(Staffed(at(HOUR), PAGE, "stop_all")), 0),
        (_happens(Staffed(at(HOUR), PAGE, "pause")), 0),
        (_happens(Staffed(at(HOUR), "another", "pause")), 1),
        (_happens(Refused(at(HOUR), PAGE, ALICE, is_proactive=False, metadata="x", error="551")), 0),
        (_happens(Refused(at(-HOUR), PAGE, ALICE, is_proactive=False, metadata="x", error="551")), 1),
    ],
)
def test_what_forbids_a_message_excuses_that_there_is_none(excuse: Callable[[Telling], object], unsent: int) -> None:
    telling = quiet_evening()
    excuse(telling)

    assert _unsent(telling) == unsent


def test_a_change_of_the_campaign_needs_a_while_to_settle() -> None:
    telling = quiet_evening()
    telling.happenings.append(Staffed(at(23 * HOUR + 45 * MINUTE), PAGE, "campaign"))

    assert _unsent(telling) == 0


def test_quiet_hours_may_leave_no_instant() -> None:
    all_night = {"quiet_from": "15:00", "quiet_until": "11:54"}
    long_enough = {"quiet_from": "15:00", "quiet_until": "11:30"}

    assert _unsent(quiet_evening(rule=all_night)) == 0
    assert _unsent(quiet_evening(rule=long_enough)) == 1


def test_a_rule_for_some_people_before_all_others_leaves_it_in_doubt() -> None:
    told: dict[str, Any] = {"page_id": PAGE, "since": BEGINS_AT, "until": None, "text": TEXT}
    for_all = RuleTold(name="for-all", delay=4 * HOUR, priority=0, **told)
    for_some = RuleTold(name="for-some", delay=5 * HOUR, priority=1, conditions="ref is x", **told)
    telling = quiet_evening()
    telling.rules += [for_all, for_some]

    assert _unsent(telling) == 0


def test_a_rule_at_a_time_of_day_is_due_then() -> None:
    telling = quiet_evening(rule={"delay": 23 * HOUR, "at": "08:00"})

    assert telling.verdict().unsent[0].at == at(20 * HOUR)


def test_a_zone_that_is_learnt_later_counts_later() -> None:
    telling = quiet_evening(zone="America/Chicago", rule={"delay": 23 * HOUR, "at": "08:00"})
    telling.happenings.append(ZoneLearnt(at(5 * DAY), PAGE, ALICE, "UTC"))

    assert telling.verdict().unsent[0].at == at(HOUR)


def test_by_the_stricter_anchor_a_conversation_has_one_window() -> None:
    telling = quiet_evening(anchor="initial")
    telling.sends(4 * HOUR)
    telling.says(Said.TALK, 22 * HOUR)

    assert _unsent(telling) == 0


def test_by_the_stricter_anchor_a_conversation_whose_beginning_came_late_is_judged_by_nobody() -> None:
    # The beginning moves the deadline, and with it which rule's turn it is; nobody knew of it when the message was due.
    telling = Telling(anchor="initial")
    telling.says(Said.TALK, timedelta(0), stored=30 * HOUR, answered=False)
    telling.says(Said.TALK, 6 * HOUR)
    telling.sends(10 * HOUR)
    rule = RuleTold(PAGE, "late", BEGINS_AT, None, 5, 4 * HOUR, text=TEXT)
    telling.rules += [rule]

    assert telling.verdict().sendable == 0


def test_within_a_day_of_the_last_one_nothing_could_be_sent() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR)
    telling.says(Said.TALK, 4 * HOUR + 12 * MINUTE)

    assert telling.verdict().sendable == 1


def test_after_two_that_were_ignored_nothing_could_be_sent() -> None:
    telling = Telling()
    for day in (0, 3):
        telling.says(Said.TALK, day * DAY)
        telling.sends(day * DAY + 4 * HOUR)
    telling.says(Said.TALK, 8 * DAY)

    assert telling.verdict().sendable == 2


@pytest.mark.parametrize(("stored", "sendable"), [(SECOND, 3), (2 * DAY, 2)])
def test_an_answer_to_the_second_counts_if_it_had_arrived_when_the_next_silence_began(
    stored: timedelta, sendable: int
) -> None:
    telling = Telling()
    for day in (0, 3):
        telling.says(Said.TALK, day * DAY)
        telling.sends(day * DAY + 4 * HOUR)
    telling.says(Said.TALK, 3 * DAY + 23 * HOUR, stored=stored)
    telling.says(Said.TALK, 4 * DAY + HOUR)

    assert telling.verdict().sendable == sendable


def test_a_page_that_asks_first_owes_nothing_without_a_yes() -> None:
    telling = quiet_evening(basis="explicit")
    assert _unsent(telling) == 0

    telling.says(Said.YES, -HOUR, opens=False)
    assert _unsent(telling) == 1


def test_words_that_never_reached_us_owe_nothing() -> None:
    telling = Telling()
    telling.says(Said.TALK, timedelta(0), stored=None)

    assert telling.verdict().sendable == telling.verdict().answerable == 0


def _asked(**state: Any) -> Telling:
    telling = Telling()
    telling.says(Said.TALK, timedelta(0), answered=False)
    row = {"page_id": PAGE, "contact_id": ALICE, "event_key": "m:m1", "claim_token": None, "claimed_at": None}
    telling.replies += [row | state] if state else []
    return telling


@pytest.mark.parametrize("state", [{}, {"state": "planned"}, {"state": "skipped"}, {"state": "failed"}])
def test_who_asked_and_was_not_answered_is_found(state: dict[str, str]) -> None:
    telling = _asked(**state)

    assert telling.broken() == {Broken.UNANSWERED}
    assert telling.verdict().unanswered == 1


def test_an_answer_of_which_nothing_was_heard_counts_as_given() -> None:
    telling = _asked(state="unknown")

    assert telling.broken() == set()
    assert (telling.verdict().answerable, telling.verdict().answered) == (1, 1)


@pytest.mark.parametrize(
    "excuse",
    [
        _happens(_unwell(timedelta(0), DAY)),
        _happens(ThreadPassed(at(timedelta(0)), PAGE, ALICE, to_bot=False)),
        _happens(Staffed(at(-HOUR), PAGE, "pause")),
        _happens(Refused(at(5 * SECOND), PAGE, ALICE, is_proactive=False, metadata="x", error="100")),
    ],
)
def test_what_holds_an_answer_back_excuses_that_there_is_none(excuse: Callable[[Telling], object]) -> None:
    telling = _asked()
    excuse(telling)

    assert telling.verdict().answerable == 0


def test_whoever_asked_while_a_person_may_be_thought_to_talk_with_them_need_not_be_answered_later() -> None:
    telling = _asked(state="skipped")
    telling.happenings.append(ThreadPassed(at(-20 * HOUR), PAGE, ALICE, to_bot=False))
    telling.happenings.append(ThreadPassed(at(-19 * HOUR), PAGE, ALICE, to_bot=True))  # of which we are never told

    assert telling.verdict().answerable == 0


def test_the_kill_switch_does_not_excuse_a_missing_answer() -> None:
    telling = _asked()
    telling.happenings.append(Staffed(at(-HOUR), PAGE, "stop_all"))

    assert telling.broken() == {Broken.UNANSWERED}


@pytest.mark.parametrize(("sendable", "unsent", "lively"), [(0, 0, True), (1000, 1, True), (1000, 2, False)])
def test_999_of_1000_that_could_be_sent_are_enough(sendable: int, unsent: int, lively: bool) -> None:
    assert is_lively(sendable, unsent) is lively


def test_after_a_message_that_may_have_arrived_late_a_day_counts_from_then() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR)
    rest = json.dumps({"scope": "rest", "until": at(31 * HOUR).isoformat()})
    telling.enters("suppression_set", at(7 * HOUR), details=rest, occurred_at=at(7 * HOUR))
    telling.says(Said.TALK, 20 * HOUR)
    assert _unsent(telling) == 1
    telling.sends(31 * HOUR + 20 * SECOND)

    assert (_unsent(telling), telling.broken()) == (0, set())
    assert telling.verdict().worst_lateness_seconds <= 20
