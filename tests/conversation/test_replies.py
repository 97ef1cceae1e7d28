"""Answers: one an event, in order within a contact, tried again only where it is certain that nothing was delivered."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.world import PAGE_ID, World

HOUR = timedelta(hours=1)
Together = Callable[[Sequence[Callable[[], Any]]], list[Any]]


def _people(world: World, count: int) -> list[str]:
    return [world.add_customer(f"Person {number}") for number in range(count)]


def test_each_event_gets_one_answer_in_the_order_in_which_it_was_written(world: World) -> None:
    alice = world.add_customer()
    words = ["hello", "help", "mute 3 days", "STOP", "START", "thanks"]
    now = world.installation.clock.now()
    items = []
    for number, text in enumerate(words):
        world.act(alice, "message", text=text)
        at = now - timedelta(seconds=60 - number)
        items.append(world.item(alice, {"message": {"mid": f"w_{number}", "text": text}}, at=at))
    world.receives_items(list(reversed(items)))
    world.until_answered()
    kinds = [(r.kind, r.state) for r in world.replies()]
    assert kinds == [
        ("greeting", "sent"),
        ("help", "sent"),
        ("mute_confirmed", "sent"),
        ("stop_confirmed", "sent"),
        ("start_confirmed", "sent"),
        ("thanks", "sent"),
    ]
    order = [sent["message_id"] for sent in world.accepted(alice)]
    assert order == [r.message_id for r in world.replies()]


def test_many_workers_answer_many_people_once_each_and_each_in_order(world: World, at_once: Together) -> None:
    people = _people(world, 6)
    for number in range(5):
        for psid in people:
            world.says(psid, f"message {number}")
    with ThreadPoolExecutor(8) as pool:
        at_once([lambda: world.duties.replies.drain(pool, 5)] * 4)
    world.until_answered()
    for psid in people:
        sent = [s["message_id"] for s in world.accepted(psid)]
        contact = next(c.id for c in world.contacts() if c.platform_contact_id == psid)
        assert sent == [r.message_id for r in world.replies() if r.contact_id == contact]
        assert len(sent) == 5


@pytest.mark.parametrize(
    ("words", "kind"), [("STOP", "stop_confirmed"), ("mute 3 days", "mute_confirmed"), ("START", "start_confirmed")]
)
def test_a_wish_gets_exactly_one_confirmation(world: World, words: str, kind: str) -> None:
    alice = world.add_customer()
    world.says(alice, words, mid="wish")
    world.says(alice, words, mid="wish")
    for _ in range(3):
        world.work()
    assert [r.kind for r in world.replies()] == [kind]
    assert len(world.accepted(alice)) == 1


def test_a_stop_is_confirmed_although_the_person_is_stopped_and_later_words_are_answered(world: World) -> None:
    alice = world.add_customer()
    for words in ("STOP", "STOP", "what are your opening hours?"):
        world.says(alice, words)
    world.until_answered()
    assert [(r.kind, r.state) for r in world.replies()] == [
        ("stop_confirmed", "sent"),
        ("stop_confirmed", "sent"),
        ("greeting_stopped", "sent"),
    ]
    said = world.accepted(alice)[-1]
    assert "assistant" in said["text"]
    assert "still holds" in said["text"]
    assert "once more" not in said["text"], "who said STOP is not told that they may be written to"


@pytest.mark.parametrize("fault", ["error=4", "error=613", "error=2018321"])
def test_a_refusal_that_passes_is_tried_again_and_delivered_once(world: World, fault: str) -> None:
    alice = world.add_customer()
    world.faults({"fault": fault, "count": 1})
    world.says(alice)
    world.until_answered()
    assert [(r.state, r.releases) for r in world.replies()] == [("sent", 1)]
    assert len(world.accepted(alice)) == 1
    kinds = [e.kind for e in world.ledger() if e.kind.startswith("reply_")]
    assert kinds == ["reply_released", "reply_sent"]


@pytest.mark.parametrize(
    "fault", ["drop_after", "drop_before", "status=500", "status_after=502", "error=1/1357046", "error=2"]
)
def test_what_is_in_doubt_is_never_repeated(world: World, fault: str) -> None:
    alice = world.add_customer()
    world.faults({"fault": fault, "count": 1})
    world.says(alice)
    for _ in range(3):
        world.work()
    assert [r.state for r in world.replies()] == ["unknown"]
    assert len(world.accepted(alice)) <= 1


def test_what_is_in_doubt_does_not_keep_later_answers_waiting(world: World) -> None:
    alice = world.add_customer()
    world.faults({"fault": "drop_after", "count": 1})
    world.says(alice, "first")
    world.says(alice, "second")
    world.until_answered()
    assert [r.state for r in world.replies()] == ["unknown", "sent"]


@pytest.mark.parametrize(
    ("fault", "reason"), [("error=551/1545041", "unreachable"), ("error=10/2018278", "window_closed")]
)
def test_a_refusal_for_good_is_kept_and_not_tried_again(world: World, fault: str, reason: str) -> None:
    alice = world.add_customer()
    world.faults({"fault": fault, "count": 1})
    world.says(alice)
    for _ in range(3):
        world.work()
    assert [(r.state, r.reason) for r in world.replies()] == [("failed", reason)]
    assert world.accepted(alice) == []


def test_a_confirmation_of_a_no_waits_until_nothing_of_ours_is_on_the_wire(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=5 * HOUR)
    world.answer()
    world.faults({"match": {"psid": alice}, "fault": "slow_answer=1.5", "count": 1})
    sending = threading.Thread(target=world.duties.reengagements.drain, args=(world.duties.send_pool, 0.1))
    sending.start()
    while len(world.accepted(alice)) < 2:  # it is with the platform, whose answer is on its way
        assert sending.is_alive()
    world.says(alice, "STOP")
    world.answer()
    sending.join()
    world.until_answered()
    confirmation, reengagement = world.replies()[-1], world.reengagements()[0]
    assert confirmation.claimed_at >= reengagement.recorded_at
    assert [r.kind for r in world.replies()] == ["greeting", "stop_confirmed"]
    assert [s["is_response"] for s in world.accepted(alice)] == [True, False, True]
    [crossed] = [r for r in world.reengagements() if r.crossed_at is not None]
    assert crossed.claimed_at < crossed.crossed_at
    assert [e.kind for e in world.ledger()].count("crossed") == 1


def test_nothing_is_answered_from_a_page_that_is_paused_and_nothing_is_lost(world: World) -> None:
    alice = world.add_customer()
    world.says(alice)
    world.receives_items([{"recipient": {"id": PAGE_ID}, "timestamp": 1, "policy_enforcement": {"action": "block"}}])
    world.answer()
    assert [r.state for r in world.replies()] == ["planned"]
    assert world.accepted(alice) == []


def test_the_persons_name_and_language_come_from_their_profile(world: World) -> None:
    alice = world.add_customer("Alice Ng", locale="de_DE", timezone=2)
    world.says(alice, ago=5 * HOUR)
    world.answer()
    [contact] = world.contacts()
    assert (contact.first_name, contact.last_name, contact.language) == ("Alice", "Ng", "de")
    world.says(alice, "noch etwas", ago=5 * HOUR)
    world.answer()
    assert "automatisch" in world.accepted(alice)[-1]["text"].lower() or "Danke" in world.accepted(alice)[-1]["text"]
    world.work()
    assert world.accepted(alice)[-1]["text"].startswith("Hello Alice,")


@pytest.mark.parametrize("fault", ["status=500", "drop_before", "error=190", "error=100/33"])
def test_without_a_profile_fallbacks_stand_in_and_nothing_is_delayed(world: World, fault: str) -> None:
    alice = world.add_customer()
    world.faults({"match": {"path": f"/{alice}"}, "fault": fault})
    world.says(alice, ago=5 * HOUR)
    world.answer()
    assert [r.state for r in world.replies()] == ["sent"]
    world.work()
    assert world.accepted(alice)[-1]["text"].startswith("Hello there,")
    assert world.account.paused_at is None


def test_a_worker_that_dies_between_lease_and_claim_delays_an_answer_by_five_seconds_at_most(world: World) -> None:
    world.says(world.add_customer())
    gone = ThreadPoolExecutor(1)
    gone.shutdown()
    with pytest.raises(RuntimeError):  # leased and committed, and nobody left to claim
        world.duties.replies.drain(gone, 1)
    [row] = world.replies()
    assert row.state == "planned"
    assert row.leased_until - world.installation.clock.now() <= timedelta(seconds=5)


def test_a_confirmation_of_a_no_waits_while_a_lost_send_may_still_arrive(world: World) -> None:
    alice = world.falls_silent()
    world.faults({"fault": "drop_after", "count": 1})
    world.duties.reengagements.drain(world.duties.send_pool, 1)
    assert [r.state for r in world.reengagements()] == ["unknown"]
    world.says(alice, "STOP")
    world.answer()
    [confirmation] = [r for r in world.replies() if r.kind == "stop_confirmed"]
    assert (confirmation.state, len(world.accepted(alice))) == ("planned", 2), "it may not have the last word yet"
    later = replace(world.duties.replies, house=replace(world.installation.house, claim_timeout=timedelta(0)))
    time.sleep(0.2)  # it looks again after a tenth
    later.drain(world.duties.reply_pool, 1)
    assert [r.state for r in world.replies() if r.kind == "stop_confirmed"] == ["sent"]
