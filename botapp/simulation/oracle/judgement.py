"""Judges a whole world: every contact by every promise."""

from datetime import timedelta

from botapp.simulation.oracle.books import Books, open_books
from botapp.simulation.oracle.calendar import calendar_of, view_of
from botapp.simulation.oracle.choices import judge_choices
from botapp.simulation.oracle.limits import judge_limits
from botapp.simulation.oracle.liveness import Judged, judge_answers, judge_silences
from botapp.simulation.oracle.noes import judge_noes
from botapp.simulation.oracle.pages import judge_pages
from botapp.simulation.oracle.record import judge_record
from botapp.simulation.oracle.sends import judge_sends
from botapp.simulation.oracle.verdict import Broken, Verdict, Violation
from botapp.simulation.oracle.void import judge_void
from botapp.simulation.trace import Trace


def judge(trace: Trace) -> Verdict:
    """Every violation of the five promises in a world, and what came of what could have been sent and answered."""
    books = open_books(trace)
    violations = _acknowledged_too_soon(books)
    calendars = {page_id: calendar_of(books, page_id) for page_id in books.pages}
    violations.extend(judge_limits(books))
    violations.extend(judge_pages(books))
    silences: list[Judged] = []
    questions: list[Judged] = []
    for book in books.contacts.values():
        for rule in (judge_sends, judge_noes, judge_void, judge_choices, judge_record):
            violations.extend(rule(books, book))
        view = view_of(books, book, calendars[book.page.page_id])
        silences.extend(judge_silences(view))
        if book.erased_at is None:  # else the answers are gone with the questions
            questions.extend(judge_answers(view))
    unanswered = [q.missed for q in questions if q.missed is not None]
    arrived = [a for b in books.contacts.values() for a in b.attempts.values() if a.may_have_arrived]
    return Verdict(
        violations=tuple(sorted([*violations, *unanswered], key=lambda v: v.at)),
        sends=len(arrived),
        lost=sum(a.accepted_at is None for a in arrived),
        sendable=len(silences),
        unsent=tuple(s.missed for s in silences if s.missed is not None),
        answerable=len(questions),
        answered=len(questions) - len(unanswered),
        worst_lateness_seconds=max(
            (s.lateness or timedelta(0) for s in silences), default=timedelta(0)
        ).total_seconds(),
    )


def _acknowledged_too_soon(books: Books) -> list[Violation]:
    return [
        Violation(Broken.ANSWERED_TOO_SOON, at, "", "", f"{mid} was answered 200 at {at} and was not committed")
        for at, mid in books.acknowledged_early
    ]
