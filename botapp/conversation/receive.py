"""The one write path: a batch of events becomes, in one transaction, all that is known and owed because of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from botapp.channels.port import InboundEvent, ParsedBody, Signal
from botapp.conversation import receipts
from botapp.conversation.fold import (
    Change,
    Folding,
    fold_notice,
    fold_person_event,
    fold_thread_owner,
    fold_withdrawal,
)
from botapp.conversation.receipts import AppIds, OurMessages
from botapp.reengagement.facts import Standings
from botapp.reengagement.plan import Planner
from botapp.storage import accounts, contacts, counters, inbound_events, ledger, reengagements, replies, standing
from botapp.storage.accounts import Account
from botapp.storage.contacts import ContactKey
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind, NumberedEntry
from botapp.storage.reengagements import State
from botapp.understanding.wish import Understood, Wish, WithdrawalWords, understand

_FROM_THE_PERSON = frozenset(
    {Signal.INTERACTION, Signal.CONTACT, Signal.NOTICE_STOPPED, Signal.NOTICE_RESUMED, Signal.UNSENT}
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a delivery came to."""

    fresh: int  # events not seen before
    answers_owed: int


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes in what one platform delivers."""

    platform: str
    database: Database
    planner: Planner
    words: WithdrawalWords
    apps: AppIds

    def receive(self, body: ParsedBody, received_at: datetime) -> Receipt:
        """Commit everything that follows from a batch. When this returns, a 200 may be answered; if it raises, not."""
        understood = {id(e): self._understand(e) for e in body.events}
        with self.database.transaction() as connection:
            named = {e.page_id for e in body.events} | {item.page_id or "" for item in body.malformed}
            pages = accounts.find_by_pages(connection, self.platform, named - {""})
            counts = Counter(f"malformed:{item.reason}" for item in body.malformed)
            fresh = self._store(connection, body, pages, received_at, counts)
            changes = _lock(connection, fresh, received_at)
            ours = receipts.find_ours(connection, fresh)
            for account, event in fresh:
                if event.signal is Signal.PAGE_BLOCKED:
                    _pause(connection, account, event, received_at)
                change = changes.get((account.id, event.platform_contact_id or ""))
                if change is None:
                    continue  # nobody of that name has written to us: nothing to change
                folding = Folding(self.planner.house, received_at, account.language)
                if event.signal in _FROM_THE_PERSON:
                    _take_words(changes, change, event, understood[id(event)], folding)
                else:
                    self._take_report(change, event, folding, ours)
            receipts.write(connection, list(changes.values()), received_at)
            self._write(connection, changes, {a.id: a for a in pages.values()}, received_at)
            counters.add(connection, counts)
        return Receipt(len(fresh), sum(len(c.replies) for c in changes.values()))

    def _understand(self, event: InboundEvent) -> Understood:
        if event.signal not in _FROM_THE_PERSON or (event.text is None and event.payload is None):
            return Understood()
        return understand(event.text, event.payload, self.words)

    def _store(
        self,
        connection: Connection,
        body: ParsedBody,
        pages: Mapping[str, Account],
        received_at: datetime,
        counts: Counter[str],
    ) -> list[tuple[Account, InboundEvent]]:
        """Store the raw events; those of known pages not seen before, in the order in which they happened."""
        known: dict[tuple[int, str], tuple[Account, InboundEvent]] = {}
        for event in body.events:
            account = pages.get(event.page_id)
            if account is None:
                counts["unknown_page"] += 1
            elif event.addressed_elsewhere:
                counts["recipient_mismatch"] += 1
            elif (account.id, event.key) in known:
                counts["duplicate"] += 1
            else:
                known[account.id, event.key] = (account, event)
        rows = [_event_row(account, event, received_at) for account, event in known.values()]
        rows += _malformed_rows(body, pages, received_at)
        stored = inbound_events.store_new(connection, rows)
        counts["duplicate"] += len(known.keys() - stored)
        counts.update(
            f"kind:{e.kind[:40]}" for key, (_, e) in known.items() if key in stored and e.signal is Signal.OTHER
        )
        fresh = [pair for key, pair in known.items() if key in stored]
        return sorted(fresh, key=lambda pair: pair[1].occurred_at or received_at)

    def _take_report(self, change: Change, event: InboundEvent, folding: Folding, ours: OurMessages) -> None:
        """What the platform reports of the thread: who owns it, what was sent into it, what became of that."""
        if event.signal is Signal.THREAD_OWNER:
            fold_thread_owner(change, self.apps.owner(event), event, folding)
        elif event.signal is Signal.ECHO:
            receipts.take_echo(change, event, folding, self.apps, ours)
        elif event.signal in (Signal.DELIVERY, Signal.READ):
            receipts.take_receipt(change, event, folding)

    def _write(
        self,
        connection: Connection,
        changes: Mapping[ContactKey, Change],
        accounts_by_id: Mapping[int, Account],
        received_at: datetime,
    ) -> None:
        """Write what the fold came to. The plan is made last, from what will be committed."""
        touched = list(changes.values())
        _write_standing(connection, touched, received_at)
        _mark_taken_up(connection, touched)
        _mark_crossed(connection, [c for c in touched if c.withdrawn], received_at)
        planned = [c for c in touched if c.is_to_be_planned]
        if planned:
            self._plan(connection, planned, accounts_by_id)
        numbered = [entry for change in touched for entry in _numbered(change)]
        ledger.append_numbered(connection, numbered, received_at)
        for change in touched:
            sequence = change.before.ledger_sequence + len(change.entries)
            change.contact = replace(change.contact, ledger_sequence=sequence)
        contacts.save_all(connection, [c.contact for c in touched if c.contact != c.before])
        replies.store_new(connection, [row for change in touched for row in change.replies])

    def _plan(self, connection: Connection, planned: Sequence[Change], accounts_by_id: Mapping[int, Account]) -> None:
        # A linked identity may belong to a page that this batch did not name.
        involved = {c.contact.account_id for c in planned}
        pages = {
            identifier: accounts_by_id.get(identifier) or accounts.load_account(connection, identifier)
            for identifier in involved
        }
        now = self.database.now(connection)
        entries = self.planner.plan(connection, [c.contact for c in planned], pages, planned[0].standings, now)
        for change in planned:
            generation = pages[change.contact.account_id].campaign_generation
            change.contact = replace(change.contact, planned_generation=generation)
            if change.key in entries:
                change.entries.append(entries[change.key])


def _lock(
    connection: Connection, fresh: Sequence[tuple[Account, InboundEvent]], received_at: datetime
) -> dict[ContactKey, Change]:
    """Every contact concerned, created if a person of that name has not written before, and locked."""
    wanted: set[ContactKey] = set()
    writing: set[ContactKey] = set()
    for account, event in fresh:
        if event.platform_contact_id is not None:
            key = (account.id, event.platform_contact_id)
            wanted.add(key)
            if event.signal in _FROM_THE_PERSON:
                writing.add(key)
    contacts.create_missing(connection, writing, received_at)
    locked = contacts.lock_people(connection, wanted)
    standings = Standings(connection, [(c.account_id, c.id) for c in locked])
    return {(c.account_id, c.platform_contact_id): Change(c, c, standings) for c in locked}


def _event_row(account: Account, event: InboundEvent, received_at: datetime) -> dict[str, Any]:
    return {
        "account_id": account.id,
        "event_key": event.key,
        "platform_contact_id": event.platform_contact_id,
        "kind": event.kind,
        "signal": event.signal.value,
        "occurred_at": event.occurred_at,
        "received_at": received_at,
        "raw": event.raw,
    }


def _malformed_rows(body: ParsedBody, pages: Mapping[str, Account], received_at: datetime) -> Iterable[dict[str, Any]]:
    for item in body.malformed:
        account = pages.get(item.page_id or "")
        if account is not None:
            yield {
                "account_id": account.id,
                "event_key": f"x:{sha256(item.raw.encode()).hexdigest()}",
                "platform_contact_id": None,
                "kind": f"malformed:{item.reason}",
                "signal": Signal.OTHER.value,
                "occurred_at": None,
                "received_at": received_at,
                "raw": item.raw,
            }


def _pause(connection: Connection, account: Account, event: InboundEvent, received_at: datetime) -> None:
    if accounts.pause(connection, account.id, "policy_enforcement", received_at):
        entry = Entry(EntryKind.PAGE_PAUSED, reason="policy_enforcement", evidence_key=event.key)
        ledger.append_for_page(connection, account.id, entry, received_at)


def _take_words(
    changes: Mapping[ContactKey, Change], change: Change, event: InboundEvent, understood: Understood, folding: Folding
) -> None:
    """What the person said or did."""
    fold_notice(change, event, folding)
    fold_person_event(change, event, understood, folding)
    if understood.wish is Wish.STOP:
        _spread(changes, change, event, understood, folding)


def _spread(
    changes: Mapping[ContactKey, Change], said: Change, event: InboundEvent, understood: Understood, folding: Folding
) -> None:
    """A stop covers every linked identity of the person."""
    for other in changes.values():
        if other is not said and other.contact.person_id == said.contact.person_id:
            fold_withdrawal(other, event, understood, folding)


def _write_standing(connection: Connection, touched: Sequence[Change], received_at: datetime) -> None:
    suppressed = [(*c.key, s) for c in touched for s in c.suppressions.values()]
    standing.save_suppressions(connection, suppressed)
    standing.append_consents(connection, [{**row, "recorded_at": received_at} for c in touched for row in c.consents])
    standing.save_facts(connection, [row for c in touched for row in c.facts.values()])


def _mark_taken_up(connection: Connection, touched: Sequence[Change]) -> None:
    """Who interacts while the window of an earlier re-engagement is open has not ignored it."""
    by_contact = {c.key: c for c in touched if c.before.last_claimed_at and c.interactions}
    interactions = [(key, at) for key, change in by_contact.items() for at in change.interactions]
    for key, at in reengagements.mark_taken_up(connection, interactions):
        by_contact[key].entries.append(Entry(EntryKind.TAKEN_UP, occurred_at=at))


def _mark_crossed(connection: Connection, withdrawn: Sequence[Change], received_at: datetime) -> None:
    """A no that is committed while a claim is in flight is recorded with both instants."""
    by_contact = {change.key: change for change in withdrawn}
    open_ones = reengagements.find_open(connection, list(by_contact)) if by_contact else []
    in_flight = [found for found in open_ones if found.state is State.CLAIMED]
    reengagements.mark_crossed(connection, [claim.key for claim in in_flight], received_at)
    for claim in in_flight:
        details = {"claimed_at": claim.claimed_at.isoformat() if claim.claimed_at else None}
        subject_at = claim.key.interaction_at
        entry = Entry(EntryKind.CROSSED, occurred_at=received_at, subject_at=subject_at, details=details)
        by_contact[claim.key.account_id, claim.key.contact_id].entries.append(entry)


def _numbered(change: Change) -> Iterable[NumberedEntry]:
    account_id, contact_id = change.key
    for sequence, entry in enumerate(change.entries, change.before.ledger_sequence + 1):
        yield NumberedEntry(account_id, contact_id, sequence, entry)
