"""Fresh migrated databases for tests: migrated once in each run, then copied, which takes milliseconds."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from botapp.storage.migrate import upgrade
from tests.servers import Run, library_url

_KNOWS_STRATEGIES = 15_00_00


def sqlite_copy(run: Run, path: Path) -> str:
    """The URL of a new SQLite file at the path."""
    template = run.once("sqlite-template", lambda: _migrated_sqlite(run.directory / "template.sqlite"))
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


@contextmanager
def postgresql_copy(run: Run, server_url: str, name: str) -> Iterator[str]:
    """The URL of a new PostgreSQL database on the server, dropped after the block whoever is still connected."""
    template = run.once("postgresql-template", lambda: _migrated_postgresql(server_url, f"{run.name}_template"))
    with _database(server_url, name, template) as url:
        yield url


@contextmanager
def empty_postgresql(server_url: str, name: str) -> Iterator[str]:
    """The same without any table."""
    with _database(server_url, name, "template1") as url:
        yield url


def drop_template(run: Run, server_url: str) -> None:
    """For a server that outlives the run: leaves nothing of us in it."""
    _tell(server_url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", f"{run.name}_template")


def _migrated_sqlite(path: Path) -> str:
    upgrade(f"sqlite:///{path}")
    return str(path)


def _migrated_postgresql(server_url: str, name: str) -> str:
    _tell(server_url, "CREATE DATABASE {}", name)
    upgrade(_with_database(server_url, name))
    _tell(server_url, "ALTER DATABASE {} ALLOW_CONNECTIONS false", name)  # a connected template cannot be copied
    return name


@contextmanager
def _database(server_url: str, name: str, template: str) -> Iterator[str]:
    with psycopg.connect(library_url(server_url), autocommit=True) as connection:
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        # By way of the log, as newer servers do unless told otherwise, ten megabytes take longer.
        is_told = connection.info.server_version >= _KNOWS_STRATEGIES
        connection.execute(copy + sql.SQL(" STRATEGY FILE_COPY") if is_told else copy)
    try:
        yield _with_database(server_url, name)
    finally:
        _tell(server_url, "DROP DATABASE {} WITH (FORCE)", name)


def _with_database(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def _tell(server_url: str, statement: LiteralString, *names: str) -> None:
    with psycopg.connect(library_url(server_url), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
