"""The claim: under the contact's lock, decided from fresh facts, committed before a byte is written."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from botapp.channels.port import OutboundMessage
from botapp.identifiers import new_token
from botapp.policy.decision import ContactFacts, Hold, Send, Skip, Terms, decide
from botapp.policy.reason import Reason
from botapp.reengagement.clock_watch import ClockWatch
from botapp.reengagement.delivery import METADATA_PREFIX, Claim, Stopwatch
from botapp.reengagement.facts import Histories, Known, LiveRules, Standings, contact_facts, page_facts
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, contacts, ledger, reengagements, replies
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.reengagements import ReengagementKey, State

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

    def claim(self, key: ReengagementKey, stopwatch: Stopwatch) -> Claim | None:
        """The committed claim, or None: held, skipped, or somebody else's. The stopwatch was started just before."""
        with self.database.transaction() as connection:
            contact = contacts.lock_contact(connection, key.account_id, key.contact_id)
            plan = reengagements.find(connection, key)
            if plan is None or plan.state is not State.PLANNED:
                return None
            account = accounts.load_for_claim(connection, key.account_id)
            # Read under the lock, in a statement of its own: nothing older than the lock is believed.
            now = self.database.now(connection)
            facts = self._contact_facts(connection, contact, account, now)
            page = page_facts(connection, account, self.live_rules)
            if self.clock_watch is not None and self.clock_watch.disagree(now, stopwatch.elapsed_at_start):
                page = replace(page, clocks_disagree=True)
            decision = decide(facts, page, self.house.terms_of(account), planned_for=key.interaction_at, now=now)
            if not isinstance(decision, Send):
                _put_off(connection, contact, key, decision, now)
                return None
            terms = self.house.terms_of(account)
            token = _claim(connection, contact, key, decision, terms, now)
        if token is None:
            return None
        message = OutboundMessage(
            contact.platform_contact_id, decision.text, metadata=METADATA_PREFIX + token, is_response=False
        )
        start_before = decision.window.closes_at - terms.send_allowance
        return Claim(message, account, now, start_before, stopwatch, is_crossed=lambda: self._is_crossed(key, token))

    def _is_crossed(self, key: ReengagementKey, token: str) -> bool:
        """Whether the claim no longer stands as it was made: a no was committed since, or the sweep gave it up."""
        try:
            with self.database.reading() as connection:
                return not reengagements.claim_stands(connection, key, token)
        except SQLAlchemyError:
            return True  # nobody can say: in doubt it is not sent

    def _contact_facts(self, connection: Connection, contact: Contact, account: Account, now: datetime) -> ContactFacts:
        of_contact = (contact.account_id, contact.id)
        known = Known(Standings(connection, [of_contact]), Histories(connection, [contact], self.house, now))
        pending = replies.is_any_open(connection, *of_contact)
        return contact_facts(contact, account, known, self.house, now, answer_pending=pending)


def _put_off(
    connection: Connection, contact: Contact, key: ReengagementKey, decision: Hold | Skip, now: datetime
) -> None:
    """A hold is looked at again; a skip is final. An entry is written only where something changes."""
    if isinstance(decision, Hold):
        plan = reengagements.find(connection, key)
        reengagements.postpone(connection, key, decision.until, decision.reason)
        if plan is not None and plan.reason != decision.reason and decision.reason is not Reason.ANSWER_PENDING:
            entry = Entry(EntryKind.HELD, reason=decision.reason, subject_at=key.interaction_at)
            ledger.append(connection, contact, [entry], now)
        return
    target, kind = _ENDS.get(decision.reason, (State.SKIPPED, EntryKind.SKIPPED))
    if reengagements.move(connection, key, State.PLANNED, target, {"reason": decision.reason, "recorded_at": now}):
        ledger.append(connection, contact, [Entry(kind, reason=decision.reason, subject_at=key.interaction_at)], now)


def _claim(
    connection: Connection, contact: Contact, key: ReengagementKey, decision: Send, terms: Terms, now: datetime
) -> str | None:
    """Write the claim; None if the plan is gone. The schema forbids a second in this silence or within a day."""
    token = new_token()
    rule, window = decision.rule, decision.window
    values = {
        "reason": None,
        "claim_token": token,
        "claimed_at": now,
        "previous_claimed_at": reengagements.previous_claim(connection, key.account_id, key.contact_id),
        "least_gap": terms.least_gap,
        "opened_at": window.opened_at,
        "closes_at": window.closes_at,
        "send_allowance": terms.send_allowance,
        "rule_name": rule.name,
        "rule_version": rule.version,
        "template_name": rule.template.name if rule.template else None,
        "template_version": rule.template.version if rule.template else None,
        "text": decision.text,
    }
    if not reengagements.move(connection, key, State.PLANNED, State.CLAIMED, values):
        return None
    details = {"rule": rule.name, "rule_version": rule.version, "template_version": values["template_version"]}
    entry = Entry(EntryKind.CLAIMED, occurred_at=now, subject_at=key.interaction_at, details=details)
    ledger.append(connection, contact, [entry], now, last_claimed_at=now)
    return token
