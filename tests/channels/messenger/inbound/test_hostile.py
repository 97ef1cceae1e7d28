"""Whatever the JSON holds, parsing answers with events and malformed items that keep every promise."""

import json
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from botapp.channels.messenger.envelope import BodyRefusal, decode
from botapp.channels.port import InboundEvent, ParsedBody, Signal

ParseBody = Callable[..., ParsedBody]

OPENING = ("message_", "quick_reply", "sticker", "postback", "reaction:react", "optin", "referral")
NAMES = st.sampled_from(
    [
        "object",
        "entry",
        "id",
        "time",
        "messaging",
        "standby",
        "changes",
        "sender",
        "recipient",
        "user_ref",
        "timestamp",
        "message",
        "mid",
        "text",
        "field",
        "value",
        "attachments",
        "type",
        "payload",
        "sticker_id",
        "quick_reply",
        "is_echo",
        "is_deleted",
        "app_id",
        "metadata",
        "postback",
        "title",
        "referral",
        "ref",
        "ad_id",
        "product",
        "ads_context_data",
        "optin",
        "notification_messages_status",
        "delivery",
        "mids",
        "watermark",
        "read",
        "reaction",
        "action",
        "message_edit",
        "num_edit",
        "pass_thread_control",
        "new_owner_app_id",
        "policy_enforcement",
        "account_linking",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=8)
    | st.sampled_from(["page", "react", "STOP NOTIFICATIONS", "1790000000", 1790000000000, "x" * 300, 10**300])
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=20
)
VALID: dict[str, object] = {
    "object": "page",
    "entry": [
        {
            "id": "1000",
            "time": 1790000000123,
            "messaging": [
                {
                    "sender": {"id": "alice"},
                    "recipient": {"id": "1000"},
                    "timestamp": 1790000000100,
                    "message": {
                        "mid": "m_1",
                        "text": "Hello",
                        "attachments": [{"type": "image", "payload": {"url": "x"}}],
                        "quick_reply": {"payload": "x"},
                        "referral": {"ref": "x", "product": {"id": "1"}},
                    },
                },
                {"sender": {"id": "alice"}, "recipient": {"id": "1000"}, "optin": {"ref": "x"}},
                {"sender": {"id": "alice"}, "recipient": {"id": "1000"}, "delivery": {"mids": ["m"], "watermark": 1}},
            ],
            "standby": [{"sender": {"id": "bob"}, "reaction": {"mid": "m", "action": "react"}}],
            "changes": [{"field": "feed", "value": {}}],
        }
    ],
}


def assert_promises(event: InboundEvent) -> None:
    assert 0 < len(event.key) <= 200
    assert isinstance(json.loads(event.raw), dict)
    assert event.raw.isascii()
    assert len(event.kind) <= 1_000
    texts = [event.page_id, event.key, event.kind, event.platform_contact_id, event.text, event.payload]
    texts += [event.message_id, event.metadata, event.app_id, event.topic, *event.message_ids]
    for text in [*texts, *event.facts, *event.facts.values()]:
        if text is not None:
            assert "\x00" not in text
            assert len(text.encode()) <= 4 * 8_000
    if event.signal is Signal.INTERACTION:
        assert event.platform_contact_id
        assert event.kind.startswith(OPENING)
    if event.signal not in (Signal.OTHER, Signal.PAGE_BLOCKED, Signal.PAGE_UNBLOCKED):
        assert event.platform_contact_id
    if event.wants_answer:
        assert not event.standby


def assert_body_promises(parse_body: ParseBody, value: object) -> None:
    body = decode(json.dumps(value).encode())
    if isinstance(body, BodyRefusal):
        return
    parsed = parse_body(body)
    for event in parsed.events:
        assert_promises(event)
    for item in parsed.malformed:
        assert item.reason.replace("_", "").isalpha()
        json.loads(item.raw)


@settings(deadline=None)
@given(ANYTHING)
def test_any_json_is_survived(parse_body: ParseBody, value: object) -> None:
    assert_body_promises(parse_body, value)


@settings(deadline=None)
@given(st.lists(ANYTHING, max_size=4), st.sampled_from(["messaging", "standby", "changes"]), ANYTHING)
def test_any_items_are_survived(parse_body: ParseBody, items: list[object], channel: str, page: object) -> None:
    assert_body_promises(parse_body, {"object": "page", "entry": [{"id": page, channel: items}]})


@settings(deadline=None)
@given(st.data())
def test_a_valid_body_with_anything_put_anywhere_is_survived(parse_body: ParseBody, data: st.DataObject) -> None:
    body = json.loads(json.dumps(VALID))
    node: object = body
    while isinstance(node, dict | list) and node:
        place = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if data.draw(st.booleans()):
            node[place] = data.draw(ANYTHING)
            break
        node = node[place]
    assert_body_promises(parse_body, body)


@settings(deadline=None)
@given(ANYTHING)
def test_no_item_harms_the_message_beside_it(parse_body: ParseBody, bad: object) -> None:
    good = {"sender": {"id": "alice"}, "recipient": {"id": "1000"}, "message": {"mid": "good", "text": "Hello"}}
    entries = [bad, {"id": "1000", "messaging": [bad, good, bad]}, bad]
    body = decode(json.dumps({"object": "page", "entry": entries}, allow_nan=True).encode())
    if not isinstance(body, BodyRefusal):
        assert "m:good" in [event.key for event in parse_body(body).events]
