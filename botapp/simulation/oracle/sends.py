"""Judges each proactive message: to whom, how often, how late and at which hour."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from botapp.simulation.oracle.books import Attempt, Book, Books
from botapp.simulation.oracle.hours import due_instants, is_quiet
from botapp.simulation.oracle.verdict import Broken, Violation
from botapp.simulation.trace import Acted, HouseTold, RuleTold, Said, Written


def broken(book: Book, promise: Broken, at: datetime, told: str) -> Violation:
    return Violation(promise, at, *book.key, told)


def judge_sends(books: Books, book: Book) -> Iterator[Violation]:
    """The first three promises, for one contact."""
    house = books.trace.house
    yield from _repeated(book)
    arrived = [a for a in book.attempts.values() if a.may_have_arrived]
    arrived.sort(key=lambda a: a.first.at)
    yield from _once(book, [*_sent_before(book), *arrived], house)
    yield from _capped(book, arrived, house)
    for attempt in book.attempts.values():
        known = known_openings(books, book, attempt.first.claimed_at)
        if not known and not any(act.at <= attempt.first.at for act in book.openings):
            yield broken(book, Broken.NEVER_SPOKE, attempt.first.at, "written to who never wrote")
            continue
        yield from _in_time(book, attempt, known, house)
        yield from _by_a_rule(books, book, attempt, known)


def known_openings(books: Books, book: Book, now: datetime) -> list[Acted]:
    """What opens windows and was committed by an instant, by the time of the acts."""
    known = []
    for act in book.openings:
        stored_at = books.known_at(act)
        if stored_at is not None and stored_at <= now:
            known.append(act)
    return known


def opened_at(act: Acted) -> datetime:
    """By the platform's books, and never later than the act itself."""
    return act.at if act.occurred_at is None else min(act.at, act.occurred_at)


def closes_at(acts: Sequence[Acted], anchor: str, house: HouseTold, slack: timedelta = timedelta(0)) -> datetime | None:
    """When the window closes that these acts, in order, opened.

    By the stricter anchor a conversation ends after a window's length of silence, give or take the `slack`.
    """
    if not acts:
        return None
    if anchor == "latest":
        return opened_at(acts[-1]) + house.window
    began = opened_at(acts[0])
    for before, after in pairwise(acts):
        if opened_at(after) >= opened_at(before) + house.window + slack:
            began = opened_at(after)  # the conversation had ended
    return began + house.window


def _repeated(book: Book) -> Iterator[Violation]:
    for attempt in (*book.attempts.values(), *book.answers.values()):
        if attempt.writes > 1 or attempt.acceptances > 1:
            told = f"{attempt.first.metadata} was written {attempt.writes} times, taken {attempt.acceptances} times"
            yield broken(book, Broken.REPEATED, attempt.first.at, told)


def _once(book: Book, arrived: Sequence[Attempt], house: HouseTold) -> Iterator[Violation]:
    acts = [act.at for act in book.openings]
    for before, after in pairwise(arrived):
        told = f"one at {before.last_at}, one at {after.first.at}"
        if after.first.at - before.last_at < house.window:
            yield broken(book, Broken.WITHIN_A_DAY, after.first.at, told)
        since = bisect_right(acts, before.first.claimed_at - house.clock_error)
        if since == bisect_right(acts, after.first.at):
            promise = Broken.TWICE_IN_A_SILENCE if before.accepted_at else Broken.REPEATED
            yield broken(book, promise, after.first.at, f"{told}, and not a word between them")


def _sent_before(book: Book) -> list[Attempt]:
    """The last that they got before they were erased: nobody knows of it any more, and a day is a day."""
    earlier, life = [], book.before
    while life is not None:
        earlier += [attempt for attempt in life.attempts.values() if attempt.may_have_arrived]
        life = life.before
    return sorted(earlier, key=lambda a: a.first.at)[-1:]


def _capped(book: Book, arrived: Sequence[Attempt], house: HouseTold) -> Iterator[Violation]:
    grace = 2 * house.clock_error
    claims = [a.first.claimed_at for a in arrived]
    for first, last in zip(claims, claims[house.cap :], strict=False):
        if last - first < house.cap_period - grace:
            yield broken(book, Broken.OVER_THE_CAP, last, f"more than {house.cap} since {first}")
    asked = [w.said_at for w in book.words if w.said is Said.START]
    for index in range(house.ignored_cap, len(arrived)):
        row = arrived[index - house.ignored_cap : index]
        asked_for_more = any(row[0].first.claimed_at - grace <= at <= claims[index] for at in asked)
        if not asked_for_more and not any(_taken_up(book, a.first.claimed_at, house) for a in row):
            told = f"after {house.ignored_cap} that were not taken up, since {row[0].first.claimed_at}"
            yield broken(book, Broken.IGNORED, claims[index], told)


