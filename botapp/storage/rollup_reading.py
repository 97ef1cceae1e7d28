"""Reads the counts of the marketers' overview: sums over days, of any split, by whatever is asked for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, select
from sqlalchemy import func as sql

from botapp.policy.analytics.tally import Tally
from botapp.storage.schema import rollup, rollup_loss
from botapp.storage.schema.rollups import MEASURES

_SUMS = [sql.sum(rollup.c[name]) for name in MEASURES]


DAYS = "variant"  # the split with the fewest rows, for sums over whole days


@dataclass(frozen=True, slots=True)
class Span:
    """Which numbers are meant: pages, days since 1970 UTC (the last one included), and one rule or all."""

    account_ids: Collection[int]
    first_day: int
    last_day: int
    rule: str | None = None


def load_by(connection: Connection, span: Span, split: str, *columns: str) -> list[tuple[tuple[Any, ...], Tally]]:
    """The numbers by these columns of the split, in their order."""
    rows = connection.execute(select_by(span, split, *columns))
    number = len(columns)
    return [(tuple(row[:number]), _tally(row[number:])) for row in rows]


def select_by(span: Span, split: str, *columns: str) -> Select[Any]:
    """The same as a statement."""
    by = [rollup.c[name] for name in columns]
    return select(*by, *_SUMS).where(rollup.c.split == split, *_of(rollup, span)).group_by(*by).order_by(*by)


def load_losses(connection: Connection, span: Span) -> list[tuple[str, str, int]]:
    """Stage, reason and number of conversations that came no farther, the most frequent first."""
    number = sql.sum(rollup_loss.c.windows)
    by = (rollup_loss.c.stage, rollup_loss.c.reason)
    found = select(*by, number).where(*_of(rollup_loss, span)).group_by(*by).having(number > 0)
    ordered = found.order_by(number.desc(), *by)
    return [(stage, reason, int(windows)) for stage, reason, windows in connection.execute(ordered)]


def _of(table: Table, span: Span) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        table.c.account_id.in_(sorted(span.account_ids)),
        table.c.day.between(span.first_day, span.last_day),
    ]
    if span.rule is not None:
        conditions.append(table.c.rule_name == span.rule)
    return conditions


def _tally(numbers: Sequence[Any]) -> Tally:
    return Tally({name: int(number) for name, number in zip(MEASURES, numbers, strict=True) if number})
