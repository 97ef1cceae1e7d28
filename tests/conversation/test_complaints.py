"""Who complains is not written to on our own until they say that we may; answers go on."""

from datetime import timedelta

import pytest

from tests.world import World

HOUR = timedelta(hours=1)
COMPLAINT = "This is unacceptable"


def quick_reply(payload: str, mid: str) -> dict[str, object]:
    return {"message": {"mid": mid, "text": "x", "quick_reply": {"payload": payload}}}


def latest(world: World) -> tuple[str, str | None]:
    row = world.reengagements()[-1]
    return row.state, row.reason


def test_a_complaint_voids_what_is_planned_and_what_would_be(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, "hello", ago=30 * HOUR)
    world.says(alice, COMPLAINT, ago=6 * HOUR)
    assert latest(world) == ("skipped", "complaint")
    world.says(alice, "and what about my parcel?", ago=5 * HOUR)
    assert latest(world) == ("skipped", "complaint")
    world.until_answered()
    world.work()
    assert world.proactive(alice) == []
    assert len(world.accepted(alice)) >= 1, "she is answered all the same"


@pytest.mark.parametrize("kinder", ["START", "botapp:go_on", "botapp:optin:yes:1"])
def test_a_kinder_word_lifts_it(world: World, kinder: str) -> None:
    world.receives("1", {"message": {"mid": "m_1", "text": COMPLAINT}}, ago=6 * HOUR)
    item = {"message": {"mid": "m_2", "text": kinder}} if kinder == "START" else quick_reply(kinder, "m_2")
    world.receives("1", item, ago=5 * HOUR)
    assert latest(world) == ("planned", None)


def test_thanks_alone_does_not(world: World) -> None:
    world.receives("1", {"message": {"mid": "m_1", "text": COMPLAINT}}, ago=6 * HOUR)
    world.receives("1", {"message": {"mid": "m_2", "text": "thanks"}}, ago=5 * HOUR)
    assert latest(world) == ("skipped", "complaint")


@pytest.mark.parametrize("kinder", ["START", "botapp:optin:yes:1"])
def test_a_complaint_that_is_delivered_after_a_kinder_word_that_came_after_it_counts_no_more(
    world: World, kinder: str
) -> None:
    item = {"message": {"mid": "m_2", "text": kinder}} if kinder == "START" else quick_reply(kinder, "m_2")
    world.receives("1", item, ago=5 * HOUR)
    world.receives("1", {"message": {"mid": "m_1", "text": COMPLAINT}}, ago=6 * HOUR)
    assert latest(world) == ("planned", None)


def test_a_complaint_while_a_message_is_on_its_way_crosses_it(world: World) -> None:
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    assert claim.is_crossed is not None
    world.says(alice, COMPLAINT)
    assert claim.is_crossed()
    assert [e.kind for e in world.ledger()].count("crossed") == 1
