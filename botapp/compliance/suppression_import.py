"""Takes in lists of people who do not want to hear from us. A list can only add noes: it lifts and shortens none.

Whoever is not known yet leaves a keyed digest, as somebody does who was erased, and begins under their no.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from botapp.compliance.suppression_file import Fault, No
from botapp.policy.suppression import MUTE, NOTICES, STOP, Suppression
from botapp.reengagement.crossing import cross
from botapp.storage import contacts, erasure, ledger, standing, tombstones
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.standing import ContactId
from botapp.storage.tombstones import NEVER, Tombstone

IMPORTED = "imported"
_AT_ONCE = 200  # lines in one transaction: those who write meanwhile wait for it
_KEPT_SCOPES = frozenset({STOP, MUTE, NOTICES})  # of somebody who is not known; any other no is kept as a stop


class Became(StrEnum):
    """What became of a line."""

    STORED = "stored"
    KNOWN = "known"  # it held already, or a longer one
    KEPT = "kept_for_later"  # nobody of that name has written to the page; if they do, it holds
    ASKED_BACK = "asked_back"  # they have asked to hear from us again since the instant that the line names
    OVER = "over"  # it ended before now
    DOES_NOT_FIT = "does_not_fit"


@dataclass(frozen=True, slots=True)
class Reported:
    """A line's number, what became of it, and what would have fitted."""

    line: int
    status: Became
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class SuppressionImport:
    """Takes lists for one page. Taken twice, a list changes nothing the second time."""

    database: Database
    tombstone_key: bytes
    page: Account
    by: int  # who on the record: a staff member, or a key of the API as a number below zero

    def take(self, lines: Iterable[No | Fault], *, dry_run: bool = False) -> Iterator[Reported]:
        """What became, or with `dry_run` would become, of each line, in their order.

        Some hundred are one transaction. What is reported is committed; what comes behind it has not been looked at.
        """
        rest = iter(lines)
        while portion := list(islice(rest, _AT_ONCE)):
            became = self._take([line for line in portion if isinstance(line, No)], dry_run=dry_run)
            for line in portion:
                if isinstance(line, Fault):
                    yield Reported(line.line, Became.DOES_NOT_FIT, line.detail)
                else:
                    yield Reported(line.line, became[line])

    def _take(self, noes: Sequence[No], *, dry_run: bool) -> Mapping[No, Became]:
        keys = {(self.page.id, no.contact) for no in noes}
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            if not dry_run:
                # Whoever writes for the first time in this very moment comes before us or finds what we keep.
                contacts.create_missing(connection, keys, now)
            locked = contacts.lock_people(connection, keys)
            made = {(c.account_id, c.id) for c in locked if c.created_at == now and not c.ledger_sequence}
            erasure.drop_new_contacts(connection, made)
            people = _People([c for c in locked if (c.account_id, c.id) not in made], self.page.id)
            became = _Portion(connection, people, now, self.by).take(noes)
            strangers = [no for no in noes if no.contact not in people.named]
            kept, remembered = self._remember(connection, strangers, now)
            if not dry_run:
                became.write()
                for digest, tombstone in remembered.items():
                    tombstones.save(connection, (self.page.id, digest), tombstone)
        return {**became.of_lines, **kept}

    def _remember(
        self, connection: Connection, strangers: Sequence[No], now: datetime
    ) -> tuple[dict[No, Became], dict[str, Tombstone]]:
        """What becomes of lines about people who are not known, and the tombstones that keep it."""
        p = self.page
        digests = {no: tombstones.digest(self.tombstone_key, p.platform, p.page_id, no.contact) for no in strangers}
        found = tombstones.find(connection, {(p.id, digest) for digest in digests.values()})
        standing_ones = {digest: kept for (_, digest), kept in found.items()}
        became, changed = {}, {}
        for no, digest in digests.items():
            before = standing_ones.get(digest, Tombstone(NEVER))
            after = _kept_with(before, no, now)
            is_over = no.until is not None and no.until <= now
            became[no] = Became.OVER if is_over else Became.KNOWN if after == before else Became.KEPT
            if became[no] is Became.KEPT:
                standing_ones[digest] = changed[digest] = after
        return became, changed


