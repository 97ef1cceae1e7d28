"""A claim that delivered nothing is as if it had never been, also for what was refused because of it.

Found by `botapp simulate --customers 500 --days 10 --seed 2407876242`: in three of 4,450 silences nothing was sent,
though all was well; and, where the words came after the claim, by seed 5.
"""

from datetime import timedelta

from botapp.channels.port import Outcome, OutcomeKind
from botapp.reengagement.send import Sent
from tests.compliance.erasing import differences
from tests.world import World

SECOND = timedelta(seconds=1)


def test_words_that_arrive_while_a_claim_is_in_flight_are_planned_when_the_claim_is_released(world: World) -> None:
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    key = world.silence_of_claim(claim)
    world.says(alice, "one more thing", ago=2 * SECOND)  # before the claim by the platform's time, stored after it
    assert [(r.state, r.reason) for r in world.reengagements()] == [("claimed", None), ("skipped", "one_per_silence")]

    world.duties.reengagements.record([Sent(key, claim, Outcome(OutcomeKind.NOT_SENT, "connect"))])
    world.replan()

    assert world.reengagements()[-1].interaction_at > key.interaction_at
    assert (world.reengagements()[-1].state, world.reengagements()[-1].reason) == ("planned", None)


def test_words_said_after_a_claim_are_planned_when_the_claim_is_released(world: World) -> None:
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    key = world.silence_of_claim(claim)
    world.says(alice, "one more thing")
    assert [(r.state, r.reason) for r in world.reengagements()] == [("claimed", None), ("skipped", "cool_down")]

    world.duties.reengagements.record([Sent(key, claim, Outcome(OutcomeKind.NOT_SENT, "late"))])
    world.replan()

    assert [(r.state, r.reason) for r in world.reengagements()][-1] == ("planned", None)
    assert differences(world) == []


def test_what_was_refused_for_a_claim_that_stands_stays_refused(world: World) -> None:
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    key = world.silence_of_claim(claim)
    world.says(alice, "one more thing", ago=2 * SECOND)

    world.duties.reengagements.record([Sent(key, claim, Outcome(OutcomeKind.UNKNOWN, "read_timeout"))])
    world.replan()

    assert [(r.state, r.reason) for r in world.reengagements()] == [
        ("unknown", "no_answer"),
        ("skipped", "one_per_silence"),
    ]
