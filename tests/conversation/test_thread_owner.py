"""When a person of the page, or another app, talks with the customer the bot is silent and its plan waits."""

from datetime import timedelta
from typing import Any

import pytest

from botapp.storage.schema import counter
from tests.world import PAGE_ID, World

INBOX = 263902037430900
HOUR = timedelta(hours=1)


def _echo(world: World, psid: str, mid: str, *, ago: timedelta = timedelta(0), **fields: object) -> dict[str, Any]:
    message = {"mid": mid, "text": "I will look into it", "is_echo": True, **fields}
    item = world.item(psid, {"message": message}, at=world.installation.clock.now() - ago)
    return item | {"sender": {"id": PAGE_ID}, "recipient": {"id": psid}}


def _work(world: World) -> None:
    for _ in range(3):
        world.work()


def _proactive(world: World, psid: str) -> list[Any]:
    return [s for s in world.accepted(psid) if not s["is_response"]]


@pytest.mark.parametrize("channel", ["messaging", "standby"])
def test_while_somebody_else_talks_the_plan_waits_and_the_bot_is_silent(world: World, channel: str) -> None:
    owners = {INBOX: "person", str(INBOX): "person", 777: "other_app"}
    people = {world.add_customer(): app_id for app_id in owners}
    for psid, app_id in people.items():
        world.says(psid, ago=6 * HOUR)
        world.answer()
        echo = _echo(world, psid, f"e_{psid}", ago=5.5 * HOUR, app_id=app_id)
        world.receives_body({"id": PAGE_ID, channel: [echo]})
        world.says(psid, "and is there a blue one?", ago=5 * HOUR)
    _work(world)
    assert [len(world.accepted(psid)) for psid in people] == [1, 1, 1], "the first answers, and nothing since"
    refused = [(r.state, r.reason) for r in world.replies() if r.state != "sent"]
    assert refused == [("skipped", "thread_owned")] * 3
    # What was planned for the silence that they ended is void: somebody answered. The next one waits.
    silences = world.reengagements()
    assert [(r.state, r.reason) for r in silences[:3]] == [("skipped", "answered")] * 3
    assert [r.state for r in silences[3:]] == ["planned"] * 3
    known = {c.platform_contact_id: c.thread_owner for c in world.contacts()}
    assert known == {psid: owners[app_id] for psid, app_id in people.items()}
    assert [e.kind for e in world.ledger()].count("thread_owner") == 3


def test_control_handed_back_releases_the_plan_and_the_bot_answers_again(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=8 * HOUR)
    _work(world)
    # The first silence's message went out; a person then talks, and hands the thread back.
    world.receives_items([_echo(world, alice, "e_1", ago=7 * HOUR, app_id=INBOX)])
    world.receives(alice, {"pass_thread_control": {"new_owner_app_id": 4242, "metadata": "x"}}, ago=6 * HOUR)
    world.says(alice, "are you still there?", ago=5 * HOUR)
    _work(world)
    assert [r.state for r in world.replies()] == ["sent", "sent"]
    assert [(e.details) for e in world.ledger() if e.kind == "thread_owner"][-1] == '{"owner":"bot"}'


def test_a_handover_delivered_late_does_not_undo_a_newer_one(world: World) -> None:
    world.receives("2000", {"message": {"mid": "m_1", "text": "hello"}}, ago=8 * HOUR)
    world.receives_items([_echo(world, "2000", "e_1", ago=5 * HOUR, app_id=INBOX)])
    world.receives("2000", {"pass_thread_control": {"new_owner_app_id": 4242}}, ago=6 * HOUR)
    assert world.contacts()[0].thread_owner == "person"


def test_a_thread_that_a_person_left_lying_for_a_day_is_the_bots_again(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=30 * HOUR)
    world.answer()
    world.receives_items([_echo(world, alice, "e_1", ago=25 * HOUR, app_id=INBOX)])
    world.says(alice, "hello?", ago=timedelta(minutes=1))
    _work(world)
    assert [(r.state, r.reason) for r in world.replies()] == [("skipped", "window_closed"), ("sent", None)]


def test_a_person_who_steps_in_before_the_bots_answer_went_out_is_not_talked_over(world: World) -> None:
    alice = world.add_customer()
    world.says(alice)
    world.receives_items([_echo(world, alice, "e_1", app_id=INBOX)])
    _work(world)
    assert world.accepted(alice) == []
    assert [(r.state, r.reason) for r in world.replies()] == [("skipped", "thread_owned")]


def test_beside_a_person_only_wishes_to_stop_mute_or_start_are_answered(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=2 * HOUR)
    world.answer()
    world.receives_items([_echo(world, alice, "e_1", ago=HOUR, app_id=INBOX)])
    for words in ("help", "hello", "I want to talk to a person", "STOP", "START", "thank you", "mute 3 days"):
        world.says(alice, words)
        world.answer()
    answered = [r.kind for r in world.replies() if r.state == "sent"]
    assert answered == ["greeting", "stop_confirmed", "start_confirmed", "mute_confirmed"]
    assert _proactive(world, alice) == []


