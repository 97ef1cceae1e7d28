"""The machine sleeps, or its clock is set, between the claim and the write: not a byte of the body leaves."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from botapp.channels.messenger.sender import MessengerSender
from botapp.channels.port import OutcomeKind
from botapp.channels.transport import Timeouts, Transport
from botapp.clock import SystemClock
from botapp.reengagement.delivery import Claim
from botapp.reengagement.send import Sent
from tests.reengagement.conftest import LeapingClock, Wait
from tests.world import World

_LEAPS = {
    "on the clock that never goes back": (timedelta(hours=1), timedelta(0)),
    "on the wall": (timedelta(0), timedelta(hours=1)),
    "on both": (timedelta(hours=1), timedelta(hours=1)),
    "while the wall was set back": (timedelta(seconds=30), timedelta(hours=-1)),
}


@dataclass
class Listener:
    """A platform that takes what it is sent and answers nothing."""

    port: int
    heard: bytearray = field(default_factory=bytearray)
    hung_up: threading.Event = field(default_factory=threading.Event)

    def listen(self, server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(ConnectionResetError):
            while block := connection.recv(65536):
                self.heard += block
        self.hung_up.set()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Somebody who listens to the very bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        heard = Listener(server.getsockname()[1])
        thread = threading.Thread(target=heard.listen, args=(server,))
        thread.start()
        yield heard
        thread.join()


def _claimed(world: World, psid: str) -> Claim:
    claim = world.claim(psid)
    assert claim is not None
    return claim


def _wake_up_and_deliver(world: World, claim: Claim, clock: LeapingClock) -> Sent:
    key = world.silence_of_claim(claim)
    return Sent(key, claim, replace(world.duties.reengagements.delivery, clock=clock).deliver(claim))


def test_a_claim_that_was_slept_over_is_not_written_and_decided_anew(world: World, leaping_clock: LeapingClock) -> None:
    for which, leap in _LEAPS.items():
        claim = _claimed(world, world.falls_silent())
        leaping_clock.elapsed_leap, leaping_clock.now_leap = leap
        sent = _wake_up_and_deliver(world, claim, leaping_clock)
        assert (sent.outcome.kind, sent.outcome.detail) == (OutcomeKind.NOT_SENT, "late"), which
        world.duties.reengagements.record([sent])
    assert world.attempts() == []
    rows = [(row.state, row.reason, row.claimed_at, row.releases) for row in world.reengagements()]
    assert rows == [("planned", "late", None, 1)] * len(_LEAPS)
    assert {contact.last_claimed_at for contact in world.contacts()} == {None}
    for contact in world.contacts():
        assert [e.kind for e in world.ledger() if e.contact_id == contact.id][-2:] == ["claimed", "released"]
    world.work()
    assert len({attempt["psid"] for attempt in world.attempts()}) == len(world.attempts()) == len(_LEAPS)
    assert {r.state for r in world.reengagements()} == {"sent"}


def test_a_no_that_came_while_the_machine_slept_is_heeded(world: World, leaping_clock: LeapingClock) -> None:
    alice = world.falls_silent()
    claim = _claimed(world, alice)
    leaping_clock.elapsed_leap = timedelta(minutes=10)
    world.says(alice, "STOP")
    world.duties.reengagements.record([_wake_up_and_deliver(world, claim, leaping_clock)])
    world.until_answered()
    world.work()
    assert world.attempts() == []


def test_what_the_customer_wrote_while_the_machine_slept_begins_a_new_silence(
    world: World, leaping_clock: LeapingClock
) -> None:
    alice = world.falls_silent()
    claim = _claimed(world, alice)
    key = world.silence_of_claim(claim)
    leaping_clock.elapsed_leap = timedelta(minutes=10)
    world.says(alice, "here I am again")
    delivery = replace(world.duties.reengagements.delivery, clock=leaping_clock)
    world.duties.reengagements.record([Sent(key, claim, delivery.deliver(claim))])
    world.until_answered()
    world.work()
    assert world.attempts() == []
    assert (world.reengagements()[0].state, world.reengagements()[0].reason) == ("superseded", "superseded")


def test_not_a_byte_of_the_body_leaves(world: World, leaping_clock: LeapingClock, listener: Listener) -> None:
    alice = world.falls_silent()
    claim = _claimed(world, alice)
    leaping_clock.now_leap = timedelta(minutes=10)
    transport = Transport(f"http://127.0.0.1:{listener.port}", clock=SystemClock(), timeouts=Timeouts(3, 3, 3))
    sender = MessengerSender(transport=transport, version="v25.0", errors=world.installation.rules.errors)
    delivery = replace(world.duties.reengagements.delivery, clock=leaping_clock, sender=sender)
    assert delivery.deliver(claim).detail == "late"
    transport.close()
    assert listener.hung_up.wait(10)
    assert listener.heard.startswith(b"POST /v25.0/1000/messages")
    assert listener.heard.endswith(b"\r\n\r\n"), "the headers, and nothing after them"
    assert b"Hello" not in listener.heard
    assert alice.encode() not in listener.heard


def test_asleep_until_the_last_instant_has_passed_it_expires(
    world: World, leaping_clock: LeapingClock, wait_until: Wait
) -> None:
    before_the_last_instant = timedelta(hours=24) - timedelta(minutes=5) - timedelta(seconds=3)
    alice = world.falls_silent(ago=before_the_last_instant)
    claim = _claimed(world, alice)
    leaping_clock.now_leap = timedelta(seconds=4)  # fresh enough, and too late
    sent = _wake_up_and_deliver(world, claim, leaping_clock)
    assert sent.outcome.detail == "late"
    wait_until(lambda: world.installation.clock.now() > claim.start_before)
    world.duties.reengagements.record([sent])
    world.work()
    assert world.attempts() == []
    assert [(r.state, r.reason) for r in world.reengagements()] == [("expired", "late")]
    assert [e.kind for e in world.ledger()][-1] == "expired"
