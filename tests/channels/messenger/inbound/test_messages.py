from collections.abc import Callable

import pytest

from botapp.channels.port import InboundEvent, ParsedBody, Signal

Read = Callable[..., InboundEvent]

IMAGE = {"type": "image", "payload": {"url": "https://cdn.example/x"}}
STICKER = {"type": "sticker", "payload": {"url": "https://cdn.example/x", "sticker_id": 369239263222822}}
OLD_STICKER = {"type": "image", "payload": {"url": "https://cdn.example/x", "sticker_id": 369239263222822}}


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"text": "Hello"}, "message_text"),
        ({"text": "Hello", "attachments": []}, "message_text"),
        ({"text": "Hello", "sticker_id": 1}, "message_text"),
        ({"text": "Hello", "attachments": None, "quick_reply": None, "is_echo": False}, "message_text"),
        ({"text": "Look", "attachments": [IMAGE]}, "message_text+attachment"),
        ({"attachments": [IMAGE]}, "message_attachment:image"),
        ({"text": None, "attachments": [IMAGE, IMAGE, IMAGE]}, "message_attachment:image,image,image"),
        ({"text": "", "attachments": [IMAGE, {"type": "video"}]}, "message_attachment:image,video"),
        ({"attachments": [{"type": "fallback", "payload": None, "url": "x"}]}, "message_attachment:fallback"),
        ({"attachments": [{"type": "location"}]}, "message_attachment:location"),
        ({"attachments": [{"type": "unsupported_type"}]}, "message_attachment:unsupported_type"),
        ({"attachments": [{"payload": {}}, 5, {"type": None}]}, "message_attachment:unknown,unknown,unknown"),
        ({"attachments": [{"type": "A b\n<c>"}]}, "message_attachment:a_b__c_"),
        ({"attachments": [IMAGE] * 30}, "message_attachment:" + ",".join(["image"] * 10)),
        ({"attachments": [STICKER]}, "sticker"),
        ({"attachments": [OLD_STICKER]}, "sticker"),
        ({"attachments": [OLD_STICKER, STICKER]}, "sticker"),
        ({"attachments": [{"type": "sticker", "payload": None}]}, "sticker"),
        ({"sticker_id": 1, "attachments": [IMAGE]}, "sticker"),
        ({"text": "Red", "quick_reply": {"payload": "COLOR=RED"}}, "quick_reply"),
        ({"text": "Red", "quick_reply": {}, "attachments": [IMAGE]}, "quick_reply"),
        ({"is_unsupported": True}, "message_unsupported"),
    ],
)
def test_what_a_person_sends_opens_the_window_and_wants_an_answer(
    read: Read, message: dict[str, object], kind: str
) -> None:
    event = read(message={"mid": "m_1", **message})
    assert (event.kind, event.signal, event.wants_answer) == (kind, Signal.INTERACTION, True)
    assert (event.page_id, event.platform_contact_id, event.key) == ("1000", "alice", "m:m_1")
    assert event.message_id == "m_1"


@pytest.mark.parametrize("message", [{}, {"text": ""}, {"text": 5}, {"attachments": {}}, {"quick_reply": "x"}])
def test_a_message_that_says_nothing_we_know_opens_nothing(read: Read, message: dict[str, object]) -> None:
    event = read(message={"mid": "m_1", **message})
    assert (event.kind, event.signal, event.wants_answer) == ("message_empty", Signal.CONTACT, False)


def test_a_quick_reply_carries_its_title_and_its_payload(read: Read) -> None:
    event = read(message={"mid": "m_1", "text": "Red", "quick_reply": {"payload": "COLOR=RED"}})
    assert (event.text, event.payload) == ("Red", "COLOR=RED")


@pytest.mark.parametrize(
    ("referral", "facts"),
    [
        ({"ref": "spring", "source": "SHORTLINK"}, {"ref": "spring", "source": "SHORTLINK"}),
        ({"ad_id": 61, "source": "ADS", "type": "OPEN_THREAD"}, {"ad_id": "61", "source": "ADS"}),
        ({"product": {"id": "shoe-1"}}, {"product_id": "shoe-1"}),
        ({"ads_context_data": {"product_id": "shoe-2", "ad_title": "x"}}, {"product_id": "shoe-2"}),
        ({"ref": "", "ad_id": None, "source": {}, "product": "x", "ads_context_data": []}, {}),
        ("spring", {}),
        (None, {}),
    ],
)
def test_where_a_person_came_from_is_a_fact(read: Read, referral: object, facts: dict[str, str]) -> None:
    assert read(message={"mid": "m_1", "text": "Hi", "referral": referral}).facts == facts
    assert read(postback={"payload": "START", "referral": referral}).facts == facts


