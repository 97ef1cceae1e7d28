"""The backtest: the recorded history lived through once more under other rules, beside what the live rules did."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from botapp.compliance import retelling
from botapp.compliance.told import Told
from botapp.policy.criteria import facts_of
from botapp.policy.decision import PageFacts
from botapp.policy.overload import Rate
from botapp.policy.portrait import OF_THE_INTERACTIONS
from botapp.policy.reason import Reason
from botapp.policy.rule import NONE_PAUSED, LiveRule
from botapp.policy.template import names
from botapp.policy.zones import find_zone
from botapp.reengagement.facts import zone_of
from botapp.reengagement.terms import HouseRules
from botapp.rehearsal.backtested import Backtested
from botapp.rehearsal.courses import NO_RULE, Courses, Part
from botapp.rehearsal.page_history import PageHistory
from botapp.rehearsal.page_rate import at_rate
from botapp.rehearsal.past import CLAIMS, RULE, UNDECIDED, Past, Person, Trial, Window
from botapp.rehearsal.shared_limits import Closing, SharedLimits
from botapp.rehearsal.tally import Tally
from botapp.storage import contacts, history, ledger
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.history import DatedFact, HistoryRow, Slice
from botapp.storage.ledger import THE_PAGE_ITSELF, EntryKind
from botapp.storage.times import from_microseconds, to_microseconds

_NO_DETAILS: Mapping[str, Any] = {}
_PLAIN = CLAIMS - {EntryKind.CLAIMED} | {EntryKind.INTERACTION}  # of these, what the details say does not matter here


class Walked(NamedTuple):
    """What became of some contacts."""

    tally: Tally
    courses: Courses


@dataclass(frozen=True, slots=True)
class Backtest:
    """What is tried on which page; it can be handed to another process."""

    page: Account
    house: HouseRules
    trial: Trial
    asked: frozenset[str]  # the facts that the rules and their texts name
    rate: Rate
    limits: SharedLimits

    @staticmethod
    def of(
        connection: Connection,
        page: Account,
        house: HouseRules,
        rules: tuple[LiveRule, ...],
        stretch: tuple[datetime, datetime],
        rate: Rate,
    ) -> "Backtest":
        """Of these rules, on the windows that opened in [since, until). What a guard made of them is left out."""
        since, until = stretch
        entries = map(Told.of, ledger.load_entries(connection, page.id, THE_PAGE_ITSELF))
        tried = tuple(replace(rule, paused=NONE_PAUSED) for rule in rules)
        trial = Trial(
            page=PageFacts(tried, account_id=page.id, language=page.language),
            history=PageHistory.of((e for e in entries if e.recorded_at < until), page, house),
            since=since,
            until=until,
            hour=house.hour,
            window_length=house.window_length,
            has_caps=any(rule.cap for rule in tried),
            asks_for_interactions=any(rule.timing.usual for rule in tried) or bool(_asked(tried) & OF_THE_INTERACTIONS),
        )
        limits = SharedLimits.of(tried, trial.history.daily_caps(), find_zone(page.zone) or UTC)
        return Backtest(page, house, trial, _asked(tried), rate, limits)

    def run(
        self,
        database: Database,
        part: Slice,
        closings: Sequence[Closing] = (),
        only: Collection[int] | None = None,
    ) -> Walked:
        """What becomes of the windows of some contacts. They are read first: deciding takes longer than reading."""
        with database.reading() as connection:
            people = contacts.load_between(connection, part.account_id, part.after, part.last)
            entries = history.load_entries(connection, part, retelling.KINDS, self.trial.until)
            facts = history.load_facts(connection, part)
        tally, courses = Tally(), list[tuple[int, ...]]()
        places = {rule.name: place for place, rule in enumerate(self.trial.page.rules)}
        for contact in people:
            rows = entries.get(contact.id)
            if not rows or (only is not None and contact.id not in only) or self._takes_no_part(rows):
                continue
            past = Past.of(self._person(contact, facts.get(contact.id, {})), self.trial, map(_told, rows), closings)
            self._count(tally, contact, past)
            courses += _courses(contact.id, past, places)
        return Walked(tally, Courses.of(courses))

    def _takes_no_part(self, rows: Sequence[HistoryRow]) -> bool:
        """Silent before the stretch. Their messages of before matter only where a limit counts them."""
        return not self.limits.limits and rows[-1].recorded_at < to_microseconds(self.trial.since)

    def _count(self, tally: Tally, contact: Contact, past: Past) -> None:
        for window in past.windows.values():
            _count(tally, window)
            is_sent, at = window.outcome.startswith(RULE), window.at
            rule = window.outcome.removeprefix(RULE)
            if is_sent and at and self.trial.history.is_rule_paused(rule, self._versions[rule], at):
                tally.count("paused then", rule)
        if past.windows:
            decisions = ";".join(f"{w.silence_at} {w.outcome} {w.at} {w.live}" for w in past.windows.values())
            tally.mix_in(int.from_bytes(hashlib.sha256(f"{contact.id};{decisions}".encode()).digest()))
            tally.count("contacts")
            tally.count("erased", number=past.is_erased)
        for name in past.unknown_facts:
            tally.count("unknown facts", name)

    def _person(self, contact: Contact, facts: Mapping[str, DatedFact]) -> Person:
        names = {"first_name": contact.first_name, "last_name": contact.last_name}
        profile = {"language": contact.language, "page_name": self.page.name}
        return Person(
            zone=zone_of(contact, self.page),
            contact_id=contact.id,
            names={name: value for name, value in names.items() if value},
            named_at=contact.profile_fetched_at,
            profile={name: value for name, value in profile.items() if value},
            facts={name: fact for name, fact in facts.items() if name in self.asked},
            person_id=contact.person_id,
            first_seen_at=contact.created_at,
        )

    @property
    def _versions(self) -> dict[str, int]:
        return {rule.name: rule.version for rule in self.trial.page.rules}

    def conclude(self, walked: Walked) -> Backtested:
        """All contacts together."""
        at_page_rate = at_rate(walked.courses, self.trial.page.rules, self.rate)
        return Backtested(self.page.page_id, self.trial, walked.tally, at_page_rate)


def _asked(rules: Iterable[LiveRule]) -> frozenset[str]:
    found: set[str] = set()
    for rule in rules:
        found |= set(facts_of(rule.conditions))
        for template in (rule.template, *(variant.template for variant in rule.variants)):
            texts = [wording.text for wording in template.wordings.values()] if template else []
            found |= {name for text in texts for name in names(text)}
    return frozenset(found)


def _count(tally: Tally, window: Window) -> None:
    tally.count("windows")
    if window.outcome.startswith(RULE):
        tally.count("sent", window.outcome.removeprefix(RULE))
        tally.count("days", window.at.date().isoformat() if window.at else "")
    elif window.outcome == UNDECIDED:
        tally.count("undecided")
    else:
        tally.count("not sent", window.outcome)
    if window.live.startswith(RULE):
        tally.count("live", window.live.removeprefix(RULE))
    _count_held(tally, window)
    if window.outcome != window.live and RULE in window.outcome + window.live:
        tally.count("changes", window.live, window.outcome)


def _count_held(tally: Tally, window: Window) -> None:
    """What a limit that all share kept from going out: for a while, or for good."""
    is_sent = window.outcome.startswith(RULE)
    if window.held_by is Reason.BUDGET and not is_sent and window.outcome != Reason.BUDGET:
        return  # the budget was asked while planning; something else ended the silence
    if window.held_by is not None:
        tally.count("held", window.held_by.value, "later" if is_sent else "never")


def _courses(contact_id: int, past: Past, places: Mapping[str, int]) -> Iterator[tuple[int, ...]]:
    """The rows of one contact: its windows, and what was sent in silences that began before the stretch."""
    end = to_microseconds(past.trial.until)
    for window in past.windows.values():
        begun_at, ended_at = to_microseconds(window.begun_at), to_microseconds(window.at) if window.at else end
        if window.deadline_at is None:
            yield contact_id, begun_at, ended_at, end, NO_RULE, Part.NOT_SENT
        else:
            place = places[window.outcome.removeprefix(RULE)]
            yield contact_id, begun_at, ended_at, to_microseconds(window.deadline_at), place, Part.SENT
    for silence_at, silence in past.told.silences.items():
        if silence.claimed_at is not None and silence_at not in past.windows:
            at, place = to_microseconds(silence.claimed_at), places.get(silence.rule[0] or "", NO_RULE)
            yield contact_id, at, at, at, place, Part.AS_IT_WAS


def _told(row: HistoryRow) -> Told:
    _, sequence, kind, recorded_at, occurred_at, reason, subject_at, details = row
    recorded = from_microseconds(recorded_at)
    return Told(
        sequence,
        kind,
        recorded,
        recorded if occurred_at == recorded_at else _instant(occurred_at),
        reason,
        recorded if subject_at == recorded_at else _instant(subject_at),
        details=_NO_DETAILS if kind in _PLAIN or details == "{}" else json.loads(details),
    )


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)
