"""A check of the live log that staff asked for: it runs beside the web, and how far it is stands in the database."""

import logging
import threading
from dataclasses import dataclass

from botapp.clock import Clock
from botapp.compliance.check_live import LiveCheck
from botapp.compliance.promises import PromiseCheck
from botapp.compliance.signer import Signer
from botapp.identifiers import new_row_id
from botapp.storage import ledger, log_checks
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.log_checks import CheckState

_REPORT_SECONDS = 1.0
_log = logging.getLogger(__name__)


class _GivenUpError(Exception):
    """Others took this check for dead, and may have begun another."""


@dataclass(frozen=True, slots=True)
class BackgroundCheck:
    """Begins checks. One runs at a time, in any number of processes."""

    database: Database
    signer: Signer
    clock: Clock

    def begin(self, staff_id: int) -> threading.Thread | None:
        """Begin one; None if one is running already. The thread ends by itself, or with the process."""
        check_id = new_row_id()
        with self.database.transaction() as connection:
            if not log_checks.begin(connection, check_id, staff_id, self.database.now(connection)):
                return None
        running = threading.Thread(target=self._run, args=(check_id, staff_id), name="log-check", daemon=True)
        running.start()
        return running

    def _run(self, check_id: int, staff_id: int) -> None:
        try:
            state, finding = self._check(_Reporter(self, check_id))
        except _GivenUpError:
            return
        except Exception as error:  # noqa: BLE001  nobody else can tell those who wait for it
            _log.error("the check of the log ended by a fault: %s", type(error).__name__)
            state, finding = CheckState.STOPPED, f"It ended by a fault: {type(error).__name__}"
        self._finish(check_id, staff_id, state, finding)

    def _check(self, reporter: "_Reporter") -> tuple[CheckState, str]:
        """First whether the log is as it was signed, then what it tells."""
        report = LiveCheck(self.database, self.signer).run(reporter.half_way)
        if report.fault is not None:
            return CheckState.BROKEN, f"The log is not as it was signed: {report.fault}."
        kept = PromiseCheck(self.database, lambda replayed: reporter.whole(replayed, report.entries)).run()
        if kept.fault is not None:
            return CheckState.BROKEN, f"A promise was broken: {kept.fault}."
        return CheckState.HOLDS, (
            f"{report.entries:,} entries and {report.checkpoints:,} checkpoints are as they were signed. No promise was"
            f" broken in the {kept.judged:,} of {kept.begun:,} messages begun that can be judged."
        )

    def _finish(self, check_id: int, staff_id: int, state: CheckState, finding: str) -> None:
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            if log_checks.finish(connection, check_id, state, finding, now):
                details = {"check": check_id, "by": staff_id, "state": state.value}
                ledger.append_for_installation(connection, Entry(EntryKind.LOG_CHECKED, now, details=details), now)


class _Reporter:
    """Writes down the progress over both halves, once a second at most."""

    def __init__(self, checks: BackgroundCheck, check_id: int) -> None:
        self._checks, self._check_id = checks, check_id
        self._reported_at = float("-inf")

    def half_way(self, checked: int, entries: int) -> None:
        """So many entries are as they were signed."""
        self._report(checked, 2 * entries)

    def whole(self, replayed: int, entries: int) -> None:
        """All are, and so many are replayed."""
        self._report(entries + min(replayed, entries), 2 * entries)

    def _report(self, done: int, of: int) -> None:
        elapsed = self._checks.clock.elapsed()
        if elapsed - self._reported_at < _REPORT_SECONDS:
            return
        self._reported_at = elapsed
        database = self._checks.database
        with database.transaction() as connection:
            if not log_checks.report(connection, self._check_id, done, of, database.now(connection)):
                raise _GivenUpError
