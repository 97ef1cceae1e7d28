"""Reads the counts of the marketers' overview: sums over a page's own days, of any split, by whatever is asked for.

A page's days seldom begin when those of UTC do: whole days of UTC are read where they lie among them, and hours only
before and after these.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    Subquery,
    Table,
    case,
    cast,
    false,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy import func as sql

from botapp.policy.analytics.local_days import HOURS, Stretch, stretches
from botapp.policy.analytics.tally import Tally
from botapp.storage.schema import rollup, rollup_day, rollup_loss, rollup_loss_day
from botapp.storage.schema.rollups import MEASURES

SUMS = "variant"  # the split with the fewest rows
ByNumber = dict[int, Tally]


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
    names = (*columns, *span.measures)
    parts = [
        _part(table, span, first, end, names).where(table.c.split == split)
        for table, first, end in _reaches(rollup, rollup_day, span)
    ]
    return _sums(connection, parts, span, columns)


def load_by_the_clock(connection: Connection, span: Span, days_before: int) -> tuple[ByNumber, ByNumber]:
    """The numbers by local day, from so many days before the span on; and of the span itself by the hour of the day."""
    days: ByNumber = {}
    hours_of_day: ByNumber = {}
    wider = replace(span, first_day=span.first_day - days_before)
    if not (hours := stretches(wider.zone, wider.first_day, wider.last_day)):
        return days, hours_of_day
    part = _part(rollup, wider, hours[0].first, hours[-1].end, span.measures).where(rollup.c.split == SUMS)
    rows = part.add_columns(_local(rollup.c.hour, hours).label("local")).subquery()
    # Of thousands of hours some hundred sums are left: only these leave the database.
    each = select(rows.c.local, *_sum_of(rows, span)).group_by(rows.c.local).cte()
    day, hour = each.c.local // _number(HOURS), each.c.local % _number(HOURS)
    by_day = select(true(), day, *_sum_of(each, span)).group_by(day)
    by_hour = select(false(), hour, *_sum_of(each, span)).group_by(hour)
    of_span = by_hour.where(each.c.local >= _number(span.first_day * HOURS))
    for is_day, number, *sums in connection.execute(union_all(by_day, of_span)):
        (days if is_day else hours_of_day)[number] = _tally(span.measures, sums)
    return days, hours_of_day


def load_losses(connection: Connection, span: Span) -> list[tuple[str, str, int]]:
    """Stage, reason and number of conversations that came no farther, the most frequent first."""
    names = ("stage", "reason", "windows")
    reaches = _reaches(rollup_loss, rollup_loss_day, span)
    rows = _together([_part(table, span, first, end, names) for table, first, end in reaches])
    number, by = sql.sum(rows.c.windows), (rows.c.stage, rows.c.reason)
    found = select(*by, number).group_by(*by).having(number > 0).order_by(number.desc(), *by)
    return [(stage, reason, int(windows)) for stage, reason, windows in connection.execute(found)]


def _ends(span: Span) -> tuple[int, int]:
    """Its hours of UTC, from the first until the last. None of a day that a zone left out."""
    hours = stretches(span.zone, span.first_day, span.last_day)
    return (hours[0].first, hours[-1].end) if hours else (0, 0)


def _reaches(of_hours: Table, of_days: Table, span: Span) -> Iterator[tuple[Table, int, int]]:
    """From which hour until which to read which table."""
    first, end = _ends(span)
    midnight, last_midnight = -(-first // HOURS) * HOURS, end // HOURS * HOURS
    if midnight >= last_midnight:
        yield of_hours, first, end
        return
    yield of_days, midnight, last_midnight
    if first < midnight:
        yield of_hours, first, midnight
    if last_midnight < end:
        yield of_hours, last_midnight, end


def _part(table: Table, span: Span, first: int, end: int, names: Sequence[str]) -> Select[Any]:
    """Numbers stand within the statement and are no parameters: the database plans by how many hours it is to read."""
    rows = select(*(table.c[name] for name in names)).where(
        table.c.account_id.in_(sorted(span.account_ids)), table.c.hour >= _number(first), table.c.hour < _number(end)
    )
    return rows if span.rule is None else rows.where(table.c.rule_name == span.rule)


def _sums(
    connection: Connection, parts: Sequence[Select[Any]], span: Span, columns: Sequence[str]
) -> list[tuple[tuple[Any, ...], Tally]]:
    rows, number = _together(parts), len(columns)
    by = [rows.c[name] for name in columns]
    found = select(*by, *_sum_of(rows, span)).group_by(*by).order_by(*by)
    return [(tuple(row[:number]), _tally(span.measures, row[number:])) for row in connection.execute(found)]


def _together(parts: Sequence[Select[Any]]) -> Subquery:
    return union_all(*parts).subquery()


def _sum_of(rows: FromClause, span: Span) -> Iterator[ColumnElement[int]]:
    """As whole numbers: PostgreSQL's sum of large ones is a decimal, which takes long to read."""
    return (cast(sql.sum(rows.c[name]), BigInteger).label(name) for name in span.measures)


def _local(hour: ColumnElement[int], hours: Sequence[Stretch]) -> ColumnElement[int]:
    """The hour since 1970 that the clocks show."""
    *earlier, last = hours
    shown = hour + _number(last.offset)
    whens = [(hour < _number(each.end), hour + _number(each.offset)) for each in earlier]
    return case(*whens, else_=shown) if whens else shown


def _number(number: int) -> ColumnElement[int]:
    return literal_column(str(number), Integer)


def _tally(measures: Sequence[str], numbers: Sequence[Any]) -> Tally:
    return Tally({name: int(number) for name, number in zip(measures, numbers, strict=True) if number})
