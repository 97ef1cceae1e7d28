"""Whole bodies: several pages, strangers' pages, broken neighbours, people without a name."""

from datetime import timedelta
from typing import Any

import pytest

from botapp.storage.schema import contact, counter, inbound_event, metadata
from tests.world import PAGE_ID, World

BROKEN: list[Any] = [
    None,
    7,
    "item",
    [],
    {},
    {"message": "text"},
    {"message": {"mid": "m" * 300, "text": "too long an id"}},
    {"sender": "2000", "recipient": PAGE_ID, "timestamp": {}, "postback": []},
    {"sender": {"id": {}}, "recipient": {"id": []}, "reaction": True},
    {"sender": {"id": "2" * 5000}, "message": {"mid": "m_long", "text": "x"}},
]


def _counts(world: World) -> dict[str, int]:
    return {row.name: row.value for row in world.rows(counter)}


def _hello(world: World, psid: str, page_id: str = PAGE_ID, mid: str | None = None) -> dict[str, Any]:
    item = world.item(
        psid, {"message": {"mid": mid or f"m_{psid}", "text": "hello"}}, at=world.installation.clock.now()
    )
    return {**item, "recipient": {"id": page_id}}


def test_every_entry_of_every_page_is_taken_in(world: World) -> None:
    pages = [PAGE_ID, world.add_page("1001").page_id, world.add_page("1002").page_id]
    entries = [{"id": page, "messaging": [_hello(world, f"{page}{n}", page) for n in range(3)]} for page in pages]
    receipt = world.receives_body(*entries)
    assert (receipt.fresh, receipt.answers_owed) == (9, 9)
    by_account: dict[int, int] = {}
    for row in world.contacts():
        by_account[row.account_id] = by_account.get(row.account_id, 0) + 1
    assert sorted(by_account.values()) == [3, 3, 3]


def test_of_a_page_that_is_not_ours_nothing_is_stored_but_the_count(world: World) -> None:
    stranger = {"id": "9999", "messaging": [_hello(world, "secret-person", "9999", "m_secret"), None]}
    receipt = world.receives_body(stranger, {"id": PAGE_ID, "messaging": [_hello(world, "2000")]})
    assert (receipt.fresh, receipt.answers_owed) == (1, 1)
    assert _counts(world) == {"unknown_page": 1, "malformed:item_not_object": 1}
    everything = [str(tuple(row)) for table in metadata.sorted_tables for row in world.rows(table)]
    assert not [row for row in everything if "secret-person" in row or "m_secret" in row]


def test_an_item_for_another_page_than_its_entry_is_dropped_and_counted(world: World) -> None:
    world.add_page("1001")
    receipt = world.receives_body({"id": PAGE_ID, "messaging": [_hello(world, "2000", "1001"), _hello(world, "2001")]})
    assert receipt.fresh == 1
    assert [c.platform_contact_id for c in world.contacts()] == ["2001"]
    assert _counts(world) == {"recipient_mismatch": 1}


def test_an_entry_without_an_id_goes_to_the_page_that_its_items_name(world: World) -> None:
    assert world.receives_body({"messaging": [_hello(world, "2000")]}).answers_owed == 1


def test_malformed_items_are_kept_and_counted_and_harm_no_neighbour(world: World) -> None:
    mixed = [part for number, item in enumerate(BROKEN) for part in (item, _hello(world, f"30{number}"))]
    receipt = world.receives_body({"id": PAGE_ID, "messaging": mixed})
    assert receipt.answers_owed == len(BROKEN)
    assert {c.platform_contact_id for c in world.contacts()} >= {f"30{number}" for number in range(len(BROKEN))}
    malformed = [row for row in world.rows(inbound_event) if row.kind.startswith("malformed:")]
    assert {"7", '"item"', '{"message":"text"}'} <= {row.raw.replace(" ", "") for row in malformed}
    assert sum(count for name, count in _counts(world).items() if name.startswith("malformed:")) >= len(malformed)


def test_a_body_in_which_nothing_can_be_read_is_kept_too(world: World) -> None:
    receipt = world.receives_body({"id": PAGE_ID, "messaging": ["not an item"]})
    assert receipt.fresh == 0
    assert [(row.kind, row.raw) for row in world.rows(inbound_event)] == [
        ("malformed:item_not_object", '"not an item"')
    ]


@pytest.mark.parametrize(
    "entries", [[], [None], [[]], [{"id": PAGE_ID}], [{"id": PAGE_ID, "messaging": {}}], [{"id": []}]]
)
def test_entries_of_any_shape_are_no_fault(world: World, entries: list[Any]) -> None:
    assert world.receives_body(*entries).answers_owed == 0
    assert world.contacts() == []


def test_a_person_known_only_by_a_user_ref_is_counted_and_not_made_a_contact(world: World) -> None:
    item = {**_hello(world, "x"), "sender": {"user_ref": "ref-77"}, "optin": {"ref": "checkout", "user_ref": "ref-77"}}
    del item["message"]
    receipt = world.receives_items([item])
    assert (receipt.fresh, receipt.answers_owed) == (1, 0)
    assert world.rows(contact) == []
    assert _counts(world) == {"kind:optin_user_ref": 1}


def test_ids_as_numbers_and_as_text_are_the_same_person(world: World) -> None:
    as_text, as_number = _hello(world, "2000", mid="m_1"), _hello(world, "2000", mid="m_2")
    as_number |= {"sender": {"id": 2000}, "recipient": {"id": int(PAGE_ID)}}
    world.receives_body({"id": int(PAGE_ID), "messaging": [as_number, as_text]})
    assert [c.platform_contact_id for c in world.contacts()] == ["2000"]


def test_text_that_no_database_can_hold_is_taken_in_all_the_same(world: World) -> None:
    for number, text in enumerate(
        ["nul \x00 inside", "half a pair \ud83d", "\U0001f600" * 3, "'; DROP TABLE contact; --"]
    ):
        item = _hello(world, f"200{number}\x00")
        item["message"]["text"] = text
        item["message"]["mid"] = f"m\x00{number}"
        item["referral"] = {"ref": text}
        assert world.receives_items([item]).answers_owed == 1


def test_what_links_and_adverts_tell_is_kept_as_facts_and_an_older_one_replaces_no_newer(world: World) -> None:
    world.apply(
        """
        [[templates]]
        name = "hello-again"
        text = "About {product_id|our products}"
        language = "en"

        [[rules]]
        name = "after-a-while"
        template = "hello-again"
        delay = "4h"
        when = [{ fact = "ref", is = "spring" }]
        """
    )
    alice = world.add_customer()
    world.says(alice, ago=timedelta(hours=5))
    world.receives(alice, {"referral": {"ref": "spring", "product": {"id": "shoe-7"}}}, ago=timedelta(hours=5))
    world.receives(alice, {"referral": {"ref": "autumn"}}, ago=timedelta(hours=6))
    world.work()
    world.work()
    assert world.accepted(alice)[-1]["text"] == "About shoe-7"
