"""What is done to the database with all rights is found by the live check.

Who has the keys as well and writes everything anew is found by whoever kept an earlier checkpoint.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from botapp.compliance.check_live import LiveCheck, LiveReport
from botapp.compliance.seal import Sealer
from botapp.compliance.signer import Signer
from botapp.storage import tree
from botapp.storage.engine import Database
from tests.world import World

_COLUMNS = (
    "account_id, contact_id, sequence, kind, occurred_at, recorded_at, reason, evidence_key, subject_at, details,"
    " leaf_index, leaf_hash, commitment"
)
# Statements with all rights, by what they do.
TAMPERINGS = {
    "a row is changed": "UPDATE ledger_entry SET kind = 'skipped' WHERE kind = 'sent'",
    "a row is deleted": "DELETE FROM ledger_entry WHERE kind = 'suppression_set'",
    "the last row is deleted": (
        "DELETE FROM ledger_entry WHERE leaf_index = (SELECT max(leaf_index) FROM ledger_entry)"
    ),
    "two rows change places": (
        "UPDATE ledger_entry SET leaf_index = CASE leaf_index WHEN 1 THEN -3 WHEN 2 THEN -2 ELSE leaf_index END;"
        "UPDATE ledger_entry SET leaf_index = -leaf_index - 1 WHERE leaf_index < 0"
    ),
    "a row is back-dated": (
        "UPDATE ledger_entry SET occurred_at = occurred_at - 3600000000 WHERE kind = 'suppression_set'"
    ),
    "a row is inserted in the midst": (
        "UPDATE ledger_entry SET leaf_index = -leaf_index - 2 WHERE leaf_index > 3;"
        "UPDATE ledger_entry SET leaf_index = -leaf_index - 1 WHERE leaf_index < 0;"
        "INSERT INTO ledger_entry (COLUMNS) SELECT account_id, contact_id, sequence + 1000, 'suppression_lifted',"
        " occurred_at, recorded_at, reason, evidence_key, subject_at, details, 4, leaf_hash, commitment"
        " FROM ledger_entry WHERE leaf_index = 3"
    ),
    "a row is added without its number having been taken": (
        "INSERT INTO ledger_entry (COLUMNS) SELECT account_id, contact_id, sequence + 1000, 'suppression_lifted',"
        " occurred_at, recorded_at, reason, evidence_key, subject_at, details, NULL, NULL, NULL"
        " FROM ledger_entry WHERE leaf_index = 3"
    ),
    "what an entry hides is changed": "UPDATE ledger_entry SET evidence_key = 'm:another' WHERE evidence_key <> ''",
    "a checkpoint is replaced": "UPDATE checkpoint SET root = (SELECT max(root) FROM checkpoint)",
    "a checkpoint's note is replaced": "UPDATE checkpoint SET note = (SELECT max(note) FROM checkpoint)",
    "the tree's state is changed": (
        "UPDATE tree SET frontier = (SELECT max(root) FROM checkpoint) || substr(frontier, 65)"
    ),
    "the tree's state is set back": "UPDATE tree SET size = size - 1",
}
SAID = {
    "a row is changed": "is not what was sealed: number",
    "a row is deleted": "stands in its place",
    "the last row is deleted": "from 0 on, 1 are gone",
    "two rows change places": "are not those that were signed",
    "a row is back-dated": "is not what was sealed: number",
    "a row is inserted in the midst": "is not what was sealed: number",
    "a row is added without its number having been taken": "were written",
    "what an entry hides is changed": "hides is not what was sealed: number",
    "a checkpoint is replaced": "is not the one in its note",
    "a checkpoint's note is replaced": "is not the one in its note",
    "the tree's state is changed": "the kept state of the tree",
    "the tree's state is set back": "were signed, and only",
}
# Whoever writes everything anew leaves no gap in the numbers either.
REWRITINGS = {
    "a row is changed": TAMPERINGS["a row is changed"],
    "a row is back-dated": TAMPERINGS["a row is back-dated"],
    "a row is deleted": (
        "DELETE FROM ledger_entry WHERE kind = 'suppression_set';"
        "UPDATE ledger_entry AS e SET sequence = -(SELECT count(*) FROM ledger_entry AS o WHERE"
        " o.account_id = e.account_id AND o.contact_id = e.contact_id AND abs(o.sequence) <= e.sequence);"
        "UPDATE ledger_entry SET sequence = -sequence;"
        "UPDATE contact SET ledger_sequence = (SELECT max(sequence) FROM ledger_entry AS e WHERE"
        " e.account_id = contact.account_id AND e.contact_id = contact.id)"
    ),
    "a row is inserted": (
        "INSERT INTO ledger_entry (COLUMNS) SELECT account_id, id, ledger_sequence + 1, 'consent_given',"
        " created_at, created_at, NULL, NULL, NULL, '{}', NULL, NULL, NULL FROM contact;"
        "UPDATE contact SET ledger_sequence = ledger_sequence + 1"
    ),
}


@pytest.fixture
def sealer(world: World) -> Sealer:
    """Of a log with a message that was sent, a no, and several checkpoints."""
    sealer = world.installation.sealer()
    for name in ("Alice Ng", "Bob Ito"):
        psid = world.falls_silent(name)
        sealer.seal()
    world.work()
    world.says(psid, "STOP")
    world.until_answered()
    sealer.seal()
    return sealer


def checked(world: World, *kept: str) -> LiveReport:
    return LiveCheck(world.installation.database, world.installation.signer, kept).run()


def newest(world: World) -> str:
    with world.installation.database.reading() as connection:
        found = tree.last_checkpoint(connection)
    assert found is not None
    return found.note


def tamper(database: Database, statements: str) -> None:
    """The guards are taken away first."""
    with database.transaction() as connection:
        for guard in _guards(is_postgresql=database.is_postgresql):
            connection.execute(text(guard))
        for statement in statements.replace("COLUMNS", _COLUMNS).split(";"):
            assert connection.execute(text(statement)).rowcount > 0
        if not database.is_postgresql:
            connection.execute(text("PRAGMA ignore_check_constraints=OFF"))


def _guards(*, is_postgresql: bool) -> Iterator[str]:
    for table in ("ledger_entry", "checkpoint"):
        for change in ("update", "delete"):
            yield f"DROP TRIGGER {table}_{change}_guard" + (f" ON {table}" if is_postgresql else "")
    if is_postgresql:
        yield "ALTER TABLE ledger_entry DROP CONSTRAINT ck_ledger_entry_sequence"
    else:
        yield "PRAGMA ignore_check_constraints=ON"


@pytest.mark.usefixtures("sealer")
def test_a_log_in_which_all_is_well_holds_and_its_check_tells_how_far_it_is(world: World) -> None:
    told: list[tuple[int, int]] = []
    report = LiveCheck(world.installation.database, world.installation.signer, [newest(world)]).run(
        lambda checked, entries: told.append((checked, entries))
    )
    assert (report.holds, report.fault) == (True, None)
    assert told == [(report.entries, report.entries)]
    assert report.checkpoints == 5  # three in the database, the one kept, the signer's memory


@pytest.mark.usefixtures("sealer")
def test_what_was_added_since_the_last_checkpoint_breaks_nothing(world: World) -> None:
    world.says(world.add_customer("Carol Diaz"))
    assert checked(world).holds


@pytest.mark.usefixtures("sealer")
@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_is_found(world: World, tampering: str) -> None:
    tamper(world.installation.database, TAMPERINGS[tampering])
    assert SAID[tampering] in (checked(world).fault or "")


@pytest.mark.parametrize("rewriting", REWRITINGS)
def test_who_writes_everything_anew_is_found_by_a_kept_checkpoint(world: World, sealer: Sealer, rewriting: str) -> None:
    kept, database = newest(world), world.installation.database
    tamper(database, REWRITINGS[rewriting])
    sign_anew(database, world.installation.signer, sealer)
    assert checked(world).holds, "by itself the new history looks whole"
    fault = checked(world, kept).fault
    assert fault is not None
    assert "are not those that were signed" in fault or "a checkpoint signs 20 entries, and only 19 are here" in fault


def sign_anew(database: Database, signer: Signer, sealer: Sealer) -> None:
    """Seal the whole log once more, with the same keys, and forget that there was another."""
    with database.transaction() as connection:
        for statement in (
            "UPDATE ledger_entry SET leaf_index = NULL, leaf_hash = NULL, commitment = NULL",
            "UPDATE tree SET size = 0, frontier = ''",
            "DELETE FROM checkpoint",
        ):
            connection.execute(text(statement))
    (signer.directory / "last-signed.json").unlink()
    sealer.seal()


@pytest.mark.usefixtures("sealer")
def test_a_checkpoint_signed_by_somebody_else_proves_nothing_and_is_refused(world: World, tmp_path: Path) -> None:
    stranger = Signer(world.installation.signer.origin, tmp_path / "strange-keys")
    with world.installation.database.reading() as connection:
        frontier = tree.load_frontier(connection)
        note = stranger.sign(frontier.size, frontier.root(), tree.node_source(connection))
    assert "none of the trusted keys" in (checked(world, note).fault or "")


@pytest.fixture
def run(world: World) -> Callable[..., tuple[int, str]]:
    """The command, as its user has it."""
    settings = world.installation.settings
    address = {"BOTAPP_VAR_DIR": str(settings.var_dir), "BOTAPP_DATABASE_URL": settings.database_address}

    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "botapp", "audit", "check", *arguments]
        done = subprocess.run(command, env=os.environ | address, capture_output=True, text=True, check=False)  # noqa: S603  our own program
        return done.returncode, done.stdout

    return run


def test_the_command_says_so_and_its_exit_code_too(
    world: World, sealer: Sealer, run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.write_text(newest(world), encoding="utf-8")
    code, said = run("--checkpoint", str(kept))
    assert (code, said.startswith("holds: ")) == (0, True)
    tamper(world.installation.database, REWRITINGS["a row is changed"])
    sign_anew(world.installation.database, world.installation.signer, sealer)
    code, said = run("--checkpoint", str(kept))
    assert (code, said.startswith("BROKEN: the first ")) == (1, True)
