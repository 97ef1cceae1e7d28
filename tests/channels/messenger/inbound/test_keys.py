"""The same event twice has the same key; two events never share one (platform-reference 1.5)."""

from collections.abc import Callable

import pytest

from botapp.channels.port import InboundEvent

Read = Callable[..., InboundEvent]

MESSAGE: dict[str, object] = {"message": {"mid": "m_1", "text": "Hi"}}
OPTIN = {"type": "notification_messages", "notification_messages_token": "t1", "title": "Offers"}

EVENTS: list[dict[str, object]] = [
    MESSAGE,
    {"message": {"mid": "m_2", "text": "Hi"}},
    {"message": {"mid": "m_1", "text": "Hi", "is_echo": True}},
    {"message": {"mid": "m_1", "is_deleted": True}},
    {"message": {"mid": "m_1", "is_echo": True, "is_deleted": True}},
    {"message": {"text": "Hi"}},
    {"message": {"text": "Ho"}},
    {"message_edit": {"mid": "m_1", "text": "Hi", "num_edit": 1}},
    {"message_edit": {"mid": "m_1", "text": "Hi", "num_edit": 2}},
    {"reaction": {"mid": "m_1", "action": "react", "reaction": "like"}},
    {"reaction": {"mid": "m_1", "action": "react", "reaction": "love"}},
    {"reaction": {"mid": "m_1", "action": "unreact"}},
    {"reaction": {"mid": "m_2", "action": "unreact"}},
    {"reaction": {"mid": "m_2", "action": "unreact"}, "timestamp": 1790000000101},
    {"reaction": {"mid": "m_2", "action": "unreact"}, "sender": {"id": "bob"}},
    {"delivery": {"watermark": 1790000000000}},
    {"delivery": {"watermark": 1790000000001}},
    {"delivery": {"watermark": 1790000000000, "mids": ["m_1"]}},
    {"delivery": {"watermark": 1790000000000, "mids": ["m_2"]}},
    {"read": {"watermark": 1790000000000}},
    {"read": {"watermark": 1790000000000}, "sender": {"id": "bob"}},
    {"optin": {"ref": "a"}},
    {"optin": {"ref": "b"}},
    {"optin": OPTIN},
    {"optin": OPTIN | {"notification_messages_status": "STOP NOTIFICATIONS"}},
    {"optin": OPTIN | {"notification_messages_status": "RESUME NOTIFICATIONS"}},
    {"optin": OPTIN | {"notification_messages_token": "t2"}},
    {"referral": {"ref": "a"}},
    {"referral": {"ref": "a"}, "timestamp": 1790000000101},
    {"referral": {"ad_id": "a"}},
    {"pass_thread_control": {"new_owner_app_id": 1}},
    {"take_thread_control": {"new_owner_app_id": 1}},
    {"request_thread_control": {"requested_owner_app_id": 1}},
    {"policy_enforcement": {"action": "block"}},
    {"policy_enforcement": {"action": "unblock"}},
    {"speech": {"a": 1, "b": 2}},
    {"account_linking": {"status": "linked"}},
]


def test_no_two_events_share_a_key(read: Read) -> None:
    keys = [read(**fields).key for fields in EVENTS]
    assert len(set(keys)) == len(EVENTS)
    assert all(len(key) <= 200 and key.isascii() for key in keys)


@pytest.mark.parametrize("fields", EVENTS)
def test_the_same_event_again_has_the_same_key(read: Read, fields: dict[str, object]) -> None:
    assert read(**fields).key == read(**fields).key == read(channel="standby", **fields).key


@pytest.mark.parametrize(
    ("fields", "redelivered"),
    [
        (MESSAGE, {"message": {"mid": "m_1", "text": "Hi", "seq": 2}, "timestamp": 1790000000999}),
        (MESSAGE, {"postback": {"mid": "m_1", "payload": "Hi"}}),
        ({"message_edit": {"mid": "m_1", "num_edit": 2}}, {"message_edit": {"mid": "m_1", "num_edit": "2"}}),
        ({"speech": {"a": 1, "b": 2}}, {"speech": {"b": 2, "a": 1}}),
        ({"policy_enforcement": {"action": "block"}}, {"policy-enforcement": {"action": "block", "reason": "x"}}),
    ],
)
def test_a_redelivery_that_differs_in_trifles_has_the_same_key(
    read: Read, fields: dict[str, object], redelivered: dict[str, object]
) -> None:
    assert read(**fields).key == read(**redelivered).key


def test_without_a_time_the_whole_item_is_the_key(read: Read) -> None:
    first = read(reaction={"mid": "m_1", "action": "react", "emoji": "a"}, timestamp=None)
    second = read(reaction={"mid": "m_1", "action": "react", "emoji": "b"}, timestamp=None)
    assert first.key != second.key
    assert first.key.startswith("h:")


def test_the_token_of_an_optin_is_not_readable_in_its_key(read: Read) -> None:
    assert "t1" not in read(optin=OPTIN).key
