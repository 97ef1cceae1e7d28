"""The ticker: looks into the database several times a second and rings for what is owed. Any number run, one leads."""

import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from botapp.clock import Clock
from botapp.reengagement.plan import REPLANNED_AT_ONCE, Planner, replan_after_change
from botapp.reengagement.recorded_terms import RecordedTerms
from botapp.reengagement.sweep import sweep
from botapp.storage import contacts, leases, reengagements, replies
from botapp.storage.engine import Database

LEASE_NAME = "ticker"
_HOUSEKEEPING_SECONDS = 1.0
_REPLANNING_SECONDS = 0.5  # of each second, so that ringing goes on while many contacts are planned again
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Ticker:
    """One candidate for the lead."""

    database: Database
    planner: Planner
    ring: Callable[[], bool]
    clock: Clock
    tick: timedelta
    leader_ttl: timedelta
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    keep_log: Callable[[], object] | None = None  # what the leader owes the log, a little at each tick
    recorded_terms: RecordedTerms = field(default_factory=RecordedTerms)
    chores: Sequence[Callable[[], object]] = ()  # once a second, each a little; none keeps the others from their turn
    _kept_house_at: float = float("-inf")
    _asked_at: float = float("-inf")
    _is_leading: bool = False

    def run(self, stop: threading.Event) -> None:
        """Tick until told to stop. A database that is away is waited for."""
        while not stop.wait(self.tick.total_seconds()):
            try:
                self.tick_once()
            except SQLAlchemyError as error:
                _log.warning("the ticker cannot reach the database: %s", type(error).__name__)
                self._asked_at, self._is_leading = float("-inf"), False
                stop.wait(1.0)
        self._step_down()

    def tick_once(self) -> bool:
        """One look; False if another ticker leads."""
        if not self._leads():
            return False
        if self.clock.elapsed() - self._kept_house_at >= _HOUSEKEEPING_SECONDS:
            self._kept_house_at = self.clock.elapsed()
            self._keep_house()
        with self.database.reading() as connection:
            now = self.database.now(connection)
            owed = replies.any_waiting(connection, now) or reengagements.accounts_with_due(connection, now)
        if owed:
            self.ring()
        if self.keep_log is not None:
            self.keep_log()
        return True

    def _leads(self) -> bool:
        """Asked for, or renewed, four times in the lease's length; in between what was answered holds."""
        if self.clock.elapsed() - self._asked_at < self.leader_ttl.total_seconds() / 4:
            return self._is_leading
        self._asked_at = self.clock.elapsed()
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            self._is_leading = leases.acquire(connection, LEASE_NAME, self.holder, now, self.leader_ttl)
        return self._is_leading

    def _keep_house(self) -> None:
        sweep(self.database, self.planner.house)
        self.recorded_terms.record_all(self.database, self.planner.house)
        for chore in self.chores:
            self._do(chore)
        with self.database.reading() as connection:
            since = self.database.now(connection) - self.planner.house.window_length
            pages = contacts.find_outdated_pages(connection, since)
        until = self.clock.elapsed() + _REPLANNING_SECONDS
        for account_id in pages:
            while replan_after_change(self.database, self.planner, account_id) == REPLANNED_AT_ONCE:
                if self.clock.elapsed() >= until:
                    break

    def _do(self, chore: Callable[[], object]) -> None:
        try:
            chore()
        except SQLAlchemyError as error:
            _log.warning("a duty of the ticker was put off: %s", type(error).__name__)

    def _step_down(self) -> None:
        try:
            with self.database.transaction() as connection:
                leases.release(connection, LEASE_NAME, self.holder)
        except SQLAlchemyError as error:
            _log.warning("the lead was not given up, it ends by itself: %s", type(error).__name__)
