"""When something was in the way of sends and answers: faults, switches, changes of the campaign, other hands."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from botapp.simulation.oracle.books import Book, Books, Row, instant
from botapp.simulation.oracle.hours import Span, zone_named
from botapp.simulation.oracle.noes import SWITCHES
from botapp.simulation.trace import Said, Staffed

_DAY = timedelta(days=1)
LONG_ENOUGH = timedelta(minutes=10)  # of good health, in which a send or an answer is to happen


@dataclass(frozen=True, slots=True)
class Calendar:
    """One page."""

    unwell: list[Span]  # sorted, apart from each other
    changes: list[datetime]  # of the campaign, of the switches and of the daily cap
    switched_off: list[Span]
    paused: list[Span]  # the part of `switched_off` that holds answers back, too
    full: list[Span]  # days on which the page may have reached its daily cap
    guarded: dict[str, list[Span]]  # while a guard had paused a rule, by its name
    is_carried: bool  # whether the rate carries one for everybody within the time that all has to be well for


def calendar_of(books: Books, page_id: str) -> Calendar:
    """A page's calendar, to be made once for all its contacts."""
    own = books.staffed[page_id]
    changes = sorted([s.at for s in (*books.staffed[None], *own)] + [capped.at for capped in books.caps[page_id]])
    unwell = ((u.since, u.until) for u in (*books.unwell[None], *books.unwell[page_id]))
    off = [
        [span for page in (None, page_id) for span in _off(books.staffed[page], what, on, books.trace.ends_at)]
        for _, what, on in SWITCHES
    ]
    guarded = {
        name: _off([s for s in own if s.name == name], "guard", ("unguard",), books.trace.ends_at)
        for name in {s.name for s in own if s.what == "guard" and s.name is not None}
    }
    switched_off = [span for spans in off for span in spans]
    contacts = sum(book.page.page_id == page_id for book in books.contacts.values())
    is_carried = contacts <= books.trace.house.sends_per_second * LONG_ENOUGH.total_seconds()
    return Calendar(_merged(unwell), changes, switched_off, off[1], _full_days(books, page_id), guarded, is_carried)


def _full_days(books: Books, page_id: str) -> list[Span]:
    """Whole days with a cap at some time, in which as many claims went on record as the least of their caps."""
    zone, ends_at = zone_named(books.pages[page_id].zone), books.trace.ends_at
    begun: Counter[date] = Counter()
    for book in books.contacts.values():
        if book.page.page_id == page_id:
            claims = [row["recorded_at"] for row in book.ledger_rows if row["kind"] == "claimed"]
            begun.update(at.astimezone(zone).date() for at in claims if isinstance(at, datetime))
    least: dict[date, int] = {}
    caps = books.caps[page_id]
    ends = [*(later.at for later in caps[1:]), ends_at]
    for capped, end in zip(caps, ends, strict=False):
        for day in _dates(capped.at, end, zone) if capped.most is not None else ():
            least[day] = min(capped.most or 0, least.get(day, capped.most or 0))
    # What is claimed about midnight may count for either day.
    return [
        _whole(day, zone, books.trace.house.clock_error)
        for day, most in least.items()
        if begun[day] + begun[day - _DAY] + begun[day + _DAY] >= most
    ]


def _dates(begin: datetime, end: datetime, zone: tzinfo) -> list[date]:
    first, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    return [first + offset * _DAY for offset in range((last - first).days + 1)]


def _whole(day: date, zone: tzinfo, error: timedelta) -> Span:
    begin, end = (datetime.combine(each, time(), tzinfo=zone).astimezone(UTC) for each in (day, day + _DAY))
    return begin - error, end + error


def _off(staffed: Sequence[Staffed], what: str, on: tuple[str, ...], ends_at: datetime) -> list[Span]:
    spans, since = [], None
    for change in staffed:
        if change.what == what:
            since = since or change.at
        elif change.what in on and since is not None:
            spans.append((since, change.at))
            since = None
    return spans if since is None else [*spans, (since, ends_at)]


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def touching(spans: Sequence[Span], span: Span) -> list[Span]:
    """Those that touch a span, of spans that are sorted and apart from each other."""
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if spans[middle][1] < span[0] else (low, middle)
    found = []
    while low < len(spans) and spans[low][0] <= span[1]:
        found.append(spans[low])
        low += 1
    return found


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim on record. Also one that was never written counts against the next."""

    at: datetime
    state: str
    silent_since: datetime
    closes_at: datetime
    recorded_at: datetime | None = None  # when its outcome was known, for the last time


@dataclass(frozen=True, slots=True)
class View:
    """One contact with all that could be in the way of a message."""

    books: Books
    book: Book
    calendar: Calendar
    claims: list[Claimed] = field(default_factory=list)  # in order
    owned: list[Span] = field(default_factory=list)  # while somebody else may be thought to hold the thread

    def in_the_way(self, span: Span) -> list[Span]:
        """What holds back any message at all."""
        unwell = [(u.since, u.until) for u in self.book.unwell]
        return [*touching(self.calendar.unwell, span), *unwell, *self.calendar.paused, *self.owned]

    def was_refused(self, span: Span) -> bool:
        """Whether the platform refused a message in a span, or shortly before: what that taught may be in the way."""
        return any(span[0] - LONG_ENOUGH < refused.at < span[1] for refused in self.book.refusals)


def view_of(books: Books, book: Book, calendar: Calendar) -> View:
    claims = [claim for row in book.plan_rows if (claim := _claimed(row)) is not None]
    day = books.trace.house.window
    # What the customer says meanwhile renews the other's hold, so a day counts from when it was given back.
    back = [passed.at for passed in book.owners if passed.to_bot]
    owned = [(p.at, min((at for at in back if at > p.at), default=p.at) + day) for p in book.owners if not p.to_bot]
    # Who is angry again gets a person with the answer, which may come as late as any.
    owned += [(at, min((each for each in back if each > at), default=at + day) + day) for at in _angry_again(book, day)]
    owned = [(begin, end + LONG_ENOUGH) for begin, end in owned]
    return View(books, book, calendar, sorted(claims, key=lambda c: c.at), owned)


def _angry_again(book: Book, day: timedelta) -> Iterator[datetime]:
    """When they complained though they had complained lately, and may have been answered no longer than a day ago."""
    angry = [act.at for act in book.questions if act.said is Said.COMPLAINT]
    return (after for before, after in pairwise(angry) if after - before <= 2 * day)


def _claimed(row: Row) -> Claimed | None:
    at, silent_since, closes_at = (instant(row, name) for name in ("claimed_at", "interaction_at", "closes_at"))
    if at is None or silent_since is None or closes_at is None:
        return None
    return Claimed(at, str(row["state"]), silent_since, closes_at, instant(row, "recorded_at"))
