"""A process that was frozen after its last look at the clock writes late: the next message keeps its day from that one.

Found by chaos under load: two re-engagements were 23.9 s apart where a day was 24 s, because the first had been on its
way for longer than the allowance that stands between two claims.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from botapp.reengagement.send import ReengagementSender, Sent
from botapp.reengagement.sweep import sweep
from botapp.storage.schema import suppression
from tests.compliance.erasing import differences
from tests.world import World

_NOTHING = timedelta(0)


def _overslept(world: World) -> ReengagementSender:
    """One for whom whatever takes any time at all takes longer than its allowance."""
    return replace(world.duties.reengagements, house=replace(world.installation.house, send_allowance=_NOTHING))


def _delivered(world: World, psid: str) -> Sent:
    claim = world.claim(psid)
    assert claim is not None
    return Sent(world.silence_of_claim(claim), claim, world.duties.reengagements.delivery.deliver(claim))


def _rests(world: World) -> list[Row[Any]]:
    return [row for row in world.rows(suppression) if row.scope == "rest"]


def test_a_day_counts_from_when_a_send_was_over_that_took_longer_than_its_allowance(world: World) -> None:
    alice = world.falls_silent()
    _overslept(world).record([_delivered(world, alice)])

    [sent] = [e for e in world.ledger() if e.kind == "sent"]
    [rest] = _rests(world)
    assert (rest.set_at, rest.until) == (sent.recorded_at, sent.recorded_at + world.installation.house.cool_down)
    assert [e.kind for e in world.ledger()][-2:] == ["sent", "suppression_set"]

    world.says(alice, "hello again")
    assert [(r.state, r.reason) for r in world.reengagements()] == [("sent", None), ("skipped", "cool_down")]
    assert differences(world) == []


def test_a_send_within_its_allowance_begins_no_rest(world: World) -> None:
    alice = world.falls_silent()
    world.duties.reengagements.record([_delivered(world, alice)])
    assert [r.state for r in world.reengagements()] == ["sent"]
    assert _rests(world) == []


def test_a_send_that_had_been_given_up_as_lost_begins_a_rest_when_it_is_over(world: World) -> None:
    alice = world.falls_silent()
    sent = _delivered(world, alice)
    sweep(world.installation.database, replace(world.installation.house, claim_timeout=_NOTHING))
    _overslept(world).record([sent])
    assert [r.state for r in world.reengagements()] == ["unknown"]
    assert [e.kind for e in world.ledger()][-2:] == ["unknown", "suppression_set"]
    assert len(_rests(world)) == 1


def test_an_echo_that_was_quicker_has_told_when_it_arrived(world: World) -> None:
    """Found by the simulation: a worker slept for hours after its send, of which the echo knew that it was in time."""
    alice = world.falls_silent()
    sent = _delivered(world, alice)
    _echo(world, alice, sent.claim.message.metadata, sent.claim.claimed_at + timedelta(seconds=1))
    _overslept(world).record([sent])
    assert [r.state for r in world.reengagements()] == ["sent"]
    assert _rests(world) == []


def test_what_certainly_never_left_begins_no_rest(world: World) -> None:
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    late = replace(claim, start_before=claim.claimed_at)
    outcome = world.duties.reengagements.delivery.deliver(late)
    _overslept(world).record([Sent(world.silence_of_claim(claim), claim, outcome)])
    assert [r.state for r in world.reengagements()] == ["planned"]
    assert _rests(world) == []


def test_an_echo_that_shows_how_late_a_lost_message_arrived_begins_the_rest_then(world: World) -> None:
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    arrived_at = claim.claimed_at + world.installation.house.send_allowance + timedelta(seconds=3)
    _echo(world, alice, claim.message.metadata, arrived_at)

    [rest] = _rests(world)
    assert rest.until == _to_milliseconds(arrived_at) + world.installation.house.cool_down
    assert [e.kind for e in world.ledger()][-2:] == ["reconciled", "suppression_set"]
    assert differences(world) == []


def test_an_echo_of_a_message_that_arrived_in_time_begins_none(world: World) -> None:
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    _echo(world, alice, claim.message.metadata, claim.claimed_at + timedelta(seconds=3))
    assert [r.state for r in world.reengagements()] == ["sent"]
    assert _rests(world) == []


def _echo(world: World, psid: str, metadata: str, at: datetime) -> None:
    message = {"mid": "m_echo", "is_echo": True, "app_id": 5, "metadata": metadata}
    item = world.item(psid, {"message": message}, at=at)
    world.receives_items([item | {"sender": item["recipient"], "recipient": item["sender"]}], received_at=at)


def _to_milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
