"""Sealing: every entry gets its place once, whatever is committed when; nothing is signed that contradicts the past."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from botapp.audit.checkpoint import open_checkpoint
from botapp.audit.proof import Proof
from botapp.audit.tree import Frontier, frontier_of, inclusion_path
from botapp.clock import SystemClock
from botapp.compliance.check_live import LiveCheck
from botapp.compliance.seal import Sealer, leaf_of, load_openings
from botapp.compliance.signer import Signer, SigningRefusedError
from botapp.storage import ledger, tree
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind, NumberedEntry
from botapp.storage.schema import account, ledger_entry

NOW = SystemClock().now()
ORIGIN = "botapp.example/log"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = Database(database_url, clock=SystemClock())
    values = {"platform": "messenger", "page_id": "1", "name": "Page", "token_encrypted": "-", "created_at": NOW}
    with found.transaction() as connection:
        connection.execute(account.insert().values(id=1, **values))
    yield found
    found.close()


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(ORIGIN, tmp_path / "keys")


@pytest.fixture
def sealer(database: Database, signer: Signer) -> Sealer:
    return Sealer(database, signer.sign, batch=100)


def append(database: Database, contact: int, numbers: range) -> None:
    entries = [
        NumberedEntry(1, contact, number, Entry(EntryKind.INTERACTION, NOW, evidence_key=f"m:{contact}.{number}"))
        for number in numbers
    ]
    with database.transaction() as connection:
        ledger.append_numbered(connection, entries, NOW)


def sealed_rows(database: Database) -> list[Any]:
    with database.reading() as connection:
        return list(connection.execute(ledger_entry.select().order_by(ledger_entry.c.leaf_index)))


def test_every_entry_is_sealed_once_and_its_checkpoint_proves_it(
    database: Database, sealer: Sealer, signer: Signer
) -> None:
    for contact in (7, 8, 9):
        append(database, contact, range(1, 250))
    assert sealer.seal() == 3 * 249
    assert sealer.seal() == 0
    rows = sealed_rows(database)
    assert [row.leaf_index for row in rows] == list(range(3 * 249))
    with database.reading() as connection:
        last = tree.last_checkpoint(connection)
        node = tree.node_source(connection)
        assert last is not None
        checkpoint = open_checkpoint(last.note, ORIGIN, signer.public_keys())
        assert (checkpoint.size, checkpoint.root) == (747, frontier_of(747, node).root())
        for row, opening in zip(rows, load_openings(connection, rows), strict=True):
            assert opening is not None
            assert opening.private == {"evidence_key": f"m:{row.contact_id}.{row.sequence}"}
            assert opening.commitment == row.commitment
            if row.leaf_index % 50 == 0:
                proof = Proof(row.leaf_index, inclusion_path(row.leaf_index, 747, node), last.note)
                hashed = Frontier(1, [bytes.fromhex(row.leaf_hash)]).root()
                assert proof.verify(hashed, ORIGIN, signer.public_keys()) == checkpoint
        assert b"m:7" not in leaf_of(rows[0], rows[0].commitment).encode()


def test_an_entry_committed_after_later_ones_were_sealed_is_sealed_too(database: Database, sealer: Sealer) -> None:
    append(database, 9, range(1, 3))
    sealer.seal()
    append(database, 7, range(1, 2))  # lower in every key, and later
    assert sealer.seal() == 1
    assert [(row.contact_id, row.leaf_index) for row in sealed_rows(database)] == [(9, 0), (9, 1), (7, 2)]


def test_two_sealers_at_once_give_each_entry_one_place(database: Database, signer: Signer) -> None:
    for contact in range(1, 21):
        append(database, contact, range(1, 26))
    threads = [threading.Thread(target=Sealer(database, signer.sign, batch=7).seal) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = sealed_rows(database)
    assert [row.leaf_index for row in rows] == list(range(500))
    for contact in range(1, 21):
        assert [row.sequence for row in rows if row.contact_id == contact] == list(range(1, 26))


def test_a_sealed_entry_can_be_changed_by_nobody_and_its_hidden_part_only_erased(
    database: Database, sealer: Sealer
) -> None:
    append(database, 7, range(1, 4))
    sealer.seal()
    for change in (
        "kind = 'sent'",
        "leaf_index = leaf_index + 10",
        "leaf_hash = NULL",
        "commitment = 'x'",
        "evidence_key = 'm:other'",
        "private = '{}'",
        "details = '[]'",
        "recorded_at = recorded_at - 1",
    ):
        assert is_refused(database, f"UPDATE ledger_entry SET {change} WHERE sequence = 2"), change  # noqa: S608  ours
    for statement in (
        "DELETE FROM ledger_entry",
        "DELETE FROM checkpoint",
        "UPDATE checkpoint SET note = 'x'",
        "DELETE FROM tree",
    ):
        assert is_refused(database, statement), statement
    assert not is_refused(database, "UPDATE ledger_entry SET evidence_key = NULL WHERE sequence = 2")
    assert [row.evidence_key for row in sealed_rows(database)] == ["m:7.1", None, "m:7.3"]


def test_an_entry_that_is_not_sealed_yet_cannot_be_erased(database: Database) -> None:
    append(database, 7, range(1, 2))
    assert is_refused(database, "UPDATE ledger_entry SET evidence_key = NULL")
    assert is_refused(database, "UPDATE ledger_entry SET leaf_index = 0")


def is_refused(database: Database, statement: str) -> bool:
    try:
        with database.transaction() as connection:
            connection.execute(text(statement))
    except DatabaseError:
        return True
    return False


def test_a_database_set_back_to_an_earlier_day_is_not_signed_for(
    database: Database, sealer: Sealer, signer: Signer
) -> None:
    append(database, 7, range(1, 6))
    sealer.seal()
    memory = signer.directory / "last-signed.json"
    memory.write_text(json.dumps({"size": 6, "root": "00" * 32}))
    append(database, 8, range(1, 3))
    with pytest.raises(SigningRefusedError, match="not those that were signed before"):
        sealer.seal()
    memory.write_text(json.dumps({"size": 8, "root": "00" * 32}))
    with pytest.raises(SigningRefusedError, match="has 7 entries, but 8 were signed before"):
        sealer.seal()


def test_a_memory_that_cannot_be_read_is_not_guessed_at(database: Database, sealer: Sealer, signer: Signer) -> None:
    append(database, 7, range(1, 6))
    sealer.seal()
    (signer.directory / "last-signed.json").write_text("{")
    append(database, 7, range(6, 7))
    with pytest.raises(SigningRefusedError, match="restore it"):
        sealer.seal()


def test_keys_are_rotated_with_an_overlap(database: Database, sealer: Sealer, signer: Signer) -> None:
    [old] = signer.public_keys()
    new = signer.add_key()
    append(database, 7, range(1, 6))
    sealer.seal()
    with database.reading() as connection:
        first = tree.last_checkpoint(connection)
    assert signer.retire_old_keys() == [old]
    assert signer.public_keys() == [new, old]
    append(database, 7, range(6, 7))
    sealer.seal()
    with database.reading() as connection:
        second = tree.last_checkpoint(connection)
    assert first is not None
    assert second is not None
    for note, key in ((first.note, old), (first.note, new), (second.note, new)):
        assert open_checkpoint(note, ORIGIN, [key]).origin == ORIGIN
    with pytest.raises(ValueError, match="none of the trusted"):
        open_checkpoint(second.note, ORIGIN, [old])


def test_a_key_that_others_can_read_is_not_used(signer: Signer) -> None:
    signer.add_key()
    [path] = signer.directory.glob("*.seed")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        signer.keys()


def test_a_live_log_is_checked_in_portions_and_the_kept_nodes_of_its_tree_with_it(
    database: Database, sealer: Sealer, signer: Signer
) -> None:
    for numbers in (range(1, 301), range(301, 601), range(601, 620)):
        append(database, 7, numbers)
        sealer.seal()
    check = LiveCheck(database, signer, portion=2).run()
    assert (check.fault, check.entries, check.checkpoints) == (None, 619, 4)  # the signer remembers the last one, too
    for change, fault in (
        ("UPDATE tree_node SET hash = (SELECT max(root) FROM checkpoint) WHERE position = 1", "from 256 to 511"),
        ("DELETE FROM tree_node WHERE position = 0", "from 0 to 255"),
    ):
        guard = f"DROP TRIGGER tree_node_{change.split()[0].lower()}_guard"
        with database.engine.begin() as connection:
            connection.execute(text(guard + (" ON tree_node" if database.is_postgresql else "")))
            assert connection.execute(text(change)).rowcount == 1
        assert fault in (LiveCheck(database, signer).run().fault or "")
