"""A database whose time is driven: for a past that is made, never for one that is lived."""

from datetime import datetime

from sqlalchemy import Connection, event

from botapp.clock import Clock
from botapp.storage.engine import Database


class DrivenDatabase(Database):
    """The production database, except that a given clock is its time and that SQLite does not wait for the disk.

    Whoever is interrupted while making a past begins anew, so nothing of it has to survive a crash of the machine.
    """

    def __init__(self, url: str, *, clock: Clock, pool_size: int = 4) -> None:
        super().__init__(url, clock=clock, pool_size=pool_size)
        self._driver = clock
        if not self.is_postgresql:
            event.listen(self.engine, "connect", _hurry)

    def now(self, connection: Connection) -> datetime:  # noqa: ARG002  the signature is the production class's
        return self._driver.now()


def _hurry(connection: object, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]  # the driver's connection
