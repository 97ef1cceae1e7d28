"""Writes what a batch of events came to, with a few statements however many contacts it touched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from botapp.conversation import handover, receipts, retracting
from botapp.conversation.change import Change
from botapp.reengagement.crossing import cross
from botapp.reengagement.plan import Planner
from botapp.storage import accounts, contacts, ledger, observations, privacy_requests, reengagements, replies, standing
from botapp.storage.accounts import Account
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind, NumberedEntry
from botapp.storage.reengagements import ReengagementKey
from botapp.storage.standing import ContactId


@dataclass(frozen=True, slots=True)
class ChangeWriter:
    """Writes locked contacts inside the transaction that locked them."""

    database: Database
    planner: Planner

    def write(
        self,
        connection: Connection,
        touched: Sequence[Change],
        accounts_by_id: Mapping[int, Account],
        received_at: datetime,
    ) -> None:
        """Write what the fold came to. The plan is made last, from what will be committed."""
        receipts.write(connection, touched, received_at)
        _write_standing(connection, touched, received_at)
        _mark_taken_up(connection, touched)
        _mark_crossed(connection, [c for c in touched if c.withdrawn], received_at)
        handover.write(connection, touched, accounts_by_id, received_at)
        retracting.write(connection, touched, received_at)
        _forget_refusals(connection, touched)
        planned = [c for c in touched if c.is_to_be_planned]
        generations = self._plan(connection, planned, accounts_by_id) if planned else {}
        numbered = [entry for change in touched for entry in _numbered(change)]
        ledger.append_numbered(connection, numbered, received_at)
        for change in touched:
            contact = change.contact
            change.contact = contact._replace(
                ledger_sequence=change.before.ledger_sequence + len(change.entries),
                planned_generation=generations.get(change.key, contact.planned_generation),
            )
        contacts.save_all(connection, [(c.before, c.contact) for c in touched])
        replies.store_new(connection, [row for change in touched for row in change.replies])
        for request in [request for change in touched for request in change.requests]:
            privacy_requests.store_new(connection, request)

    def _plan(
        self, connection: Connection, planned: Sequence[Change], accounts_by_id: Mapping[int, Account]
    ) -> dict[ContactId, int]:
        """Plan for them; under which generation of its page's campaign, by contact."""
        # A linked identity may belong to a page that this batch did not name.
        involved = {c.contact.account_id for c in planned}
        pages = {
            identifier: accounts_by_id.get(identifier) or accounts.load_account(connection, identifier)
            for identifier in involved
        }
        locked, standings = [c.contact for c in planned], planned[0].standings
        unwritten = {c.key: c.interactions for c in planned}
        entries = self.planner.plan(connection, locked, pages, standings, self.database.now, unwritten)
        for change in planned:
            if change.key in entries:
                change.entries.append(entries[change.key])
        return {c.key: pages[c.contact.account_id].campaign_generation for c in planned}


def _write_standing(connection: Connection, touched: Sequence[Change], received_at: datetime) -> None:
    suppressed = [(*c.key, s) for c in touched for s in c.suppressions.values()]
    standing.save_suppressions(connection, suppressed)
    standing.append_consents(connection, [{**row, "recorded_at": received_at} for c in touched for row in c.consents])
    for change in touched:
        for said_at in change.unsaid:
            standing.forget_facts(connection, change.key, said_at)
    standing.save_facts(connection, [row for c in touched for row in c.facts.values()])


def _mark_taken_up(connection: Connection, touched: Sequence[Change]) -> None:
    """Who interacts while the window of an earlier re-engagement is open has not ignored it."""
    by_contact = {c.key: c for c in touched if c.before.last_claimed_at and c.interactions}
    interactions = [(key, at) for key, change in by_contact.items() for at in change.interactions]
    for key, at in observations.mark_taken_up(connection, interactions):
        by_contact[key].entries.append(Entry(EntryKind.TAKEN_UP, occurred_at=at))


def _forget_refusals(connection: Connection, touched: Sequence[Change]) -> None:
    """What was refused for something that is no more is decided anew, if no newer words have begun another silence."""
    for change in touched:
        silence_at = change.contact.last_interaction_at
        if change.undone and silence_at is not None and silence_at == change.before.last_interaction_at:
            silence = ReengagementKey(*change.key, silence_at)
            reengagements.forget_refusals(connection, [silence], change.undone)


def _mark_crossed(connection: Connection, withdrawn: Sequence[Change], received_at: datetime) -> None:
    crossed = cross(connection, [change.key for change in withdrawn], received_at)
    for change in withdrawn:
        change.entries.extend(crossed.get(change.key, ()))


def _numbered(change: Change) -> Iterable[NumberedEntry]:
    account_id, contact_id = change.key
    for sequence, entry in enumerate(change.entries, change.before.ledger_sequence + 1):
        yield NumberedEntry(account_id, contact_id, sequence, entry)
