"""Judges each proactive message against what the customer had chosen: how often, and in which hours not."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from botapp.simulation.oracle.books import Attempt, Book, Books
from botapp.simulation.oracle.hours import is_quiet
from botapp.simulation.oracle.sends import broken, opened_at, zones_known
from botapp.simulation.oracle.verdict import Broken, Violation
from botapp.simulation.trace import Acted, HouseTold

_DAYS = {"weekly": timedelta(days=7), "monthly": timedelta(days=30)}


def judge_choices(books: Books, book: Book) -> Iterator[Violation]:
    """For one contact: nothing that they had chosen not to get, where we surely knew of the choice."""
    if not book.choices:
        return
    house = books.trace.house
    arrived = sorted((a for a in book.attempts.values() if a.may_have_arrived), key=lambda a: a.first.at)
    for before, after in pairwise(arrived):
        least = _DAYS.get(_chosen(books, book, after, "frequency"))
        gap = after.first.claimed_at - before.first.claimed_at
        if least is not None and gap < least - 2 * house.clock_error:
            told = f"one claimed at {before.first.claimed_at}, one at {after.first.claimed_at}, chosen were {least}"
            yield broken(book, Broken.TOO_OFTEN, after.first.at, told)
    for attempt in book.attempts.values():
        hours = _chosen(books, book, attempt, "quiet_hours")
        if hours not in ("", "none") and _is_quiet(book, attempt, hours, house):
            told = f"written at {attempt.first.at}, quiet from {hours}"
            yield broken(book, Broken.OWN_QUIET_HOURS, attempt.first.at, told)


def _chosen(books: Books, book: Book, attempt: Attempt, what: str) -> str:
    """What surely held when it was claimed; "" for nothing, or in doubt of which choice was the last."""
    known = [act for act in book.choices if act.chosen is not None and act.chosen[0] == what]
    stored = [(books.known_at(act), act) for act in known]
    told = [act for at, act in stored if at is not None and at < attempt.first.claimed_at]
    at_that_instant = any(at == attempt.first.claimed_at for at, _ in stored)
    told.sort(key=opened_at)
    if not told or at_that_instant or _is_close(told, books.trace.house):
        return ""
    return told[-1].chosen[1] if told[-1].chosen is not None else ""


def _is_close(told: Sequence[Acted], house: HouseTold) -> bool:
    """Whether clocks that are off might take the last for the last but one."""
    return len(told) > 1 and opened_at(told[-1]) - opened_at(told[-2]) <= 2 * house.clock_error


def _is_quiet(book: Book, attempt: Attempt, hours: str, house: HouseTold) -> bool:
    begin, _, end = hours.partition("-")
    written = attempt.first.at
    around = (written - house.freshness - house.clock_error, written, written + house.clock_error)
    zones = zones_known(book, attempt.first.claimed_at)
    return all(is_quiet(instant, begin, end, zone) for zone in zones for instant in around)
