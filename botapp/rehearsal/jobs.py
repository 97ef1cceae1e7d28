"""Forecasts and backtests as jobs: staff ask, a thread works on it in the background, and it can be cancelled."""

import json
import logging
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from botapp.clock import Clock
from botapp.identifiers import new_row_id
from botapp.policy.overload import Rate
from botapp.policy.rule import LiveRule
from botapp.reengagement.facts import load_rules
from botapp.reengagement.terms import HouseRules
from botapp.rehearsal.forecast import Forecast, Progress
from botapp.rehearsal.proposal import proposed_rules, read_proposal
from botapp.storage import accounts, rehearsals
from botapp.storage.engine import Database
from botapp.storage.rehearsals import Kind, Rehearsal

MOST_OPEN = 5  # of a page
_REPORT_SECONDS = 0.5
_log = logging.getLogger(__name__)


class TooManyError(Exception):
    """As many wait for this page as may."""


class _TakenAwayError(Exception):
    """It was cancelled, or another process took this one for dead."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be tried: a campaign file's text, looked at before, or the live rules; with `since` on history."""

    campaign: str | None = None
    since: datetime | None = None
    until: datetime | None = None  # now, if it is not said

    @property
    def kind(self) -> Kind:
        return Kind.FORECAST if self.since is None else Kind.BACKTEST


@dataclass(frozen=True, slots=True)
class RehearsalDesk:
    """What staff do with them. Nothing of it goes on the log: nothing is changed or sent."""

    database: Database

    def ask(self, account_id: int, wanted: Wanted, *, by: int | None) -> int:
        """Its number. TooManyError where too many wait; ValueError if it ends before it begins."""
        with self.database.transaction() as connection:
            accounts.lock_account(connection, account_id)
            now = self.database.now(connection)
            if rehearsals.count_open(connection, account_id) >= MOST_OPEN:
                raise TooManyError
            until = min(wanted.until or now, now)
            if wanted.since is not None and wanted.since >= until:
                raise ValueError("it ends before it begins")
            number = new_row_id()
            values = {
                "account_id": account_id,
                "id": number,
                "kind": wanted.kind.value,
                "campaign": wanted.campaign,
                "since": wanted.since,
                "until": until,
                "asked_at": now,
                "asked_by": by,
            }
            rehearsals.add(connection, values)
            return number

    def cancel(self, which: Rehearsal) -> bool:
        """False if it had ended already."""
        with self.database.transaction() as connection:
            return rehearsals.cancel(connection, which, self.database.now(connection))


@dataclass(slots=True)
class RehearsalRounds:
    """Works on what was asked for, one after the other, in a thread of its own beside the leading ticker."""

    database: Database
    house: HouseRules
    rate: Rate
    clock: Clock
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    _thread: threading.Thread | None = None

    def look(self) -> None:
        """To be called about once a second: begins the next one, if none is worked on here."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self.database.reading() as connection:
            if not rehearsals.is_any_open(connection):
                return
        with self.database.transaction() as connection:
            taken = rehearsals.take_next(connection, self.holder, self.database.now(connection))
        if taken is not None:
            self._thread = threading.Thread(target=self.work, args=(taken,), name="rehearsal", daemon=True)
            self._thread.start()

    def wait(self, seconds: float) -> None:
        """Until the present one has ended, so long at most."""
        if self._thread is not None:
            self._thread.join(seconds)

    def work(self, taken: Rehearsal) -> None:
        """From the beginning to its end, or until it is taken away."""
        try:
            result = json.dumps(self._result(taken), sort_keys=True)
            with self.database.transaction() as connection:
                rehearsals.finish(connection, taken, self.holder, result, self.database.now(connection))
        except _TakenAwayError:
            return
        except Exception as error:  # noqa: BLE001  nobody else can tell those who wait for it
            _log.error("a %s ended by a fault: %s", taken.kind, type(error).__name__)
            self._fail(taken, f"It ended by a fault: {type(error).__name__}")

    def _result(self, taken: Rehearsal) -> dict[str, object]:
        progress = _Reporter(self.database, self.clock, taken, self.holder).report
        if taken.kind is Kind.FORECAST or taken.since is None or taken.until is None:
            return self._forecast(taken, progress)
        return self._backtest(taken, (taken.since, taken.until), progress)

    def _forecast(self, taken: Rehearsal, progress: Progress) -> dict[str, object]:
        with self.database.reading() as connection:
            page = accounts.load_account(connection, taken.account_id)
            tried, now = self._tried(connection, taken), self.database.now(connection)
            forecast = Forecast.of(connection, page, self.house, tried, now)
        return forecast.run(self.database, self.rate, progress).as_json()

    def _backtest(self, taken: Rehearsal, stretch: tuple[datetime, datetime], progress: Progress) -> dict[str, object]:
        # Here, because numpy takes 25 MB of every process that loads it, and few ever replay a past.
        from botapp.rehearsal.backtest import Backtest  # noqa: PLC0415  see above
        from botapp.rehearsal.in_parallel import run  # noqa: PLC0415  the same

        with self.database.reading() as connection:
            page = accounts.load_account(connection, taken.account_id)
            tried = self._tried(connection, taken)
            rules = load_rules(connection, page.id, self.house.scale) if tried is None else tried
            study = Backtest.of(connection, page, self.house, rules, stretch, self.rate)
        found = run(self.database, study, progress)
        return {**found.as_json(), "sha256": found.sha256}

    def _tried(self, connection: Connection, taken: Rehearsal) -> tuple[LiveRule, ...] | None:
        if taken.campaign is None:
            return None
        campaign = read_proposal(connection, taken.account_id, taken.campaign.encode(), self.house)
        return proposed_rules(connection, taken.account_id, campaign, self.house)

    def _fail(self, taken: Rehearsal, fault: str) -> None:
        try:
            with self.database.transaction() as connection:
                rehearsals.fail(connection, taken, self.holder, fault, self.database.now(connection))
        except SQLAlchemyError as error:
            _log.warning("a %s is given up later: %s", taken.kind, type(error).__name__)


class _Reporter:
    """Writes down how far it is, now and then; and is told there when it is no longer wanted."""

    def __init__(self, database: Database, clock: Clock, taken: Rehearsal, holder: str) -> None:
        self._database, self._clock, self._taken, self._holder = database, clock, taken, holder
        self._reported_at = float("-inf")

    def report(self, done: int, number: int) -> None:
        elapsed = self._clock.elapsed()
        if elapsed - self._reported_at < _REPORT_SECONDS:
            return
        self._reported_at = elapsed
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            if not rehearsals.report(connection, self._taken, self._holder, (done, number), now):
                raise _TakenAwayError
