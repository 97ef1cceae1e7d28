"""Bringing a database to this version's schema, and telling whether it is there."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from botapp.clock import SystemClock
from botapp.storage.engine import Database

_MIGRATIONS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(8003)")


def upgrade(database_url: str) -> None:
    """Apply every migration that is missing, in one transaction where the database can."""
    database = Database(database_url, clock=SystemClock())
    try:
        with database.transaction() as connection:
            if database.is_postgresql:  # who comes second waits and finds nothing to do, as on SQLite
                connection.execute(_ONE_AT_A_TIME)
            configuration = _configuration()
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
    finally:
        database.close()


def schema_version(engine: Engine) -> str | None:
    """The version that the database is at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def wanted_version() -> str:
    """The version that this code needs."""
    head = ScriptDirectory.from_config(_configuration()).get_current_head()
    if head is None:
        raise RuntimeError("the installation has no migrations; install botapp again")
    return head


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return configuration
