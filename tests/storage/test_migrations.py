"""What migrations make is what the code declares, on both databases, and making it twice is harmless."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from botapp.storage import migrate
from botapp.storage.migrate import schema_version, upgrade, wanted_version
from botapp.storage.schema import metadata

MIGRATIONS = Path(migrate.__file__).parent / "migrations"
SQLITE_CATALOGUE = (
    "SELECT type, name, sql FROM sqlite_master WHERE type <> 'trigger' AND name NOT LIKE 'alembic%'"
    " AND name NOT LIKE 'sqlite_%' ORDER BY type, name"
)
POSTGRESQL_CATALOGUE = (
    "SELECT 'constraint', c.conrelid::regclass::text, c.conname::text, pg_get_constraintdef(c.oid) FROM pg_constraint c"
    " WHERE c.connamespace = 'public'::regnamespace AND c.conrelid::regclass::text NOT LIKE 'alembic%'"
    " UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes"
    " WHERE schemaname = 'public' AND tablename NOT LIKE 'alembic%'"
    " UNION ALL SELECT 'column', table_name, column_name,"
    " concat_ws(' ', data_type, is_nullable, coalesce(column_default, '-')) FROM information_schema.columns"
    " WHERE table_schema = 'public' AND table_name NOT LIKE 'alembic%' ORDER BY 1, 2, 3"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite'}"
    url: str = request.getfixturevalue("postgresql_empty_url")
    return url


@pytest.fixture
def declared(empty_url: str) -> Iterator[Engine]:
    """What the code declares, made without migrations."""
    engine = create_engine(empty_url)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def migrated(database_url: str) -> Iterator[Engine]:
    """What the migrations made."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def _catalogue(engine: Engine) -> list[tuple[str, ...]]:
    """Everything the database knows of its tables; the order of words and spaces left aside."""
    is_postgresql = engine.dialect.name == "postgresql"
    with engine.connect() as connection:
        rows = connection.execute(text(POSTGRESQL_CATALOGUE if is_postgresql else SQLITE_CATALOGUE)).all()
    return sorted(tuple(" ".join(sorted(str(part).replace(",", " ").split())) for part in row) for row in rows)


def test_alembic_finds_nothing_to_do(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize(
    ("database_url", "empty_url"), [("sqlite",) * 2, ("postgresql",) * 2], indirect=True, ids=["sqlite", "postgresql"]
)
def test_every_column_constraint_and_index_is_the_declared_one(migrated: Engine, declared: Engine) -> None:
    assert _catalogue(migrated) == _catalogue(declared)


def test_the_wanted_version_is_the_head_of_the_chain() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == wanted_version()


def test_an_empty_database_has_no_version_and_an_upgraded_one_the_wanted(empty_url: str) -> None:
    engine = create_engine(empty_url)
    assert schema_version(engine) is None
    upgrade(empty_url)
    assert schema_version(engine) == wanted_version()
    engine.dispose()


def test_upgrading_again_changes_nothing_and_loses_nothing(database_url: str, migrated: Engine) -> None:
    with migrated.begin() as connection:
        connection.execute(text("INSERT INTO counter (name, value) VALUES ('kept', 7)"))
    before = _catalogue(migrated)
    upgrade(database_url)
    assert _catalogue(migrated) == before
    with migrated.connect() as connection:
        assert connection.execute(text("SELECT value FROM counter")).scalar_one() == 7


def test_an_upgrade_that_fails_half_way_leaves_nothing(empty_url: str) -> None:
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE reply (of_somebody_else INTEGER)"))
    with pytest.raises(DBAPIError, match="reply"):
        upgrade(empty_url)
    assert inspect(engine).get_table_names() == ["reply"]
    assert schema_version(engine) is None
    engine.dispose()


def test_two_who_upgrade_at_once_wait_for_each_other(empty_url: str) -> None:
    program = "import sys; from botapp.storage.migrate import upgrade; upgrade(sys.argv[1])"
    command = [sys.executable, "-c", program, empty_url]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]  # noqa: S603  ourselves
    said = [process.communicate(timeout=60)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    engine = create_engine(empty_url)
    assert schema_version(engine) == wanted_version()
    engine.dispose()
