"""The oracle on what makes a message void: a purchase, somebody else's answer, a complaint."""

from datetime import timedelta

import pytest

from botapp.simulation.oracle import Broken
from botapp.simulation.trace import Converted, Said, ThreadPassed
from tests.simulation.oracle.telling import ALICE, HOUR, MINUTE, PAGE, SECOND, at, quiet_evening


def bought(after: timedelta, known: timedelta | None = None) -> Converted:
    return Converted(at(known or after), PAGE, ALICE, at(after))


@pytest.mark.parametrize(
    ("conversion", "broken"),
    [
        (bought(HOUR), {Broken.CONVERTED}),
        (bought(HOUR, known=3 * HOUR), {Broken.CONVERTED}),
        (bought(HOUR, known=5 * HOUR), set()),  # told too late
        (bought(-HOUR), set()),  # before they wrote
        (bought(5 * SECOND), set()),  # so near to it that clocks may tell it otherwise
    ],
)
def test_who_bought_since_they_wrote_is_not_reminded(conversion: Converted, broken: set[Broken]) -> None:
    telling = quiet_evening()
    telling.happenings.append(conversion)
    telling.sends(4 * HOUR)

    assert telling.broken() == broken


def test_a_purchase_counts_for_the_rest_of_its_conversation_and_not_for_the_next() -> None:
    telling = quiet_evening()
    telling.happenings.append(bought(HOUR))
    telling.says(Said.TALK, 2 * HOUR)
    telling.sends(6 * HOUR)
    assert telling.broken() == {Broken.CONVERTED}

    telling = quiet_evening()
    telling.happenings.append(bought(HOUR))
    telling.says(Said.TALK, 40 * HOUR)
    telling.sends(44 * HOUR)
    assert telling.broken() == set()


def test_what_may_be_void_is_not_missed() -> None:
    telling = quiet_evening()
    assert telling.verdict().sendable == 1
    telling.happenings.append(bought(HOUR))
    assert telling.verdict().sendable == 0


@pytest.mark.parametrize(
    ("answers", "told", "broken"),
    [(True, HOUR, {Broken.ANSWERED}), (False, HOUR, set()), (True, 5 * HOUR, set())],
    ids=["answered", "only taken over", "not known yet"],
)
def test_who_was_answered_by_somebody_else_is_not_asked(answers: bool, told: timedelta, broken: set[Broken]) -> None:
    telling = quiet_evening()
    telling.happenings += [
        ThreadPassed(at(HOUR), PAGE, ALICE, to_bot=False, told_at=at(told + SECOND), answers=answers),
        ThreadPassed(at(2 * HOUR), PAGE, ALICE, to_bot=True, told_at=at(2 * HOUR)),
    ]
    telling.sends(4 * HOUR)

    assert telling.broken() == broken


@pytest.mark.parametrize(
    ("kinder", "broken"),
    [(None, {Broken.AFTER_A_NO}), (Said.TALK, {Broken.AFTER_A_NO}), (Said.START, set()), (Said.YES, set())],
)
def test_after_a_complaint_only_a_start_or_a_yes_helps(kinder: Said | None, broken: set[Broken]) -> None:
    telling = quiet_evening()
    telling.says(Said.COMPLAINT, HOUR)
    if kinder is not None:
        telling.says(kinder, HOUR + 5 * MINUTE)
    telling.sends(6 * HOUR)

    assert telling.broken() == broken
