"""Judges each proactive message against what made it void: a purchase, or somebody else's answer."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from botapp.simulation.oracle.books import Attempt, Book, Books
from botapp.simulation.oracle.sends import broken, closes_at, known_openings, opened_at
from botapp.simulation.oracle.verdict import Broken, Violation
from botapp.simulation.trace import Acted, HouseTold


def judge_void(books: Books, book: Book) -> Iterator[Violation]:
    """For one contact: nobody is reminded of what they have done, nor asked what was answered."""
    for attempt in book.attempts.values():
        known = known_openings(books, book, attempt.first.claimed_at)
        timely = [act for act in known if act.occurred_at is not None]
        if timely:
            yield from _converted(books, book, attempt, timely)
            yield from _answered(book, attempt, timely, books.trace.house)


def may_be_void(books: Books, book: Book, index: int, end: datetime) -> bool:
    """Whether a purchase or an answer may, by any clock, have made void what was planned for one silence."""
    house, act = books.trace.house, book.openings[index]
    conversation = [opening for opening in book.openings[: index + 1] if opening.occurred_at is not None]
    closes = closes_at(conversation, "initial", house, slack=house.clock_error)
    # After a refusal the window, and with it the conversation, may have been corrected.
    unsure = house.clock_error + (house.window if book.refusals else timedelta(0))
    began = closes - house.window - unsure if closes is not None else act.at
    return any(c.occurred_at >= began and c.at < end for c in book.conversions) or any(
        passed.answers and act.at - house.clock_error <= passed.at < end for passed in book.owners
    )


def _converted(books: Books, book: Book, attempt: Attempt, known: Sequence[Acted]) -> Iterator[Violation]:
    claimed_at, house = attempt.first.claimed_at, books.trace.house
    told = [c.occurred_at for c in book.conversions if c.at < claimed_at]
    since = _began(books, book, known) + house.clock_error
    if told and max(told) > since:
        words = f"claimed at {claimed_at}, bought at {max(told)}, in the conversation since {since}"
        yield broken(book, Broken.CONVERTED, attempt.first.at, words)


def _began(books: Books, book: Book, known: Sequence[Acted]) -> datetime:
    """The conversation's beginning where nobody can be in doubt of it; else the last that they did."""
    house, last = books.trace.house, opened_at(known[-1])
    stored = [books.known_at(act) or act.at for act in known]
    if book.refusals or any(before > after for before, after in pairwise(stored)):
        return last  # told in another order, or corrected: where it began may have been forgotten
    closes = closes_at(known, "initial", house, slack=-house.clock_error)
    return last if closes is None else closes - house.window


def _answered(book: Book, attempt: Attempt, known: Sequence[Acted], house: HouseTold) -> Iterator[Violation]:
    claimed_at, last_at = attempt.first.claimed_at, max(opened_at(act) for act in known)
    answers = [p.at for p in book.owners if p.answers and p.told_at is not None and p.told_at < claimed_at]
    if answers and max(answers) > last_at + house.clock_error:
        words = f"claimed at {claimed_at}, silent since {last_at}, answered by somebody else at {max(answers)}"
        yield broken(book, Broken.ANSWERED, attempt.first.at, words)
