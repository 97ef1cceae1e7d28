"""A confirmation says what is true when it goes out, whatever was true when it was planned."""

from datetime import timedelta
from typing import Any

import pytest

from botapp.storage.schema import consent_record, suppression
from tests.world import CAMPAIGN, PAGE_ID, World

HOUR = timedelta(hours=1)
QUESTION = """
[opt_in]
question = "May we write once more when it goes quiet?"
yes = "Yes, do"
no = "No, never"
"""
YES = {"message": {"mid": "m_yes", "text": "Yes, do", "quick_reply": {"payload": "botapp:optin:yes:1"}}}


@pytest.fixture
def explicit(world: World) -> World:
    """The world's page, resting on explicit consent, with a question of its own."""
    world.add_page(PAGE_ID, basis="explicit")
    world.apply(CAMPAIGN + QUESTION)
    return world


def _work(world: World) -> None:
    for _ in range(3):
        world.work()


def _proactive(world: World, psid: str) -> list[Any]:
    return [s for s in world.accepted(psid) if not s["is_response"]]


def test_a_yes_tapped_while_a_stop_holds_is_told_that_it_holds_and_how_to_lift_it(explicit: World) -> None:
    alice = explicit.add_customer()
    explicit.says(alice, ago=8 * HOUR)
    explicit.says(alice, "STOP", ago=7 * HOUR)
    explicit.act(alice, "message", text="Yes, do")
    explicit.receives(alice, YES, ago=6 * HOUR)
    _work(explicit)
    said = explicit.accepted(alice)[-1]
    assert [r.kind for r in explicit.replies()][-1] == "stop_holds"
    assert "still holds" in said["text"]
    assert "START" in said["text"]
    assert [button["payload"] for button in said["quick_replies"]] == ["botapp:start"]
    assert _proactive(explicit, alice) == []


def test_a_stop_that_comes_before_the_confirmation_of_a_yes_or_a_start_went_out_is_what_is_told(world: World) -> None:
    alice, bob = world.add_customer("Alice Ng"), world.add_customer("Bob Roe")
    for psid, item in ((alice, YES), (bob, {"message": {"mid": "m_start", "text": "START"}})):
        world.act(psid, "message", text="hello")
        world.receives(psid, item, ago=HOUR)
        world.says(psid, "STOP")
    world.until_answered()
    assert [r.kind for r in world.replies()] == ["stop_holds"] * 2 + ["stop_confirmed"] * 2


def test_a_start_after_a_stop_is_confirmed_where_the_page_rests_on_the_platforms_rule(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, "STOP", ago=7 * HOUR)
    world.says(alice, "START", ago=6 * HOUR)
    _work(world)
    assert [r.kind for r in world.replies()] == ["stop_confirmed", "start_confirmed"]
    assert len(_proactive(world, alice)) == 1


def test_a_start_of_somebody_who_never_said_yes_lifts_the_stop_and_puts_the_question(explicit: World) -> None:
    alice = explicit.add_customer()
    explicit.says(alice, ago=8 * HOUR)
    _work(explicit)
    explicit.says(alice, "STOP", ago=7 * HOUR)
    explicit.says(alice, "START", ago=6 * HOUR)
    _work(explicit)
    said = explicit.accepted(alice)[-1]
    assert "May we write once more" in said["text"]
    assert said["quick_replies"][0]["title"] == "Yes, do"
    assert [r.kind for r in explicit.replies()][-1] == "start_needs_yes"
    assert [row.lifted_at > row.set_at for row in explicit.rows(suppression) if row.scope == "stop"] == [True]
    assert _proactive(explicit, alice) == []
    assert {r.reason for r in explicit.reengagements()} == {"stopped", "no_consent"}


def test_the_yes_to_the_question_that_a_start_brought_is_consent(explicit: World) -> None:
    alice = explicit.add_customer()
    explicit.says(alice, "START", ago=6 * HOUR)
    _work(explicit)
    explicit.act(alice, "message", text="Yes, do")
    explicit.receives(alice, YES, ago=5 * HOUR)
    _work(explicit)
    assert [r.wording_version for r in explicit.rows(consent_record)] == [None, "1"]
    assert len(_proactive(explicit, alice)) == 1


@pytest.mark.parametrize("start_first", [False, True])
def test_a_start_revives_a_yes_that_was_given_before_in_any_order_of_delivery(
    explicit: World, *, start_first: bool
) -> None:
    alice = explicit.add_customer()
    explicit.act(alice, "message", text="hello")
    items = [
        explicit.item(alice, item, at=explicit.installation.clock.now() - hours * HOUR)
        for hours, item in (
            (8, YES),
            (7, {"message": {"mid": "m_stop", "text": "STOP"}}),
            (5, {"message": {"mid": "m_start", "text": "START"}}),
        )
    ]
    for item in reversed(items) if start_first else items:
        explicit.receives_items([item])
    explicit.says(alice, "and now?", ago=4.5 * HOUR)
    _work(explicit)
    assert len(_proactive(explicit, alice)) == 1


@pytest.mark.parametrize("no", ["STOP", "mute for 3 days"])
def test_a_no_that_is_delivered_after_a_start_that_came_after_it_is_not_confirmed_as_if_it_held(
    world: World, no: str
) -> None:
    alice = world.add_customer()
    world.says(alice, "hello", ago=8 * HOUR)
    world.says(alice, "START", ago=6 * HOUR)
    world.says(alice, no, ago=7 * HOUR)
    world.until_answered()
    assert [r.kind for r in world.replies()][1:] == ["start_confirmed"] * 2
    said = [each["text"] for each in world.accepted(alice) if each["is_response"]]
    assert "can receive messages" in said[-1]


def test_a_mute_under_a_stop_is_confirmed_and_told_that_the_stop_holds(world: World) -> None:
    alice = world.add_customer()
    for text in ("hello", "STOP", "mute for 2 hours"):
        world.says(alice, text)
        world.until_answered()
    assert [r.kind for r in world.replies()] == ["greeting", "stop_confirmed", "mute_confirmed"]
    said = world.accepted(alice)[-1]
    assert said["text"].startswith("All right, we will not write to you on our own until")
    assert "Your STOP still holds" in said["text"]
    assert [button["payload"] for button in said["quick_replies"]] == ["botapp:start"]


def test_a_mute_that_has_run_out_before_it_could_be_confirmed_is_confirmed_as_it_was(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, "hello", ago=8 * HOUR)
    world.says(alice, "mute for 1 hour", ago=7 * HOUR)
    world.until_answered()
    assert [r.kind for r in world.replies()] == ["greeting", "mute_confirmed"]


def test_a_no_to_one_topic_is_confirmed_though_nothing_else_is_stopped(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, "hello")
    world.says(alice, "no more promotions, but order updates are fine")
    world.until_answered()
    assert [r.kind for r in world.replies()][-1] == "stop_confirmed"


def test_who_carries_on_without_ever_having_said_yes_is_promised_no_messages(explicit: World) -> None:
    alice = explicit.add_customer()
    explicit.says(alice, "hello")
    explicit.says(alice, "stop quibbling zebras")
    explicit.receives(
        alice, {"message": {"mid": "m_on", "text": "No, carry on", "quick_reply": {"payload": "botapp:go_on"}}}
    )
    explicit.until_answered()
    assert [r.kind for r in explicit.replies()] == ["greeting", "stop_asked", "nod"]
