"""Echoes settle what was in doubt, deliveries and reads are kept; and the platform's verdict on the page is heeded."""

from datetime import timedelta
from typing import Any

import pytest

from botapp.storage.schema import account, ledger_entry
from tests.world import PAGE_ID, World

HOUR = timedelta(hours=1)
A_MINUTE = timedelta(minutes=1)


def _milliseconds(world: World, *, later: timedelta = timedelta(0)) -> int:
    return int((world.installation.clock.now() + later).timestamp() * 1000)


def _echo(world: World, psid: str, sent: dict[str, Any]) -> dict[str, Any]:
    message = {"mid": sent["message_id"], "is_echo": True, "app_id": 5, "metadata": sent["metadata"]}
    item = world.item(psid, {"message": message}, at=world.installation.clock.now())
    return item | {"sender": {"id": PAGE_ID}, "recipient": {"id": psid}}


@pytest.fixture
def silent(world: World) -> str:
    """Somebody who wrote five hours ago and was answered; what is due is not yet sent."""
    alice = world.add_customer()
    world.says(alice, ago=5 * HOUR)
    world.answer()
    return alice


def test_our_echo_settles_an_answer_that_was_lost_and_it_is_never_repeated(world: World, silent: str) -> None:
    world.faults({"fault": "drop_after", "count": 1})
    world.work()
    assert [r.state for r in world.reengagements()] == ["unknown"]
    sent = world.accepted(silent)[-1]
    for _ in range(2):
        world.receives_items([_echo(world, silent, sent)])
        world.work()
    [row] = world.reengagements()
    assert (row.state, row.message_id) == ("sent", sent["message_id"])
    assert [e.kind for e in world.ledger()].count("reconciled") == 1
    assert len(world.accepted(silent)) == 2


def test_our_echo_settles_an_unknown_reply_too(world: World) -> None:
    alice = world.add_customer()
    world.faults({"fault": "drop_after", "count": 1})
    world.says(alice)
    world.work()
    assert [r.state for r in world.replies()] == ["unknown"]
    world.receives_items([_echo(world, alice, world.accepted(alice)[0])])
    world.work()
    assert [r.state for r in world.replies()] == ["sent"]
    assert len(world.accepted(alice)) == 1


@pytest.mark.parametrize("shape", ["mids", "watermark", "both"])
def test_a_delivery_and_a_read_are_kept_with_what_they_are_about(world: World, silent: str, shape: str) -> None:
    world.work()
    sent = world.accepted(silent)[-1]
    delivery: dict[str, Any] = {"watermark": _milliseconds(world, later=A_MINUTE)} if shape != "mids" else {}
    if shape != "watermark":
        delivery["mids"] = [sent["message_id"]]
    now = world.installation.clock.now()
    world.receives_items(
        [
            world.item(silent, {"delivery": delivery}, at=now),
            world.item(silent, {"read": {"watermark": _milliseconds(world, later=A_MINUTE)}}, at=now),
        ]
    )
    [row] = world.reengagements()
    assert row.delivered_at is not None
    assert row.claimed_at <= row.delivered_at <= row.read_at <= world.installation.clock.now()


def test_a_receipt_for_earlier_messages_says_nothing_of_this_one(world: World, silent: str) -> None:
    world.work()
    old = {"watermark": _milliseconds(world, later=-HOUR), "mids": ["m_of_another"]}
    world.receives(silent, {"delivery": old})
    world.receives(silent, {"read": {"watermark": old["watermark"]}})
    [row] = world.reengagements()
    assert (row.delivered_at, row.read_at) == (None, None)


def test_receipts_open_no_window_and_owe_no_answer(world: World, silent: str) -> None:
    world.work()
    before = world.contacts()[0].last_interaction_at
    receipt = world.receives(silent, {"read": {"watermark": _milliseconds(world)}})
    assert receipt.answers_owed == 0
    assert world.contacts()[0].last_interaction_at == before


def test_who_writes_after_it_has_taken_it_up_even_when_an_older_event_arrives_in_the_same_body(
    world: World, silent: str
) -> None:
    world.work()
    now = world.installation.clock.now()
    late = world.item(silent, {"message": {"mid": "late", "text": "late"}}, at=now - HOUR)
    fresh = world.item(silent, {"message": {"mid": "fresh", "text": "thanks"}}, at=now)
    world.receives_items([late, fresh])
    taken_up = [r.taken_up_at for r in world.reengagements() if r.state == "sent"]
    assert [at is not None for at in taken_up] == [True]
    assert [e.kind for e in world.ledger()].count("taken_up") == 1


def test_an_older_event_alone_has_taken_nothing_up(world: World, silent: str) -> None:
    world.work()
    world.receives(silent, {"message": {"mid": "late", "text": "late"}}, ago=HOUR)
    assert [r.taken_up_at for r in world.reengagements() if r.state == "sent"] == [None]


@pytest.mark.parametrize("key", ["policy_enforcement", "policy-enforcement"])
def test_a_page_that_the_platform_blocks_sends_nothing_more(world: World, silent: str, key: str) -> None:
    now = world.installation.clock.now()
    item = {"recipient": {"id": PAGE_ID}, "timestamp": _milliseconds(world), key: {"action": "block", "reason": "spam"}}
    world.receives_items([item])
    world.receives_items([item | {"timestamp": _milliseconds(world, later=A_MINUTE)}])
    world.says(silent, "hello?")
    world.work()
    [page] = world.rows(account)
    assert page.pause_reason == "policy_enforcement"
    assert page.paused_at >= now
    assert len(world.accepted(silent)) == 1
    kinds = [e.kind for e in world.rows(ledger_entry) if e.contact_id == 0]
    assert kinds.count("page_paused") == 1


def test_a_warning_of_the_platform_pauses_nothing(world: World) -> None:
    world.receives("2000", {"policy_enforcement": {"action": "warning", "reason": "spam"}})
    assert world.account.paused_at is None
