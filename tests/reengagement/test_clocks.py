"""Where the platform's clock, the database's and this host's disagree, nobody knows whether a window is still open."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from botapp.doctor import examine
from botapp.reengagement.send import Sent
from botapp.workers.worker import Duties
from tests.reengagement.conftest import LeapingClock, Wait
from tests.world import World, standing_world

HOUR = timedelta(hours=1)


@pytest.fixture
def own_clock() -> LeapingClock:
    return LeapingClock()


@pytest.fixture
def set_world(database_url: str, redis_url: str, var_dir: Path, own_clock: LeapingClock) -> Iterator[World]:
    """A world whose host's clocks a test may set; the platform's go on. What waits is looked at after a moment."""
    with standing_world(database_url, redis_url, var_dir, own_clock=own_clock, hold_interval="300ms") as standing:
        yield standing


@pytest.fixture
def newborn(set_world: World) -> Iterator[Duties]:
    """Another worker of the same installation, which has asked the platform nothing yet."""
    duties = set_world.installation.duties()
    yield duties
    for pool in (duties.reply_pool, duties.send_pool, duties.side):
        pool.shutdown()


def _drain(duties: Duties) -> None:
    duties.reengagements.drain(duties.send_pool, 1)


def _ends(world: World) -> list[tuple[str, str | None]]:
    return [(r.state, r.reason) for r in world.reengagements()]


HELD = [("planned", "clocks_disagree")]


@pytest.mark.parametrize("seconds", [3600, -3600, 40, -40])
def test_while_the_platforms_clock_is_another_nothing_proactive_is_sent_and_answers_are(
    set_world: World, wait_until: Wait, seconds: int
) -> None:
    world = set_world
    world.faults({"fault": f"clock={seconds}"})
    alice = world.falls_silent()
    for _ in range(2):
        world.work()
    world.says(alice, "still there?", ago=4.5 * HOUR)
    world.until_answered()
    assert world.attempts() == []
    assert _ends(world)[-1:] == HELD
    assert [r.state for r in world.replies()] == ["sent", "sent"]
    assert {e.reason for e in world.ledger() if e.kind == "held"} == {"clocks_disagree"}
    assert "claimed" not in [e.kind for e in world.ledger()]
    requests.delete(f"{world.platform_url}/sandbox/faults", timeout=5).raise_for_status()
    world.says(alice, "hello?", ago=4.4 * HOUR)  # the answer shows the platform's clock to be right again
    world.until_answered()

    def is_sent() -> bool:
        world.work()
        return len(world.proactive(alice)) == 1

    wait_until(is_sent)


@pytest.mark.parametrize("seconds", [20, -20])
def test_a_difference_that_the_margin_covers_is_none(world: World, seconds: int) -> None:
    world.faults({"fault": f"clock={seconds}"})
    alice = world.falls_silent()
    world.work()
    assert len(world.proactive(alice)) == 1


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_host_whose_wall_clock_is_stepped_sends_nothing_until_it_is_right_again(
    set_world: World, own_clock: LeapingClock, hours: int
) -> None:
    world = set_world
    alice = world.falls_silent(ago=6 * HOUR)
    key = world.silence(alice)
    own_clock.now_leap = hours * HOUR
    assert world.duties.reengagements.send(key) is None
    assert world.attempts() == []
    assert _ends(world) == HELD
    own_clock.now_leap = timedelta(0)
    assert world.duties.reengagements.send(key) is not None
    assert len(world.proactive(alice)) == 1


def test_a_host_that_was_set_back_after_the_customer_wrote_does_not_send_after_the_window(
    set_world: World, own_clock: LeapingClock, newborn: Duties
) -> None:
    """The danger itself: by this host's clock it is still time. A worker that has just begun asks first."""
    world = set_world
    psid = world.add_customer()
    own_clock.now_leap = -2 * HOUR
    world.act(psid, "message", text="hello", ago=(24.5 * HOUR).total_seconds())
    world.receives(psid, {"message": {"mid": "m_1", "text": "hello"}}, ago=22.5 * HOUR)
    _drain(newborn)
    assert world.attempts() == []
    assert {r.state for r in world.reengagements()} <= {"planned", "skipped"}


def test_a_step_between_the_claim_and_the_write_is_seen_by_the_last_look(
    set_world: World, own_clock: LeapingClock
) -> None:
    world = set_world
    claim = world.claim(world.falls_silent())
    assert claim is not None
    own_clock.now_leap = -HOUR
    key = world.silence_of_claim(claim)
    sent = Sent(key, claim, world.duties.reengagements.delivery.deliver(claim))
    assert sent.outcome.detail == "clocks_disagree"
    world.duties.reengagements.record([sent])
    assert world.attempts() == []
    assert _ends(world) == HELD
    [released] = [e for e in world.ledger() if e.kind == "released"]
    assert released.reason == "clocks_disagree"
    assert world.contacts()[0].last_claimed_at is None


def test_a_worker_that_cannot_see_the_platforms_clock_sends_nothing_until_it_can(
    set_world: World, own_clock: LeapingClock, newborn: Duties, wait_until: Wait
) -> None:
    world = set_world
    alice = world.falls_silent()
    world.faults({"match": {"path": "/me"}, "fault": "drop_before"})
    _drain(newborn)
    assert world.attempts() == []
    assert _ends(world) == HELD
    requests.delete(f"{world.platform_url}/sandbox/faults", timeout=5).raise_for_status()
    own_clock.elapsed_leap = timedelta(seconds=6)

    def is_sent() -> bool:
        _drain(newborn)
        return len(world.proactive(alice)) == 1

    wait_until(is_sent)


def test_a_worker_that_has_just_begun_asks_the_platform_and_sends(set_world: World, newborn: Duties) -> None:
    alice = set_world.falls_silent()
    _drain(newborn)
    assert len(set_world.proactive(alice)) == 1


@pytest.mark.parametrize(("seconds", "holds"), [(0, True), (3600, False), (-3600, False)])
def test_the_doctor_names_a_platform_whose_clock_is_another(world: World, seconds: int, *, holds: bool) -> None:
    world.faults({"fault": f"clock={seconds}"})
    [clock] = [finding for finding in examine(world.installation) if finding.what == "page 1000 clock"]
    assert clock.holds == holds, clock.found