class _People:
    """Contacts whose rows are held, by the page's own names of them."""

    def __init__(self, locked: Sequence[Contact], account_id: int) -> None:
        self.named = {c.platform_contact_id: c for c in locked if c.account_id == account_id}
        self.by_key = {(c.account_id, c.id): c for c in locked}
        self._persons: dict[int, list[ContactId]] = {}
        for key, contact in self.by_key.items():
            self._persons.setdefault(contact.person_id, []).append(key)

    def meant_by(self, no: No) -> list[ContactId]:
        """A stop is one of every linked identity; any other no is of the contact alone."""
        own = self.named[no.contact]
        return self._persons[own.person_id] if no.scope == STOP else [(own.account_id, own.id)]


class _Portion:
    """What some lines change for people who are held."""

    def __init__(self, connection: Connection, people: _People, now: datetime, by: int) -> None:
        self._connection, self._people, self._now, self._by = connection, people, now, by
        self._known = standing.load_suppressions(connection, people.by_key)
        self._changed: dict[tuple[ContactId, str], Suppression] = {}
        self._entries: dict[ContactId, list[Entry]] = {}
        self.of_lines: dict[No, Became] = {}

    def take(self, noes: Sequence[No]) -> "_Portion":
        for no in noes:
            if no.contact in self._people.named:
                found = {self._set(key, no) for key in self._people.meant_by(no)}
                self.of_lines[no] = next(status for status in _TOLD_FIRST if status in found)
        return self

    def write(self) -> None:
        """With an entry for each no, and for whatever was on its way to somebody."""
        rows = [(*key, suppression) for (key, _), suppression in self._changed.items()]
        standing.save_suppressions(self._connection, rows)
        crossed = cross(self._connection, list(self._entries), self._now)
        for key, entries in sorted(self._entries.items()):
            told = [*entries, *crossed.get(key, ())]
            ledger.append(self._connection, self._people.by_key[key], told, self._now)
        contacts.plan_again(self._connection, sorted(self._entries))

    def _set(self, key: ContactId, no: No) -> Became:
        if no.until is not None and no.until <= self._now:
            return Became.OVER
        scopes = self._known[key]
        known = scopes.get(no.scope, Suppression(no.scope))
        merged = _merged(known, no, self._now)
        if not merged.is_in_force(self._now):
            return Became.ASKED_BACK
        if merged == known:
            return Became.KNOWN
        scopes[no.scope] = self._changed[key, no.scope] = merged
        is_named = self._people.named[no.contact].id == key[1]
        details: dict[str, Any] = {"scope": no.scope, "by": self._by if is_named else "linked_identity"}
        if merged.until is not None:
            details["until"] = merged.until.isoformat()
        entry = Entry(EntryKind.SUPPRESSION_SET, occurred_at=merged.set_at, reason=IMPORTED, details=details)
        self._entries.setdefault(key, []).append(entry)
        return Became.STORED


_TOLD_FIRST = (Became.STORED, Became.KNOWN, Became.ASKED_BACK, Became.OVER)


def _merged(known: Suppression, no: No, now: datetime) -> Suppression:
    """The no beside what is known. One that is in force is never moved, and never made shorter."""
    at = min(no.at or now, now)
    if known.is_in_force(now):
        is_longer = known.until is not None and (no.until is None or no.until > known.until)
        return replace(known, set_at=max(at, known.set_at or at), until=no.until) if is_longer else known
    if known.set_at is not None and (known.lifted_at is None or known.lifted_at <= known.set_at):
        at = max(at, known.set_at)  # it ended by itself
    return known.with_set(at, no.until)


def _kept_with(kept: Tombstone, no: No, now: datetime) -> Tombstone:
    """The same rules, for somebody of whom only the noes are kept."""
    scope = no.scope if no.scope in _KEPT_SCOPES else STOP
    by_scope = {suppression.scope: suppression for suppression in kept.suppressions()}
    found = _merged(by_scope.get(scope, Suppression(scope)), no, now)
    if scope == MUTE:
        return replace(kept, muted_at=found.set_at, muted_until=found.until)
    if scope == NOTICES:
        return replace(kept, notices_stopped_at=found.set_at)
    return replace(kept, stopped_at=found.set_at)
