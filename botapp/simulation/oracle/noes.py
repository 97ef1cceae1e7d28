"""Judges each proactive message against every no: the customer's, the operator's, and another's hold of the thread."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from botapp.simulation.oracle.books import Attempt, Book, Books, details
from botapp.simulation.oracle.sends import broken
from botapp.simulation.oracle.verdict import Broken, Violation
from botapp.simulation.oracle.words import Word, no_in_force
from botapp.simulation.trace import HouseTold, Staffed

_NOTHING_BETWEEN = timedelta(milliseconds=5)  # between the last look at a clock and the write


def judge_noes(books: Books, book: Book) -> Iterator[Violation]:
    """The fourth promise, for one contact."""
    house = books.trace.house
    for attempt in book.attempts.values():
        no = _no_before(book, attempt, house)
        if no is not None:
            told = f"claimed at {attempt.first.claimed_at} after {no}"
            yield broken(book, Broken.AFTER_A_NO, attempt.first.at, told)
        else:
            yield from _crossed(book, attempt, house)
            yield from _after_our_word(book, attempt, house)
        yield from _thread_owned(book, attempt, house)
        yield from _switched_off(books, book, attempt)
    yield from _blocked(book)


def _known_before(words: Sequence[Word], now: datetime) -> list[Word]:
    return [word for word in words if word.known_at < now]


def _no_before(book: Book, attempt: Attempt, house: HouseTold) -> str | None:
    """The no that was in force when the claim was committed, all that was committed before it counted."""
    claimed_at = attempt.first.claimed_at
    explicit = book.page.basis == "explicit"
    # What was committed at the very instant of the claim may have come before it: in doubt, innocent.
    before = _known_before(book.words, claimed_at)
    together = [word for word in book.words if word.known_at <= claimed_at]
    found = no_in_force(before, claimed_at, explicit=explicit, grace=house.clock_error)
    if found is None or no_in_force(together, claimed_at, explicit=explicit, grace=house.clock_error) is None:
        return None
    return found


def _crossed(book: Book, attempt: Attempt, house: HouseTold) -> Iterator[Violation]:
    """A no between claim and write is allowed only where there was no time to see it, and is on record (decision 6)."""
    written = attempt.first
    between = [w for w in book.words if written.claimed_at < w.known_at < written.at]
    if not between:
        return
    known = [w for w in book.words if w.known_at < written.at]
    no = no_in_force(known, written.at, explicit=False, grace=house.clock_error)
    if no is None:
        return
    came_at = between[-1].known_at
    looked_at = written.asked_at
    told = f"{no} at {came_at} between the claim at {written.claimed_at} and the write at {written.at}"
    aged = looked_at is None and written.at - written.claimed_at > house.unasked + _NOTHING_BETWEEN
    if aged or (looked_at is not None and came_at < looked_at):
        yield broken(book, Broken.CROSSED_TOO_LATE, written.at, f"{told}; asked at {looked_at}")
    if not any(row["kind"] == "crossed" for row in book.ledger_rows):
        yield broken(book, Broken.CROSSING_NOT_RECORDED, written.at, told)


def _after_our_word(book: Book, attempt: Attempt, house: HouseTold) -> Iterator[Violation]:
    """Nothing that was on its way arrives after the platform took our confirmation of a no, from any identity."""
    arrived_at = attempt.accepted_at or attempt.first.at
    for confirmation in book.confirmations:
        if not attempt.first.claimed_at < confirmation.at < arrived_at:
            continue
        words = _known_before(book.words, confirmation.at)
        no = no_in_force(words, confirmation.at, explicit=False, grace=house.clock_error)
        if no is not None:
            told = f"{no} was confirmed at {confirmation.at}, and this arrived at {arrived_at}"
            yield broken(book, Broken.AFTER_OUR_WORD, arrived_at, told)
            return


def _thread_owned(book: Book, attempt: Attempt, house: HouseTold) -> Iterator[Violation]:
    """Nothing while somebody else holds the thread; who is silent for a day has let go of it."""
    claimed_at = attempt.first.claimed_at
    told = [p for p in book.owners if p.told_at is not None and p.told_at < claimed_at]
    latest = max(told, key=lambda p: p.at, default=None)
    if latest is None or latest.to_bot:
        return
    just_given_back = any(p.told_at == claimed_at and p.to_bot for p in book.owners)
    if not just_given_back and claimed_at < latest.at + house.window - house.clock_error:
        told_at = f"claimed at {claimed_at}, passed to another at {latest.at}, known since {latest.told_at}"
        yield broken(book, Broken.THREAD_OWNED, attempt.first.at, told_at)


def _switched_off(books: Books, book: Book, attempt: Attempt) -> Iterator[Violation]:
    claimed_at = attempt.first.claimed_at
    page_id = book.page.page_id
    for promise, off, on in SWITCHES:
        for page in (None, page_id):
            if promise is Broken.TEAM_ONLY and _is_of_the_team(book, claimed_at):
                continue
            if is_off(books.staffed[page], claimed_at, off, on):
                told = f"claimed at {claimed_at} after {off} of {page or 'everything'}"
                yield broken(book, promise, attempt.first.at, told)


SWITCHES = (
    (Broken.KILL_SWITCH, "stop_all", ("resume_all",)),
    (Broken.PAUSED, "pause", ("unpause", "resume_all")),
    (Broken.TEAM_ONLY, "team", ("live",)),
)


def _is_of_the_team(book: Book, now: datetime) -> bool:
    return book.of_the_team_since is not None and book.of_the_team_since <= now


def is_off(staffed: Sequence[Staffed], now: datetime, off: str, on: tuple[str, ...]) -> bool:
    """Whether a switch was off right before and right after an instant."""
    instants = [s.at for s in staffed]
    return all(
        next((s.what == off for s in reversed(staffed[:count]) if s.what == off or s.what in on), False)
        for count in (bisect_left(instants, now), bisect_right(instants, now))
    )


def _blocked(book: Book) -> Iterator[Violation]:
    """No claim for who, as far as known, cannot be reached. The ledger's own order tells what was known."""
    is_reachable = True
    for row in book.ledger_rows:
        if row["kind"] == "reachability":
            is_reachable = details(row).get("reachable") is not False
        elif row["kind"] == "claimed" and not is_reachable:
            at = row["recorded_at"]
            assert isinstance(at, datetime)  # noqa: S101  a column that is never null
            yield broken(book, Broken.BLOCKED, at, "claimed for who was known to have blocked us")