def test_our_own_echoes_hold_nothing(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=5 * HOUR)
    world.answer()
    [sent] = world.accepted(alice)
    world.receives_items([_echo(world, alice, sent["message_id"], app_id=777, metadata=sent["metadata"])])
    world.receives_items([_echo(world, alice, "e_2", app_id=777, metadata="botapp:unheard-of")])
    assert world.contacts()[0].thread_owner == "bot"
    # Where the platform drops our metadata, the message's id tells.
    world.receives_items([_echo(world, alice, "again:" + sent["message_id"], app_id=777)])
    assert world.contacts()[0].thread_owner == "other_app"


def test_an_echo_known_by_its_message_id_alone_is_ours(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=5 * HOUR)
    world.answer()
    [sent] = world.accepted(alice)
    world.receives_items([_echo(world, alice, sent["message_id"], app_id=777)])
    assert world.contacts()[0].thread_owner == "bot"


def test_an_echo_that_names_nobody_counts_as_somebody_else(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=5 * HOUR)
    world.answer()
    world.receives_items([_echo(world, alice, "e_1", ago=4.5 * HOUR)])
    _work(world)
    assert world.contacts()[0].thread_owner == "other_app"
    assert [(r.state, r.reason) for r in world.reengagements()] == [("skipped", "answered")]


def test_control_taken_by_nobody_named_is_not_ours(world: World) -> None:
    world.receives("2000", {"message": {"mid": "m_1", "text": "hello"}}, ago=HOUR)
    world.receives("2000", {"take_thread_control": {"previous_owner_app_id": 4242, "metadata": "x"}})
    assert world.contacts()[0].thread_owner == "other_app"


STANDBY: dict[str, dict[str, Any]] = {
    "what they wrote": {"message": {"mid": "m_2", "text": "and for you, dear person?"}},
    "a tap": {"postback": {"title": "Catalogue"}},
    "a read": {"read": {"watermark": 1_790_000_000_000}},
    "an echo of ours": {"message": {"mid": "m_3", "is_echo": True, "app_id": 777, "metadata": "botapp:unheard-of"}},
}


@pytest.mark.parametrize("what", STANDBY)
def test_what_comes_by_standby_tells_that_the_thread_is_not_ours_and_the_plan_waits(world: World, what: str) -> None:
    alice = world.add_customer()
    world.says(alice, ago=6 * HOUR)
    world.answer()
    item = world.item(alice, STANDBY[what], at=world.installation.clock.now() - 5 * HOUR)
    if "echo" in what:
        item |= {"sender": {"id": PAGE_ID}, "recipient": {"id": alice}}
    world.receives_body({"id": PAGE_ID, "standby": [item]})
    _work(world)
    assert _proactive(world, alice) == []
    assert [r.state for r in world.reengagements()] == ["planned"]
    assert world.contacts()[0].thread_owner == "other_app"
    world.receives(alice, {"pass_thread_control": {"new_owner_app_id": 4242}}, ago=4.5 * HOUR)
    _work(world)
    assert len(_proactive(world, alice)) == 1


def test_a_standby_copy_delivered_after_the_thread_was_handed_back_holds_nothing(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=6 * HOUR)
    world.answer()
    world.receives(alice, {"pass_thread_control": {"new_owner_app_id": 4242}}, ago=5 * HOUR)
    late = world.item(alice, STANDBY["what they wrote"], at=world.installation.clock.now() - 5.5 * HOUR)
    world.receives_body({"id": PAGE_ID, "standby": [late]})
    assert world.contacts()[0].thread_owner == "bot"


def test_of_two_owners_of_the_same_instant_it_is_not_the_bot_in_either_order(world: World) -> None:
    now = world.installation.clock.now()
    given, taken = (f"{what}_thread_control" for what in ("pass", "take"))
    for psid, order in (("2000", (given, taken)), ("2001", (taken, given))):
        world.receives(psid, {"message": {"mid": f"m_{psid}", "text": "hello"}}, ago=HOUR)
        for kind in order:
            world.receives_items([world.item(psid, {kind: {"new_owner_app_id": 777}}, at=now)])
    assert [c.thread_owner for c in world.contacts()] == ["other_app"] * 2


def test_asking_for_control_changes_no_owner_and_is_counted(world: World) -> None:
    world.receives("2000", {"message": {"mid": "m_1", "text": "hello"}})
    world.receives("2000", {"request_thread_control": {"requested_owner_app_id": 5}})
    assert world.contacts()[0].thread_owner == "bot"
    assert [row.name for row in world.rows(counter)] == ["kind:request_thread_control"]
