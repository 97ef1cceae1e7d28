"""Strictly inside the window: at its very end, after it, and when the webhook itself comes too late."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from botapp.clock import SystemClock
from botapp.reengagement.claim import Claimer
from botapp.reengagement.delivery import Stopwatch
from botapp.reengagement.sweep import sweep
from botapp.storage.engine import Database
from tests.world import World, standing_world

WINDOW, ALLOWANCE = timedelta(hours=24), timedelta(minutes=5)
LAST_INSTANT = WINDOW - ALLOWANCE
MICROSECOND = timedelta(microseconds=1)


class SetClock(SystemClock):
    """A clock that shows what it was set to."""

    def __init__(self, shown: datetime) -> None:
        self.shown = shown

    def now(self) -> datetime:
        return self.shown


@pytest.fixture
def embedded(sqlite_database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """A world whose database has the host's clock, so that a test can set it."""
    with standing_world(sqlite_database_url, redis_url, var_dir) as standing:
        yield standing


def test_the_last_instant_itself_is_too_late(embedded: World) -> None:
    for before, state in ((MICROSECOND, "claimed"), (timedelta(0), "expired"), (-MICROSECOND, "expired")):
        key = embedded.silence(embedded.falls_silent())
        clock = SetClock(key.interaction_at + LAST_INSTANT - before)
        database = Database(embedded.installation.settings.database_address, clock=clock)
        claimer = Claimer(database, embedded.installation.house, embedded.installation.planner.live_rules)
        claim = claimer.claim(key, Stopwatch.start(clock))
        database.close()
        assert (claim is not None) == (state == "claimed"), before
        [row] = [r for r in embedded.reengagements() if r.contact_id == key.contact_id]
        assert (row.state, row.reason) == (state, None if state == "claimed" else "window_closed")


def test_of_many_whose_windows_are_closing_right_now_none_is_late(world: World) -> None:
    """From past to seconds ahead; which of them are still in time depends on the machine's pace alone."""
    now = world.installation.clock.now()
    for step in range(40):
        ends_in = timedelta(milliseconds=75 * (step - 8))
        psid = world.add_customer(f"Customer {step}")
        world.says(psid, ago=world.installation.clock.now() - now + LAST_INSTANT - ends_in)
    safe = world.falls_silent("Somebody with a minute left", ago=LAST_INSTANT - timedelta(minutes=1))
    world.work()
    sweep(world.installation.database, world.installation.house)
    reached = {attempt["psid"]: attempt for attempt in world.attempts()}
    people = {c.id: c.platform_contact_id for c in world.contacts()}
    assert safe in reached
    for row in world.reengagements():
        assert row.state in ("sent", "expired", "skipped", "planned")
        if row.state == "planned":
            continue  # its own answer is still waited for
        assert (people[row.contact_id] in reached) == (row.state == "sent")
        assert row.state == "sent" or row.reason in ("window_closed", "late", "answer_pending")
        if row.state == "sent":
            started_at = datetime.fromisoformat(reached[people[row.contact_id]]["at"])
            assert started_at < row.interaction_at + WINDOW
            assert row.claimed_at < row.interaction_at + LAST_INSTANT


def test_a_webhook_that_comes_too_late_is_neither_answered_nor_followed_up(world: World) -> None:
    too_late = (LAST_INSTANT, WINDOW, timedelta(hours=25), timedelta(days=30))
    for number, ago in enumerate(too_late):
        world.says(world.add_customer(f"Customer {number}"), ago=ago)
    world.work()
    for rows in (world.replies(), world.reengagements()):
        assert [(r.state, r.reason) for r in rows] == [("skipped", "window_closed")] * len(too_late)
    assert world.accepted() == []
    assert world.attempts() == []
    for contact in world.contacts():
        assert [(e.kind, e.reason) for e in world.ledger() if e.contact_id == contact.id] == [
            ("interaction", None),
            ("skipped", "window_closed"),
            ("reply_skipped", "window_closed"),
        ]


def test_a_webhook_25_hours_late_does_not_touch_the_window_that_is_open(world: World) -> None:
    alice = world.falls_silent(ago=timedelta(hours=2))
    before = [(r.interaction_at, r.due_at, r.deadline_at) for r in world.reengagements()]
    world.says(alice, "this was yesterday", ago=timedelta(hours=25))
    world.work()
    assert [(r.interaction_at, r.due_at, r.deadline_at) for r in world.reengagements()] == before
    assert [r.state for r in world.replies()] == ["sent", "sent"], "the window is open, so that is answered too"


def test_a_plan_that_nobody_took_up_in_time_expires_by_the_sweep(embedded: World) -> None:
    embedded.falls_silent(ago=timedelta(hours=1))
    [row] = embedded.reengagements()
    for before, state in ((MICROSECOND, "planned"), (timedelta(0), "expired")):
        database = Database(embedded.installation.settings.database_address, clock=SetClock(row.deadline_at - before))
        sweep(database, embedded.installation.house)
        database.close()
        assert [r.state for r in embedded.reengagements()] == [state]
    assert [(r.reason, r.claimed_at) for r in embedded.reengagements()] == [("window_closed", None)]
