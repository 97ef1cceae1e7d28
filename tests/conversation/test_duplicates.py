"""The same event twice, in any way the platform can manage it: one event, one answer, one plan."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from botapp.storage.schema import counter, inbound_event
from tests.world import PAGE_ID, World

HELLO = {"message": {"mid": "m_1", "text": "hello"}}
Together = Callable[[Sequence[Callable[[], Any]]], list[Any]]


def _assert_taken_in_once(world: World) -> None:
    assert len(world.rows(inbound_event)) == 1
    assert len(world.replies()) == 1
    assert len(world.reengagements()) == 1
    assert [e.kind for e in world.ledger()] == ["interaction", "planned"]


def test_the_same_message_twice_in_one_body_counts_once(world: World) -> None:
    item = world.item("2000", HELLO, at=world.installation.clock.now())
    receipt = world.receives_items([item, dict(item)])
    assert (receipt.fresh, receipt.answers_owed) == (1, 1)
    _assert_taken_in_once(world)
    assert {row.name: row.value for row in world.rows(counter)} == {"duplicate": 1}


def test_a_redelivery_changes_nothing_even_when_it_says_something_else(world: World) -> None:
    now = world.installation.clock.now()
    world.receives_items([world.item("2000", HELLO, at=now - timedelta(minutes=2))])
    for text in ("hello", "hello", "STOP"):
        again = world.item("2000", {"message": {"mid": "m_1", "text": text}}, at=now)
        assert world.receives_items([again]).fresh == 0
    _assert_taken_in_once(world)
    assert world.contacts()[0].last_interaction_at < now - timedelta(minutes=1)


def test_eight_deliveries_of_one_body_at_the_same_instant_count_once(world: World, at_once: Together) -> None:
    for number in range(5):
        item = world.item(f"200{number}", {"message": {"mid": f"m_{number}", "text": "hello"}}, at=_now(world))
        receipts = at_once([partial(world.receives_items, [item])] * 8)
        assert sorted(r.fresh for r in receipts) == [0] * 7 + [1]
        assert sum(r.answers_owed for r in receipts) == 1
    assert len(world.replies()) == len(world.reengagements()) == len(world.contacts()) == 5


@pytest.mark.parametrize(
    "shape",
    [
        {"postback": {"title": "Catalogue", "payload": "CATALOGUE"}},
        {"reaction": {"mid": "m_1", "action": "react", "reaction": "love"}},
        {"referral": {"ref": "spring", "source": "SHORTLINK"}},
        {"optin": {"ref": "checkout"}},
        {"message": {"text": "no id at all"}},
    ],
    ids=lambda shape: next(iter(shape)),
)
def test_events_without_an_id_are_known_again_by_what_they_say(world: World, shape: dict[str, Any]) -> None:
    item = world.item("2000", shape, at=_now(world))
    reordered = dict(reversed(item.items()))
    assert [world.receives_items([i]).fresh for i in (item, reordered)] == [1, 0]


def test_an_edit_and_a_removal_of_a_message_are_events_of_their_own(world: World) -> None:
    for shape in (
        HELLO,
        {"message_edit": {"mid": "m_1", "text": "hello!", "num_edit": 1}},
        {"message_edit": {"mid": "m_1", "text": "hello?", "num_edit": "2"}},
        {"message": {"mid": "m_1", "is_deleted": True}},
    ):
        assert world.receives("2000", shape).fresh == 1
    assert len(world.replies()) == 1


def test_two_pages_may_use_the_same_id_for_different_messages(world: World) -> None:
    world.add_page("1001")
    item = world.item("2000", HELLO, at=_now(world))
    other = {**item, "recipient": {"id": "1001"}}
    receipt = world.receives_body({"id": PAGE_ID, "messaging": [item]}, {"id": "1001", "messaging": [other]})
    assert (receipt.fresh, receipt.answers_owed) == (2, 2)
    assert len({c.account_id for c in world.contacts()}) == 2


def test_a_body_without_a_duplicate_does_not_touch_the_counters_that_all_deliveries_share(world: World) -> None:
    world.receives("2000", HELLO)
    assert world.rows(counter) == []


def _now(world: World) -> datetime:
    return world.installation.clock.now()
