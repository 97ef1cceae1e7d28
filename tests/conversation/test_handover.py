"""A person is asked for: the thread is theirs at once, the bot keeps quiet, and the way back is one tap."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from botapp.conversation import handover
from botapp.conversation.handover_rounds import HandoverRounds
from botapp.storage import contacts
from botapp.storage.handovers import Cause
from botapp.storage.schema import contact as contact_table
from botapp.storage.schema import handover as handover_table
from tests.world import PAGE_ID, World

TARGET = timedelta(minutes=10)


def handover_of(world: World) -> Any:
    """The only one there is."""
    [found] = world.rows(handover_table)
    return found


def tap(world: World, psid: str, payload: str, mid: str) -> None:
    world.act(psid, "message", text="x", quick_reply=payload)
    world.receives(psid, {"message": {"mid": mid, "text": "x", "quick_reply": {"payload": payload}}})


def words(world: World, psid: str) -> list[str]:
    return [sent["text"] for sent in world.accepted(psid)]


def rounds(world: World) -> HandoverRounds:
    rung: list[int] = []
    return HandoverRounds(world.installation.database, world.installation.house, TARGET, lambda: rung.append(1))


def grow_old(world: World, by: timedelta) -> None:
    """The open hand-over was asked for that much earlier, and the conversation is as old."""
    with world.installation.database.transaction() as connection:
        row, person = world.rows(handover_table)[0], world.contacts()[0]
        connection.execute(update(handover_table).values(requested_at=row.requested_at - by))
        aged = {"thread_owned_at": person.thread_owned_at - by, "last_interaction_at": person.last_interaction_at - by}
        connection.execute(update(contact_table).values(**aged))


def test_who_asks_for_a_person_is_told_and_then_the_bot_keeps_quiet(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, "hello")
    world.answer()
    world.says(psid, "I want to talk to a person")
    world.answer()
    assert words(world, psid)[-1].startswith("This is the page's automated assistant. I have asked our team")
    world.says(psid, "my parcel is broken")
    world.answer()
    assert len(words(world, psid)) == 2
    assert (handover_of(world).state, handover_of(world).cause) == ("queued", "asked")
    assert world.contacts()[0].thread_owner == "person"
    kinds = [entry.kind for entry in world.ledger()]
    assert kinds.index("handover_requested") + 1 == kinds.index("thread_owner")
    asked = next(e for e in world.ledger() if e.kind == "handover_requested")
    assert (asked.sequence, asked.reason) == (handover_of(world).number, "asked")


def test_what_was_planned_before_the_wish_is_still_said_and_asking_again_is_answered(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, "hello")
    world.says(psid, "agent please")
    world.says(psid, "agent please!", mid="m_again")
    world.answer()
    world.until_answered()
    told = words(world, psid)
    assert len(told) == 3
    assert told[1] == told[2]
    assert len(world.rows(handover_table)) == 1


def test_who_asks_again_keeps_the_thread_with_people_for_longer(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, "agent please", ago=timedelta(hours=20))
    world.until_answered()
    world.says(psid, "agent please!")
    asked_again_at = world.contacts()[0].thread_owned_at
    assert world.installation.clock.now() - asked_again_at < timedelta(minutes=1)
    assert [e.kind for e in world.ledger()].count("handover_requested") == 1


def test_a_stop_is_confirmed_while_a_person_is_waited_for(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, "agent please")
    world.says(psid, "STOP")
    world.until_answered()
    assert words(world, psid)[-1].startswith("Done: we will not write to you")


@pytest.mark.parametrize("is_typed", [False, True])
def test_the_customer_may_choose_the_bot_again_and_it_introduces_itself(world: World, *, is_typed: bool) -> None:
    psid = world.add_customer()
    world.says(psid, "hello")
    world.says(psid, "agent please")
    world.until_answered()
    assert "botapp:bot" in str(world.accepted(psid)[-1]["quick_replies"])
    if is_typed:  # once they have written something, the platform takes the button away
        world.says(psid, "is anybody there?")
        world.says(psid, "Back to the bot")
    else:
        tap(world, psid, "botapp:bot", "m_back")
    world.until_answered()
    assert "automated assistant of this page, not a person" in words(world, psid)[-1]
    assert (handover_of(world).state, handover_of(world).outcome) == ("handed_back", "customer_left")
    assert world.contacts()[0].thread_owner == "bot"
    assert [e.reason for e in world.ledger() if e.kind == "handover_ended"] == ["customer_left"]


def test_a_choice_of_the_bot_that_arrives_after_a_later_wish_for_a_person_changes_nothing(world: World) -> None:
    """Found by `botapp simulate --customers 500 --days 10 --seed 136415913`: the choice was eighteen hours late."""
    psid = world.add_customer()
    world.says(psid, "hello", ago=timedelta(hours=3))
    world.says(psid, "agent please", ago=timedelta(hours=1))
    world.until_answered()
    said = len(words(world, psid))
    back = {"message": {"mid": "m_back", "text": "x", "quick_reply": {"payload": "botapp:bot"}}}
    world.receives(psid, back, ago=timedelta(hours=2))
    world.until_answered()
    assert (world.contacts()[0].thread_owner, handover_of(world).state) == ("person", "queued")
    assert len(words(world, psid)) == said


def test_the_way_back_leads_nowhere_for_who_is_with_the_bot(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, "hello")
    world.until_answered()
    before = len([e for e in world.ledger() if e.kind == "thread_owner"])
    tap(world, psid, "botapp:bot", "m_back")
    assert len([e for e in world.ledger() if e.kind == "thread_owner"]) == before


@pytest.mark.parametrize("cause", [Cause.NOT_UNDERSTOOD, Cause.COMPLAINT])
def test_a_person_may_be_called_by_the_dialogue_too_and_only_once(world: World, cause: Cause) -> None:
    psid = world.add_customer()
    world.says(psid, "hello")
    world.until_answered()
    house, database = world.installation.house, world.installation.database
    called = []
    for _ in range(2):
        with database.transaction() as connection:
            person = contacts.lock_contact(connection, world.account.id, world.contacts()[0].id)
            now = database.now(connection)
            called.append(handover.request_handover(connection, person, cause, "m:m_1", house, now))
    assert called == [True, False]
    assert handover_of(world).cause == cause
    assert [e.sequence for e in world.ledger()] == list(range(1, len(world.ledger()) + 1))


def test_nothing_proactive_is_claimed_while_a_person_is_waited_for(world: World) -> None:
    psid = world.falls_silent()
    world.receives(psid, {"message": {"mid": "m_wish", "text": "agent please"}}, ago=timedelta(hours=4, minutes=30))
    world.until_answered()
    assert world.claim(psid) is None
    assert [(r.state, r.reason) for r in world.reengagements()] == [("planned", "thread_owned")]
    assert world.attempts() == []


def test_who_waits_too_long_is_told_so_once_and_it_is_on_record(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, "agent please")
    world.until_answered()
    assert rounds(world).run() == 0
    grow_old(world, TARGET + timedelta(minutes=1))
    assert rounds(world).run() == 1
    assert rounds(world).run() == 0
    world.until_answered()
    assert words(world, psid)[-1].startswith("I am sorry, our team needs longer")
    assert "botapp:bot" in str(world.accepted(psid)[-1]["quick_replies"])
    assert [e.kind for e in world.ledger()].count("handover_late") == 1


def test_who_is_noticed_much_too_late_is_not_written_to_out_of_the_blue(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, "agent please")
    world.until_answered()
    grow_old(world, timedelta(hours=3))
    assert rounds(world).run() == 1
    assert len(words(world, psid)) == 1
    assert handover_of(world).late_at is not None
    assert [r.kind for r in world.replies()] == ["person"]


def test_the_word_to_who_waits_is_not_sent_once_they_said_stop(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, "agent please")
    world.until_answered()
    grow_old(world, TARGET + timedelta(minutes=1))
    rounds(world).run()
    world.says(psid, "STOP")
    world.until_answered()
    assert [(r.kind, r.state, r.reason) for r in world.replies()][1] == ("person_late", "skipped", "stopped")


def test_with_the_window_it_ends_unanswered_and_the_bot_answers_again(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, "agent please")
    world.until_answered()
    grow_old(world, timedelta(hours=23, minutes=56))
    rounds(world).run()
    assert (handover_of(world).state, handover_of(world).outcome) == ("closed", "unanswered")
    assert world.contacts()[0].thread_owner == "bot"
    world.says(psid, "hello?")
    world.until_answered()
    assert "automated assistant" in words(world, psid)[-1]


def test_a_thread_that_others_give_back_ends_it(world: World) -> None:
    psid = world.add_customer()
    world.says(psid, "agent please")
    world.until_answered()
    now = world.installation.clock.now()
    item = world.item(psid, {"pass_thread_control": {"new_owner_app_id": "5"}}, at=now + timedelta(seconds=1))
    world.receives_items([item | {"recipient": {"id": PAGE_ID}}], received_at=now + timedelta(seconds=2))
    assert (handover_of(world).state, handover_of(world).outcome) == ("handed_back", "handed_back")


def test_what_was_asked_in_one_batch_is_one_hand_over(world: World) -> None:
    psid, now = world.add_customer(), world.installation.clock.now()
    texts = ("hello", "agent please", "a human!", "hello?")
    items = [world.item(psid, {"message": {"mid": f"m_{n}", "text": t}}, at=now) for n, t in enumerate(texts)]
    world.receives_items(items)
    assert [(r.kind, r.state) for r in world.replies()][-1] == ("greeting", "skipped")
    assert handover_of(world).state == "queued"
