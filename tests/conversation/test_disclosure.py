"""The person is told that a machine answers: at first contact, after a lapse, and when a person hands back."""

from datetime import timedelta

import pytest
from sqlalchemy import literal

from botapp.storage.schema import contact
from botapp.storage.times import Duration
from tests.world import PAGE_ID, World

HOUR = timedelta(hours=1)
GREETING = "I am the automated assistant"
AGAIN = "with this page's automated assistant"
DISCLOSURES = (GREETING, AGAIN)


def _said(world: World, psid: str) -> list[str]:
    """Of each accepted message: "greeting", "again" or "-"."""
    marks = {GREETING: "greeting", AGAIN: "again"}
    return [
        next((name for mark, name in marks.items() if mark in sent["text"]), "-")
        for sent in world.accepted(psid)
        if sent["is_response"]
    ]


def test_the_first_answer_discloses_and_the_next_ones_do_not(world: World) -> None:
    alice = world.add_customer()
    for number in range(3):
        world.says(alice, f"message {number}")
        world.answer()
    assert _said(world, alice) == ["greeting", "-", "-"]


def test_of_several_first_messages_in_one_body_only_the_first_is_greeted(world: World) -> None:
    alice = world.add_customer()
    world.act(alice, "message", text="hello")
    now = world.installation.clock.now()
    texts = [{"message": {"mid": f"first_{n}", "text": "hello"}} for n in range(3)]
    world.receives_items([world.item(alice, text, at=now) for text in texts])
    world.until_answered()
    assert _said(world, alice) == ["greeting", "-", "-"]


def test_a_greeting_that_never_went_out_has_told_nobody_anything(world: World) -> None:
    alice = world.add_customer()
    world.receives(alice, {"message": {"mid": "late", "text": "hello"}}, ago=25 * HOUR)
    world.answer()
    assert [(r.state, r.reason) for r in world.replies()] == [("skipped", "window_closed")]
    world.says(alice, "still there?")
    world.answer()
    assert _said(world, alice) == ["greeting"]


def test_a_greeting_that_the_platform_refused_is_given_with_the_next_answer(world: World) -> None:
    alice = world.add_customer()
    world.faults({"fault": "error=100/2018109", "count": 1})
    world.says(alice)
    world.answer()
    assert [r.state for r in world.replies()] == ["failed"]
    world.says(alice, "hello?")
    world.answer()
    assert _said(world, alice) == ["greeting"]


def test_after_a_silence_it_is_disclosed_again(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=2 * HOUR)
    world.answer()
    _let_pass(world, timedelta(hours=25))
    world.says(alice, "me again")
    world.answer()
    world.says(alice, "and again")
    world.answer()
    assert _said(world, alice) == ["greeting", "again", "-"]


def test_a_disclosure_missed_after_a_silence_is_made_up_for(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=2 * HOUR)
    world.answer()
    _let_pass(world, timedelta(hours=25))
    world.faults({"fault": "error=100/2018109", "count": 1})
    for words in ("me again", "hello?"):
        world.says(alice, words)
        world.answer()
    assert _said(world, alice) == ["greeting", "again"]


def test_who_talked_with_a_person_and_is_handed_back_is_told_again(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=3 * HOUR)
    world.answer()
    echo = {"message": {"mid": "e_1", "text": "It is me", "is_echo": True, "app_id": 263902037430900}}
    item = world.item(alice, echo, at=world.installation.clock.now() - 2 * HOUR)
    world.receives_items([item | {"sender": {"id": PAGE_ID}, "recipient": {"id": alice}}])
    world.receives(alice, {"pass_thread_control": {"new_owner_app_id": 4242}}, ago=HOUR)
    world.says(alice, "thanks")
    world.answer()
    assert _said(world, alice) == ["greeting", "greeting"]


@pytest.mark.parametrize("first", ["help", "I want to talk to a person"])
def test_whatever_the_first_message_is_the_first_answer_says_that_it_is_a_machines(world: World, first: str) -> None:
    alice = world.add_customer()
    world.says(alice, first)
    world.answer()
    [sent] = world.accepted(alice)
    assert "automated assistant" in sent["text"]


def _let_pass(world: World, span: timedelta) -> None:
    """As if all that is known had happened that much earlier."""
    columns = ("last_interaction_at", "conversation_started_at", "disclosed_at")
    with world.installation.database.transaction() as connection:
        connection.execute(
            contact.update().values({name: contact.c[name] - literal(span, Duration()) for name in columns})
        )
