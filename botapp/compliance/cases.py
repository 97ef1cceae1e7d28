"""Puts a past decision together again: what the entries before it tell, and what it wrote down of what they cannot."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection

from botapp.compliance.retelling import Retelling
from botapp.compliance.told import Told
from botapp.policy.consent import Basis
from botapp.policy.counterfactual import Case
from botapp.policy.daily_cap import DailyCap
from botapp.policy.decision import ContactFacts, PageFacts, Send, Terms
from botapp.policy.reason import Reason
from botapp.policy.rule import LiveRule, LiveTemplate
from botapp.policy.rule_definition import from_definition
from botapp.policy.rule_limits import Spending
from botapp.policy.voiding import AnswerVoids, ConversionVoids
from botapp.policy.window import Anchor
from botapp.policy.zones import find_zone
from botapp.reengagement.facts import zone_of
from botapp.reengagement.rule_pasts import with_interactions
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, campaigns, contacts, ledger
from botapp.storage.accounts import Account
from botapp.storage.ledger import THE_PAGE_ITSELF, EntryKind
from botapp.storage.standing import ContactId
from botapp.storage.times import from_microseconds

# A page may have many more of its own; these are few.
_KINDS_OF_PAGE = (
    EntryKind.TERMS,
    EntryKind.ACCOUNT_ADDED,
    EntryKind.ACCOUNT_CHANGED,
    EntryKind.PAGE_PAUSED,
    EntryKind.PROACTIVE_STOPPED,
    EntryKind.RULE_PAUSED,
)
_OF_THE_TEXT = frozenset({Reason.NO_TEMPLATE, Reason.MISSING_FACT, Reason.TEXT_TOO_LONG, Reason.TONE})
# What it said is not needed to decide again, and may be erased.
_AS_IT_WAS = LiveTemplate("as it was", 1, "as it was", "en")


@dataclass(frozen=True, slots=True)
class File:
    """All entries of one contact, and what is needed to read them."""

    contact: ContactId
    entries: Sequence[Told]
    of_page: Sequence[Told]  # of its own entries those on which a decision can rest
    account: Account  # this and the next two: as they are known today
    zone: tzinfo
    is_erased: bool
    house: HouseRules

    @staticmethod
    def open(connection: Connection, contact: ContactId, house: HouseRules) -> "File":
        """LookupError if nothing is on record of such a contact."""
        entries = [Told.of(row) for row in ledger.load_entries(connection, *contact)]
        if not entries:
            raise LookupError("nothing is on record of this contact")
        own = ledger.load_entries(connection, contact[0], THE_PAGE_ITSELF, _KINDS_OF_PAGE)
        of_page = [Told.of(row) for row in own]
        account = accounts.load_account(connection, contact[0])
        is_erased = any(entry.kind == EntryKind.ERASED for entry in entries)
        return File(contact, entries, of_page, account, _zone(connection, contact, account), is_erased, house)

    def until(self, instant: datetime) -> "File":
        """What was on record at that instant."""
        entries = [entry for entry in self.entries if entry.recorded_at <= instant]
        of_page = [entry for entry in self.of_page if entry.recorded_at <= instant]
        return replace(self, entries=entries, of_page=of_page)

    def retold(self, before: Told | None = None) -> Retelling:
        """What the entries come to; those before one of them, or all."""
        known = self.entries if before is None else [e for e in self.entries if e.sequence < before.sequence]
        return Retelling.of(known, self.house.window_length)

    def terms(self, at: datetime, number: int | None = None) -> Terms:
        """The page's terms as they are on record, by their number or the last up to an instant; else today's."""
        recorded = [e for e in self.of_page if e.kind == EntryKind.TERMS and e.recorded_at <= at]
        named = [e for e in self.of_page if number is not None and e.sequence == number]
        last = next(iter(named or recorded[-1:]), None)
        return terms_on_record(last.details, self.house) if last else self._terms_of_today(at)

    def _terms_of_today(self, at: datetime) -> Terms:
        """With the page's own choices as its entries tell them."""
        chosen: dict[str, str] = {
            "anchor": Anchor.LATEST,
            "basis": Basis.IMPLIED,
            "conversion_voids": ConversionVoids.CONVERSATION,
            "answer_voids": AnswerVoids.SILENCE,
        }
        for entry in self.of_page:
            if entry.kind in (EntryKind.ACCOUNT_ADDED, EntryKind.ACCOUNT_CHANGED) and entry.recorded_at <= at:
                chosen |= {name: entry.details[name] for name in chosen if name in entry.details}
        account = replace(
            self.account,
            anchor=chosen["anchor"],
            basis=chosen["basis"],
            conversion_voids=chosen["conversion_voids"],
            answer_voids=chosen["answer_voids"],
        )
        return self.house.terms_of(account)


