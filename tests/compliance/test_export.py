"""A day of a real installation, exported whole, in part and for one person, verified on a bare Python elsewhere."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from botapp.compliance.export import EntriesGoneError, Exporter, NothingSealedError
from botapp.compliance.seal import Sealer
from botapp.compliance.signer import Signer
from botapp.storage.engine import Database
from tests.compliance.conftest import Verified
from tests.world import World

Run = Callable[..., Verified]


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer("botapp.example/log", tmp_path / "keys")


@pytest.fixture
def sealer(world: World, signer: Signer) -> Sealer:
    return Sealer(world.installation.database, signer.sign)


@pytest.fixture
def exporter(world: World, signer: Signer) -> Exporter:
    return Exporter(world.installation.database, signer)


def live_a_day(world: World, sealer: Sealer) -> list[str]:
    """Three people: one falls silent and is written to, one says stop, one goes on talking."""
    silent, stopped, talking = (world.falls_silent(name) for name in ("Alice Ng", "Bob Ito", "Carol Diaz"))
    sealer.seal()
    world.says(stopped, "STOP", ago=timedelta(hours=4))
    world.says(talking, "and another thing", ago=timedelta(minutes=1))
    world.until_answered()
    world.work()
    sealer.seal()
    return [silent, stopped, talking]


def test_a_day_holds_on_a_bare_python_in_another_folder(
    world: World, sealer: Sealer, exporter: Exporter, tmp_path: Path, verified: Run
) -> None:
    live_a_day(world, sealer)
    assert len(world.proactive()) == 1
    now = world.installation.clock.now()
    count = exporter.export_log(tmp_path / "bundle", now)
    moved = shutil.move(tmp_path / "bundle", tmp_path / "elsewhere")
    code, found = verified(Path(moved))
    assert (code, found["broken"]) == (0, [])
    assert sum(found["entries"].values()) == count
    assert found["entries"]["claimed"] == 1


def test_a_bundle_names_nobody_except_where_it_opens_an_entry(
    world: World, sealer: Sealer, exporter: Exporter, tmp_path: Path
) -> None:
    people = live_a_day(world, sealer)
    exporter.export_log(tmp_path / "bundle", world.installation.clock.now())
    for path in (tmp_path / "bundle").iterdir():
        content = path.read_bytes()
        if path.name == "entries.tsv":
            content = b"\n".join(line.split(b"\t")[1] for line in content.splitlines())
        for name in (*people, "Alice", "another thing", "m_1"):
            assert name.encode() not in content, (path.name, name)


def test_a_part_of_the_log_begins_at_a_checkpoint_that_vouches_for_what_came_before(
    world: World, sealer: Sealer, exporter: Exporter, tmp_path: Path, verified: Run
) -> None:
    world.falls_silent()
    sealer.seal()
    middle = world.installation.clock.now()
    world.says(world.add_customer("Bob Ito"), "hello")
    sealer.seal()
    count = exporter.export_log(tmp_path / "part", middle, since=middle)
    code, found = verified(tmp_path / "part")
    assert (code, found["broken"]) == (0, [])
    assert 0 < count < exporter.export_log(tmp_path / "whole", middle)


def test_one_persons_entries_are_proved_one_by_one(
    world: World, sealer: Sealer, exporter: Exporter, tmp_path: Path, verified: Run
) -> None:
    silent, *_ = live_a_day(world, sealer)
    [person] = [row for row in world.contacts() if row.platform_contact_id == silent]
    now = world.installation.clock.now()
    count = exporter.export_contact(tmp_path / "person", now, (person.account_id, person.id))
    code, found = verified(tmp_path / "person")
    assert (code, found["broken"]) == (0, [])
    assert sum(found["entries"].values()) == count
    assert found["entries"]["sent"] == 1


def test_where_nothing_is_sealed_nothing_is_exported(world: World, exporter: Exporter, tmp_path: Path) -> None:
    now = world.installation.clock.now()
    with pytest.raises(NothingSealedError):
        exporter.export_log(tmp_path / "bundle", now)
    with pytest.raises(NothingSealedError):
        exporter.export_contact(tmp_path / "person", now, (1, 1))


TAMPERINGS = {
    "changed": "UPDATE ledger_entry SET kind = 'skipped' WHERE kind = 'sent'",
    "deleted": "DELETE FROM ledger_entry WHERE kind = 'suppression_set'",
    "reordered": (
        "UPDATE ledger_entry SET leaf_index = CASE leaf_index WHEN 1 THEN -3 WHEN 2 THEN -2 ELSE leaf_index END;"
        "UPDATE ledger_entry SET leaf_index = -leaf_index - 1 WHERE leaf_index < 0"
    ),
    "back-dated": "UPDATE ledger_entry SET occurred_at = occurred_at - 3600000000 WHERE kind = 'suppression_set'",
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_what_somebody_did_to_the_database_shows_in_the_bundle(
    world: World, sealer: Sealer, exporter: Exporter, tmp_path: Path, verified: Run, tampering: str
) -> None:
    live_a_day(world, sealer)
    tamper(world.installation.database, TAMPERINGS[tampering])
    try:
        exporter.export_log(tmp_path / "bundle", world.installation.clock.now())
    except EntriesGoneError as error:
        assert "gone from the database" in str(error)  # noqa: PT017  a bundle need not come of it
        return
    code, found = verified(tmp_path / "bundle")
    assert code == 1
    assert "not those that the log signed" in found["broken"][0]


def tamper(database: Database, statements: str) -> None:
    """As somebody with all rights would: the guards are taken away first."""
    with database.transaction() as connection:
        for change in ("update", "delete"):
            on = " ON ledger_entry" if database.is_postgresql else ""
            connection.execute(text(f"DROP TRIGGER ledger_entry_{change}_guard{on}"))
        for statement in statements.split(";"):
            assert connection.execute(text(statement)).rowcount > 0
