"""A no while a claim is in flight: not written if there is time to ask, recorded if there was none, confirmed after."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from botapp.campaign.pages import link_people
from botapp.channels.port import ErrorClass, OutcomeKind, PlatformError
from botapp.clock import SystemClock
from botapp.reengagement.delivery import Claim, Delivery
from botapp.reengagement.outcome import learn
from botapp.reengagement.send import Sent
from botapp.storage import contacts, ledger
from tests.reengagement.conftest import LeapingClock
from tests.world import PAGE_ID, World


class InstantClock(SystemClock):
    """A clock on which no time passes between a claim and its write."""

    def __init__(self, now: datetime, elapsed: float) -> None:
        self._now, self._elapsed = now, elapsed

    def now(self) -> datetime:
        return self._now

    def elapsed(self) -> float:
        return self._elapsed


def _instantly(world: World, claim: Claim) -> Sent:
    """Write the claim as if not a millisecond had passed, which leaves no time to ask again."""
    clock = InstantClock(claim.stopwatch.wall_at_start, claim.stopwatch.elapsed_at_start)
    key = world.silence_of_claim(claim)
    return Sent(key, claim, replace(world.duties.reengagements.delivery, clock=clock).deliver(claim))


@pytest.fixture
def not_at_once(world: World, leaping_clock: LeapingClock) -> Delivery:
    """Writes when there was time for a no since the claim, however quick this machine is."""
    leaping_clock.elapsed_leap = timedelta(milliseconds=20)
    return replace(world.duties.reengagements.delivery, clock=leaping_clock)


def test_a_claim_that_was_crossed_before_the_write_is_not_written(world: World, not_at_once: Delivery) -> None:
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    key = world.silence_of_claim(claim)
    world.says(alice, "STOP")
    outcome = not_at_once.deliver(claim)
    assert (outcome.kind, outcome.detail) == (OutcomeKind.NOT_SENT, "late")
    world.duties.reengagements.record([Sent(key, claim, outcome)])
    world.until_answered()
    world.work()
    assert world.attempts() == []
    assert {row.state for row in world.reengagements()} <= {"skipped", "superseded"}
    assert [r.kind for r in world.replies()] == ["greeting", "stop_confirmed"]
    kinds = [entry.kind for entry in world.ledger()]
    assert kinds.index("claimed") < kinds.index("crossed") < kinds.index("released")


def test_a_no_that_the_refusal_of_an_answer_tells_of_crosses_a_claim_as_well(
    world: World, not_at_once: Delivery
) -> None:
    """Found by the simulated world 3821659988."""
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    key = world.silence_of_claim(claim)
    stopped = PlatformError(ErrorClass.STOPPED, 10, 1893015)
    database = world.installation.database
    with database.transaction() as connection:
        contact = contacts.lock_contact(connection, key.account_id, key.contact_id)
        now = database.now(connection)
        taught = learn(connection, contact, stopped, world.installation.house, now)
        ledger.append(connection, contact, taught, now)
    assert [entry.kind for entry in taught] == ["suppression_set", "crossed"]
    outcome = not_at_once.deliver(claim)
    assert (outcome.kind, outcome.detail) == (OutcomeKind.NOT_SENT, "late")
    assert world.attempts() == []


def test_a_stop_that_comes_with_a_link_crosses_the_claim_of_the_other_identity(
    world: World, not_at_once: Delivery
) -> None:
    alice, also_alice = world.falls_silent("Alice Ng"), world.falls_silent("Alice at Work")
    world.says(also_alice, "STOP")
    claim = world.claim(alice)
    assert claim is not None
    assert link_people(world.installation.database, (PAGE_ID, alice), (PAGE_ID, also_alice), "messenger") is None
    assert not_at_once.deliver(claim).detail == "late"
    assert [entry.kind for entry in world.ledger()].count("crossed") == 1
    assert world.attempts() == []


def test_a_claim_is_asked_about_again_only_when_there_was_time_for_a_no(world: World, not_at_once: Delivery) -> None:
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    world.says(alice, "STOP")
    assert not_at_once.deliver(claim).detail == "late"
    assert _instantly(world, claim).outcome.kind is OutcomeKind.ACCEPTED


def test_what_was_on_the_wire_already_is_recorded_as_crossed_and_the_confirmation_comes_after_it(world: World) -> None:
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    world.says(alice, "STOP")
    world.answer()
    assert [r.state for r in world.replies()] == ["sent", "planned"], "the confirmation waits"
    sent = _instantly(world, claim)
    world.answer()
    assert [r.state for r in world.replies()] == ["sent", "planned"], "it waits until the outcome is on record"
    world.duties.reengagements.record([sent])
    world.until_answered()
    assert [s["is_response"] for s in world.accepted(alice)] == [True, False, True]
    row = world.reengagements()[0]
    assert row.state == "sent"
    assert row.claimed_at < row.crossed_at < row.recorded_at


def test_every_no_crosses(world: World, not_at_once: Delivery) -> None:
    for words in ("STOP", "mute 3 days", "not now"):
        alice = world.falls_silent(f"Alice who says {words}")
        claim = world.claim(alice)
        assert claim is not None
        key = world.silence_of_claim(claim)
        world.says(alice, words)
        assert [r.crossed_at is not None for r in world.reengagements() if r.contact_id == key.contact_id] == [
            True,
            False,
        ]
        assert not_at_once.deliver(claim).kind is OutcomeKind.NOT_SENT
    assert world.attempts() == []


def test_an_ordinary_message_crosses_nothing(world: World) -> None:
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    world.says(alice, "by the way")
    assert [r.crossed_at for r in world.reengagements()] == [None, None]
    assert world.duties.reengagements.delivery.deliver(claim).kind is OutcomeKind.ACCEPTED


def test_a_stop_by_one_identity_waits_for_the_claim_of_another(world: World) -> None:
    alice, also_alice = world.falls_silent("Alice Ng"), world.falls_silent("Alice at Work")
    assert link_people(world.installation.database, (PAGE_ID, alice), (PAGE_ID, also_alice), "messenger") is None
    claim = world.claim(alice)
    assert claim is not None
    world.says(also_alice, "STOP")
    assert [r.crossed_at is not None for r in world.reengagements() if r.claimed_at] == [True]
    world.answer()
    assert [r.state for r in world.replies() if r.kind == "stop_confirmed"] == ["planned"]
    world.duties.reengagements.record([_instantly(world, claim)])
    world.until_answered()
    assert [r.state for r in world.replies() if r.kind == "stop_confirmed"] == ["sent"]
    order = [(s["psid"], s["is_response"]) for s in world.accepted()][2:]
    assert order == [(alice, False), (also_alice, True)]


def test_after_the_stop_no_later_silence_is_claimed(world: World) -> None:
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    world.says(alice, "STOP")
    world.duties.reengagements.record([_instantly(world, claim)])
    world.says(alice, "one more question", ago=timedelta(hours=4, minutes=59))
    world.until_answered()
    world.work()
    assert len(world.attempts()) == 1
