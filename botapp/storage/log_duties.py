"""How the duties towards the log stand: signing it, and publishing its checkpoints in each place."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from botapp.storage.schema import log_duty
from botapp.storage.statement import Statement

SIGNING = "signing"  # the name of the one; each place of publication has its own


@dataclass(frozen=True, slots=True)
class LogDuty:
    """`size`: of the last checkpoint for which it was done. `failures`: in a row, since then."""

    name: str
    size: int | None
    done_at: datetime | None
    tried_at: datetime
    failures: int
    failing_since: datetime | None
    failure: str | None


_SUCCEED = Statement(
    "INSERT INTO log_duty (name, size, done_at, tried_at) VALUES (:name, :size, :now, :now)"
    " ON CONFLICT (name) DO UPDATE SET size = excluded.size, done_at = excluded.done_at,"
    " tried_at = excluded.tried_at, failures = 0, failing_since = NULL, failure = NULL"
)
_FAIL = Statement(
    "INSERT INTO log_duty (name, tried_at, failures, failing_since, failure) VALUES (:name, :now, 1, :now, :failure)"
    " ON CONFLICT (name) DO UPDATE SET failures = log_duty.failures + 1, failure = excluded.failure,"
    " tried_at = excluded.tried_at, failing_since = coalesce(log_duty.failing_since, excluded.failing_since)"
)


def succeed(connection: Connection, name: str, size: int, now: datetime) -> None:
    """Note that it was done for the checkpoint of that size."""
    _SUCCEED.run(connection, {"name": name, "size": size, "now": now})


def fail(connection: Connection, name: str, failure: str, now: datetime) -> None:
    """Note that it was tried in vain. `failure`: in words of ours, without addresses or secrets."""
    _FAIL.run(connection, {"name": name, "failure": failure, "now": now})


def load_all(connection: Connection) -> list[LogDuty]:
    """Every duty of which something is known, by name."""
    return [LogDuty(*row) for row in connection.execute(select(log_duty).order_by(log_duty.c.name))]
