"""A contact's windows, stops and messages on one scale: where each stands between two instants. Draws no pixels."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from botapp.console.compliance.shown import ShownEntry
from botapp.policy.suppression import Suppression
from botapp.policy.window import Anchor, Interactions, Window, window_of
from botapp.storage.ledger import EntryKind

WIDTH = 1000.0
_MOST_WINDOWS = 7  # side by side; an older page of the timeline draws the older ones
_LEAST_LABEL_GAP = 70.0
_EDGE = 20.0  # half of a label
_STEPS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 1440, 2880, 10080, 43200))


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a window is, and from which interaction it counts."""

    window_length: timedelta
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that lasts. `x` and `width` are of `WIDTH`."""

    x: float
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened."""

    x: float
    shown: ShownEntry


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Drawing:
    begins_at: datetime
    ends_at: datetime
    windows: Sequence[Bar]
    stops: Sequence[Bar]
    interactions: Sequence[Mark]
    messages: Sequence[Mark]
    ticks: Sequence[Tick]


_MESSAGES = frozenset(
    {
        EntryKind.SENT,
        EntryKind.FAILED,
        EntryKind.UNKNOWN,
        EntryKind.SKIPPED,
        EntryKind.EXPIRED,
        EntryKind.HELD,
        EntryKind.CROSSED,
    }
)


def draw(shown: Sequence[ShownEntry], terms: Terms, now: datetime) -> Drawing | None:
    """The time of the latest of these entries, at most seven windows long. None if there is nothing to draw."""
    events = sorted(shown, key=lambda each: each.happened_at)
    if not events:
        return None
    windows = list(_windows(events, terms))
    last = max([events[-1].happened_at, *(window.closes_at for window in windows)])
    ends_at = min(last, max(now, events[-1].happened_at)) + terms.window_length / 24
    begins_at = max(events[0].happened_at, ends_at - _MOST_WINDOWS * terms.window_length) - terms.window_length / 24
    scale = _Scale(begins_at, ends_at)
    return Drawing(
        begins_at,
        ends_at,
        windows=[bar for w in windows if (bar := scale.bar(w.opened_at, w.closes_at, "Window"))],
        stops=[bar for s in _stops(events) if (bar := scale.bar(s[1], s[2] or ends_at, s[0]))],
        interactions=list(scale.marks(e for e in events if e.entry.kind == EntryKind.INTERACTION)),
        messages=list(scale.marks(e for e in events if e.entry.kind in _MESSAGES)),
        ticks=list(scale.ticks()),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    begins_at: datetime
    ends_at: datetime

    def x(self, at: datetime) -> float:
        return round(WIDTH * ((at - self.begins_at) / (self.ends_at - self.begins_at)), 1)

    def bar(self, begins_at: datetime, ends_at: datetime, what: str) -> Bar | None:
        """None if nothing of it lies in the drawing."""
        if ends_at <= self.begins_at or begins_at >= self.ends_at:
            return None
        x, end = max(0.0, self.x(begins_at)), min(WIDTH, self.x(ends_at))
        return Bar(x, max(1.0, round(end - x, 1)), f"{what}: {_minute(begins_at)} to {_minute(ends_at)} UTC")

    def marks(self, events: Iterable[ShownEntry]) -> Iterator[Mark]:
        return (Mark(self.x(e.happened_at), e) for e in events if self.begins_at <= e.happened_at <= self.ends_at)

    def ticks(self) -> Iterator[Tick]:
        """At round times, far enough apart to be read."""
        span = self.ends_at - self.begins_at
        step = next((s for s in _STEPS if WIDTH * (s / span) >= _LEAST_LABEL_GAP), span)
        midnight = self.begins_at.replace(hour=0, minute=0, second=0, microsecond=0)
        at = midnight + ((self.begins_at - midnight) // step + 1) * step
        while at < self.ends_at:
            if _EDGE <= self.x(at) <= WIDTH - _EDGE:
                yield Tick(self.x(at), _label(at, step))
            at += step


def _label(at: datetime, step: timedelta) -> str:
    is_day = step >= timedelta(days=1) or not at.hour + at.minute
    return f"{at:%d %b}" if is_day else f"{at:%H:%M}"


def _windows(events: Sequence[ShownEntry], terms: Terms) -> Iterator[Window]:
    """One for each conversation, as long as it was open."""
    known, window = Interactions(), None
    for event in events:
        if event.entry.kind == EntryKind.WINDOW_CORRECTED and window is not None:
            window = Window(window.opened_at, min(window.closes_at, event.happened_at))
        if event.entry.kind != EntryKind.INTERACTION or event.entry.occurred_at is None:
            continue
        earlier, known = known, known.with_interaction(event.happened_at, terms.window_length)
        latest = window_of(known, terms.anchor, terms.window_length)
        if window is not None and known.conversation_started_at != earlier.conversation_started_at:
            yield window
        if latest is not None:
            window = Window(known.conversation_started_at or latest.opened_at, latest.closes_at)
    if window is not None:
        yield window


def _stops(events: Sequence[ShownEntry]) -> Iterator[tuple[str, datetime, datetime | None]]:
    """What held when: its name, from when, until when (None: it still does)."""
    holding: dict[str, Suppression] = {}
    for event in events:
        scope = str(event.details.get("scope", ""))
        if event.entry.kind == EntryKind.SUPPRESSION_SET:
            until = event.details.get("until")
            holding.setdefault(
                scope, Suppression(scope, event.happened_at, until if isinstance(until, datetime) else None)
            )
        elif event.entry.kind == EntryKind.SUPPRESSION_LIFTED and (held := holding.pop(scope, None)):
            yield _lasting(held, event.happened_at)
    for held in holding.values():
        yield _lasting(held, None)


def _lasting(held: Suppression, lifted_at: datetime | None) -> tuple[str, datetime, datetime | None]:
    ends = [at for at in (held.until, lifted_at) if at is not None]
    return held.scope.capitalize(), held.set_at or ends[0], min(ends, default=None)


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
