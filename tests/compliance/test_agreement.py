"""The tables are what the log tells: after any history, and not after somebody changed a row by hand."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from botapp.campaign.publish import retire_rule
from botapp.campaign.team_mode import TeamMode
from botapp.clock import SystemClock
from botapp.compliance.agreement import Agreement, AgreementCheck
from botapp.compliance.cases import File, case_of, is_rederived
from botapp.compliance.erasure import Erasure
from botapp.storage import state_rows
from botapp.storage.engine import Database
from botapp.storage.handovers import HandoverKey
from tests.compliance import simulated
from tests.world import CAMPAIGN, World

FOR_NOBODY = """
[[rules]]
name = "for-nobody"
template = "hello-again"
delay = "4h"
when = { fact = "language", is = "xx" }
"""


def check(database: Database) -> Agreement:
    return AgreementCheck(database, simulated.house()).run()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world's database, kept as it is; each test works on a copy."""
    path = tmp_path_factory.mktemp("lived") / "world.sqlite"
    simulated.live(17, path).close()  # everything that is changed below occurs in it
    return path


@pytest.fixture
def database(lived: Path, tmp_path: Path) -> Iterator[Database]:
    copied = Database(f"sqlite:///{shutil.copy(lived, tmp_path)}", clock=SystemClock())
    yield copied
    copied.close()


@pytest.mark.parametrize("seed", [2, 3])
def test_after_a_week_with_every_fault_the_tables_are_what_the_log_tells(seed: int, tmp_path: Path) -> None:
    database = simulated.live(seed, tmp_path / "world.sqlite")
    found = check(database)
    database.close()
    assert (found.differences, found.first) == (0, [])
    assert found.contacts > 40
    assert found.entries > 500


def test_every_decision_can_be_made_again_from_the_entries_before_it(database: Database) -> None:
    house, decided = simulated.house(), 0
    with database.reading() as connection:
        for contact in state_rows.next_contacts(connection, (0, 0), 1000):
            file = File.open(connection, contact, house)
            for entry in file.entries:
                # Of somebody who was erased, the zone that their decisions went by is gone on purpose.
                if "decided_at" in entry.details and not file.is_erased:
                    decided += 1
                    assert is_rederived(case_of(connection, file, entry), entry), (contact, entry)
    assert decided > 100


TAMPERINGS = {
    "contact: last_interaction_at": "UPDATE contact SET last_interaction_at = last_interaction_at + 1 WHERE id = {id}",
    "contact: conversation_started_at": "UPDATE contact SET conversation_started_at = 1 WHERE id = {id}",
    "contact: last_claimed_at": "UPDATE contact SET last_claimed_at = NULL WHERE id = {id}",
    "contact: asked_for_more_at": "UPDATE contact SET asked_for_more_at = 1 WHERE id = {id}",
    "contact: unreachable_since": "UPDATE contact SET unreachable_since = 1 WHERE id = {id}",
    "contact: thread_owner": "UPDATE contact SET thread_owner = 'person' WHERE id = {id}",
    "contact: thread_owned_at": "UPDATE contact SET thread_owned_at = 1 WHERE id = {id}",
    "contact: ledger_sequence": "UPDATE contact SET ledger_sequence = ledger_sequence + 1 WHERE id = {id}",
    "suppression: stop": "DELETE FROM suppression WHERE scope = 'stop' AND contact_id = {id}",
    "consent_record": "UPDATE consent_record SET state = 'given' WHERE state = 'withdrawn' AND contact_id = {id}",
    "reply: number": "UPDATE reply SET state = 'failed' WHERE state = 'sent' AND contact_id = {id}",
    "consent_record: ": "UPDATE consent_record SET method = 'by mouth' WHERE state = 'withdrawn' AND contact_id = {id}",
    "reengagement: claimed_at": "UPDATE reengagement SET claimed_at = claimed_at - 1 WHERE state = 'sent'"
    " AND contact_id = {id}",
    "reengagement: state": "UPDATE reengagement SET state = 'failed' WHERE state = 'sent' AND contact_id = {id}",
    "reengagement: reason": "UPDATE reengagement SET reason = 'muted' WHERE state = 'skipped' AND contact_id = {id}",
    "reengagement: text": "UPDATE reengagement SET text = 'Buy now!' WHERE state = 'sent' AND contact_id = {id}",
    "reengagement: rule": "UPDATE reengagement SET rule_version = 99 WHERE state = 'sent' AND contact_id = {id}",
    "reengagement: template": "UPDATE reengagement SET template_version = 99 WHERE state = 'sent'"
    " AND contact_id = {id}",
    "reengagement: taken_up_at": "UPDATE reengagement SET taken_up_at = 1 WHERE state = 'sent' AND contact_id = {id}",
    "reengagement: budget_since": "UPDATE reengagement SET budget_since = 1 WHERE state = 'sent' AND contact_id = {id}",
    "reengagement: crossed_at": "UPDATE reengagement SET crossed_at = 1 WHERE state = 'sent' AND contact_id = {id}",
    "reengagement: ": "DELETE FROM reengagement WHERE state = 'sent' AND contact_id = {id}",
    "ledger_entry: numbers": "DELETE FROM ledger_entry WHERE sequence = 2 AND contact_id = {id}",
    "ledger_entry: last_at": "UPDATE ledger_entry SET occurred_at = occurred_at - 60000000 WHERE kind = 'interaction'"
    " AND sequence = 1 AND contact_id = {id}",
}
# Somebody who said stop, was written to, and whose message one silence was refused.
_EVENTFUL = """
SELECT contact_id FROM reengagement WHERE state = 'sent'
 AND contact_id IN (SELECT contact_id FROM consent_record WHERE state = 'withdrawn')
 AND contact_id IN (SELECT contact_id FROM suppression WHERE scope = 'stop')
 AND contact_id IN (SELECT contact_id FROM reengagement WHERE state = 'skipped')
 AND contact_id IN (SELECT contact_id FROM ledger_entry WHERE kind = 'interaction' AND sequence = 1)
 LIMIT 1
"""


