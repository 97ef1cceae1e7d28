import bisect
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from botapp.channels.messenger.envelope import BodyRefusal, decode, parse
from botapp.channels.port import InboundEvent, ParsedBody, Signal

ParseBody = Callable[..., ParsedBody]
AT = datetime(2026, 9, 21, 14, 13, 20, 100_000, tzinfo=UTC)


def message(mid: str, sender: object = "alice", page: object = "1000") -> dict[str, object]:
    return {
        "sender": {"id": sender},
        "recipient": {"id": page},
        "timestamp": 1790000000100,
        "message": {"mid": mid, "text": "Hello"},
    }


def entry(*items: object, page: object = "1000", channel: str = "messaging") -> dict[str, object]:
    return {"id": page, "time": 1790000000123, channel: list(items)}


def keys(body: ParsedBody) -> list[str]:
    return [event.key for event in body.events]


def test_every_item_of_every_entry_is_read_each_for_its_own_page(parse_body: ParseBody) -> None:
    body = parse_body(
        {
            "object": "page",
            "entry": [
                entry(message("m_1"), message("m_2", "bob")),
                entry(message("m_3", page="2000"), page="2000"),
                entry(message("m_4"), channel="standby"),
            ],
        }
    )
    assert body.malformed == ()
    assert [(event.page_id, event.key, event.standby) for event in body.events] == [
        ("1000", "m:m_1", False),
        ("1000", "m:m_2", False),
        ("2000", "m:m_3", False),
        ("1000", "m:m_4", True),
    ]
    assert {event.occurred_at for event in body.events} == {AT}


def test_one_entry_may_hold_all_three_lists(parse_body: ParseBody) -> None:
    change = {"field": "feed", "value": {"item": "post"}}
    both = entry(message("m_1")) | {"standby": [message("m_2")], "changes": [change]}
    body = parse_body({"object": "page", "entry": [both]})
    assert [event.kind for event in body.events] == ["message_text", "message_text", "change:feed"]
    assert [event.standby for event in body.events] == [False, True, False]


def test_the_same_message_twice_in_one_body_has_one_key(parse_body: ParseBody) -> None:
    body = parse_body({"object": "page", "entry": [entry(message("m_1"), message("m_1"))]})
    assert keys(body) == ["m:m_1", "m:m_1"]


def test_a_thousand_items_are_a_thousand_events(parse_body: ParseBody) -> None:
    items = [message(f"m_{number}", f"person-{number}") for number in range(1000)]
    body = parse_body({"object": "page", "entry": [entry(*items)]})
    assert keys(body) == [f"m:m_{number}" for number in range(1000)]


def test_ids_may_be_numbers(parse_body: ParseBody) -> None:
    body = parse_body({"object": "page", "entry": [entry(message("m_1", 2000, 1000), page=1000)]})
    (event,) = body.events
    assert (event.page_id, event.platform_contact_id) == ("1000", "2000")
    assert (event.signal, event.addressed_elsewhere) == (Signal.INTERACTION, False)


@pytest.mark.parametrize("bad", [None, 5, "text", True, [], [{}], {"message": 5}, {"message": []}])
def test_a_malformed_item_never_harms_its_neighbours(parse_body: ParseBody, bad: object) -> None:
    body = parse_body({"object": "page", "entry": [entry(message("m_1"), bad, message("m_2"))]})
    assert keys(body) == ["m:m_1", "m:m_2"]
    assert [item.page_id for item in body.malformed] == ["1000"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (None, "entry_not_object"),
        ([], "entry_not_object"),
        ("entry", "entry_not_object"),
        ({"id": "x" * 201, "messaging": [message("m_9")]}, "id_too_long"),
        ({"id": "1000", "time": 1}, "entry_without_events"),
        ({"id": "1000", "messaging": None}, "entry_without_events"),
        ({"id": "1000", "messaging": {}}, "messaging_not_list"),
        ({"id": "1000", "standby": "x"}, "standby_not_list"),
        ({"id": "1000", "changes": 1}, "changes_not_list"),
        ({"id": "1000", "messaging": [None]}, "item_not_object"),
        ({"id": "1000", "changes": [None]}, "item_not_object"),
        ({"id": "1000", "changes": [{"value": {}}]}, "change_without_field"),
        ({"id": "1000", "changes": [{"field": 5}]}, "change_without_field"),
    ],
)
def test_a_malformed_entry_never_harms_its_neighbours(parse_body: ParseBody, bad: object, reason: str) -> None:
    body = parse_body({"object": "page", "entry": [entry(message("m_1")), bad, entry(message("m_2"))]})
    assert keys(body) == ["m:m_1", "m:m_2"]
    assert [item.reason for item in body.malformed] == [reason]


