"""Checks of the live log that staff asked for: one runs at a time, in any number of processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select, update

from botapp.storage import bulk
from botapp.storage.schema import log_check

_GIVEN_UP_AFTER = timedelta(minutes=1)  # without a word of the process that checks


class CheckState(StrEnum):
    RUNNING = "running"
    HOLDS = "holds"
    BROKEN = "broken"
    STOPPED = "stopped"  # by a fault, or the process was not heard of again: nobody knows


@dataclass(frozen=True, slots=True)
class LogCheck:
    id: int
    started_at: datetime
    started_by: int
    state: CheckState
    checked: int
    entries: int
    heard_at: datetime
    finished_at: datetime | None
    finding: str | None

    def is_running(self, now: datetime) -> bool:
        """Whether it was heard of lately; what was not may have gone with its process."""
        return self.state is CheckState.RUNNING and now - self.heard_at <= _GIVEN_UP_AFTER


_C = log_check.c


def begin(connection: Connection, check_id: int, staff_id: int, now: datetime) -> bool:
    """Begin a check; False if one is running already. One that was not heard of for a minute is given up."""
    lost = update(log_check).where(_C.state == CheckState.RUNNING, _C.heard_at < now - _GIVEN_UP_AFTER)
    connection.execute(lost.values(state=CheckState.STOPPED, finished_at=now))
    row = {
        "id": check_id,
        "started_at": now,
        "started_by": staff_id,
        "state": CheckState.RUNNING,
        "checked": 0,
        "entries": 0,
        "heard_at": now,
    }
    return bool(bulk.insert_new(connection, log_check, [row], key=("id",)))


def report(connection: Connection, check_id: int, checked: int, entries: int, now: datetime) -> bool:
    """Note how far a check has come; False if it was given up meanwhile."""
    values = {"checked": checked, "entries": entries, "heard_at": now}
    return _change(connection, check_id, values)


def finish(connection: Connection, check_id: int, state: CheckState, finding: str, now: datetime) -> bool:
    """Note what a check came to; False if it was given up meanwhile."""
    return _change(connection, check_id, {"state": state, "finding": finding, "finished_at": now, "heard_at": now})


def load_latest(connection: Connection, limit: int) -> Sequence[LogCheck]:
    """The latest checks, the last one begun first."""
    latest = select(log_check).order_by(_C.started_at.desc(), _C.id).limit(limit)
    rows = connection.execute(latest).mappings()
    return [LogCheck(**{**row, "state": CheckState(row["state"])}) for row in rows]


def _change(connection: Connection, check_id: int, values: dict[str, object]) -> bool:
    changed = update(log_check).where(_C.id == check_id, _C.state == CheckState.RUNNING).values(values)
    return connection.execute(changed).rowcount == 1
