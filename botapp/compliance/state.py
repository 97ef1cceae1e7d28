"""How the log stands: for figures, for the doctor, and for people."""

from dataclasses import dataclass
from datetime import timedelta

from botapp.storage import log_duties, tree
from botapp.storage.engine import Database
from botapp.storage.log_duties import SIGNING, LogDuty


@dataclass(frozen=True, slots=True)
class LogState:
    """`unsigned_for`: how long the oldest entry that no checkpoint signs has been there; nothing if there is none."""

    sealed: int
    signed: int
    unsigned_for: timedelta
    checkpoint_age: timedelta | None  # None: there is none yet
    duties: tuple[LogDuty, ...]

    @property
    def signing_failure(self) -> str | None:
        """Why the log is not signed; None while it is, or nobody has tried."""
        return next((duty.failure for duty in self.duties if duty.name == SIGNING and duty.failures), None)


def load_log_state(database: Database) -> LogState:
    """Read in one transaction, so that the figures fit each other."""
    with database.reading() as connection:
        sealed, last = tree.load_size(connection), tree.last_checkpoint(connection)
        signed = last.size if last else 0
        oldest = tree.find_oldest_unsigned(connection, signed)
        duties = log_duties.load_all(connection)
        now = database.now(connection)
    return LogState(
        sealed=sealed,
        signed=signed,
        unsigned_for=max(now - oldest, timedelta(0)) if oldest else timedelta(0),
        checkpoint_age=now - last.sealed_at if last else None,
        duties=tuple(duties),
    )
