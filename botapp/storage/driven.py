"""A database whose time is driven: for a past that is made, never for one that is lived."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, event

from botapp.clock import Clock
from botapp.storage.engine import Database
from botapp.storage.statement import Statement

_TOGETHER = 500  # transactions that are committed as one
_BEGIN = Statement("SAVEPOINT driven")
_UNDO = Statement("ROLLBACK TO SAVEPOINT driven")
_END = Statement("RELEASE SAVEPOINT driven")


class DrivenDatabase(Database):
    """The production database, except that a given clock is its time and that SQLite writes seldom, and does not wait.

    Whoever is interrupted while making a past begins anew, so nothing of it has to survive a crash. On SQLite all
    transactions go over one connection and are savepoints of a larger one: each is undone by itself, and one after the
    other is committed with hundreds of its like. `close` commits the rest; until then nobody else may use the database.
    """

    def __init__(self, url: str, *, clock: Clock, pool_size: int = 4) -> None:
        super().__init__(url, clock=clock, pool_size=pool_size)
        self._driver = clock
        self._whose_turn = threading.RLock()
        self._opened: Connection | None = None
        self._ended = 0
        if not self.is_postgresql:
            event.listen(self.engine, "connect", _hurry)
            event.listen(self.engine, "checkout", self._make_way)

    def now(self, connection: Connection) -> datetime:  # noqa: ARG002  the signature is the production class's
        return self._driver.now()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """As in production, but for when it is on the disk."""
        if self.is_postgresql:
            with super().transaction() as connection:
                yield connection
            return
        with self._whose_turn:
            connection = self._begun()
            _BEGIN.send(connection)
            try:
                yield connection
            except BaseException:
                _UNDO.send(connection)
                raise
            finally:
                _END.send(connection)
            self._ended += 1
            if self._ended % _TOGETHER == 0:
                self._commit()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Sees what is not on the disk yet as well."""
        if self.is_postgresql:
            with super().reading() as connection:
                yield connection
            return
        with self._whose_turn:
            yield self._begun()

    def close(self) -> None:
        """Commit, and let go of it."""
        with self._whose_turn:
            self._commit()
        super().close()

    def _begun(self) -> Connection:
        if self._opened is None:
            self._opened = self.writer.connect()
            self._opened.begin()
        return self._opened

    def _make_way(self, *_checked_out: object) -> None:
        """For whoever takes a connection of their own, to empty the log of changes: they would wait for ours."""
        with self._whose_turn:
            self._commit()

    def _commit(self) -> None:
        if self._opened is not None:
            self._opened.commit()
            self._opened.close()
            self._opened = None


def _hurry(connection: object, _record: object) -> None:
    for pragma in ("synchronous=OFF", "secure_delete=OFF", "cache_size=-65536"):  # made-up people, 64 MiB
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]  # the driver's connection
