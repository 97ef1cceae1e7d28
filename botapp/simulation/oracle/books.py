"""A trace sorted by contact: everything that truly happened with one person on one page, with one pass over it."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from botapp.simulation.oracle.words import Word, kept_through_erasure, share_stops, spread, word_of_refusal
from botapp.simulation.trace import (
    Accepted,
    Acknowledged,
    Acted,
    Capped,
    Converted,
    Erased,
    Linked,
    OfTheTeam,
    PageTold,
    Refused,
    Said,
    Staffed,
    Stored,
    ThreadPassed,
    Trace,
    Unwell,
    Written,
    ZoneLearnt,
)

ContactKey = tuple[str, str]  # page id, the platform's id of the contact
Row = dict[str, object]


@dataclass(slots=True)
class Attempt:
    """One message of ours, by its metadata, and all that became of it."""

    first: Written
    writes: int = 1
    acceptances: int = 0
    accepted_at: datetime | None = None
    refused_at: datetime | None = None

    @property
    def may_have_arrived(self) -> bool:
        """Unless it is certain that nothing was delivered, the customer may have read it."""
        return self.accepted_at is not None or self.refused_at is None

    @property
    def last_at(self) -> datetime:
        return max(self.first.at, self.accepted_at or self.first.at)


@dataclass(slots=True)
class Book:
    """One contact."""

    key: ContactKey
    page: PageTold
    openings: list[Acted] = field(default_factory=list)  # in the order in which they happened
    questions: list[Acted] = field(default_factory=list)  # what wants an answer
    taken_back: set[str] = field(default_factory=set)  # mids; what they said need not be answered
    words: list[Word] = field(default_factory=list)  # every yes and no that reached us, in the order of their commits
    acted_words: list[Acted] = field(default_factory=list)  # the same as the person said them, known to us or not
    attempts: dict[str, Attempt] = field(default_factory=dict)  # proactive ones, by metadata, in order
    answers: dict[str, Attempt] = field(default_factory=dict)
    confirmations: list[Accepted] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)  # of any message
    owners: list[ThreadPassed] = field(default_factory=list)
    conversions: list[Converted] = field(default_factory=list)
    choices: list[Acted] = field(default_factory=list)
    zones: list[tuple[datetime, str]] = field(default_factory=list)
    unwell: list[Unwell] = field(default_factory=list)
    plan_rows: list[Row] = field(default_factory=list)
    reply_rows: list[Row] = field(default_factory=list)
    ledger_rows: list[Row] = field(default_factory=list)
    of_the_team_since: datetime | None = None  # a staff member's own
    erased_at: datetime | None = None  # from then on it is closed
    before: "Book | None" = None  # the same person's, as we knew them until they were erased

    @property
    def born_at(self) -> datetime | None:
        """When somebody of that name was erased last; None: never."""
        return self.before.erased_at if self.before else None


_YES_OR_NO = frozenset(
    {
        Said.STOP,
        Said.MUTE,
        Said.START,
        Said.YES,
        Said.NO,
        Said.NOTICES_STOPPED,
        Said.NOTICES_RESUMED,
        Said.COMPLAINT,
        Said.DELETE,
    }
)
_NOES = frozenset({Said.STOP, Said.MUTE, Said.NO, Said.NOTICES_STOPPED, Said.COMPLAINT})


@dataclass(slots=True)
class Books:
    """All contacts of a world, and what concerns pages as a whole."""

    trace: Trace
    pages: dict[str, PageTold] = field(default_factory=dict)
    contacts: dict[ContactKey, Book] = field(default_factory=dict)
    stored_at: dict[str, datetime] = field(default_factory=dict)  # by mid: the first commit
    acknowledged_early: list[tuple[datetime, str]] = field(default_factory=list)  # instant of the 200, mid
    staffed: dict[str | None, list[Staffed]] = field(default_factory=lambda: defaultdict(list))  # by page; None: all
    unwell: dict[str | None, list[Unwell]] = field(default_factory=lambda: defaultdict(list))  # the same
    caps: dict[str, list[Capped]] = field(default_factory=lambda: defaultdict(list))  # by page
    _acts: dict[str, Acted] = field(default_factory=dict)
    _identities: dict[ContactKey, set[ContactKey]] = field(default_factory=dict)

    def book(self, page_id: str, contact_id: str) -> Book:
        key = (page_id, contact_id)
        found = self.contacts.get(key)
        if found is None:
            found = self.contacts[key] = Book(key, self.pages[page_id])
        return found

    def identities(self, key: ContactKey) -> set[ContactKey]:
        """Every contact that is the same person to us at the end, this one included."""
        return self._identities.get(key) or {key}

    def known_at(self, act: Acted) -> datetime | None:
        """When the act was committed to our database; None: never, or it is nothing that we are told."""
        return self.stored_at.get(act.mid) if act.mid is not None else None

    def take_acted(self, act: Acted) -> None:
        book = self.book(act.page_id, act.contact_id)
        if act.mid is not None:
            self._acts[act.mid] = act
        if act.opens_window:
            book.openings.append(act)
        if act.takes_back is not None:
            book.taken_back.add(act.takes_back)
        if act.wants_answer:
            book.questions.append(act)
        if act.chosen is not None:
            book.choices.append(act)
        if act.said in _YES_OR_NO:
            book.acted_words.append(act)

    def take_stored(self, stored: Stored) -> None:
        for mid in stored.mids:
            if mid in self.stored_at:
                continue
            self.stored_at[mid] = stored.at
            act = self._acts.get(mid)
            if act is not None and act.said in _YES_OR_NO and self._is_heard(act):
                self.book(act.page_id, act.contact_id).words.append(Word(stored.at, act.said, act.at, act.mute_until))
                if act.said in (Said.STOP, Said.DELETE):
                    others = self.identities((act.page_id, act.contact_id)) - {(act.page_id, act.contact_id)}
                    spread([self.book(*key).words for key in sorted(others)], stored.at, act)

    def take_acknowledged(self, acknowledged: Acknowledged) -> None:
        early = [mid for mid in acknowledged.mids if mid not in self.stored_at]
        self.acknowledged_early.extend((acknowledged.at, mid) for mid in early)

    def take_written(self, written: Written) -> None:
        book = self.book(written.page_id, written.contact_id)
        attempts = book.attempts if written.is_proactive else book.answers
        known = attempts.get(written.metadata)
        if known is None:
            attempts[written.metadata] = Attempt(written)
        else:
            known.writes += 1

    def take_accepted(self, accepted: Accepted) -> None:
        book = self.book(accepted.page_id, accepted.contact_id)
        attempt = _attempt(book, accepted)
        assert attempt is not None  # noqa: S101  what nobody wrote cannot be accepted
        attempt.acceptances += 1
        attempt.accepted_at = attempt.accepted_at or accepted.at
        if accepted.confirms is not None:
            for key in self.identities(book.key):  # as far as anybody can know by now
                self.book(*key).confirmations.append(accepted)

    def take_refused(self, refused: Refused) -> None:
        book = self.book(refused.page_id, refused.contact_id)
        book.refusals.append(refused)
        attempt = _attempt(book, refused)
        if attempt is not None:
            attempt.refused_at = refused.at
        word = word_of_refusal(refused)
        if word is not None:
            book.words.append(word)

    def take_linked(self, linked: Linked) -> None:
        person = self.identities(linked.first) | self.identities(linked.second)
        for key in person:
            self._identities[key] = person
        share_stops([self.book(*key).words for key in sorted(person)], linked.at)

    def take_erased(self, erased: Erased) -> None:
        """What was known is gone but for the noes in force: who comes back is somebody new, linked with nobody.

        What clocks may tell for later than it, and was before it, opens a window that closes before the rest ends.
        """
        key = (erased.page_id, erased.contact_id)
        old = self.book(*key)
        old.erased_at = erased.at
        self.contacts[erased.page_id, erased.grave] = old
        born = self.contacts[key] = Book(key, old.page, before=old)
        born.words = kept_through_erasure(old.words, erased.at)
        person = self._identities.pop(key, None)
        if person is not None:
            person.discard(key)

    def _is_heard(self, act: Acted) -> bool:
        """Of what was said before an erasure and reached us after it, only a no is: the rest belongs to who is gone."""
        born_at, error = self.book(act.page_id, act.contact_id).born_at, self.trace.house.clock_error
        if born_at is None or act.said in _NOES:
            return True
        # Clocks may tell either of what was said just then: a wish to be deleted is no new one.
        return act.at > (born_at + error if act.said is Said.DELETE else born_at - error)

    def take_zone(self, learnt: ZoneLearnt) -> None:
        self.book(learnt.page_id, learnt.contact_id).zones.append((learnt.at, learnt.zone))

    def take_owner(self, passed: ThreadPassed) -> None:
        self.book(passed.page_id, passed.contact_id).owners.append(passed)

    def take_conversion(self, converted: Converted) -> None:
        self.book(converted.page_id, converted.contact_id).conversions.append(converted)

    def take_staffed(self, staffed: Staffed) -> None:
        self.staffed[staffed.page_id].append(staffed)

    def take_capped(self, capped: Capped) -> None:
        self.caps[capped.page_id].append(capped)

    def take_of_the_team(self, own: OfTheTeam) -> None:
        book = self.book(own.page_id, own.contact_id)
        book.of_the_team_since = book.of_the_team_since or own.at

    def take_unwell(self, unwell: Unwell) -> None:
        if unwell.page_id is not None and unwell.contact_id is not None:
            self.book(unwell.page_id, unwell.contact_id).unwell.append(unwell)
        else:
            self.unwell[unwell.page_id].append(unwell)


def open_books(trace: Trace) -> Books:
    """Sort a trace. Linear in its length."""
    books = Books(trace, {page.page_id: page for page in trace.pages})
    take = {
        Acted: books.take_acted,
        Stored: books.take_stored,
        Acknowledged: books.take_acknowledged,
        Written: books.take_written,
        Accepted: books.take_accepted,
        Refused: books.take_refused,
        Linked: books.take_linked,
        Erased: books.take_erased,
        ZoneLearnt: books.take_zone,
        ThreadPassed: books.take_owner,
        Converted: books.take_conversion,
        Staffed: books.take_staffed,
        Capped: books.take_capped,
        OfTheTeam: books.take_of_the_team,
        Unwell: books.take_unwell,
    }
    for key, zone in trace.zones.items():
        books.book(*key).zones.append((trace.begins_at, zone))
    for happening in trace.happenings:
        take[type(happening)](happening)  # type: ignore[operator]  # each key's method takes that very type
    _add_rows(books, trace.reengagements, "plan_rows")
    _add_rows(books, trace.replies, "reply_rows")
    _add_rows(books, trace.ledger, "ledger_rows")
    return books


def _attempt(book: Book, told: Accepted | Refused) -> Attempt | None:
    """Of whom it was when it was written."""
    life: Book | None = book
    while life is not None:
        found = (life.attempts if told.is_proactive else life.answers).get(told.metadata)
        if found is not None:
            return found
        life = life.before
    return None


def _add_rows(books: Books, rows: Iterable[Row], where: str) -> None:
    for row in rows:
        getattr(books.book(str(row["page_id"]), str(row["contact_id"])), where).append(row)


def instant(row: Row, column: str) -> datetime | None:
    """A row's instant; None where it has none."""
    value = row.get(column)
    return value if isinstance(value, datetime) else None


def details(row: Row) -> dict[str, object]:
    """What a ledger's row holds beside its columns."""
    held = row["details"]
    found = json.loads(held) if isinstance(held, str) else held
    return found if isinstance(found, dict) else {}
