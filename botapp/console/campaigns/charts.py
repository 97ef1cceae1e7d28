"""Geometry of the charts: where columns, intervals and lines stand. Words, colours and tables are the pages'.

Drawings are stretched to the room they get, so nothing in them is text; what they show stands in a table as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from botapp.policy.experiments.intervals import Estimate

STEP = 10.0  # of one column
HEIGHT = 100.0
_BAR = 7.0
_ROOM = 1.08  # above the highest


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `low` and `high` are the ends of its interval, from above."""

    x: float
    y: float
    width: float
    height: float
    title: str
    low: float | None = None
    high: float | None = None
    is_marked: bool = False

    @property
    def middle(self) -> float:
        """Where its interval stands."""
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns side by side, to one scale."""

    columns: Sequence[Column]
    top: float  # the value at the upper edge
    limit: float | None = None  # a line across, from above; None: none, or too far up to be drawn

    @property
    def width(self) -> float:
        return STEP * len(self.columns)


@dataclass(frozen=True, slots=True)
class Value:
    """What a column shows."""

    value: float
    title: str
    interval: Estimate | None = None
    is_marked: bool = False


def draw(values: Iterable[Value], limit: float | None = None) -> Chart:
    """Columns for these values. A limit is drawn where the columns come within a quarter of it."""
    return _draw(list(values), limit, least=1.0, most=float("inf"))


def draw_rates(values: Iterable[Value]) -> Chart:
    """Columns for values between 0 and 1."""
    return _draw(list(values), None, least=0.1, most=1.0)


def _draw(values: Sequence[Value], limit: float | None, least: float, most: float) -> Chart:
    top = max([least, *(v.interval.high if v.interval else v.value for v in values)])
    if limit is not None and limit <= 4 * top:
        top = max(top, limit)
    else:
        limit = None
    top = min(top * _ROOM, most)
    columns = [_column(place, value, top) for place, value in enumerate(values)]
    return Chart(columns, top, None if limit is None else _y(limit, top))


def _column(place: int, value: Value, top: float) -> Column:
    y, interval = _y(value.value, top), value.interval
    return Column(
        x=round(place * STEP + (STEP - _BAR) / 2, 2),
        y=y,
        width=_BAR,
        height=round(HEIGHT - y, 2),
        title=value.title,
        low=None if interval is None else _y(interval.low, top),
        high=None if interval is None else _y(interval.high, top),
        is_marked=value.is_marked,
    )


def _y(value: float, top: float) -> float:
    return round(HEIGHT * (1 - value / top), 2)
