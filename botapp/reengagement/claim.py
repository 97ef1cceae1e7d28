"""The claim: under the contact's lock, decided from fresh facts, committed before a byte is written."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from botapp.channels.port import QuickReply
from botapp.identifiers import new_token
from botapp.policy.decision import ContactFacts, Decision, Hold, PageFacts, Send, Skip, Terms, decide
from botapp.policy.grounds import Grounds, grounds_of
from botapp.policy.reason import Reason
from botapp.reengagement.clock_watch import ClockWatch
from botapp.reengagement.daily_cap import decide_within_cap, with_daily_cap
from botapp.reengagement.delivery import METADATA_PREFIX, Claim, Stopwatch
from botapp.reengagement.facts import Histories, Known, LiveRules, Standings, contact_facts, page_facts, zone_name
from botapp.reengagement.message import WayOut, compose_message
from botapp.reengagement.recorded_terms import RecordedTerms, TermsNotRecordedError
from botapp.reengagement.rule_pasts import RulePasts, decide_within_budget, with_spending
from botapp.reengagement.terms import HouseRules
from botapp.reengagement.tone import ToneRule, is_refused
from botapp.storage import accounts, contacts, daily_caps, ledger, reengagements, replies, rule_limits, standing
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.reengagements import Reengagement, ReengagementKey, State

_ENDS = {
    Reason.WINDOW_CLOSED: (State.EXPIRED, EntryKind.EXPIRED),
    Reason.SUPERSEDED: (State.SUPERSEDED, EntryKind.SUPERSEDED),
}


@dataclass(frozen=True, slots=True)
class Claimer:
    """Claims leased re-engagements, one at a time. Safe in any number of threads and processes."""

    database: Database
    house: HouseRules
    live_rules: LiveRules
    clock_watch: ClockWatch | None = None
    recorded_terms: RecordedTerms = field(default_factory=RecordedTerms)
    tone: ToneRule = ToneRule.OFF
    way_out: WayOut | None = None  # on every message; None: there is none to tap

    def claim(self, key: ReengagementKey, stopwatch: Stopwatch) -> Claim | None:
        """The committed claim, or None: held, skipped, or somebody else's. The stopwatch was started just before."""
        try:
            return self._decide_and_claim(key, stopwatch)
        except TermsNotRecordedError:  # not in that transaction: it shares the page's row with other claims
            self.recorded_terms.record(self.database, self.house, key.account_id)
            return self._decide_and_claim(key, stopwatch)

    def _decide_and_claim(self, key: ReengagementKey, stopwatch: Stopwatch) -> Claim | None:
        with self.database.transaction() as connection:
            # Asked behind the lock, in statements of their own: nothing older than it is believed. The clock last.
            locked = contacts.ask_to_lock(connection, key.account_id, key.contact_id)
            asked = _Asked(connection, key)
            now = self.database.now(connection)
            contact, plan, account = locked.read(), asked.plan.read(), asked.account.read()
            if plan is None or plan.state is not State.PLANNED:
                return None
            facts = asked.contact_facts(connection, contact, account, self.house, now)
            page = self._page_facts(connection, asked, account, stopwatch, now)
            pasts = RulePasts(connection, [contact], {account.id: page}, now)
            facts = pasts.complete(facts, contact, self.house.window_length)
            terms = self.house.terms_of(account)

            def decided(seen: PageFacts) -> Decision:
                return self._in_tone(decide(facts, seen, terms, planned_for=key.interaction_at, now=now))

            decision, page = decide_within_cap(
                connection, page, lambda seen: decide_within_budget(connection, seen, decided)
            )
            grounds = grounds_of(decision, facts, page, terms, now)
            if not isinstance(decision, Send):
                _put_off(connection, contact, plan, decision, _OnRecord(grounds, zone_name(contact, account), now))
                return None
            grounds["terms"] = self.recorded_terms.find(account.id, terms).number
            way_out = self._ways_out(connection, account, decision)
            since = page.spending[decision.rule.name].since if decision.rule.budget else None
            on_record = _OnRecord(grounds, zone_name(contact, account), now, way_out, since)
            token = _claim(connection, contact, asked, decision, terms, on_record)
            counted_in = page.daily_cap.since if page.daily_cap else None
            if token is None:
                daily_caps.give_back(connection, [(account.id, counted_in)] if counted_in else ())
                return None
        metadata = METADATA_PREFIX + token
        message = compose_message(contact.platform_contact_id, decision.text, decision.parts, metadata, way_out=way_out)
        _, start_before = decision.rule.period.within(now, decision.window.closes_at - terms.send_allowance)
        is_crossed = partial(self._is_crossed, key, token)
        return Claim(message, account, now, start_before, stopwatch, is_crossed, counted_in)

    def _page_facts(
        self, connection: Connection, asked: "_Asked", account: Account, stopwatch: Stopwatch, now: datetime
    ) -> PageFacts:
        """What is true of the page now, with what it and its rules have begun where that has a limit."""
        everything = asked.everything_is_stopped.read()
        page = page_facts(connection, account, self.live_rules, everything_is_stopped=everything)
        if self.clock_watch is not None and self.clock_watch.disagree(now, stopwatch.elapsed_at_start):
            page = replace(page, clocks_disagree=True)
        return with_daily_cap(connection, with_spending(connection, page, account, now), account, now)

    def _in_tone(self, decision: Decision) -> Decision:
        """The same, unless the text as it would be sent is none that we send."""
        if not isinstance(decision, Send):
            return decision
        template = decision.rule.template.name if decision.rule.template else ""
        return Skip(Reason.TONE) if is_refused(decision.text, self.tone, template) else decision

    def _ways_out(self, connection: Connection, account: Account, decision: Send) -> tuple[QuickReply, ...]:
        """In the language of the message."""
        template = decision.rule.template
        language = decision.language or (template.language if template else None)
        return (self.way_out(connection, account, language),) if self.way_out else ()

    def _is_crossed(self, key: ReengagementKey, token: str) -> bool:
        """Whether the claim no longer stands as it was made: a no was committed since, or the sweep gave it up."""
        try:
            with self.database.reading() as connection:
                return not reengagements.claim_stands(connection, key, token)
        except SQLAlchemyError:
            return True  # nobody can say: in doubt it is not sent


