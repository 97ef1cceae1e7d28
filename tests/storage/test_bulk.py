"""Any number of rows at once: whatever the values are, what was written is what is read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from botapp.storage import bulk
from botapp.storage.engine import Database
from botapp.storage.schema import account, contact, control, counter, fact, inbound_event, lease
from botapp.storage.times import from_microseconds
from tests.storage.by_hand import ALICE, BOB, Hand

NOW = datetime(2026, 11, 2, 12, 0, 0, 123456, tzinfo=UTC)
MANY = 20_000


def _event(key: str, **other: object) -> dict[str, Any]:
    row = {"account_id": 1, "event_key": key, "platform_contact_id": None, "kind": "message_text"}
    return {**row, "signal": "interaction", "occurred_at": NOW, "received_at": NOW, "raw": "{}", **other}


def _fact(name: str, value: str, observed_at: datetime, contact_id: int = ALICE) -> dict[str, Any]:
    row = {"account_id": 1, "contact_id": contact_id, "name": name, "value": value}
    return {**row, "source": "test", "observed_at": observed_at, "expires_at": None}


def _values(database: Database) -> dict[str, str]:
    with database.reading() as connection:
        return {row.name: row.value for row in connection.execute(select(fact))}


def test_tens_of_thousands_of_rows_are_no_matter(hand: Hand) -> None:
    rows = [_event(f"key-{number}") for number in range(MANY)]
    with hand.database.transaction() as connection:
        stored = bulk.insert_new(connection, inbound_event, rows, key=("event_key",))
        assert len(stored) == MANY
        overlapping = [_event(f"key-{number}") for number in range(MANY - 5, MANY + 5)]
        again = bulk.insert_new(connection, inbound_event, overlapping, key=("event_key",))
        assert again == {(f"key-{number}",) for number in range(MANY, MANY + 5)}
        keys = [{"account_id": 1, "event_key": f"key-{number}"} for number in range(0, 2 * MANY, 2)]
        assert len(bulk.find(connection, inbound_event, keys)) == (MANY + 5 + 1) // 2


TEXTS = (
    'it\'s "quoted" and \\escaped\\ and 100% :rows {name} $1 ?',
    "\N{WAVING HAND SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-5} 你好 مرحبا \u202e\u200d",
    "line\nand\ttab\r\n and \x01\x1f control",
    "\\u0000 written out, as raw items have it",
    "null",
    "",
    " " * 3,
    "x" * 100_000,
)


def test_a_text_comes_back_as_it_was(hand: Hand) -> None:
    rows = [_event(f"{number}", raw=words, platform_contact_id=words) for number, words in enumerate(TEXTS)]
    with hand.database.transaction() as connection:
        bulk.insert(connection, inbound_event, rows)
        found = connection.execute(select(inbound_event).order_by(inbound_event.c.event_key)).all()
    assert [(row.raw, row.platform_contact_id) for row in found] == [(words, words) for words in TEXTS]


def test_whole_numbers_keep_every_digit(hand: Hand) -> None:
    greatest = 2**63 - 1
    with hand.database.transaction() as connection:
        rows = [
            {"account_id": 1, "id": n, "person_id": n, "platform_contact_id": f"p-{n}", "created_at": NOW}
            for n in (greatest, greatest - 1, 2**53 + 1)
        ]
        bulk.insert(connection, contact, rows)
        keys = [{"account_id": 1, "id": greatest}, {"account_id": 1, "id": 2**53 + 1}]
        assert {row.id for row in bulk.find(connection, contact, keys)} == {greatest, 2**53 + 1}


def test_an_absent_value_is_null_and_replaces_what_was_there(hand: Hand) -> None:
    with hand.database.transaction() as connection:
        bulk.insert(connection, inbound_event, [_event("a"), _event("b", occurred_at=None)])
        rows = connection.execute(select(inbound_event).order_by(inbound_event.c.event_key)).all()
        assert [(row.occurred_at, row.platform_contact_id) for row in rows] == [(NOW, None), (None, None)]
        cleared = [{"account_id": 1, "id": ALICE, "first_name": None, "unreachable_since": NOW}]
        bulk.update(connection, contact, [{**cleared[0], "first_name": "Alice"}], key=("account_id", "id"))
        bulk.update(connection, contact, cleared, key=("account_id", "id"))
        row = connection.execute(select(contact).where(contact.c.id == ALICE)).one()
        assert (row.first_name, row.unreachable_since) == (None, NOW)


def test_instants_keep_their_microseconds_and_any_zone_is_the_same_instant(hand: Hand) -> None:
    elsewhere = NOW.astimezone(tz=datetime.strptime("+0530", "%z").tzinfo)
    with hand.database.transaction() as connection:
        bulk.insert(connection, inbound_event, [_event("a", occurred_at=elsewhere)])
        assert connection.execute(select(inbound_event.c.occurred_at)).scalar_one() == NOW
    with pytest.raises(ValueError, match="zone"), hand.database.transaction() as connection:
        bulk.insert(connection, inbound_event, [_event("b", occurred_at=NOW.replace(tzinfo=None))])


def test_yes_and_no_are_yes_and_no(hand: Hand) -> None:
    for told in (True, False):
        with hand.database.transaction() as connection:
            bulk.upsert(connection, control, [{"id": 1, "proactive_stopped": told}], key=("id",))
            assert connection.execute(select(control.c.proactive_stopped)).scalar_one() is told


def test_a_value_of_another_kind_is_refused(hand: Hand) -> None:
    with pytest.raises(TypeError, match="bytes"), hand.database.transaction() as connection:
        bulk.insert(connection, inbound_event, [_event("a", raw=b"{}")])


def test_no_rows_are_no_statement(hand: Hand) -> None:
    with hand.database.transaction() as connection:
        assert bulk.insert_new(connection, inbound_event, [], key=("event_key",)) == set()
        bulk.insert(connection, inbound_event, [])
        bulk.upsert(connection, fact, [], key=("name",))
        assert bulk.update(connection, contact, [], key=("id",), returning="id") == []
        bulk.add(connection, counter, [], key=("name",))
        assert bulk.find(connection, contact, []) == []


def test_inserting_a_taken_key_is_an_error_and_stores_nothing(hand: Hand) -> None:
    with pytest.raises(IntegrityError), hand.database.transaction() as connection:
        bulk.insert(connection, inbound_event, [_event("a"), _event("a")])
    assert hand.rows("SELECT * FROM inbound_event") == []


def test_an_older_observation_replaces_no_newer_and_one_of_the_same_instant_does(hand: Hand) -> None:
    key = ("account_id", "contact_id", "name")
    for value, at, expected in (
        ("first", NOW, "first"),
        ("older", NOW - timedelta(microseconds=1), "first"),
        ("same", NOW, "same"),
        ("newer", NOW + timedelta(microseconds=1), "newer"),
    ):
        with hand.database.transaction() as connection:
            bulk.upsert(connection, fact, [_fact("cart", value, at)], key=key, newer_by="observed_at")
        assert _values(hand.database) == {"cart": expected}
    with hand.database.transaction() as connection:
        bulk.upsert(connection, fact, [_fact("cart", "any", NOW - timedelta(days=9))], key=key)
    assert _values(hand.database) == {"cart": "any"}


def test_an_update_touches_the_named_rows_where_its_condition_holds_and_tells_which(hand: Hand) -> None:
    rows = [{"account_id": 1, "id": person, "zone": "Europe/Berlin"} for person in (ALICE, BOB, 99)]
    with hand.database.transaction() as connection:
        changed = bulk.update(
            connection,
            contact,
            rows,
            key=("account_id", "id"),
            condition="contact.id <> 2",
            returning="contact.id",
        )
        assert changed == [(ALICE,)]
        zones = connection.execute(select(contact.c.zone).order_by(contact.c.id)).scalars().all()
        assert zones == ["Europe/Berlin", None]


def test_adding_begins_at_nothing(hand: Hand) -> None:
    with hand.database.transaction() as connection:
        bulk.add(connection, counter, [{"name": "a", "value": 2}, {"name": "b", "value": 2**40}], key=("name",))
        bulk.add(connection, counter, [{"name": "a", "value": 3}], key=("name",))
        assert {row.name: row.value for row in connection.execute(select(counter))} == {"a": 5, "b": 2**40}


def test_durations_are_whole_microseconds(hand: Hand) -> None:
    hand.insert(ALICE, 5)
    assert bulk.encode([{"least_gap": timedelta(days=1, microseconds=1)}]) == '[{"least_gap":86400000001}]'
    assert from_microseconds(1) > from_microseconds(0)


def test_a_row_of_another_table_is_never_meant(hand: Hand) -> None:
    """The same column names in two tables: each statement is its own table's."""
    with hand.database.transaction() as connection:
        bulk.update(connection, account, [{"id": 1, "name": "Renamed"}], key=("id",))
        bulk.upsert(connection, lease, [{"name": "x", "holder": "h", "expires_at": NOW, "seen_at": NOW}], key=("name",))
        assert connection.execute(select(account.c.name)).scalar_one() == "Renamed"
        assert connection.execute(select(lease.c.name)).scalar_one() == "x"