def _taken_up(book: Book, claimed_at: datetime, house: HouseTold) -> bool:
    """Whether the person did something while the window was open in which that one was sent, in doubt yes."""
    acts = [act.at for act in book.openings]
    after = bisect_left(acts, claimed_at - house.clock_error)
    before = [act for act in book.openings[:after] if act.at <= claimed_at]
    closes = opened_at(before[-1]) + house.window if before else claimed_at + house.window
    return after < len(acts) and acts[after] <= closes + house.clock_error


def _in_time(book: Book, attempt: Attempt, known: Sequence[Acted], house: HouseTold) -> Iterator[Violation]:
    written = attempt.first
    taken_at = attempt.accepted_at
    closes = closes_at([a for a in book.openings if taken_at is None or a.at <= taken_at], "latest", house)
    if taken_at is not None and closes is not None and taken_at >= closes:
        told = f"taken at {taken_at}, the platform's window closed at {closes}"
        yield broken(book, Broken.OUTSIDE_THE_WINDOW, taken_at, told)
    timely = [act for act in known if act.occurred_at is not None]
    promised = closes_at(timely, book.page.anchor, house, slack=-house.clock_error)
    if promised is None:
        return  # the platform's own window has been looked at
    if written.at >= promised - house.send_allowance + house.clock_error:
        told = f"written at {written.at}, the window that we knew of closes at {promised}"
        yield broken(book, Broken.NO_ALLOWANCE, written.at, told)


def _by_a_rule(books: Books, book: Book, attempt: Attempt, known: Sequence[Acted]) -> Iterator[Violation]:
    """It has the words of a rule that was live, comes no sooner than that rule says, and not in its quiet hours."""
    written = attempt.first
    spoken = [rule for rule in books.trace.rules if rule.page_id == book.page.page_id and says(rule, written.text)]
    live = [rule for rule in spoken if is_live(rule, written.claimed_at)]
    if not live:
        if all(rule.text for rule in books.trace.rules):
            yield broken(book, Broken.NOT_LIVE, written.at, f"claimed at {written.claimed_at} with words not live then")
        return
    house = books.trace.house
    # What was committed at the very instant of the claim may have come after it: in doubt it was not known.
    surely = [act for act in known if (books.known_at(act) or written.at) < written.claimed_at]
    objections = [_objection(rule, book, written, surely, house) for rule in live]
    if all(objection is not None for objection in objections) and objections[0] is not None:
        yield broken(book, objections[0], written.at, f"written at {written.at} for {live[0].name}")


def _objection(rule: RuleTold, book: Book, written: Written, known: Sequence[Acted], house: HouseTold) -> Broken | None:
    zones = zones_known(book, written.claimed_at)
    around = (written.at - house.freshness - house.clock_error, written.at, written.at + house.clock_error)
    quiet_from, quiet_until = rule.quiet_from, rule.quiet_until
    if quiet_from is not None and quiet_until is not None:
        quiet = (all(is_quiet(i, quiet_from, quiet_until, zone) for i in around) for zone in zones)
        if all(quiet):
            return Broken.QUIET_HOURS
    last_at = max((opened_at(act) for act in known if act.occurred_at is not None), default=None)
    if last_at is not None:
        # A clock that is behind takes the words for older than they are.
        dues = [_due(rule, at, zone) for zone in zones for at in (last_at, last_at - house.clock_error)]
        if written.at + house.clock_error < min(dues):
            return Broken.TOO_EARLY
    return None


def _due(rule: RuleTold, last_at: datetime, zone: str) -> datetime:
    latest = last_at + rule.delay
    if rule.at is None:
        return latest
    # Where clocks show `at` twice either is meant: an hour is not held against anybody.
    return min([latest, *(i - timedelta(hours=1) for i in due_instants(rule.at, zone, last_at + rule.least))])


def zones_known(book: Book, now: datetime) -> list[str]:
    """By what zone the customer's clock may have been read; two at the very instant at which one was learnt."""
    before = [zone for at, zone in book.zones if at < now]
    return [before[-1] if before else book.page.zone, *(zone for at, zone in book.zones if at == now)]


def is_live(rule: RuleTold, now: datetime) -> bool:
    return rule.since <= now and (rule.until is None or now <= rule.until)


def says(rule: RuleTold, text: str) -> bool:
    """Whether a text is this rule's, whatever its placeholders were filled with."""
    return _pattern(rule.text).fullmatch(text) is not None


@lru_cache(maxsize=1000)
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^{}]*\}", template)
    return re.compile(".*".join(re.escape(part) for part in parts), re.DOTALL)
