from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from botapp.channels.port import InboundEvent, ParsedBody, Signal

Read = Callable[..., InboundEvent]


@pytest.mark.parametrize(
    ("fields", "kind", "signal", "wants_answer"),
    [
        ({"postback": {"title": "Yes", "payload": "YES"}}, "postback", Signal.INTERACTION, True),
        ({"postback": {"title": "Yes"}}, "postback", Signal.INTERACTION, True),
        ({"referral": {"ref": "spring", "source": "SHORTLINK"}}, "referral", Signal.INTERACTION, True),
        ({"referral": {"ref": 7}}, "referral", Signal.INTERACTION, True),
        ({"referral": {"source": "ADS", "ad_id": "1"}}, "referral:bare", Signal.CONTACT, False),
        ({"referral": {"ref": "", "source": "SHORTLINK"}}, "referral:bare", Signal.CONTACT, False),
        ({"referral": {"ref": None}}, "referral:bare", Signal.CONTACT, False),
        ({"optin": {"ref": "plugin"}}, "optin", Signal.INTERACTION, True),
        ({"optin": {"ref": "plugin", "user_ref": "u"}}, "optin", Signal.INTERACTION, True),
        ({"optin": {"user_ref": "u"}, "sender": None}, "optin_user_ref", Signal.OTHER, False),
        ({"optin": {"ref": "x"}, "sender": {"user_ref": "u"}}, "optin_user_ref", Signal.OTHER, False),
        ({"optin": {"type": "one_time_notif_req"}}, "optin:one_time_notif_req", Signal.CONTACT, False),
        ({"optin": {"type": "notification_messages"}}, "optin:notification_messages", Signal.CONTACT, False),
        ({"optin": {"type": "brand_new"}}, "optin:brand_new", Signal.CONTACT, False),
        ({"optin": {"type": ["x"]}}, "optin:unknown", Signal.CONTACT, False),
        ({"optin": {"notification_messages_token": "t"}}, "optin:untyped", Signal.CONTACT, False),
        ({"reaction": {"mid": "m_1", "action": "react"}}, "reaction:react", Signal.INTERACTION, False),
        ({"reaction": {"mid": "m_1", "action": "unreact"}}, "reaction:unreact", Signal.CONTACT, False),
        ({"reaction": {"mid": "m_1"}}, "reaction:unknown", Signal.CONTACT, False),
        ({"message_edit": {"mid": "m_1", "text": "Hi"}}, "message_edit", Signal.CONTACT, False),
        ({"account_linking": {"status": "linked"}}, "account_linking", Signal.CONTACT, False),
        ({"game_play": {"score": 1}}, "game_play", Signal.CONTACT, False),
        ({"message_request": "accept"}, "message_request", Signal.CONTACT, False),
        ({"response_feedback": {"feedback": "good"}}, "response_feedback", Signal.CONTACT, False),
        ({"order": {"products": []}}, "order", Signal.CONTACT, False),
        ({"app_roles": {"1": ["primary_receiver"]}}, "app_roles", Signal.OTHER, False),
        ({"request_thread_control": {}}, "request_thread_control", Signal.OTHER, False),
        ({"delivery": {"watermark": 1790000000000}}, "delivery", Signal.DELIVERY, False),
        ({"read": {"watermark": 1790000000000}}, "read", Signal.READ, False),
        ({"speech": {"mid": "m_1"}}, "unknown", Signal.OTHER, False),
        ({"message": None, "optin": None, "tag": None}, "unknown", Signal.OTHER, False),
        ({}, "unknown", Signal.OTHER, False),
        ({"speech": {}, "postback": {"payload": "x"}}, "postback", Signal.INTERACTION, True),
        ({"read": {}, "message": {"text": "Hi"}}, "message_text", Signal.INTERACTION, True),
    ],
)
def test_each_shape_has_its_kind_and_its_meaning(
    read: Read, fields: dict[str, object], kind: str, signal: Signal, wants_answer: bool
) -> None:
    event = read(**fields)
    assert (event.kind, event.signal, event.wants_answer) == (kind, signal, wants_answer)
    assert event.platform_contact_id == (None if "sender" in fields else "alice")


@pytest.mark.parametrize(
    "fields", [{"postback": {"payload": "x"}}, {"optin": {"ref": "x"}}, {"referral": {"ref": "x"}}]
)
def test_nothing_in_standby_is_answered(read: Read, fields: dict[str, object]) -> None:
    event = read(channel="standby", **fields)
    assert (event.signal, event.standby, event.wants_answer) == (Signal.INTERACTION, True, False)


def test_a_guest_of_the_chat_plugin_is_nobody_whose_window_could_open(read: Read) -> None:
    event = read(sender={"user_ref": 987654321432}, postback={"payload": "hey"})
    assert (event.kind, event.signal, event.platform_contact_id) == ("postback", Signal.OTHER, None)


def test_a_postback_carries_payload_title_and_mid(read: Read) -> None:
    event = read(postback={"mid": "m_9", "title": "Sale", "payload": "SALE"})
    assert (event.payload, event.text, event.message_id, event.key) == ("SALE", "Sale", "m_9", "m:m_9")


def test_the_ref_of_a_plugin_is_a_fact(read: Read) -> None:
    assert read(optin={"ref": "landing-page"}).facts == {"ref": "landing-page"}


