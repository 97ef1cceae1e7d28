"""Clears away what deleted rows leave behind in the database's files. Outside any transaction, after a commit.

SQLite overwrites what it deletes (`secure_delete`). But a page that was split keeps copies of the cells that moved to
another, in its free space, and those outlive the cells: found by searching the files of 10,000 contacts byte by byte.
Only rewriting the file is rid of them.
"""

from typing import Any

from botapp.storage.engine import Database

REWRITTEN_UNASKED_BYTES = 256 << 20  # a second or two, in which nobody can write
_PATIENCE_MILLISECONDS = 200  # while it waits for readers nobody can write: it waits a moment, and is tried again
_TOUCHED = ("contact", "inbound_event", "reply", "reengagement", "fact", "consent_record", "ledger_entry")


def scrub(database: Database) -> bool:
    """After an erasure. False if somebody was busy in the database, and it should be done again.

    PostgreSQL is told to reclaim the rows; an embedded database is rewritten, unless it is so large that others would
    notice.
    """
    if database.is_postgresql:
        _tell_postgresql(database, f"VACUUM {', '.join(_TOUCHED)}")
        return True
    return _on_sqlite(database, rewrite_up_to_bytes=REWRITTEN_UNASKED_BYTES)


def empty_write_ahead_log(database: Database) -> bool:
    """The smaller part of it: what was deleted is no longer in SQLite's log of changes. Nothing on PostgreSQL."""
    return database.is_postgresql or _on_sqlite(database, rewrite_up_to_bytes=0)


def rewrite(database: Database) -> bool:
    """Write everything anew, however large it is: nobody can write meanwhile. False if others are busy in it."""
    if database.is_postgresql:
        _tell_postgresql(database, "VACUUM FULL")
        return True
    return _on_sqlite(database, rewrite_up_to_bytes=None)


def _tell_postgresql(database: Database, statement: str) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)


def _on_sqlite(database: Database, *, rewrite_up_to_bytes: int | None) -> bool:
    raw = database.engine.raw_connection()
    cursor = raw.cursor()
    try:
        [usual] = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE_MILLISECONDS}")
        try:
            if rewrite_up_to_bytes is None or _size_bytes(cursor) <= rewrite_up_to_bytes:
                cursor.execute("VACUUM")
            busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except database.engine.dialect.loaded_dbapi.OperationalError:  # locked
            return False
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
    finally:
        raw.close()
    return not busy


def _size_bytes(cursor: Any) -> int:  # noqa: ANN401  the driver's
    [pages] = cursor.execute("PRAGMA page_count").fetchone()
    [page_bytes] = cursor.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(page_bytes)