@pytest.mark.parametrize("body", [{}, {"object": "page"}, {"entry": None}, {"entry": {}}, {"entry": "x"}])
def test_a_body_without_a_list_of_entries_is_one_malformed_item(parse_body: ParseBody, body: dict[str, object]) -> None:
    parsed = parse_body(body)
    assert parsed.events == ()
    assert [(item.page_id, item.reason) for item in parsed.malformed] == [(None, "entries_not_list")]


def test_empty_lists_are_nothing_at_all(parse_body: ParseBody) -> None:
    assert parse_body({"object": "page", "entry": []}) == ParsedBody((), ())
    assert parse_body({"object": "page", "entry": [entry()]}) == ParsedBody((), ())


def test_without_an_object_the_body_is_a_pages(parse_body: ParseBody) -> None:
    assert keys(parse_body({"entry": [entry(message("m_1"))]})) == ["m:m_1"]


@pytest.mark.parametrize("page", [None, True, "", {}, 1.5])
def test_an_entry_without_an_id_takes_the_page_from_its_items(parse_body: ParseBody, page: object) -> None:
    echo = message("m_2", sender="1000", page="alice")
    echo["message"] = {"mid": "m_2", "is_echo": True}
    body = parse_body({"object": "page", "entry": [entry(message("m_1"), echo, page=page)]})
    assert [(event.page_id, event.platform_contact_id) for event in body.events] == [("1000", "alice")] * 2
    assert not any(event.addressed_elsewhere for event in body.events)


def test_where_nothing_names_the_page_there_is_none(parse_body: ParseBody) -> None:
    body = parse_body({"entry": [{"messaging": [{"sender": {"id": "alice"}, "message": {"text": "Hi"}}]}]})
    assert [(event.page_id, event.addressed_elsewhere) for event in body.events] == [("", False)]


def test_an_item_for_another_page_is_classified_and_marked(parse_body: ParseBody) -> None:
    echo = message("m_2", sender="3000", page="alice")
    echo["message"] = {"mid": "m_2", "is_echo": True}
    body = parse_body({"object": "page", "entry": [entry(message("m_1", page="2000"), echo)]})
    assert [(event.page_id, event.signal, event.addressed_elsewhere) for event in body.events] == [
        ("1000", Signal.INTERACTION, True),
        ("1000", Signal.ECHO, True),
    ]


@pytest.mark.parametrize("platform", ["instagram", "whatsapp_business_account"])
@pytest.mark.parametrize("channel", ["messaging", "standby", "changes"])
def test_items_of_other_platforms_are_accepted_and_counted_and_nothing_else(
    parse_body: ParseBody, platform: str, channel: str
) -> None:
    body = parse_body({"object": platform, "entry": [entry(message("m_1"), 5, channel=channel)]})
    (event,) = body.events
    assert (event.kind, event.signal) == (f"other:{platform}", Signal.OTHER)
    assert (event.platform_contact_id, event.wants_answer) == (None, False)
    assert [item.reason for item in body.malformed] == ["item_not_object"]