class _Asked:
    """All that a claim looks at, asked for at once."""

    def __init__(self, connection: Connection, key: ReengagementKey) -> None:
        identity = (key.account_id, key.contact_id)
        self.key = key
        self.plan = reengagements.ask(connection, key)
        self.account = accounts.ask_for_claim(connection, key.account_id)
        self.everything_is_stopped = accounts.ask_proactive_is_stopped(connection)
        self.previous_claim = reengagements.ask_previous_claim(connection, *identity)
        self._standings = Standings(connection, [identity])
        self._facts = standing.ask_facts(connection, [identity])
        self._answer_pending = replies.ask_is_any_open(connection, *identity)

    def contact_facts(
        self, connection: Connection, contact: Contact, account: Account, house: HouseRules, now: datetime
    ) -> ContactFacts:
        """As a decision sees the contact; of past claims, which most have none of, only now is asked."""
        known = Known(self._standings, Histories(connection, [contact], house, self._facts))
        return contact_facts(contact, account, known, house, now, answer_pending=self._answer_pending.read())


@dataclass(frozen=True, slots=True)
class _OnRecord:
    """What goes on record with a decision: what it saw, and when it was made."""

    grounds: Grounds
    zone: str
    now: datetime
    way_out: tuple[QuickReply, ...] = ()
    budget_since: datetime | None = None  # the period in which it is counted, where its rule has a budget

    def entry(self, kind: EntryKind, key: ReengagementKey, reason: Reason) -> Entry:
        private = {"zone": self.zone}
        return Entry(kind, reason=reason, subject_at=key.interaction_at, details=self.grounds, private=private)


def _put_off(
    connection: Connection, contact: Contact, plan: Reengagement, decision: Hold | Skip, record: _OnRecord
) -> None:
    """A hold is looked at again; a skip is final. An entry is written only where something changes."""
    key, now = plan.key, record.now
    if isinstance(decision, Hold):
        is_postponed = reengagements.postpone(connection, key, decision.until, decision.reason)
        if is_postponed and plan.reason != decision.reason and decision.reason is not Reason.ANSWER_PENDING:
            ledger.append(connection, contact, [record.entry(EntryKind.HELD, key, decision.reason)], now)
        return
    target, kind = _ENDS.get(decision.reason, (State.SKIPPED, EntryKind.SKIPPED))
    if reengagements.move(connection, key, State.PLANNED, target, {"reason": decision.reason, "recorded_at": now}):
        ledger.append(connection, contact, [record.entry(kind, key, decision.reason)], now)


def _claim(
    connection: Connection, contact: Contact, asked: _Asked, decision: Send, terms: Terms, record: _OnRecord
) -> str | None:
    """Write the claim; None if the plan is gone. The schema forbids a second in this silence or within a day."""
    token, key, now = new_token(), asked.key, record.now
    rule, window = decision.rule, decision.window
    values = {
        "reason": None,
        "claim_token": token,
        "claimed_at": now,
        "previous_claimed_at": asked.previous_claim.read(),
        "least_gap": terms.least_gap,
        "opened_at": window.opened_at,
        "closes_at": window.closes_at,
        "send_allowance": terms.send_allowance,
        "rule_name": rule.name,
        "rule_version": rule.version,
        "template_name": rule.template.name if rule.template else None,
        "template_version": rule.template.version if rule.template else None,
        "variant": rule.drawn.variant if rule.drawn else None,
        "text": decision.text,
    }
    if record.budget_since is not None:
        values["budget_since"] = record.budget_since
    if not reengagements.move(connection, key, State.PLANNED, State.CLAIMED, values):
        if record.budget_since is not None:
            rule_limits.unspend(connection, key.account_id, rule.name, record.budget_since)
        return None
    entry = Entry(
        EntryKind.CLAIMED,
        occurred_at=now,
        subject_at=key.interaction_at,
        details=record.grounds,
        private={**_shown(decision, record.way_out), "zone": record.zone},
    )
    ledger.append(connection, contact, [entry], now, last_claimed_at=now)
    return token


def _shown(decision: Send, way_out: tuple[QuickReply, ...]) -> dict[str, object]:
    """The very words, which may name the customer, and what could be tapped beside them."""
    tapped = [*decision.parts.titles, *(reply.title for reply in way_out)]
    shown = {"text": decision.text, "buttons": tapped, "image": decision.parts.image}
    return {name: value for name, value in shown.items() if value}
