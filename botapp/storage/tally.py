"""How many sealed entries there are of each kind and reason, day by day, and where in the tree they lie.

Counted in the order of the tree, each entry once: numbers of any period and the bounds of any search are then a few
rows to read, however long the log is. It holds nothing that could not be counted again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, FromClause, select, update
from sqlalchemy import func as sql

from botapp.storage import tree
from botapp.storage.schema import entry_tally, tally_progress
from botapp.storage.statement import Statement

ALL_DAYS = 0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MICROSECONDS = timedelta(days=1) // timedelta(microseconds=1)
_COUNT = (
    "INSERT INTO entry_tally (account_id, day, kind, reason, entries, first_index, last_index)"
    " SELECT account_id, {day}, kind, coalesce(reason, ''), count(*), min(leaf_index), max(leaf_index)"
    " FROM ledger_entry WHERE leaf_index >= :begin AND leaf_index < :end GROUP BY 1, 2, 3, 4"
    " ON CONFLICT (account_id, day, kind, reason) DO UPDATE SET"
    " entries = entry_tally.entries + excluded.entries, last_index = excluded.last_index"
)
_COUNT_ALL_DAYS = Statement(_COUNT.format(day=ALL_DAYS))
_COUNT_EACH_DAY = Statement(_COUNT.format(day=f"recorded_at / {_DAY_MICROSECONDS}"))


@dataclass(frozen=True, slots=True)
class Tally:
    """The entries of one page, kind and reason: how many, and between which places, both included."""

    account_id: int
    kind: str
    reason: str  # empty: none
    entries: int
    first_index: int
    last_index: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are meant. Empty or None: any."""

    account_ids: Collection[int] | None = None
    kinds: Collection[str] = ()
    reasons: Collection[str] = ()
    since: datetime | None = None  # by the time of recording
    until: datetime | None = None  # exclusive

    @property
    def is_open(self) -> bool:
        """Whether all entries of some time are meant."""
        return self.account_ids is None and not self.kinds and not self.reasons


def advance(connection: Connection, limit: int) -> int:
    """Count the next sealed entries, at most `limit`; how many. Zero as well if another process was quicker."""
    begin = load_counted(connection)
    end = min(begin + limit, tree.load_size(connection))
    if end <= begin:
        return 0
    if not take(connection, begin, end):
        return 0
    for statement in (_COUNT_ALL_DAYS, _COUNT_EACH_DAY):
        statement.run(connection, {"begin": begin, "end": end})
    return end - begin


def take(connection: Connection, begin: int, end: int) -> bool:
    """Take it on oneself to count these places; False if they are taken."""
    taken = update(tally_progress).where(tally_progress.c.counted == begin).values(counted=end)
    return connection.execute(taken).rowcount == 1


def load_counted(connection: Connection) -> int:
    """How many entries are counted: those at the first places of the tree."""
    return int(connection.execute(select(tally_progress.c.counted)).scalar_one())


def load_tallies(connection: Connection, wanted: Filter) -> Sequence[Tally]:
    """The numbers of what is meant, over whole days of UTC, by page, kind and reason."""
    t = entry_tally.c
    totals = (sql.sum(t.entries), sql.min(t.first_index), sql.max(t.last_index))
    found = select(t.account_id, t.kind, t.reason, *totals).where(
        *_of_days(wanted), *conditions_on(entry_tally, wanted)
    )
    grouped = found.group_by(t.account_id, t.kind, t.reason).order_by(t.account_id, t.kind, t.reason)
    return [Tally(*row[:3], *map(int, row[3:])) for row in connection.execute(grouped)]


def conditions_on(table: FromClause, wanted: Filter) -> list[ColumnElement[bool]]:
    """That a row of a table with these columns is of the pages, kinds and reasons that are meant."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.account_ids is not None:
        conditions.append(table.c.account_id.in_(sorted(wanted.account_ids)))
    if wanted.kinds:
        conditions.append(table.c.kind.in_(sorted(wanted.kinds)))
    if wanted.reasons:
        conditions.append(table.c.reason.in_(sorted(wanted.reasons)))
    return conditions


def _of_days(wanted: Filter) -> list[ColumnElement[bool]]:
    day = entry_tally.c.day
    if wanted.since is None and wanted.until is None:
        return [day == ALL_DAYS]
    conditions: list[ColumnElement[bool]] = [day > ALL_DAYS]
    if wanted.since is not None:
        conditions.append(day >= _day(wanted.since))
    if wanted.until is not None:
        conditions.append(day <= _day(wanted.until))
    return conditions


def _day(instant: datetime) -> int:
    return (instant - _EPOCH).days
