"""Judges the limits that rules have of their own: a budget for all customers, and how often one of them may get it.

Only where it is beyond doubt which rule a message is by, and in which period it was begun.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from datetime import datetime, timedelta

from botapp.simulation.oracle.books import Attempt, Book, Books
from botapp.simulation.oracle.hours import zone_named
from botapp.simulation.oracle.sends import broken, says
from botapp.simulation.oracle.verdict import Broken, Violation
from botapp.simulation.trace import RuleTold

_Begun = tuple[Book, Attempt]


def judge_limits(books: Books) -> Iterator[Violation]:
    """Of every page, every rule that has limits."""
    told: dict[tuple[str, str], list[RuleTold]] = defaultdict(list)
    for rule in books.trace.rules:
        told[rule.page_id, rule.name].append(rule)
    for versions in told.values():
        if _is_known_by_its_words(books, versions[0]):
            begun = _begun_by(books, versions[0])
            yield from _over_budget(books, versions, begun)
            yield from _over_cap(books, versions, begun)


def _is_known_by_its_words(books: Books, rule: RuleTold) -> bool:
    """No other rule of the page says the same."""
    others = (r for r in books.trace.rules if r.page_id == rule.page_id and r.name != rule.name)
    return bool(rule.text) and all(other.text not in ("", rule.text) for other in others)


def _begun_by(books: Books, rule: RuleTold) -> list[_Begun]:
    """What may have arrived of it, in the order in which it was begun."""
    found = [
        (book, attempt)
        for book in books.contacts.values()
        if book.page.page_id == rule.page_id
        for attempt in book.attempts.values()
        if attempt.may_have_arrived and says(rule, attempt.first.text)
    ]
    return sorted(found, key=lambda each: each[1].first.claimed_at)


def _over_budget(books: Books, versions: list[RuleTold], begun: list[_Begun]) -> Iterator[Violation]:
    budgets = [(rule.budget, rule.budget_per) for rule in versions]
    most, per = budgets[0]
    if most is None or set(budgets) != {(most, per)}:
        return
    error, periods = books.trace.house.clock_error, defaultdict(list)
    for book, attempt in begun:
        around = (attempt.first.claimed_at - error, attempt.first.claimed_at + error)
        keys = {_period(per, instant, book.page.zone) for instant in around}
        if len(keys) == 1:
            periods[keys.pop()].append((book, attempt))
    for spent in periods.values():
        for book, attempt in spent[most:]:
            told = f"claimed at {attempt.first.claimed_at}, when {most} of {versions[0].name} had been ({per})"
            yield broken(book, Broken.OVER_THE_BUDGET, attempt.first.at, told)


def _period(per: str, instant: datetime, zone: str) -> Hashable:
    day = instant.astimezone(zone_named(zone)).date()
    match per:
        case "day":
            return day
        case "week":
            return day.isocalendar()[:2]
        case "month":
            return day.year, day.month
    return per


def _over_cap(books: Books, versions: list[RuleTold], begun: list[_Begun]) -> Iterator[Violation]:
    caps = [(rule.cap, rule.cap_within) for rule in versions]
    most, within = caps[0]
    if most is None or set(caps) != {(most, within)}:
        return
    of_books: dict[int, list[_Begun]] = defaultdict(list)  # who was erased and came back is somebody new to the rule
    for book, attempt in begun:
        of_books[id(book)].append((book, attempt))
    for own in of_books.values():
        for (_, first), (book, last) in zip(own, own[most:], strict=False):
            apart: timedelta = last.first.claimed_at - first.first.claimed_at
            if apart < within - 2 * books.trace.house.clock_error:
                told = f"{most + 1} of {versions[0].name} within {apart}, the last claimed at {last.first.claimed_at}"
                yield broken(book, Broken.OVER_THE_RULE_CAP, last.first.at, told)
