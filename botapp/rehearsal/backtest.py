"""The backtest: the recorded history lived through once more under other rules, beside what the live rules did."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from botapp.compliance import retelling
from botapp.compliance.told import Told
from botapp.policy.criteria import facts_of
from botapp.policy.decision import PageFacts
from botapp.policy.portrait import OF_THE_INTERACTIONS
from botapp.policy.rule import NONE_PAUSED, LiveRule
from botapp.policy.template import names
from botapp.reengagement.facts import zone_of
from botapp.reengagement.terms import HouseRules
from botapp.rehearsal.page_history import PageHistory
from botapp.rehearsal.past import CLAIMS, UNDECIDED, Past, Person, Trial, Window
from botapp.rehearsal.tally import Tally
from botapp.storage import contacts, history, ledger
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.history import DatedFact, HistoryRow, Slice
from botapp.storage.ledger import THE_PAGE_ITSELF, EntryKind
from botapp.storage.times import from_microseconds, to_microseconds

_RULE = "rule:"
_PLAIN = CLAIMS - {EntryKind.CLAIMED}  # of these only the kind and the reason matter here


@dataclass(frozen=True, slots=True)
class Backtest:
    """What is tried on which page; it can be handed to another process."""

    page: Account
    house: HouseRules
    trial: Trial
    asked: frozenset[str]  # the facts that the rules and their texts name

    @staticmethod
    def of(
        connection: Connection,
        page: Account,
        house: HouseRules,
        rules: tuple[LiveRule, ...],
        stretch: tuple[datetime, datetime],
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
        return Backtest(page, house, trial, _asked(tried))

    def run(self, database: Database, part: Slice) -> Tally:
        """What becomes of the windows of some contacts. They are read first: deciding takes longer than reading."""
        with database.reading() as connection:
            people = contacts.load_between(connection, part.account_id, part.after, part.last)
            entries = history.load_entries(connection, part, retelling.KINDS, self.trial.until)
            facts = history.load_facts(connection, part)
        tally = Tally()
        for person in people:
            self._live_through(person, entries.get(person.id, ()), facts.get(person.id, {}), tally)
        return tally

    def _live_through(
        self, contact: Contact, rows: Sequence[HistoryRow], facts: Mapping[str, DatedFact], tally: Tally
    ) -> None:
        if not rows or rows[-1].recorded_at < to_microseconds(self.trial.since):
            return
        person = self._person(contact, facts)
        past = Past.of(person, self.trial, map(_told, rows))
        for window in past.windows.values():
            _count(tally, window)
        if past.windows:
            decisions = ";".join(f"{w.silence_at} {w.outcome} {w.at} {w.live}" for w in past.windows.values())
            tally.mix_in(int.from_bytes(hashlib.sha256(f"{contact.id};{decisions}".encode()).digest()))
            tally.count("contacts")
            tally.count("erased", number=past.is_erased)
        for name in past.unknown_facts:
            tally.count("unknown facts", name)

    def _person(self, contact: Contact, facts: Mapping[str, DatedFact]) -> Person:
        profile = {
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "language": contact.language,
            "page_name": self.page.name,
        }
        return Person(
            zone=zone_of(contact, self.page),
            profile={name: value for name, value in profile.items() if value},
            facts={name: fact for name, fact in facts.items() if name in self.asked},
            person_id=contact.person_id,
            first_seen_at=contact.created_at,
        )

    def conclude(self, tally: Tally) -> "Backtested":
        """All contacts together."""
        return Backtested(self.page.page_id, self.trial, tally)


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
    if window.outcome.startswith(_RULE):
        tally.count("sent", window.outcome.removeprefix(_RULE))
        tally.count("days", window.at.date().isoformat() if window.at else "")
    elif window.outcome == UNDECIDED:
        tally.count("undecided")
    else:
        tally.count("not sent", window.outcome)
    if window.live.startswith(_RULE):
        tally.count("live", window.live.removeprefix(_RULE))
    if window.outcome != window.live and _RULE in window.outcome + window.live:
        tally.count("changes", window.live, window.outcome)


def _told(row: HistoryRow) -> Told:
    _, sequence, kind, recorded_at, occurred_at, reason, subject_at, details = row
    return Told(
        sequence,
        kind,
        from_microseconds(recorded_at),
        None if occurred_at is None else from_microseconds(occurred_at),
        reason,
        None if subject_at is None else from_microseconds(subject_at),
        details={} if kind in _PLAIN or details == "{}" else json.loads(details),
    )


@dataclass(frozen=True, slots=True)
class Backtested:
    """What the rules would have done, and what history cannot tell."""

    page_id: str
    trial: Trial
    tally: Tally

    @property
    def sha256(self) -> str:
        """Of the result with every single decision in it: the same rules on the same history have the same."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """The stable form that `botapp campaign backtest --json` prints."""
        tally = self.tally
        return {
            "page_id": self.page_id,
            "since": self.trial.since.isoformat(),
            "until": self.trial.until.isoformat(),
            "rules": {rule.name: rule.version for rule in self.trial.page.rules},
            "contacts": tally.number("contacts"),
            "windows": tally.number("windows"),
            "sent": tally.number("sent"),
            "by_rule": self._counts("sent"),
            "by_day": dict(sorted(self._counts("days").items())),
            "not_sent": self._counts("not sent"),
            "undecided": tally.number("undecided"),
            "live": {"sent": tally.number("live"), "by_rule": self._counts("live")},
            "changes": [{"live": a, "tried": b, "windows": n} for (a, b), n in _most_first(tally.of("changes"))],
            "not_known": {"facts": self._counts("unknown facts"), "erased_contacts": tally.number("erased")},
            "decisions": f"{tally.checksum:064x}",
        }

    def _counts(self, name: str) -> dict[str, int]:
        return {str(key[0]): number for key, number in _most_first(self.tally.of(name))}


def _most_first(counts: Mapping[tuple[str | int, ...], int]) -> list[tuple[tuple[str | int, ...], int]]:
    return sorted(((key, n) for key, n in counts.items() if n), key=lambda item: (-item[1], item[0]))
