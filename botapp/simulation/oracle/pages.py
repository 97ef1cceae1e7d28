"""Judges what a page may do on its own: so many a day while it is new, nothing by a rule that a guard has paused.

And what it must do: give nothing up for a rate that would have carried it.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from botapp.simulation.oracle.books import Attempt, Book, Books, instant
from botapp.simulation.oracle.hours import zone_named
from botapp.simulation.oracle.noes import is_off
from botapp.simulation.oracle.sends import broken, is_live, says
from botapp.simulation.oracle.verdict import Broken, Violation
from botapp.simulation.trace import Capped, RuleTold, Staffed

_Begun = tuple[Book, Attempt]


def judge_pages(books: Books) -> Iterator[Violation]:
    """Every page of a world."""
    begun = _begun_by_page(books)
    for page_id, caps in books.caps.items():
        yield from _over_the_daily_cap(books, caps, begun[page_id])
    for page_id in books.pages:
        staffed = books.staffed[page_id]
        if any(change.what == "guard" for change in staffed):
            yield from _guarded(books, staffed, begun[page_id])
    yield from _given_up(books)


def _begun_by_page(books: Books) -> dict[str, list[_Begun]]:
    """What may have arrived, in the order in which it was begun."""
    found: dict[str, list[_Begun]] = defaultdict(list)
    for book in books.contacts.values():
        found[book.page.page_id] += [(book, attempt) for attempt in book.attempts.values() if attempt.may_have_arrived]
    for begun in found.values():
        begun.sort(key=lambda each: each[1].first.claimed_at)
    return found


def _over_the_daily_cap(books: Books, caps: Sequence[Capped], begun: Sequence[_Begun]) -> Iterator[Violation]:
    """What a page begins is counted while it has a cap. Near midnight it may belong to either day."""
    counted: Counter[date] = Counter()
    for book, attempt in begun:
        claimed_at = attempt.first.claimed_at
        most, day = _cap_at(caps, claimed_at), _surely_day(claimed_at, book.page.zone, books.trace.house.clock_error)
        if most is None or day is None:
            continue
        counted[day] += 1
        if counted[day] > most:
            told = f"claimed at {claimed_at}, the {counted[day]}. of {day}, when the page might begin {most} a day"
            yield broken(book, Broken.OVER_THE_DAILY_CAP, attempt.first.at, told)


def _cap_at(caps: Sequence[Capped], now: datetime) -> int | None:
    """The larger of the caps right before and right after an instant; None where there was none."""
    instants = [capped.at for capped in caps]
    around = [
        caps[place - 1].most if place else None for place in (bisect_left(instants, now), bisect_right(instants, now))
    ]
    known = [most for most in around if most is not None]
    return max(known) if len(known) == len(around) else None


def _surely_day(now: datetime, zone: str, error: timedelta) -> date | None:
    days = {around.astimezone(zone_named(zone)).date() for around in (now - error, now + error)}
    return days.pop() if len(days) == 1 else None


def _guarded(books: Books, staffed: Sequence[Staffed], begun: Sequence[_Begun]) -> Iterator[Violation]:
    """By the words of rules of which every one was paused right before and right after the claim."""
    for book, attempt in begun:
        written = attempt.first
        meant = [rule for rule in books.trace.rules if _may_be_by(rule, book, attempt)]
        if meant and all(is_off(_of_rule(staffed, rule), written.claimed_at, "guard", ("unguard",)) for rule in meant):
            told = f"claimed at {written.claimed_at} by {meant[0].name}, which a guard had paused"
            yield broken(book, Broken.GUARDED, written.at, told)


def _may_be_by(rule: RuleTold, book: Book, attempt: Attempt) -> bool:
    is_meant = rule.page_id == book.page.page_id and is_live(rule, attempt.first.claimed_at)
    return is_meant and (not rule.text or says(rule, attempt.first.text))


def _of_rule(staffed: Sequence[Staffed], rule: RuleTold) -> list[Staffed]:
    return [change for change in staffed if change.name == rule.name]


def _given_up(books: Books) -> Iterator[Violation]:
    """Given up for the rate, though even one for everybody who had written that day would have been carried in time."""
    house = books.trace.house
    for book in books.contacts.values():
        for row in book.plan_rows:
            at, deadline_at = instant(row, "recorded_at"), instant(row, "deadline_at")
            if (row["state"], row.get("reason")) != ("expired", "page_rate") or at is None or deadline_at is None:
                continue
            carried = 1 + house.sends_per_second * max((deadline_at - at).total_seconds(), 0.0)
            if _writers(books, book.page.page_id, at) <= carried:
                told = f"given up at {at}, when {carried:.0f} could begin until {deadline_at}"
                yield broken(book, Broken.GIVEN_UP, at, told)


def _writers(books: Books, page_id: str, now: datetime) -> int:
    """Whoever wrote to the page in the window's length before, give or take what clocks may be wrong by."""
    house = books.trace.house
    begin, end = now - house.window - house.clock_error, now + house.clock_error
    return sum(
        any(begin <= act.at <= end or (act.occurred_at is not None and begin <= act.occurred_at <= end) for act in own)
        for own in (book.openings for book in books.contacts.values() if book.page.page_id == page_id)
    )
