"""What a customer had chosen is a promise too: the verifier holds each message against it, on its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.compliance.conftest import HOUR, NOON, SECOND, Log, Verified

Run = Callable[..., Verified]

DAY = 24 * HOUR


def _chose(log: Log, name: str, value: str, at: int) -> None:
    log.add("preference", at=at, details={"name": name, "value": value, "method": "button"})


def _claimed(log: Log, wrote_at: int, at: int, *, zone: str | None = None, **details: Any) -> None:
    private = {"zone": zone, "text": "Hello"} if zone else None
    log.add("claimed", at=at, subject_at=wrote_at, private=private, details=details)
    log.add("sent", at=at + SECOND, subject_at=wrote_at)


def _verdict(log: Log, tmp_path: Path, verified: Run) -> tuple[int, str]:
    code, found = verified(log.write(tmp_path / "bundle"))
    return code, "".join(found["broken"])


@pytest.mark.parametrize(("days", "code"), [(6, 1), (8, 0)])
def test_a_message_sooner_than_was_chosen_is_named(
    log: Log, tmp_path: Path, verified: Run, days: int, code: int
) -> None:
    _claimed(log, NOON, NOON + HOUR)
    log.add("interaction", at=NOON + days * DAY)
    _chose(log, "frequency", "weekly", NOON + days * DAY)
    _claimed(log, NOON + days * DAY, NOON + days * DAY + HOUR)
    found = _verdict(log, tmp_path, verified)
    assert found[0] == code
    assert ("chosen one in 7 days at most" in found[1]) == bool(code)


def test_the_last_choice_counts_in_whatever_order_it_was_learnt(log: Log, tmp_path: Path, verified: Run) -> None:
    _claimed(log, NOON, NOON + HOUR)
    log.add("interaction", at=NOON + 6 * DAY)
    _chose(log, "frequency", "usual", NOON + 6 * DAY)
    _chose(log, "frequency", "monthly", NOON + 5 * DAY)
    _claimed(log, NOON + 6 * DAY, NOON + 6 * DAY + HOUR)
    assert _verdict(log, tmp_path, verified)[0] == 0


@pytest.mark.parametrize(
    ("hours", "zone", "code"),
    [
        ("15:00-17:00", "UTC", 1),
        ("17:00-15:00", "UTC", 0),
        ("22:00-01:00", "UTC", 0),
        ("22:00-02:00", "Asia/Tokyo", 1),
        ("none", "UTC", 0),
        ("15:00-17:00", None, 0),
        ("15:00-17:00", "Nowhere/Land", 0),
    ],
)
def test_a_message_in_the_hours_of_quiet_is_named_where_the_zone_is_shown(
    log: Log, tmp_path: Path, verified: Run, hours: str, zone: str | None, code: int
) -> None:
    _chose(log, "quiet_hours", hours, NOON)
    _claimed(log, NOON, NOON + 4 * HOUR, zone=zone)
    found = _verdict(log, tmp_path, verified)
    assert found[0] == code
    assert (f"chosen quiet from {hours}" in found[1]) == bool(code)


@pytest.mark.parametrize(("details", "code"), [({"topic": "offers"}, 1), ({}, 1), ({"topic": "news"}, 0)])
def test_a_no_to_a_topic_concerns_that_topic_and_what_names_none(
    log: Log, tmp_path: Path, verified: Run, details: dict[str, str], code: int
) -> None:
    log.add("suppression_set", at=NOON + SECOND, details={"scope": "topic:offers"})
    log.add("interaction", at=NOON + HOUR)
    _claimed(log, NOON + HOUR, NOON + 4 * HOUR, **details)
    assert _verdict(log, tmp_path, verified)[0] == code


@pytest.mark.parametrize(
    ("kinds", "team_mode", "code"),
    [
        ((), True, 1),
        (("staff_linked",), True, 0),
        (("staff_linked", "staff_unlinked"), True, 1),
        ((), False, 0),
    ],
)
def test_a_message_in_team_mode_to_nobody_of_the_team_is_named(
    log: Log, tmp_path: Path, verified: Run, kinds: tuple[str, ...], *, team_mode: bool, code: int
) -> None:
    for kind in kinds:
        log.add(kind, at=NOON, details={"by": 7})
    _claimed(log, NOON, NOON + HOUR, team_mode=team_mode)
    found = _verdict(log, tmp_path, verified)
    assert found[0] == code
    assert ("in team mode" in found[1]) == bool(code)
