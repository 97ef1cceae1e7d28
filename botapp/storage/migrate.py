"""Bringing a database to this version's schema, and telling whether it is there.

Alembic is needed for the first only, and is large: who just asks for the version does without it.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from botapp.clock import SystemClock
from botapp.storage.engine import Database

_MIGRATIONS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(8003)")
_VERSION = text("SELECT version_num FROM alembic_version")


def upgrade(database_url: str) -> None:
    """Apply every migration that is missing, in one transaction where the database can."""
    from alembic import command  # noqa: PLC0415  see above
    from alembic.config import Config  # noqa: PLC0415  see above

    configuration = Config()
    configuration.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    database = Database(database_url, clock=SystemClock())
    try:
        with database.transaction() as connection:
            if database.is_postgresql:  # who comes second waits and finds nothing to do, as on SQLite
                connection.execute(_ONE_AT_A_TIME)
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
    finally:
        database.close()


def schema_version(engine: Engine) -> str | None:
    """The version that the database is at; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.execute(_VERSION).scalar_one_or_none()
        return version


@cache
def wanted_version() -> str:
    """The version that this code needs: the number of its newest migration."""
    numbers = [path.name[:4] for path in _MIGRATIONS.glob("versions/[0-9][0-9][0-9][0-9]_*.py")]
    if not numbers:
        raise RuntimeError("the installation has no migrations; install botapp again")
    return max(numbers)