def case_of(connection: Connection, file: File, entry: Told) -> Case:
    """The decision that an entry records, to be made again; of one without grounds, what the entries before it tell."""
    now, grounds = entry.instant("decided_at") or entry.recorded_at, entry.details
    terms = file.terms(now, grounds.get("terms"))
    zone = find_zone(entry.private["zone"]) if entry.private and "zone" in entry.private else None
    facts = file.retold(before=entry).facts(zone or file.zone, max(terms.cap, terms.ignored_cap, 1), now)
    of_the_team = bool(grounds.get("of_the_team"))
    person = grounds.get("hold_out", {}).get("person", 0)
    pending = bool(grounds.get("answer_pending"))
    rules = _rules(connection, file, entry)
    contact = replace(facts, answer_pending=pending, is_of_the_team=of_the_team, person=person)
    contact = _with_past(file, entry, replace(contact, claims_of_rules=_claims_of_rules(grounds)), rules)
    page = PageFacts(
        rules=rules,
        spending=_spending(grounds),
        daily_cap=_daily_cap(grounds),
        proactive_stopped=bool(grounds.get("proactive_stopped")),
        paused=bool(grounds.get("page_paused")),
        team_mode=bool(grounds.get("team_mode")),
        clocks_disagree=bool(grounds.get("clocks_disagree")),
        account_id=file.contact[0],
    )
    silence = entry.subject_at or contact.interactions.last_at or now
    return Case(contact, page, terms, silence, now)


def is_rederived(case: Case, entry: Told) -> bool:
    """Whether the same is decided again."""
    decision = case.decide()
    if isinstance(decision, Send):
        return entry.kind == EntryKind.CLAIMED
    return decision.reason == entry.reason or {decision.reason, entry.reason} <= _OF_THE_TEXT


def _with_past(file: File, entry: Told, contact: ContactFacts, rules: Iterable[LiveRule]) -> ContactFacts:
    """With the customer's usual hours, where a rule goes by them, as the entries before this one tell them."""
    if not any(rule.timing.usual for rule in rules):
        return contact
    before = (e for e in file.entries if e.kind == EntryKind.INTERACTION and e.sequence < entry.sequence)
    instants = {e.occurred_at for e in before if e.occurred_at is not None}
    return with_interactions(contact, instants, file.house.window_length)


def _spending(grounds: Mapping[str, Any]) -> dict[str, Spending]:
    found = {}
    for rule, told in grounds.get("budgets", {}).items():
        since, until = told["period"]
        found[rule] = Spending(told["spent"], from_microseconds(since), from_microseconds(until) if until else None)
    return found


def _daily_cap(grounds: Mapping[str, Any]) -> DailyCap | None:
    told = grounds.get("daily_cap")
    if told is None:
        return None
    return DailyCap(told["most"], told["begun"], *map(from_microseconds, told["day"]))


def _claims_of_rules(grounds: Mapping[str, Any]) -> dict[str, tuple[datetime, ...]]:
    return {rule: tuple(map(from_microseconds, told["claims"])) for rule, told in grounds.get("caps", {}).items()}


def _rules(connection: Connection, file: File, entry: Told) -> tuple[LiveRule, ...]:
    """Those that were chosen or considered, all of them meant for this person."""
    grounds = entry.details
    versions: Mapping[str, int] = grounds.get("rules", {})
    if "rule" in grounds:
        versions = {grounds["rule"]: grounds["rule_version"]}
    template = None if entry.reason in _OF_THE_TEXT else _AS_IT_WAS
    stored = campaigns.load_rule_versions(connection, file.contact[0], versions)
    rules = (from_definition(r.name, r.version, json.loads(r.definition), {}, file.house.scale) for r in stored)
    # Entries of before it was recorded tell of a pause by their reason only.
    paused = grounds.get("paused", versions if entry.reason == Reason.GUARD else ())
    return tuple(
        replace(rule, conditions=(), template=template, paused=frozenset({""} if rule.name in paused else ()))
        for rule in rules
    )


def terms_on_record(details: Mapping[str, Any], house: HouseRules) -> Terms:
    """As `reengagement.recorded_terms` writes them; the rest concerns no promise."""
    spans = {name: timedelta(microseconds=details[name]) for name in ("send_allowance", "cool_down", "cap_period")}
    return Terms(
        window_length=timedelta(microseconds=details["window"]),
        cap=details["cap"],
        ignored_cap=details["ignored_cap"],
        hold_interval=house.hold_interval,
        text_limit=house.text_limit,
        part_limits=house.part_limits,
        anchor=Anchor(details["anchor"]),
        basis=Basis(details["basis"]),
        # Terms that were put on record before these were known meant the same.
        conversion_voids=ConversionVoids(details.get("conversion_voids", ConversionVoids.CONVERSATION)),
        answer_voids=AnswerVoids(details.get("answer_voids", AnswerVoids.SILENCE)),
        day=timedelta(days=1) * house.scale,
        **spans,
    )


def _zone(connection: Connection, contact: ContactId, account: Account) -> tzinfo:
    try:
        return zone_of(contacts.load_contact(connection, *contact), account)
    except LookupError:
        return find_zone(account.zone) or UTC
