"""No means no: said in any way, in any order, through any door; and what alone undoes it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from botapp.campaign.pages import link_people
from botapp.policy.suppression import Suppression
from botapp.storage.schema import consent_record, inbound_event, suppression
from tests.world import PAGE_ID, World

STOPS = ["STOP", "stop \U0001f64f", "Unsubscribe", "para", "arrête", "Abmelden", "parar", "basta", "afmelden"]
STARTS = ["START", "start", "empezar", "reprendre", "starten", "começar", "inizia"]
HOUR = timedelta(hours=1)


def _text(text: str, mid: str) -> dict[str, Any]:
    return {"message": {"mid": mid, "text": text}}


def _tap(payload: str, mid: str) -> dict[str, Any]:
    return {"message": {"mid": mid, "text": "button", "quick_reply": {"payload": payload}}}


def _suppressed(world: World, scope: str = "stop") -> dict[str, bool]:
    """By platform contact id: whether the scope is in force now."""
    now = world.installation.clock.now()
    people = {c.id: c.platform_contact_id for c in world.contacts()}
    return {
        people[row.contact_id]: Suppression(scope, row.set_at, row.until, row.lifted_at).is_in_force(now)
        for row in world.rows(suppression)
        if row.scope == scope
    }


def _open_plans(world: World) -> list[Any]:
    return [r for r in world.reengagements() if r.state == "planned"]


def test_stop_in_any_language_ends_the_plan_before_the_delivery_is_acknowledged(world: World) -> None:
    for number, word in enumerate(STOPS):
        world.receives(f"200{number}", _text("hello", f"m_{number}"), ago=HOUR)
        assert len(_open_plans(world)) == 1
        world.receives(f"200{number}", _text(word, f"s_{number}"))
        assert _open_plans(world) == [], word
    assert set(_suppressed(world).values()) == {True}
    assert {r.reason for r in world.reengagements() if r.state == "skipped"} == {"stopped"}


DOORS: tuple[Mapping[str, Any], ...] = (
    {"message": {"mid": "m_s", "text": "Stop", "quick_reply": {"payload": "botapp:stop"}}},
    {"postback": {"mid": "m_s", "title": "Stop", "payload": "botapp:stop"}},
    {"postback": {"title": "Unsubscribe"}},
    {"message_edit": {"mid": "m_1", "text": "STOP", "num_edit": 1}},
    {"optin": {"type": "notification_messages", "notification_messages_status": "STOP NOTIFICATIONS"}},
    {"optin": {"type": "notification_messages", "notification_messages_status": "stop_notifications"}},
)


@pytest.mark.parametrize("channel", ["messaging", "standby"])
def test_every_door_through_which_a_no_can_come_is_open(world: World, channel: str) -> None:
    for number, stop in enumerate(DOORS):
        psid = world.add_customer()
        world.says(psid, ago=5 * HOUR)
        item = world.item(psid, stop, at=world.installation.clock.now())
        for part in item.values():
            if isinstance(part, dict) and "mid" in part:
                part["mid"] = f"{part['mid']}_{number}"
        world.receives_body({"id": PAGE_ID, channel: [item]})
    for _ in range(3):
        world.work()
    assert [s for s in world.accepted() if not s["is_response"]] == []
    assert [r.state for r in world.reengagements() if r.state != "skipped"] == []


def test_a_stop_is_on_record_with_its_time_its_way_and_its_evidence(world: World) -> None:
    world.receives("2000", _text("hello", "m_1"), ago=HOUR)
    world.receives("2000", _text("STOP", "m_2"))
    [record] = world.rows(consent_record)
    assert (record.state, record.purpose, record.method) == ("withdrawn", "reengagement", "keyword")
    [evidence] = [e for e in world.rows(inbound_event) if e.event_key == record.evidence_key]
    assert record.occurred_at == evidence.occurred_at
    [entry] = [e for e in world.ledger() if e.kind == "consent_withdrawn"]
    assert entry.sequence == record.sequence


def test_ordinary_words_after_a_stop_are_answered_and_revive_nothing(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, "STOP", ago=8 * HOUR)
    for hours, words in (
        (7, "what are your opening hours?"),
        (6, "yes please"),
        (5, "don't stop!"),
        (5, "Get Started"),
    ):
        world.says(alice, words, ago=hours * HOUR)
    world.receives(alice, {"postback": {"title": "Get Started", "payload": "GET_STARTED"}}, ago=5 * HOUR)
    world.receives(alice, {"optin": {"ref": "checkout"}}, ago=5 * HOUR)
    for _ in range(8):
        world.work()
    assert _suppressed(world) == {alice: True}
    assert {r.reason for r in world.reengagements()} == {"stopped"}
    assert len(world.accepted(alice)) == 7
    assert all(s["is_response"] for s in world.accepted(alice))


def test_start_in_any_language_allows_it_again(world: World) -> None:
    for word in STARTS:
        world.receives(word, _text("STOP", f"m_{word}"), ago=2 * HOUR)
        world.receives(word, _text(word, f"s_{word}"), ago=HOUR)
    assert _suppressed(world) == dict.fromkeys(STARTS, False)
    assert len(_open_plans(world)) == len(STARTS)


def test_a_stop_and_a_start_of_the_same_millisecond_are_a_stop_in_either_order(world: World) -> None:
    now = world.installation.clock.now()
    words = (("STOP", "START"), ("START", "STOP"))
    for number, (first, second) in enumerate(words):
        psid = f"200{number}"
        items = [world.item(psid, _text(w, f"m_{number}_{w}"), at=now) for w in (first, second)]
        world.receives_items([items[0]])
        world.receives_items([items[1]])
        world.receives_items([world.item(f"300{number}", _text(w, f"n_{number}_{w}"), at=now) for w in (first, second)])
    assert set(_suppressed(world).values()) == {True}
    assert _open_plans(world) == []


@pytest.mark.parametrize("stop_first", [True, False])
def test_a_stop_of_the_same_millisecond_as_a_message_wins(world: World, *, stop_first: bool) -> None:
    now = world.installation.clock.now()
    items = [world.item("2000", _text(w, f"m_{w}"), at=now) for w in ("hello", "STOP")]
    for item in reversed(items) if stop_first else items:
        world.receives_items([item])
    assert _open_plans(world) == []
    assert _suppressed(world) == {"2000": True}


def test_a_stop_delivered_after_the_start_that_followed_it_stays_undone(world: World) -> None:
    world.receives("2000", _text("START", "m_2"), ago=HOUR)
    world.receives("2000", _text("STOP", "m_1"), ago=2 * HOUR)
    assert _suppressed(world) == {"2000": False}
    assert len(_open_plans(world)) == 1


def test_a_start_delivered_after_the_stop_that_followed_it_undoes_nothing(world: World) -> None:
    world.receives("2000", _text("STOP", "m_2"), ago=HOUR)
    world.receives("2000", _text("START", "m_1"), ago=2 * HOUR)
    assert _suppressed(world) == {"2000": True}
    assert _open_plans(world) == []


def test_a_start_without_a_time_undoes_nothing(world: World) -> None:
    world.receives("2000", _text("STOP", "m_1"), ago=HOUR)
    start = world.item("2000", _text("START", "m_2"), at=world.installation.clock.now())
    world.receives_items([{**start, "timestamp": None}])
    assert _suppressed(world) == {"2000": True}


def test_a_mute_holds_until_it_ends_and_no_longer(world: World) -> None:
    now = world.installation.clock.now()
    world.receives("2000", _text("hello", "m_0"), ago=2 * HOUR)
    world.receives("2000", _text("mute 5 hours", "m_1"), ago=HOUR)
    world.receives("2001", _text("mute 3 days", "m_2"), ago=HOUR)
    world.receives("2002", _tap("botapp:mute", "m_3"), ago=HOUR)
    world.receives("2003", _text("not now", "m_4"), ago=HOUR)
    plans = {r.state: r for r in world.reengagements() if r.contact_id == _contact_id(world, "2000")}
    assert now + 3.9 * HOUR < plans["planned"].due_at < now + 4.1 * HOUR
    by_person = {r.contact_id: (r.state, r.reason) for r in world.reengagements() if r.state != "planned"}
    for psid in ("2001", "2002", "2003"):
        assert by_person[_contact_id(world, psid)] == ("skipped", "muted")
    ends = {row.contact_id: row.until for row in world.rows(suppression)}
    assert ends[_contact_id(world, "2002")] is None
    assert _near(ends[_contact_id(world, "2001")], now + timedelta(days=3) - HOUR)


@pytest.mark.parametrize("no", [{"message": {"mid": "m_1", "quick_reply": {"payload": "botapp:mute"}}}, "notices"])
def test_a_mute_or_a_switch_delivered_after_the_start_that_followed_it_stays_undone(world: World, no: Any) -> None:
    world.receives("2000", _text("START", "m_2"), ago=HOUR)
    world.receives("2000", _notice("STOP NOTIFICATIONS") if no == "notices" else no, ago=2 * HOUR)
    assert {s: list(_suppressed(world, s).values()) for s in ("mute", "notices")} == {
        "mute": [False],
        "notices": [False],
    }
    assert len(_open_plans(world)) == 1


def test_start_ends_a_mute_and_a_stop_of_the_platforms_own_switch(world: World) -> None:
    world.receives("2000", _tap("botapp:mute", "m_1"), ago=2 * HOUR)
    world.receives("2001", _notice("STOP NOTIFICATIONS"), ago=2 * HOUR)
    for psid in ("2000", "2001"):
        world.receives(psid, _text("START", f"s_{psid}"), ago=HOUR)
    assert _suppressed(world, "mute")["2000"] is False
    assert _suppressed(world, "notices")["2001"] is False
    assert len(_open_plans(world)) == 2


def test_only_the_platforms_resume_undoes_its_stop_and_never_a_word(world: World) -> None:
    world.receives("2000", _text("STOP", "m_1"), ago=4 * HOUR)
    world.receives("2000", _notice("STOP NOTIFICATIONS"), ago=3 * HOUR)
    world.receives("2000", _notice("RESUME NOTIFICATIONS"), ago=HOUR)
    assert _suppressed(world, "notices") == {"2000": False}
    assert _suppressed(world, "stop") == {"2000": True}
    world.receives("2000", _notice("STOP_NOTIFICATIONS"), ago=2 * HOUR)
    assert _suppressed(world, "notices") == {"2000": False}, "it was stopped before it was resumed"


def test_a_stop_of_somebody_else_is_nobody_elses_stop(world: World) -> None:
    for psid in ("2000", "2001"):
        world.receives(psid, _text("hello", f"m_{psid}"), ago=HOUR)
    world.receives("2001", _text("STOP", "m_stop"))
    assert [p.contact_id for p in _open_plans(world)] == [_contact_id(world, "2000")]


def test_the_page_saying_stop_is_nobodys_stop(world: World) -> None:
    world.receives("2000", _text("hello", "m_1"), ago=HOUR)
    echo = {"message": {"mid": "m_e", "text": "STOP", "is_echo": True, "app_id": 1}}
    item = world.item("2000", echo, at=world.installation.clock.now())
    world.receives_items([item | {"sender": {"id": PAGE_ID}, "recipient": {"id": "2000"}}])
    assert world.rows(suppression) == []


def test_a_stop_covers_every_linked_identity_on_every_page(world: World) -> None:
    world.add_page("1001")
    world.receives("2000", _text("hello", "m_1"), ago=HOUR)
    other = world.item("2999", _text("hello", "m_2"), at=world.installation.clock.now() - HOUR)
    world.receives_body({"id": "1001", "messaging": [other | {"recipient": {"id": "1001"}}]})
    assert link_people(world.installation.database, (PAGE_ID, "2000"), ("1001", "2999"), "messenger") is None
    world.apply_to("1001")
    world.receives("2000", _text("STOP", "m_3"))
    assert _suppressed(world) == {"2000": True, "2999": True}
    assert _open_plans(world) == []
    methods = {record.contact_id: record.method for record in world.rows(consent_record)}
    assert methods == {_contact_id(world, "2000"): "keyword", _contact_id(world, "2999"): "linked_identity"}


def test_a_no_to_some_covers_every_linked_identity_too(world: World) -> None:
    world.receives("2000", _text("hello", "m_1"), ago=HOUR)
    world.receives("2999", _text("hello", "m_2"), ago=HOUR)
    assert link_people(world.installation.database, (PAGE_ID, "2000"), (PAGE_ID, "2999"), "messenger") is None

    world.receives("2000", _text("no more promotions, but order updates are fine", "m_3"))

    assert {(_contact_id(world, name), "topic") for name in ("2000", "2999")} == {
        (row.contact_id, row.scope) for row in world.rows(suppression)
    }
    assert world.rows(consent_record) == []


def test_linking_a_person_who_had_said_stop_stops_the_other_identity_too(world: World) -> None:
    world.receives("2000", _text("STOP", "stop_1"), ago=HOUR)
    alice = world.add_customer()
    world.says(alice, ago=5 * HOUR)
    assert link_people(world.installation.database, (PAGE_ID, alice), (PAGE_ID, "2000"), "messenger") is None
    for _ in range(3):
        world.work()
    assert [s for s in world.accepted(alice) if not s["is_response"]] == []


def _notice(status: str) -> dict[str, Any]:
    return {"optin": {"type": "notification_messages", "notification_messages_status": status}}


def _contact_id(world: World, psid: str) -> int:
    return int(next(c.id for c in world.contacts() if c.platform_contact_id == psid))


def _near(one: datetime | None, other: datetime) -> bool:
    return one is not None and abs(one - other) < timedelta(minutes=1)
