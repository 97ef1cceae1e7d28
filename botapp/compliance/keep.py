"""What the leading ticker owes the log: a signed checkpoint each second, and copies of it out of our reach."""

import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from botapp.audit.note import NoteError
from botapp.clock import Clock
from botapp.compliance.publish import Publisher
from botapp.compliance.seal import Sealer
from botapp.compliance.signer import SigningRefusedError
from botapp.storage import log_duties, tally, tree
from botapp.storage.engine import Database

_MOST_AT_ONCE = 4000  # some tenths of a second: whoever calls has other duties too
_MOST_COUNTED = 20_000
_SEALING_SECONDS = 0.5
_PUBLISHING_SECONDS = 5.0
_COMPLAINING_SECONDS = 60.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class LogKeeper:
    """Seals and publishes, a little at each call. Nothing that goes wrong here stops its caller's other duties.

    Publishing waits for others, so it has a thread (`pool`) of its own.
    """

    database: Database
    sealer: Sealer
    publisher: Publisher
    clock: Clock
    pool: Executor
    after_sealing: Callable[[], object] | None = None  # what others count of sealed entries
    _sealed_at: float = float("-inf")
    _published_at: float = float("-inf")
    _complained_at: float = float("-inf")
    _is_known_to_sign: bool = False
    _publishing: Future[None] | None = field(default=None, init=False)

    def keep(self) -> None:
        """To be called several times a second."""
        now = self.clock.elapsed()
        if now - self._sealed_at >= _SEALING_SECONDS:
            self._sealed_at = now
            self._seal()
            self._count()
            self._let_others_count()
        if now - self._published_at >= _PUBLISHING_SECONDS and (self._publishing is None or self._publishing.done()):
            self._published_at = now
            self._publishing = self.pool.submit(self._publish)

    def _seal(self) -> None:
        try:
            if self.sealer.seal(_MOST_AT_ONCE) >= _MOST_AT_ONCE:
                self._sealed_at = float("-inf")  # there is more
            self._note_signed()
        except (SigningRefusedError, NoteError, OSError) as error:
            self._is_known_to_sign = False
            if self.clock.elapsed() - self._complained_at >= _COMPLAINING_SECONDS:
                self._complained_at = self.clock.elapsed()
                _log.error("THE LOG IS NOT SIGNED: %s", error)
                with self.database.transaction() as connection:
                    log_duties.fail(connection, log_duties.SIGNING, str(error), self.database.now(connection))

    def _count(self) -> None:
        """Keep the desk's numbers up with what is sealed."""
        with self.database.reading() as connection:
            is_behind = tally.load_counted(connection) < tree.load_size(connection)
        if is_behind:
            with self.database.transaction() as connection:
                tally.advance(connection, _MOST_COUNTED)

    def _let_others_count(self) -> None:
        try:
            if self.after_sealing is not None:
                self.after_sealing()
        except SQLAlchemyError as error:
            _log.warning("sealed entries are counted later: %s", type(error).__name__)

    def _note_signed(self) -> None:
        """Once, and again after failures: a healthy log is seen by its checkpoints."""
        if self._is_known_to_sign:
            return
        with self.database.transaction() as connection:
            size = tree.load_size(connection)
            log_duties.succeed(connection, log_duties.SIGNING, size, self.database.now(connection))
        self._is_known_to_sign, self._complained_at = True, float("-inf")

    def _publish(self) -> None:
        try:
            self.publisher.publish_due()
        except SQLAlchemyError as error:
            _log.warning("checkpoints are not published, the database does not answer: %s", type(error).__name__)
