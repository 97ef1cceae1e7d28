"""The one write path: a batch of events becomes, in one transaction, all that is known and owed because of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from botapp.channels.port import FROM_THE_PERSON, InboundEvent, ParsedBody, Signal
from botapp.conversation import receipts
from botapp.conversation.change import Change, Folding
from botapp.conversation.fact_reading import FactReaders
from botapp.conversation.fold import (
    fold_notice,
    fold_person_event,
    fold_standby,
    fold_thread_owner,
    fold_withdrawal,
)
from botapp.conversation.preference_menus import shipped_preference_words
from botapp.conversation.privacy_wishes import fold_erasure
from botapp.conversation.receipts import AppIds, OurMessages
from botapp.conversation.returning import Remembrance, says_no
from botapp.conversation.writing import ChangeWriter
from botapp.policy.rule import topics_of
from botapp.reengagement.facts import Standings, zone_of
from botapp.reengagement.plan import Planner
from botapp.storage import accounts, contacts, counters, inbound_events, ledger
from botapp.storage.accounts import Account
from botapp.storage.contacts import ContactKey
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.understanding.courtesy import Courtesies
from botapp.understanding.preferences import PreferenceWords
from botapp.understanding.understood import NOTHING
from botapp.understanding.wish import Understood, Wish, WithdrawalWords, understand


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
    remembrance: Remembrance | None = None  # None: nobody was ever erased
    facts: FactReaders = field(default_factory=FactReaders)
    courtesies: Courtesies | None = None
    preference_words: PreferenceWords = field(default_factory=shipped_preference_words)

    def receive(self, body: ParsedBody, received_at: datetime) -> Receipt:
        """Commit everything that follows from a batch. When this returns, a 200 may be answered; if it raises, not."""
        understood = {id(e): self._understand(e) for e in body.events}
        with self.database.transaction() as connection:
            named = {e.page_id for e in body.events} | {item.page_id or "" for item in body.malformed}
            pages = accounts.find_by_pages(connection, self.platform, named - {""})
            counts = Counter(f"malformed:{item.reason}" for item in body.malformed)
            fresh = self._store(connection, body, pages, received_at, counts)
            changes = _lock(connection, fresh, received_at)
            if self.remembrance is not None:
                noes = {(a.id, e.key): e.occurred_at or received_at for a, e in fresh if says_no(e, understood[id(e)])}
                fresh = self.remembrance.sort_out(connection, fresh, changes, counts, noes)
            ours = receipts.find_ours(connection, fresh)
            usual = {a.id: self._usual_folding(a, received_at) for a in pages.values()}
            for account, event in fresh:
                if event.signal is Signal.PAGE_BLOCKED:
                    _pause(connection, account, event, received_at)
                change = changes.get((account.id, event.platform_contact_id or ""))
                if change is None:
                    continue  # nobody of that name has written to us: nothing to change
                folding = self._folding(connection, account, change, understood[id(event)], usual[account.id])
                if event.signal in FROM_THE_PERSON:
                    _take_words(changes, change, event, understood[id(event)], folding)
                    self.facts.fold(connection, account, change, event, understood[id(event)], folding)
                else:
                    self._take_report(change, event, folding, ours)
            writer = ChangeWriter(self.database, self.planner)
            writer.write(connection, list(changes.values()), {a.id: a for a in pages.values()}, received_at)
            counters.add(connection, counts)
        return Receipt(len(fresh), sum(len(c.replies) for c in changes.values()))

    def _understand(self, event: InboundEvent) -> Understood:
        if event.signal not in FROM_THE_PERSON or (event.text is None and event.payload is None):
            return NOTHING
        preference = self.preference_words.understand(event.text, event.payload)
        if preference is not None:
            return Understood(Wish.PREFERENCE, preference.language, method="preference", preference=preference)
        understood = understand(event.text, event.payload, self.words)
        is_plain = understood.wish is None and event.text is not None and event.payload is None
        if is_plain and self.courtesies is not None and self.courtesies.is_angry(event.text or ""):
            return Understood(Wish.COMPLAINT, method="anger")
        return understood

    def _usual_folding(self, account: Account, received_at: datetime) -> Folding:
        """For all events of a page that need nothing else."""
        house, language = self.planner.house, account.language
        return Folding(house, received_at, language, self.platform, courtesies=self.courtesies)

    def _folding(
        self, connection: Connection, account: Account, change: Change, understood: Understood, usual: Folding
    ) -> Folding:
        """With the person's zone, and the page's topics, where what was said may be about them."""
        if understood.mute_to:
            usual = replace(usual, zone=zone_of(change.contact, account))
        if understood.wish in (Wish.TOPIC_STOP, Wish.PREFERENCE):
            usual = replace(usual, topics=topics_of(self.planner.live_rules.of(connection, account)))
        return usual

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
        fold_standby(change, event, folding)


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
            if event.signal in FROM_THE_PERSON:
                writing.add(key)
    contacts.create_missing(connection, writing, received_at)
    locked = contacts.lock_people(connection, wanted)
    if writing - {(c.account_id, c.platform_contact_id) for c in locked}:
        # Somebody was erased while we waited for the lock: they are new to us.
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
    fold_standby(change, event, folding)
    if {Wish.STOP, Wish.TOPIC_STOP} & {understood.wish, *understood.also} and not understood.is_ambiguous:
        _spread(changes, change, event, understood, folding)
    if understood.wish is Wish.DELETE_CONFIRMED:
        for other in _others(changes, change):
            fold_erasure(other, event, folding)


def _spread(
    changes: Mapping[ContactKey, Change], said: Change, event: InboundEvent, understood: Understood, folding: Folding
) -> None:
    """A stop, of all or of some, covers every linked identity of the person."""
    for other in _others(changes, said):
        # What a topic is called on another page we cannot know: there all is stopped.
        is_same_page = other.contact.account_id == said.contact.account_id
        theirs = folding if is_same_page else replace(folding, topics=())
        fold_withdrawal(other, event, understood, theirs)


def _others(changes: Mapping[ContactKey, Change], said: Change) -> list[Change]:
    """The linked identities of the person who said something."""
    person = said.contact.person_id
    return [other for other in changes.values() if other is not said and other.contact.person_id == person]