@pytest.mark.parametrize("where", TAMPERINGS)
def test_a_row_that_was_changed_by_hand_is_named(database: Database, where: str) -> None:
    contact_id = tamper(database, TAMPERINGS[where])
    found = check(database)
    table, _, column = where.partition(": ")
    named = [str(difference) for difference in found.first if difference.contact[1] == contact_id]
    assert found.differences == len(found.first) == len(named)
    assert any(name.startswith(f"{table} of contact") and f": {column}" in name for name in named), named


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE {table} SET {column} = {column} - 1 WHERE since = (SELECT max(since) FROM {table})",
        "DELETE FROM {table} WHERE since = (SELECT max(since) FROM {table})",
        "UPDATE {table} SET since = since + 1 WHERE since = (SELECT max(since) FROM {table})",
    ],
)
@pytest.mark.parametrize(("table", "column"), [("rule_spending", "spent"), ("proactive_day", "begun")])
def test_a_count_of_what_has_a_limit_that_was_changed_by_hand_is_named(
    database: Database, tampering: str, table: str, column: str
) -> None:
    tamper(database, tampering.format(table=table, column=column))
    found = check(database)
    assert found.differences in (1, 2)  # of two periods, where what was begun in one is put down to another
    assert {difference.table for difference in found.first} == {table}


@pytest.mark.parametrize(
    ("tampering", "table"),
    [
        ("UPDATE consent_record SET language = 'xx' WHERE language IS NOT NULL", "consent_record"),
        ("UPDATE reply SET state = 'sent', reason = NULL WHERE state = 'skipped'", "reply"),
        ("UPDATE reply SET state = 'planned' WHERE state = 'sent'", "reply"),
    ],
)
def test_the_language_of_a_consent_and_the_end_of_an_answer_are_those_of_the_log(
    database: Database, tampering: str, table: str
) -> None:
    tamper(database, tampering)
    assert {difference.table for difference in check(database).first} == {table}


def test_a_contact_whose_row_is_gone_is_named(database: Database) -> None:
    contact_id = tamper(database, "UPDATE contact SET id = 5 WHERE id = {id}")
    assert {(d.table, d.contact[1]) for d in check(database).first} >= {("contact", contact_id), ("contact", 5)}


def test_only_the_first_differences_are_kept_and_all_are_counted(database: Database) -> None:
    tamper(database, "UPDATE contact SET unreachable_since = 7")
    found = AgreementCheck(database, simulated.house(), shown=3).run()
    assert len(found.first) == 3
    assert found.differences > 50


def tamper(database: Database, statement: str) -> int:
    """As somebody with all rights would: the guards are taken away first. The contact that it befell."""
    raw = database.engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.execute("PRAGMA ignore_check_constraints=ON")
        for (name,) in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
        [contact_id] = cursor.execute(_EVENTFUL).fetchone()
        cursor.execute(statement.format(id=contact_id))
        assert cursor.rowcount > 0
        raw.commit()
    finally:
        raw.close()
    return int(contact_id)


