"""Which events open the messaging window, which are answered, and when the window is said to have opened."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from botapp.clock import SystemClock
from botapp.storage.schema import counter, inbound_event
from tests.world import PAGE_ID, World

Item = dict[str, Any]
OPENS_AND_IS_ANSWERED: dict[str, Item] = {
    "text": {"message": {"mid": "m_1", "text": "hello"}},
    "image": {
        "message": {"mid": "m_2", "attachments": [{"type": "image", "payload": {"url": "https://cdn.example/x"}}]}
    },
    "sticker": {
        "message": {"mid": "m_3", "attachments": [{"type": "sticker", "payload": {"sticker_id": 369239263222822}}]}
    },
    "quick_reply": {"message": {"mid": "m_4", "text": "Red", "quick_reply": {"payload": "COLOR=RED"}}},
    "unsupported": {"message": {"mid": "m_5", "is_unsupported": True}},
    "postback": {"postback": {"mid": "m_6", "title": "Catalogue", "payload": "CATALOGUE"}},
    "get_started": {"postback": {"title": "Get Started", "payload": "GET_STARTED"}},
    "referral_with_ref": {"referral": {"ref": "spring", "source": "SHORTLINK", "type": "OPEN_THREAD"}},
    "plugin_start": {"optin": {"ref": "checkout"}},
}
OPENS_WITHOUT_ANSWER: dict[str, Item] = {
    "react": {"reaction": {"mid": "m_1", "action": "react", "reaction": "love", "emoji": "\u2764"}},
}
OPENS_NOTHING: dict[str, Item] = {
    "unreact": {"reaction": {"mid": "m_1", "action": "unreact"}},
    "ad_click_alone": {"referral": {"ad_id": "77", "source": "ADS", "type": "OPEN_THREAD"}},
    "marketing_opt_in": {
        "optin": {"type": "notification_messages", "payload": "x", "notification_messages_token": "t"}
    },
    "one_time_opt_in": {"optin": {"type": "one_time_notif_req", "payload": "x", "one_time_notif_token": "t"}},
    "stop_notifications": {
        "optin": {"type": "notification_messages", "notification_messages_status": "STOP NOTIFICATIONS"}
    },
    "edit": {"message_edit": {"mid": "m_1", "text": "hello!", "num_edit": 1}},
    "unsent": {"message": {"mid": "m_1", "is_deleted": True}},
    "empty": {"message": {"mid": "m_9"}},
    "account_linking": {"account_linking": {"status": "linked", "authorization_code": "c"}},
    "customer_information": {"messaging_customer_information": {"screens": []}},
    "feedback": {"response_feedback": {"feedback": "Good bot", "mid": "m_1"}},
    "delivery": {"delivery": {"watermark": 1_790_000_000_000}},
    "read": {"read": {"watermark": 1_790_000_000_000}},
    "pass_control": {"pass_thread_control": {"new_owner_app_id": 123, "metadata": "x"}},
    "take_control": {"take_thread_control": {"previous_owner_app_id": 123, "metadata": "x"}},
    "request_control": {"request_thread_control": {"requested_owner_app_id": 123}},
    "unheard_of": {"tomorrow": {"anything": [1, 2, {"deep": None}]}},
}
NO_CONTACT = {"delivery", "read", "pass_control", "take_control", "request_control", "unheard_of"}
NOW = SystemClock().now().replace(minute=0, second=0, microsecond=0)  # plans are made by the real clock


def _as_items(world: World, shapes: dict[str, Item]) -> list[Item]:
    return [world.item(name, shape, at=NOW - timedelta(minutes=1)) for name, shape in shapes.items()]


def test_only_what_the_whitelist_names_opens_a_window_and_only_what_was_said_to_us_is_answered(world: World) -> None:
    everything = OPENS_AND_IS_ANSWERED | OPENS_WITHOUT_ANSWER | OPENS_NOTHING
    receipt = world.receives_items(_as_items(world, everything), received_at=NOW)
    assert receipt.fresh == len(everything)
    opened = {c.platform_contact_id for c in world.contacts() if c.last_interaction_at is not None}
    assert opened == OPENS_AND_IS_ANSWERED.keys() | OPENS_WITHOUT_ANSWER.keys()
    people = {c.id: c.platform_contact_id for c in world.contacts()}
    assert {people[r.contact_id] for r in world.replies()} == OPENS_AND_IS_ANSWERED.keys()
    assert {people[r.contact_id] for r in world.reengagements()} == opened


def test_reports_about_people_who_never_wrote_create_nobody(world: World) -> None:
    echo = {"sender": {"id": PAGE_ID}, "recipient": {"id": "echoed"}, "timestamp": 1_790_000_000_000}
    echo["message"] = {"mid": "m_e", "text": "hi", "is_echo": True, "app_id": 5}
    items = _as_items(world, {name: OPENS_NOTHING[name] for name in sorted(NO_CONTACT)})
    world.receives_items([*items, echo], received_at=NOW)
    assert world.contacts() == []


def test_every_event_is_kept_raw_and_unheard_of_kinds_are_counted(world: World) -> None:
    world.receives_items(_as_items(world, OPENS_NOTHING), received_at=NOW)
    kept = {row.kind: row.raw for row in world.rows(inbound_event)}
    assert len(kept) == len(OPENS_NOTHING)
    assert '"tomorrow"' in kept["unknown"]
    assert {row.name: row.value for row in world.rows(counter)}["kind:unknown"] == 1


@pytest.mark.parametrize("channel", ["messaging", "standby"])
def test_a_standby_copy_opens_the_window_and_is_never_answered(world: World, channel: str) -> None:
    items = _as_items(world, OPENS_AND_IS_ANSWERED)
    receipt = world.receives_body({"id": PAGE_ID, channel: items}, received_at=NOW)
    assert len([c for c in world.contacts() if c.last_interaction_at is not None]) == len(items)
    assert receipt.answers_owed == len(world.replies()) == (len(items) if channel == "messaging" else 0)


def test_times_are_read_in_every_form_the_platform_uses_and_never_after_our_receipt(world: World) -> None:
    a_minute_ago = NOW - timedelta(minutes=1)
    milliseconds = int(a_minute_ago.timestamp() * 1000)
    expected: dict[str, tuple[Any, datetime | None]] = {
        "milliseconds": (milliseconds, a_minute_ago),
        "seconds": (milliseconds // 1000, a_minute_ago),
        "text": (str(milliseconds), a_minute_ago),
        "seconds_as_text": (str(milliseconds // 1000), a_minute_ago),
        "float": (float(milliseconds), a_minute_ago),
        "a_minute_in_the_future": (milliseconds + 120_000, NOW),
        "a_century_in_the_future": (milliseconds + 100 * 365 * 86_400_000, NOW),
        "long_past": (1, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        "nothing": (None, None),
        "zero": (0, None),
        "negative": (-milliseconds, None),
        "true": (True, None),
        "word": ("soon", None),
        "list": ([milliseconds], None),
        "beyond_any_calendar": (10**18, None),
        "huge": (10**300, None),
    }
    items = [
        {**world.item(name, {"message": {"mid": f"m_{name}", "text": "hello"}}, at=NOW), "timestamp": timestamp}
        for name, (timestamp, _) in expected.items()
    ]
    receipt = world.receives_items(items, received_at=NOW)
    assert {c.platform_contact_id: c.last_interaction_at for c in world.contacts()} == {
        name: instant for name, (_, instant) in expected.items()
    }
    assert receipt.answers_owed == len(expected), "what has no time opens nothing, and is answered all the same"


def test_an_event_without_a_time_is_no_reason_for_a_reengagement_but_its_stop_counts(world: World) -> None:
    timeless = {**world.item("2000", {"message": {"mid": "m_1", "text": "hello"}}, at=NOW), "timestamp": None}
    stop = {**world.item("2001", {"message": {"mid": "m_2", "text": "STOP"}}, at=NOW), "timestamp": None}
    world.receives_items([timeless, stop], received_at=NOW)
    assert world.reengagements() == []
    assert sorted(e.kind for e in world.ledger()) == [
        "consent_withdrawn",
        "interaction",
        "interaction",
        "suppression_set",
    ]


def test_events_in_any_order_leave_the_same_window_and_one_plan(world: World) -> None:
    hours = [3, 1, 5, 2, 4]
    for number, ago in enumerate(hours):
        item = world.item("2000", {"message": {"mid": f"m_{number}", "text": "hello"}}, at=NOW - timedelta(hours=ago))
        world.receives_items([item], received_at=NOW)
    [alice] = world.contacts()
    assert alice.last_interaction_at == NOW - timedelta(hours=1)
    assert alice.conversation_started_at == NOW - timedelta(hours=5)
    assert [r.interaction_at for r in world.reengagements() if r.state == "planned"] == [alice.last_interaction_at]


def test_a_webhook_that_comes_25_hours_late_opens_no_window_that_is_still_open(world: World) -> None:
    receipt = world.says(world.add_customer(), ago=timedelta(hours=25))
    world.work()
    assert receipt.answers_owed == 1
    assert [(r.state, r.reason) for r in world.replies()] == [("skipped", "window_closed")]
    assert [(r.state, r.reason) for r in world.reengagements()] == [("skipped", "window_closed")]
    assert world.accepted() == []
