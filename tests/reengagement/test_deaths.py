"""A process dies between claim, send and record: what is in doubt is unknown, settled by an echo, never repeated."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from botapp.channels.port import ErrorClass, Outcome, OutcomeKind, PlatformError
from botapp.reengagement.delivery import Claim
from botapp.reengagement.send import Sent
from botapp.reengagement.sweep import sweep
from tests.reengagement.conftest import AtOnce
from tests.world import World

ACCEPTED = Outcome(OutcomeKind.ACCEPTED, "accepted", message_id="m_late")
OUTCOMES = {
    "accepted": ACCEPTED,
    "not sent": Outcome(OutcomeKind.NOT_SENT, "connect"),
    "too late": Outcome(OutcomeKind.NOT_SENT, "late"),
    "unknown": Outcome(OutcomeKind.UNKNOWN, "read_timeout"),
    "throttled": Outcome(OutcomeKind.REFUSED, "613", error=PlatformError(ErrorClass.WAIT, 613, None)),
    "refused": Outcome(OutcomeKind.REFUSED, "100", error=PlatformError(ErrorClass.NEVER, 100, None)),
    "blocked": Outcome(OutcomeKind.REFUSED, "551", error=PlatformError(ErrorClass.UNREACHABLE, 551, None)),
}


def _claimed(world: World, psid: str) -> Claim:
    claim = world.claim(psid)
    assert claim is not None
    return claim


def _sweep_at_once(world: World) -> int:
    """As if the time in which an outcome can still arrive had passed."""
    return sweep(world.installation.database, replace(world.installation.house, claim_timeout=timedelta(0)))


def _states(world: World) -> list[tuple[str, str | None]]:
    return [(r.state, r.reason) for r in world.reengagements()]


def test_a_claim_whose_process_died_before_the_write_is_given_up_and_never_sent(world: World) -> None:
    alice = world.falls_silent()
    _claimed(world, alice)
    for _ in range(3):
        world.work()
        _sweep_at_once(world)
    assert _states(world) == [("unknown", "worker_lost")]
    assert world.attempts() == []
    assert [e.kind for e in world.ledger()][-2:] == ["claimed", "unknown"]


def test_a_claim_is_not_given_up_while_its_outcome_can_still_arrive(world: World) -> None:
    _claimed(world, world.falls_silent())
    sweep(world.installation.database, world.installation.house)
    assert _states(world) == [("claimed", None)]
    settings = world.installation.settings
    longest = settings.total_timeout + timedelta(seconds=settings.freshness_seconds)
    assert world.installation.house.claim_timeout > longest


def test_what_was_sent_but_not_recorded_is_settled_by_its_echo_and_never_sent_again(world: World) -> None:
    alice = world.falls_silent()
    claim = _claimed(world, alice)
    assert world.duties.reengagements.delivery.deliver(claim).kind is OutcomeKind.ACCEPTED
    _sweep_at_once(world)
    assert _states(world) == [("unknown", "worker_lost")]
    [sent] = world.proactive(alice)
    for _ in range(2):
        world.echo(alice, sent["metadata"], sent["message_id"])
        world.work()
    assert [(r.state, r.message_id) for r in world.reengagements()] == [("sent", sent["message_id"])]
    assert [e.kind for e in world.ledger()].count("reconciled") == 1
    assert len(world.attempts()) == 1


def test_an_echo_that_is_quicker_than_the_answer_stands(world: World) -> None:
    alice = world.falls_silent()
    claim = _claimed(world, alice)
    key = world.silence_of_claim(claim)
    outcome = world.duties.reengagements.delivery.deliver(claim)
    world.echo(alice, claim.message.metadata, "m_of_the_echo")
    assert [r.state for r in world.reengagements()] == ["sent"]
    world.duties.reengagements.record([Sent(key, claim, outcome)])
    assert [(r.state, r.message_id) for r in world.reengagements()] == [("sent", "m_of_the_echo")]
    assert [e.kind for e in world.ledger()].count("sent") == 0, "it is on record once, as reconciled"


def test_somebody_elses_token_settles_nothing(world: World) -> None:
    alice = world.falls_silent()
    _claimed(world, alice)
    for metadata in ("botapp:", "botapp:0123456789abcdef01234567", "other:x", ""):
        world.echo(alice, metadata, f"m_{metadata}")
    assert [r.state for r in world.reengagements()] == ["claimed"]


def test_a_late_outcome_overwrites_no_record(world: World) -> None:
    """The sweep gave the claim up, or the echo settled it; then its worker wakes up with an answer in its hands."""
    sent: list[Sent] = []
    for late in OUTCOMES.values():
        for settled in (False, True):
            psid = world.falls_silent(f"Customer {len(sent)}")
            claim = _claimed(world, psid)
            sent.append(Sent(world.silence_of_claim(claim), claim, late))
            if settled:
                world.echo(psid, claim.message.metadata, f"m_settled_{len(sent)}")
    _sweep_at_once(world)
    before, entries = world.reengagements(), len(world.ledger())
    assert {row.state for row in before} == {"unknown", "sent"}
    for _ in range(2):
        world.duties.reengagements.record(sent)
    world.work()
    assert world.reengagements() == before
    assert len(world.ledger()) == entries
    assert world.attempts() == []


def test_the_outcome_of_an_earlier_attempt_does_not_touch_a_later_one(world: World) -> None:
    for number, late in enumerate(OUTCOMES.values()):
        alice = world.falls_silent(f"Alice {number}")
        first = _claimed(world, alice)
        key = world.silence_of_claim(first)
        world.duties.reengagements.record([Sent(key, first, OUTCOMES["too late"])])
        second = _claimed(world, alice)
        before, entries = world.reengagements(), len(world.ledger())
        world.duties.reengagements.record([Sent(key, first, late)])
        assert world.reengagements() == before
        assert len(world.ledger()) == entries
        world.duties.reengagements.record([Sent(key, second, ACCEPTED)])
    assert {r.state for r in world.reengagements()} == {"sent"}


def test_a_sweep_and_a_record_at_once_leave_one_end(world: World, at_once: AtOnce) -> None:
    record = world.duties.reengagements.record
    for number in range(6):
        claim = _claimed(world, world.falls_silent(f"Customer {number}"))
        item = Sent(world.silence_of_claim(claim), claim, ACCEPTED)
        at_once([partial(_sweep_at_once, world), partial(record, [item])])
    ends = [entry for entry in world.ledger() if entry.kind in ("sent", "unknown")]
    assert len(ends) == len({entry.contact_id for entry in ends}) == 6
    assert {r.state for r in world.reengagements()} <= {"sent", "unknown"}