@pytest.mark.parametrize("platform", ["user", "", 5, ["page"], {"object": "page"}, "Page"])
def test_a_message_to_anything_but_a_page_opens_nothing(parse_body: ParseBody, platform: object) -> None:
    body = parse_body({"object": platform, "entry": [entry(message("m_1"))]})
    assert [event.signal for event in body.events] == [Signal.OTHER]
    assert body.events[0].kind.startswith("other:")


@pytest.mark.parametrize("platform", ["page", "user", "permissions", None])
def test_a_change_has_its_field_as_its_kind(parse_body: ParseBody, platform: object) -> None:
    body = parse_body({"object": platform, "entry": [entry({"field": "Feed 1"}, channel="changes")]})
    (event,) = body.events
    assert (event.kind, event.signal, event.platform_contact_id) == ("change:feed_1", Signal.OTHER, None)
    assert event.occurred_at == datetime(2026, 9, 21, 14, 13, 20, 123_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("opening_kinds", "signal"),
    [
        ([], Signal.CONTACT),
        (["message_text"], Signal.CONTACT),
        (["message_attachment"], Signal.CONTACT),
        (["message_attachment:"], Signal.INTERACTION),
        (["message_attachment:image"], Signal.INTERACTION),
        (frozenset({"message_attachment:"}), Signal.INTERACTION),
    ],
)
def test_the_whitelist_alone_decides_what_is_an_interaction(opening_kinds: list[str], signal: Signal) -> None:
    item = message("m_1") | {"message": {"mid": "m_1", "attachments": [{"type": "image"}]}}
    (event,) = parse({"object": "page", "entry": [entry(item)]}, opening_kinds).events
    assert event.signal is signal


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"message": {"mid": "m_1", "is_echo": True}}, "echo"),
        ({"message": {"mid": "m_1", "is_deleted": True}}, "message_deleted"),
        ({"delivery": {"watermark": 1}}, "delivery"),
        ({"read": {"watermark": 1}}, "read"),
        ({"speech": {}}, "unknown"),
        ({"optin": {"notification_messages_status": "STOP"}}, "optin:notification_messages:stop"),
    ],
)
def test_no_whitelist_makes_an_interaction_of_what_the_person_did_not_do(fields: dict[str, object], kind: str) -> None:
    item = {"sender": {"id": "alice"}, "recipient": {"id": "1000"}} | fields
    (event,) = parse({"object": "page", "entry": [entry(item)]}, [kind]).events
    assert event.kind == kind
    assert event.signal is not Signal.INTERACTION


def nested_body(depth: int) -> dict[str, object] | BodyRefusal:
    nested = "[" * depth + "]" * depth
    deep = f'{{"sender":{{"id":"alice"}},"message":{{"mid":"m_1","text":"Hi"}},"deep":{nested}}}'
    return decode(f'{{"entry":[{{"id":"1","messaging":[{deep},{{"message":{nested}}}]}},{nested}]}}'.encode())


def from_deeper(frames: int, act: Callable[[], ParsedBody]) -> ParsedBody:
    return from_deeper(frames - 1, act) if frames else act()


def test_nesting_that_can_only_just_be_read_is_kept_or_malformed_but_no_error(parse_body: ParseBody) -> None:
    refused = bisect.bisect(range(200_000), 0, key=lambda depth: nested_body(depth) is BodyRefusal.TOO_DEEP)
    for depth in range(refused - 40, refused):
        body = nested_body(depth)
        assert not isinstance(body, BodyRefusal)
        for frames in (0, 20):  # what could be read here may be too deep to be written from further down
            parsed = from_deeper(frames, partial(parse_body, body))
            assert len(parsed.events) + len(parsed.malformed) == 3


def test_events_are_values(parse_body: ParseBody) -> None:
    body = {"object": "page", "entry": [entry(message("m_1"))]}
    assert parse_body(body) == parse_body(body)
    assert isinstance(parse_body(body).events[0], InboundEvent)
