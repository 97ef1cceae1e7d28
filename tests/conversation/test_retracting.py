"""What people take back is gone here and not answered any more; what they change reads as they changed it."""

from datetime import timedelta

import pytest

from botapp.channels.messenger.stored import read_stored
from botapp.storage.schema import inbound_event
from tests.world import PAGE_ID, World

SECRET_WORDS = "my account number is 4711"


def _words(world: World) -> dict[str, str]:
    return {row.event_key: row.raw for row in world.rows(inbound_event)}


def _unsends(world: World, psid: str, mid: str) -> None:
    world.receives(psid, {"message": {"mid": mid, "is_deleted": True}})


def test_words_that_are_taken_back_are_gone_and_their_answer_is_not_sent(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, SECRET_WORDS, mid="oops")
    _unsends(world, alice, "oops")
    world.answer()
    assert [(row.state, row.reason) for row in world.replies()] == [("skipped", "unsent")]
    assert world.accepted(alice) == []
    assert _words(world)["m:oops"] == ""
    assert not [row for row in world.rows_of_everything() if SECRET_WORDS in str(row)]
    told = [(e.kind, e.reason, e.evidence_key) for e in world.ledger() if e.evidence_key == "m:oops"]
    assert told[-2:] == [("message_unsent", None, "m:oops"), ("reply_skipped", "unsent", "m:oops")]


def test_the_same_within_one_delivery(world: World) -> None:
    alice = world.add_customer()
    now = world.installation.clock.now()
    world.receives_items(
        [
            world.item(alice, {"message": {"mid": "oops", "text": SECRET_WORDS}}, at=now - timedelta(seconds=2)),
            world.item(alice, {"message": {"mid": "oops", "is_deleted": True}}, at=now - timedelta(seconds=1)),
        ]
    )
    world.answer()
    assert [(row.state, row.reason) for row in world.replies()] == [("skipped", "unsent")]
    assert _words(world)["m:oops"] == ""


def test_what_was_answered_stays_answered_and_what_others_said_stays(world: World) -> None:
    alice, bob = world.add_customer("Alice"), world.add_customer("Bob")
    world.says(alice, "hello", mid="hers")
    world.says(bob, "hello", mid="his")
    world.answer()
    _unsends(world, alice, "hers")
    _unsends(world, alice, "his")
    assert [row.state for row in world.replies()] == ["sent", "sent"]
    words = _words(world)
    assert words["m:hers"] == ""
    assert "hello" in words["m:his"]


def test_a_stop_that_is_taken_back_goes_on_holding(world: World) -> None:
    alice = world.falls_silent()
    world.says(alice, "STOP", mid="stop")
    _unsends(world, alice, "stop")
    world.until_answered()
    assert world.proactive(alice) == []


def test_words_that_were_changed_before_they_are_taken_back_are_gone_too(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, "hello", mid="oops")
    edits(world, alice, "oops", SECRET_WORDS)
    world.until_answered()
    assert [row for row in world.rows(inbound_event) if "4711" in row.raw]
    _unsends(world, alice, "oops")
    assert not [row for row in world.rows_of_everything() if SECRET_WORDS in str(row)]


@pytest.mark.parametrize("is_answered", [False, True])
def test_a_message_that_becomes_a_stop_is_confirmed_as_one(world: World, is_answered: bool) -> None:
    alice = world.falls_silent()
    world.says(alice, "do you have tea?", mid="tea")
    if is_answered:
        world.answer()
    edits(world, alice, "tea", "Stop writing to me")
    world.until_answered()
    first = ("sent", None) if is_answered else ("skipped", "unsent")
    assert [(row.kind, row.state, row.reason) for row in world.replies()[1:]] == [
        ("answer", *first),
        ("stop_confirmed", "sent", None),
    ]
    assert "START" in world.accepted(alice)[-1]["text"]
    assert world.proactive(alice) == []


def test_an_edit_without_a_wish_is_answered_once_where_the_message_is(world: World) -> None:
    alice = world.falls_silent()
    world.says(alice, "do you have tea?", mid="tea")
    edits(world, alice, "tea", "do you have coffee?")
    edits(world, alice, "tea", "do you have cocoa?", number=2)
    world.until_answered()
    assert [row.state for row in world.replies()[1:]] == ["sent"]


def edits(world: World, psid: str, mid: str, text: str, *, number: int = 1) -> None:
    world.receives(psid, {"message_edit": {"mid": mid, "text": text, "num_edit": number}})


def test_what_is_changed_before_it_is_answered_is_read_as_changed(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, SECRET_WORDS, mid="typo")
    world.receives(alice, {"message_edit": {"mid": "typo", "text": "when do you open?", "num_edit": 1}})
    world.answer()
    assert [row.state for row in world.replies()] == ["sent"], "one answer to one message"
    event = read_stored(_words(world)["m:typo"], PAGE_ID)
    assert event is not None
    assert event.text == "when do you open?"
    assert not [row for row in world.rows_of_everything() if SECRET_WORDS in str(row)]