@pytest.mark.parametrize("channel", ["messaging", "standby"])
def test_an_echo_is_the_pages_own_message_to_its_recipient(read: Read, channel: str) -> None:
    event = read(
        channel=channel,
        sender={"id": "1000"},
        recipient={"id": "alice"},
        message={"mid": "m_1", "text": "Hi", "is_echo": True, "app_id": 1517776481860111, "metadata": "a1"},
    )
    assert (event.kind, event.signal, event.wants_answer) == ("echo", Signal.ECHO, False)
    assert (event.page_id, event.platform_contact_id) == ("1000", "alice")
    assert (event.key, event.message_id) == ("e:m_1", "m_1")
    assert (event.app_id, event.metadata, event.text) == ("1517776481860111", "a1", "Hi")
    assert not event.addressed_elsewhere


def test_an_echo_of_a_quick_reply_opens_nothing(read: Read) -> None:
    event = read(message={"mid": "m_1", "text": "Hi", "is_echo": True, "quick_reply": {"payload": "x"}})
    assert event.signal is Signal.ECHO


def test_a_message_taken_back_is_unsent_beside_the_message_itself(read: Read) -> None:
    event = read(message={"mid": "m_1", "is_deleted": True, "text": "Hi"})
    assert (event.kind, event.signal, event.wants_answer) == ("message_deleted", Signal.UNSENT, False)
    assert (event.key, event.message_id, event.text) == ("d:m_1", "m_1", None)


def test_a_message_that_the_page_took_back_is_no_news_of_a_person(read: Read) -> None:
    event = read(
        sender={"id": "1000"},
        recipient={"id": "alice"},
        message={"mid": "m_1", "is_echo": True, "is_deleted": True},
    )
    assert (event.kind, event.signal, event.key) == ("echo:deleted", Signal.OTHER, "ed:m_1")
    assert event.platform_contact_id == "alice"


def test_a_standby_copy_opens_the_window_but_is_never_answered(read: Read) -> None:
    event = read(channel="standby", message={"mid": "m_1", "text": "Hello"})
    assert (event.signal, event.standby, event.wants_answer) == (Signal.INTERACTION, True, False)


@pytest.mark.parametrize("sender", [None, {}, "alice", {"id": None}, {"id": ""}, {"id": True}, {"user_ref": "r"}])
def test_a_message_from_nobody_opens_nothing_and_is_not_answered(read: Read, sender: object) -> None:
    event = read(sender=sender, message={"mid": "m_1", "text": "Hello"})
    assert (event.kind, event.signal, event.wants_answer) == ("message_text", Signal.OTHER, False)
    assert event.platform_contact_id is None


def test_a_sender_with_the_pages_own_id_is_an_ordinary_sender(read: Read) -> None:
    event = read(sender={"id": "1000"}, message={"mid": "m_1", "text": "Hello"})
    assert (event.signal, event.platform_contact_id) == (Signal.INTERACTION, "1000")


def test_what_a_database_cannot_hold_is_replaced_and_what_is_too_long_is_cut(read: Read) -> None:
    text = "a\x00b\ud83dc😀" + "x" * 9_000
    event = read(message={"mid": "m\x00\ud83d", "text": text, "quick_reply": {"payload": "p\x00" + "x" * 3_000}})
    assert event.text == "a\ufffdb\ufffdc😀" + "x" * 7_994
    assert event.payload == "p\ufffd" + "x" * 1_998
    assert event.message_id == "m\ufffd\ufffd"
    assert event.raw.isascii()
    assert "\x00" not in event.raw


@pytest.mark.parametrize(
    "fields",
    [
        {"sender": {"id": "x" * 201}},
        {"sender": {"id": 10**200}},
        {"recipient": {"id": "x" * 201}},
        {"message": {"mid": "x" * 201, "text": "Hello"}},
        {"message": {"mid": "m_1", "is_echo": True, "app_id": "x" * 201}},
    ],
)
def test_an_id_over_two_hundred_characters_is_malformed_and_never_cut(
    parse_items: Callable[..., ParsedBody], fields: dict[str, object]
) -> None:
    item = {"sender": {"id": "alice"}, "recipient": {"id": "1000"}, "message": {"text": "Hello"}} | fields
    body = parse_items(item)
    assert body.events == ()
    assert [(item.page_id, item.reason) for item in body.malformed] == [("1000", "id_too_long")]


def test_ids_of_two_hundred_characters_are_kept_whole_and_the_key_stays_short(read: Read) -> None:
    event = read(sender={"id": "a" * 200}, message={"mid": "m" * 200, "text": "Hello"})
    assert (event.platform_contact_id, event.message_id) == ("a" * 200, "m" * 200)
    assert event.key.startswith("m:")
    assert len(event.key) <= 200