def test_a_real_installation_agrees_and_a_changed_row_does_not(world: World) -> None:
    silent, stopped = world.falls_silent("Alice Ng"), world.falls_silent("Bob Ito")
    world.says(stopped, "STOP", ago=timedelta(hours=4))  # the plan of the silence before goes
    world.until_answered()
    world.work()
    world.says(silent, "thank you")
    seen: list[Any] = []
    assert checking(world).run(lambda *progress: seen.append(progress)).first == []
    assert seen[-1] == (2, 2)
    with world.installation.database.transaction() as connection:
        connection.execute(text("UPDATE suppression SET lifted_at = set_at + 1 WHERE scope = 'stop'"))
    [difference] = checking(world).run().first
    assert (difference.table, difference.what) == ("suppression", "stop")


def test_it_agrees_about_who_took_a_conversation_on_and_whose_contact_it_is(world: World) -> None:
    database, psid = world.installation.database, world.add_customer()
    for words in ("hello", "agent please"):
        world.says(psid, words)
    world.until_answered()
    [person] = world.contacts()
    [row] = rows_of(world, "SELECT number FROM handover")
    assert world.installation.handover_desk().claim(HandoverKey(person.account_id, person.id, row.number), 7) is None
    TeamMode(database).link(world.account, psid, by=7)
    assert checking(world).run().first == []
    for changed, named in (
        ("UPDATE handover SET staff_id = 8", "handover"),
        ("UPDATE handover SET staff_id = 7, state = 'taking'", "handover"),
        ("UPDATE handover SET state = 'claimed'", None),
        ("UPDATE contact SET staff_id = NULL", "contact"),
    ):
        with database.transaction() as connection:
            connection.execute(text(changed))
        assert [found.table for found in checking(world).run().first] == ([named] if named else [])


def rows_of(world: World, query: str) -> list[Any]:
    with world.installation.database.reading() as connection:
        return list(connection.execute(text(query)))


def test_it_agrees_while_somebody_else_goes_on_talking(world: World) -> None:
    alice = world.falls_silent(ago=timedelta(hours=8))
    for hours in (7, 6, 5):
        world.receives(alice, {"take_thread_control": {"new_owner_app_id": 7}}, ago=timedelta(hours=hours))
    assert checking(world).run().first == []


def test_it_agrees_after_a_no_crossed_a_message_and_after_the_platform_closed_the_window(world: World) -> None:
    alice, bob = world.falls_silent("Alice Ng"), world.falls_silent("Bob Ito")
    assert world.claim(alice) is not None
    world.says(alice, "STOP")
    world.faults({"match": {"path": "/messages", "psid": bob}, "fault": "error=10/2018278", "count": 1})
    world.work()
    assert {r.state for r in world.reengagements()} >= {"claimed", "failed"}
    assert checking(world).run().first == []


def test_it_agrees_after_a_refusal_went_with_its_campaign(world: World) -> None:
    world.apply(CAMPAIGN + FOR_NOBODY)
    retire_rule(world.installation.database, world.account.id, "after-a-while")
    alice = world.falls_silent()
    assert [r.reason for r in world.reengagements()] == ["no_rule"]
    retire_rule(world.installation.database, world.account.id, "for-nobody")
    world.replan()
    assert world.reengagements() == []
    assert checking(world).run().first == []
    world.says(alice, "STOP")
    assert checking(world).run().first == []


def test_it_agrees_after_a_person_was_erased(world: World) -> None:
    alice = world.falls_silent()
    world.work()
    world.says(alice, "STOP")
    world.until_answered()
    [person] = world.contacts()
    world.installation.sealer().seal()
    assert world.installation.eraser().erase((person.account_id, person.id), "staff") is Erasure.ERASED
    assert checking(world).run().first == []


def test_whoever_writes_while_the_tables_are_read_makes_no_difference(world: World) -> None:
    alice = world.falls_silent()
    written: list[str] = []

    def write_in_between(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "ledger_entry" in statement and "json" in statement and not written:
            written.append(statement)
            world.says(alice, "and another thing")

    event.listen(world.installation.database.engine, "before_cursor_execute", write_in_between)
    found = checking(world).run()
    assert written
    assert found.first == []


def checking(world: World) -> AgreementCheck:
    return AgreementCheck(world.installation.database, world.installation.house)
