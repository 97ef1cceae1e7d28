"""The button that has the live log checked: one check at a time, its progress and its result for everybody to see."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from botapp.compliance.background_check import BackgroundCheck
from botapp.storage import contacts, ledger, log_checks
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.log_checks import CheckState, LogCheck
from tests.console.compliance.conftest import Day
from tests.console.compliance.test_pages import text as shown_text


@pytest.fixture
def database(day: Day) -> Database:
    return day.world.installation.database


def checks(database: Database) -> list[LogCheck]:
    with database.reading() as connection:
        return list(log_checks.load_latest(connection, 10))


def begin(database: Database, check_id: int, now: datetime) -> bool:
    with database.transaction() as connection:
        return log_checks.begin(connection, check_id, 7, now)


def test_the_button_has_the_log_checked_and_the_result_is_shown(day: Day, database: Database, wait_until: Any) -> None:
    auditor = day.log_in()
    assert auditor.post("/checks").status_code == 303
    wait_until(lambda: checks(database)[0].state is not CheckState.RUNNING)
    entries = len(day.world.ledger()) + len(day.world.page_ledger())
    seen = shown_text(auditor.reads("/"))
    assert f"Holds {entries} entries and" in seen
    assert "are as they were signed. No promise was broken in the 1 of 1 messages begun" in seen


def test_the_result_is_on_record(day: Day, database: Database, wait_until: Any) -> None:
    auditor = day.log_in()
    auditor.post("/checks")
    wait_until(lambda: checks(database)[0].state is CheckState.HOLDS)
    day.seal()
    page = auditor.reads("/search?kind=log_checked")
    assert f"by: {auditor.staff_id}" in shown_text(page)
    assert "state: holds" in shown_text(page)


def test_a_row_that_somebody_changed_is_found(day: Day, database: Database, wait_until: Any) -> None:
    with database.transaction() as connection:
        on = " ON ledger_entry" if database.is_postgresql else ""
        connection.execute(text(f"DROP TRIGGER ledger_entry_update_guard{on}"))
        connection.execute(text("UPDATE ledger_entry SET kind = 'reply_sent' WHERE kind = 'sent'"))
    auditor = day.log_in()
    auditor.post("/checks")
    wait_until(lambda: checks(database)[0].state is not CheckState.RUNNING)
    seen = shown_text(auditor.reads("/"))
    assert "Does not hold" in seen
    assert "is not what was sealed" in seen


def test_a_promise_that_was_broken_is_found_although_everything_is_signed(
    day: Day, database: Database, wait_until: Any
) -> None:
    [bob] = [row for row in day.world.contacts() if row.platform_contact_id == day.bob]
    with database.transaction() as connection:
        now, contact = database.now(connection), contacts.lock_contact(connection, bob.account_id, bob.id)
        page = ledger.find_last_of_page(connection, bob.account_id, EntryKind.TERMS)
        assert page is not None
        begun = Entry(EntryKind.CLAIMED, now, subject_at=bob.last_interaction_at, details={"terms": page.sequence})
        ledger.append(connection, contact, [begun], now)
    day.seal()
    auditor = day.log_in()
    auditor.post("/checks")
    wait_until(lambda: checks(database)[0].state is not CheckState.RUNNING)
    seen = shown_text(auditor.reads("/"))
    assert "Does not hold A promise was broken:" in seen
    assert f"of contact {bob.id} of page {bob.account_id}" in seen


def test_while_one_runs_there_is_no_second_and_its_progress_is_shown(day: Day, database: Database) -> None:
    now = day.world.installation.clock.now()
    assert begin(database, 1, now)
    with database.transaction() as connection:
        assert log_checks.report(connection, 1, 3_000, 12_000, now)
    installation = day.world.installation
    assert BackgroundCheck(database, installation.signer, installation.clock).begin(7) is None
    auditor = day.log_in()
    auditor.post("/checks")
    page = auditor.reads("/")
    assert "3,000 of 12,000 steps" in shown_text(page)
    assert "being checked already" in page
    assert len(checks(database)) == 1


def test_one_that_was_not_heard_of_for_a_minute_is_given_up(database: Database, day: Day) -> None:
    now = day.world.installation.clock.now()
    assert begin(database, 1, now)
    assert not begin(database, 2, now + timedelta(seconds=59))
    assert begin(database, 3, now + timedelta(seconds=61))
    assert {check.id: check.state for check in checks(database)} == {3: CheckState.RUNNING, 1: CheckState.STOPPED}


def test_one_that_was_given_up_cannot_say_anything_any_more(database: Database, day: Day) -> None:
    now = day.world.installation.clock.now()
    begin(database, 1, now)
    begin(database, 2, now + timedelta(minutes=2))
    with database.transaction() as connection:
        assert not log_checks.report(connection, 1, 5, 5, now)
        assert not log_checks.finish(connection, 1, CheckState.HOLDS, "too late", now)
        assert log_checks.finish(connection, 2, CheckState.HOLDS, "all is well", now)
    assert {check.id: check.finding for check in checks(database)} == {2: "all is well", 1: None}


def test_one_that_ended_by_a_fault_says_that_nobody_knows(day: Day, database: Database) -> None:
    installation = day.world.installation
    for path in installation.signer.directory.iterdir():
        path.chmod(0o644)
    running = BackgroundCheck(database, installation.signer, installation.clock).begin(7)
    assert running is not None
    running.join(10)
    [check] = checks(database)
    assert (check.state, check.finding) == (CheckState.STOPPED, "It ended by a fault: PermissionError")