@pytest.mark.parametrize(
    ("status", "signal"),
    [
        ("STOP NOTIFICATIONS", Signal.NOTICE_STOPPED),
        ("STOP_NOTIFICATIONS", Signal.NOTICE_STOPPED),
        ("stop-notifications", Signal.NOTICE_STOPPED),
        ("  Stop\tNotifications ", Signal.NOTICE_STOPPED),
        ("STOP", Signal.NOTICE_STOPPED),
        ("RESUME NOTIFICATIONS", Signal.NOTICE_RESUMED),
        ("resume_notifications", Signal.NOTICE_RESUMED),
        ("resume", Signal.CONTACT),
        ("unstoppable", Signal.CONTACT),
        ("", Signal.CONTACT),
        (["STOP"], Signal.CONTACT),
    ],
)
def test_notifications_stop_however_it_is_spelt_and_resume_only_in_the_exact_words(
    read: Read, status: object, signal: Signal
) -> None:
    optin = {"type": "notification_messages", "title": "Offers", "notification_messages_status": status}
    event = read(optin=optin)
    assert event.signal is signal
    assert event.topic == (None if signal is Signal.CONTACT else "Offers")
    assert not event.wants_answer


def test_a_stop_without_a_type_or_title_is_still_a_stop(read: Read) -> None:
    event = read(optin={"payload": "OFFERS", "notification_messages_status": "STOP NOTIFICATIONS"})
    assert (event.kind, event.signal) == ("optin:notification_messages:stop", Signal.NOTICE_STOPPED)
    assert event.topic == "OFFERS"


def test_a_delivery_names_its_messages_and_its_watermark(read: Read) -> None:
    event = read(delivery={"mids": ["m_1", 2, None, ""], "watermark": 1790000000123}, timestamp=None)
    assert event.message_ids == ("m_1", "2")
    assert event.watermark_at == datetime(2026, 9, 21, 14, 13, 20, 123_000, tzinfo=UTC)
    assert event.occurred_at is None


@pytest.mark.parametrize("mids", [None, "m_1", {}, 5])
def test_a_delivery_without_a_list_of_messages_still_has_its_watermark(read: Read, mids: object) -> None:
    event = read(delivery={"mids": mids, "watermark": "1790000000"})
    assert event.message_ids == ()
    assert event.watermark_at == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


def test_a_read_has_a_watermark_or_a_message(read: Read) -> None:
    assert read(read={"watermark": 1790000000000}).watermark_at == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    assert read(read={"mid": 1}).message_id == "1"


def test_an_edit_says_what_the_message_says_now(read: Read) -> None:
    event = read(message_edit={"mid": "m_1", "text": "STOP", "num_edit": "2"})
    assert (event.message_id, event.text) == ("m_1", "STOP")


@pytest.mark.parametrize("kind", ["pass_thread_control", "take_thread_control"])
@pytest.mark.parametrize(
    ("new_owner", "app_id"), [(263902037430900, "263902037430900"), ("123", "123"), (None, None), ({}, None)]
)
def test_the_thread_of_a_person_gets_a_new_owner(read: Read, kind: str, new_owner: object, app_id: str | None) -> None:
    event = read(**{kind: {"new_owner_app_id": new_owner, "previous_owner_app_id": 1, "metadata": "x"}})
    assert (event.kind, event.signal) == (kind, Signal.THREAD_OWNER)
    assert (event.platform_contact_id, event.app_id) == ("alice", app_id)


@pytest.mark.parametrize("name", ["policy_enforcement", "policy-enforcement"])
@pytest.mark.parametrize(
    ("action", "signal"),
    [
        ("block", Signal.PAGE_BLOCKED),
        ("BLOCK", Signal.PAGE_BLOCKED),
        ("unblock", Signal.PAGE_UNBLOCKED),
        ("warning", Signal.OTHER),
        (None, Signal.OTHER),
        ({"block": 1}, Signal.OTHER),
    ],
)
def test_a_restriction_concerns_the_page_and_nobody_else(
    parse_items: Callable[..., ParsedBody], name: str, action: object, signal: Signal
) -> None:
    item = {"recipient": {"id": "1000"}, "timestamp": 1790000000100, name: {"action": action, "reason": "x"}}
    (event,) = parse_items(item).events
    assert (event.kind, event.signal, event.page_id) == ("policy_enforcement", signal, "1000")
    assert event.platform_contact_id is None
    assert parse_items(item | {"sender": {"id": "1000"}}).events[0].signal is signal


def test_a_restriction_concerns_nobody_even_when_it_names_a_sender(read: Read) -> None:
    assert read(policy_enforcement={"action": "block"}).platform_contact_id is None


@pytest.mark.parametrize("value", ["x", 5, [], True, 0, ""])
@pytest.mark.parametrize(
    "name", ["message", "postback", "referral", "optin", "delivery", "read", "reaction", "policy-enforcement"]
)
def test_something_else_where_an_object_belongs_is_malformed(
    parse_items: Callable[..., ParsedBody], name: str, value: object
) -> None:
    body = parse_items({"sender": {"id": "alice"}, "recipient": {"id": "1000"}, name: value})
    assert body.events == ()
    assert [item.reason for item in body.malformed] == [f"{name.replace('-', '_')}_not_object"]
