"""What is on record stays as it was written: entries, consent, and the words that were shown."""

import pytest

from tests.storage.by_hand import Hand

ENTRY = (
    "INSERT INTO ledger_entry (account_id, contact_id, sequence, kind, recorded_at) VALUES (1, 1, :sequence, :kind, 5)"
)
_CONSENT = (
    "INSERT INTO consent_record (account_id, contact_id, sequence, purpose, state, method, occurred_at, recorded_at)"
    " VALUES (1, 1, 1, 'reengagement', 'given', 'button', 5, 5)"
)
_VERSIONS = {
    "template_version": "INSERT INTO template_version (account_id, name, version, text, language, purpose,"
    " content_hash, created_at) VALUES (1, 'hello', 1, 'Hello', 'en', 'service', 'h', 5)",
    "rule_version": "INSERT INTO rule_version (account_id, name, version, definition, content_hash, created_at)"
    " VALUES (1, 'rule', 1, '{}', 'h', 5)",
    "question_version": "INSERT INTO question_version (account_id, version, text, yes, no, content_hash, created_at)"
    " VALUES (1, 1, 'May we?', 'Yes', 'No', 'h', 5)",
}


CHANGES_OF_AN_ENTRY = ("kind = 'sent'", "sequence = 2", "recorded_at = 6", "reason = 'x'", "contact_id = 2")
CHANGES_OF_A_CONSENT = ("state = 'withdrawn'", "occurred_at = 9", "method = 'typed'", "wording_version = '2'")


def test_an_entry_is_neither_changed_nor_deleted(hand: Hand) -> None:
    hand.execute(ENTRY, sequence=1, kind="claimed")
    before = hand.rows("SELECT * FROM ledger_entry")
    for change in CHANGES_OF_AN_ENTRY:
        assert hand.is_refused(f"UPDATE ledger_entry SET {change}")  # noqa: S608  see above
    assert hand.is_refused("DELETE FROM ledger_entry")
    assert hand.rows("SELECT * FROM ledger_entry") == before != []


def test_an_entrys_number_is_its_own_and_counts_from_one(hand: Hand) -> None:
    hand.execute(ENTRY, sequence=1, kind="claimed")
    for sequence in (0, -1, 1, None):
        assert hand.is_refused(ENTRY, sequence=sequence, kind="sent"), sequence


def test_an_entry_is_not_replaced_by_another_of_its_number(hand: Hand) -> None:
    if hand.database.is_postgresql:
        replace = f"{ENTRY} ON CONFLICT (account_id, contact_id, sequence) DO UPDATE SET kind = excluded.kind"
    else:
        replace = ENTRY.replace("INSERT", "INSERT OR REPLACE")
    hand.execute(ENTRY, sequence=1, kind="claimed")
    assert hand.is_refused(replace, sequence=1, kind="sent")
    assert [row.kind for row in hand.rows("SELECT kind FROM ledger_entry")] == ["claimed"]


def test_no_record_is_emptied_at_a_stroke(hand: Hand) -> None:
    if not hand.database.is_postgresql:
        pytest.skip("knows no TRUNCATE")
    for table in ("ledger_entry", "reengagement", *_VERSIONS):
        assert hand.is_refused(f"TRUNCATE {table} CASCADE"), table


def test_a_consent_record_is_never_changed(hand: Hand) -> None:
    hand.execute(_CONSENT)
    for change in CHANGES_OF_A_CONSENT:
        assert hand.is_refused(f"UPDATE consent_record SET {change}"), change  # noqa: S608  see above


@pytest.mark.parametrize("table", _VERSIONS)
def test_a_version_is_never_changed_nor_deleted_and_written_anew(hand: Hand, table: str) -> None:
    hand.execute(_VERSIONS[table])
    assert hand.is_refused(f"UPDATE {table} SET content_hash = 'other'")  # noqa: S608  see above
    assert hand.is_refused(f"DELETE FROM {table}")  # noqa: S608  see above
    assert hand.is_refused(_VERSIONS[table].replace("'h'", "'i'")), "its number is taken"
    renumbered = _VERSIONS[table].replace(" 1, 'Hello'", " 2, 'Hello'").replace("1, '{}'", "2, '{}'")
    renumbered = renumbered.replace("1, 'May", "2, 'May")
    assert hand.is_refused(renumbered), "the very same content has a version already"


_CONTACT = "INSERT INTO contact (account_id, id, person_id, platform_contact_id, created_at) VALUES"
_ACCOUNT = "INSERT INTO account (platform, page_id, name, token_encrypted, created_at) VALUES"
_EVENT = "INSERT INTO inbound_event (account_id, event_key, kind, signal, received_at, raw) VALUES"
MEANINGLESS = (
    f"{_CONTACT} (9, 9, 9, 'of-no-page', 0)",
    f"{_CONTACT} (1, 9, 9, 'customer-1', 0)",
    f"{_ACCOUNT} ('messenger', '1000', 'The same page again', '-', 0)",
    f"{_EVENT} (7, 'of-no-page', 'kind', 'other', 0, '')",
    "UPDATE account SET basis = 'none needed'",
    "UPDATE account SET anchor = 'whenever'",
    "UPDATE contact SET thread_owner = 'nobody'",
    "UPDATE contact SET last_claimed_at = 5",
    "INSERT INTO control (id) VALUES (2)",
    "INSERT INTO template (account_id, name, live_version) VALUES (1, 'hello', 7)",
    "INSERT INTO rule (account_id, name, live_version) VALUES (1, 'rule', 7)",
)


def test_rows_that_mean_nothing_are_refused(hand: Hand) -> None:
    assert [sql for sql in MEANINGLESS if not hand.is_refused(sql)] == []
