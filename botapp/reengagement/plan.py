"""Whether and when a re-engagement is due: asked whenever a customer writes, and again when the campaign changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from botapp.policy.decision import ContactFacts, Hold, PageFacts, Skip, Terms, decide
from botapp.policy.grounds import grounds_of, plan_grounds
from botapp.policy.reason import REPLANNED_WHEN_THE_CAMPAIGN_CHANGES
from botapp.policy.window import window_of
from botapp.reengagement.facts import Histories, Known, LiveRules, Standings, contact_facts, page_facts, zone_name
from botapp.reengagement.rule_pasts import Instants, RulePasts, with_spending
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, contacts, ledger, reengagements
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind, NumberedEntry
from botapp.storage.reengagements import ReengagementKey, State
from botapp.storage.standing import ContactId

REPLANNED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans for locked contacts, inside the caller's transaction."""

    house: HouseRules
    live_rules: LiveRules

    def plan(
        self,
        connection: Connection,
        locked: Sequence[Contact],
        accounts_by_id: Mapping[int, Account],
        standings: Standings,
        tell_time: Callable[[Connection], datetime],
        unwritten: Instants = MappingProxyType({}),
    ) -> dict[ContactId, Entry]:
        """Replace the open plans of these contacts; the ledger entries to append, by contact.

        `unwritten`: the contacts' interactions that the caller is about to put on record.
        """
        if not locked:
            return {}
        known = Known(standings, Histories(connection, locked, self.house))
        is_stopped = accounts.ask_proactive_is_stopped(connection)
        now, everything = tell_time(connection), is_stopped.read()
        pages = {
            a.id: with_spending(
                connection, page_facts(connection, a, self.live_rules, everything_is_stopped=everything), a, now
            )
            for a in accounts_by_id.values()
        }
        pasts = RulePasts(connection, locked, pages, now, unwritten)
        terms = {a.id: self.house.terms_of(a) for a in accounts_by_id.values()}
        rows, entries = [], {}
        for contact in locked:
            account = accounts_by_id[contact.account_id]
            facts = contact_facts(contact, account, known, self.house, now, answer_pending=False)
            facts = pasts.complete(facts, contact, self.house.window_length)
            planned = _decide(contact, facts, pages[account.id], terms[account.id], zone_name(contact, account), now)
            if planned:
                rows.append(planned[0])
                entries[contact.account_id, contact.id] = planned[1]
        # Where there was nothing to decide, an open plan is left to the claim, which puts on record why it is not sent.
        stored = reengagements.replace_plans(connection, list(entries), rows)
        return {key: entry for key, entry in entries.items() if key in stored}


def _decide(
    contact: Contact, facts: ContactFacts, page: PageFacts, terms: Terms, zone: str, now: datetime
) -> tuple[dict[str, Any], Entry] | None:
    """The row and entry for the silence that began with the contact's last interaction."""
    silence = contact.last_interaction_at
    window = window_of(facts.interactions, terms.anchor, terms.window_length)
    if silence is None or window is None or not page.rules:
        return None  # nobody wrote, or the page has no campaign: there is nothing to decide
    decision = decide(facts, page, terms, planned_for=silence, now=now)
    row: dict[str, Any] = {
        "account_id": contact.account_id,
        "contact_id": contact.id,
        "interaction_at": silence,
        "planned_at": now,
        "deadline_at": window.closes_at - terms.send_allowance,
        "worth": decision.rule.worth if decision.rule else 0,
    }
    if isinstance(decision, Skip):
        row |= {"state": State.SKIPPED, "reason": decision.reason, "due_at": now}
        details = grounds_of(decision, facts, page, terms, now)
        entry = Entry(EntryKind.SKIPPED, None, decision.reason, None, silence, details, private={"zone": zone})
        return row, entry
    due_at = decision.until if isinstance(decision, Hold) else now
    row |= {"state": State.PLANNED, "reason": None, "due_at": due_at}
    details = plan_grounds(decision, window, terms, due_at)
    return row, Entry(EntryKind.PLANNED, subject_at=silence, details=details)


def replan_after_change(database: Database, planner: Planner, account_id: int) -> int:
    """Plan again, in one short transaction, up to some hundred contacts whose plan is older than the campaign.

    Returns how many; call again while it is REPLANNED_AT_ONCE. The contacts' own generation is the bookmark, so a
    crash loses nothing.
    """
    with database.transaction() as connection:
        now = database.now(connection)
        account = accounts.load_account(connection, account_id)
        generation = account.campaign_generation
        since = now - planner.house.window_length
        outdated = contacts.find_outdated(connection, account_id, generation, since, REPLANNED_AT_ONCE)
        if not outdated:
            return 0  # asked every second of every page
        locked = contacts.lock_contacts(connection, [(account_id, contact_id) for contact_id in outdated])
        silences = [ReengagementKey(c.account_id, c.id, c.last_interaction_at) for c in locked if c.last_interaction_at]
        reengagements.forget_refusals(connection, silences, REPLANNED_WHEN_THE_CAMPAIGN_CHANGES)
        standings = Standings(connection, [(c.account_id, c.id) for c in locked])
        entries = planner.plan(connection, locked, {account_id: account}, standings, database.now)
        _write(connection, locked, entries, generation, now)
    return len(outdated)


def _write(
    connection: Connection,
    locked: Sequence[Contact],
    entries: Mapping[ContactId, Entry],
    generation: int,
    now: datetime,
) -> None:
    """The bookmarks and the entries, with one statement each."""
    numbered, planned = [], []
    for contact in locked:
        entry, sequence = entries.get((contact.account_id, contact.id)), contact.ledger_sequence
        if entry is not None:
            sequence += 1
            numbered.append(NumberedEntry(contact.account_id, contact.id, sequence, entry))
        planned.append(contact._replace(planned_generation=generation, ledger_sequence=sequence))
    ledger.append_numbered(connection, numbered, now)
    contacts.save_all(connection, zip(locked, planned, strict=True))
