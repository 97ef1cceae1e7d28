"""Reads the counts of the marketers' overview: sums over a page's own days, of any split, by whatever is asked for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Table, literal_column, select
from sqlalchemy import func as sql

from botapp.policy.analytics.local_days import stretches
from botapp.policy.analytics.tally import Tally
from botapp.storage.schema import rollup, rollup_loss
from botapp.storage.schema.rollups import MEASURES

SUMS = "variant"  # the split with the fewest rows


@dataclass(frozen=True, slots=True)
class Span:
    """Which numbers are meant: pages, days since 1970 by the clocks of a zone (the last included), one rule or all."""

    account_ids: Collection[int]
    first_day: int
    last_day: int
    rule: str | None = None
    zone: tzinfo = UTC
    measures: Sequence[str] = MEASURES  # the fewer are summed the sooner it is done; others are zero


def load_by(connection: Connection, span: Span, split: str, *columns: str) -> list[tuple[tuple[Any, ...], Tally]]:
    """The numbers by these columns of the split, in their order."""
    by = [rollup.c[name] for name in columns]
    sums = [sql.sum(rollup.c[name]) for name in span.measures]
    found = select(*by, *sums).where(rollup.c.split == split, *_of(rollup, span)).group_by(*by).order_by(*by)
    number = len(columns)
    return [(tuple(row[:number]), _tally(span.measures, row[number:])) for row in connection.execute(found)]


def load_losses(connection: Connection, span: Span) -> list[tuple[str, str, int]]:
    """Stage, reason and number of conversations that came no farther, the most frequent first."""
    number = sql.sum(rollup_loss.c.windows)
    by = (rollup_loss.c.stage, rollup_loss.c.reason)
    found = select(*by, number).where(*_of(rollup_loss, span)).group_by(*by).having(number > 0)
    ordered = found.order_by(number.desc(), *by)
    return [(stage, reason, int(windows)) for stage, reason, windows in connection.execute(ordered)]


def _of(table: Table, span: Span) -> Sequence[ColumnElement[bool]]:
    hours = stretches(span.zone, span.first_day, span.last_day)
    conditions: list[ColumnElement[bool]] = [
        table.c.account_id.in_(sorted(span.account_ids)),
        table.c.hour >= _number(hours[0].first),
        table.c.hour < _number(hours[-1].end),
    ]
    if span.rule is not None:
        conditions.append(table.c.rule_name == span.rule)
    return conditions


def _number(number: int) -> ColumnElement[int]:
    """Within the statement and no parameter: the database plans by how many hours it is to read."""
    return literal_column(str(number), Integer)


def _tally(measures: Sequence[str], numbers: Sequence[Any]) -> Tally:
    return Tally({name: int(number) for name, number in zip(measures, numbers, strict=True) if number})
