"""More is due than a page's rate carries before the windows close: what is worth least is given up, and on record.

Whatever stays is leased with the nearest deadline first, as ever: giving up is what makes that order right, and leases
need not weigh anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Connection

from botapp.clock import Clock
from botapp.policy.overload import Pile, Rate, surplus
from botapp.policy.reason import Reason
from botapp.reengagement.terms import HouseRules
from botapp.storage import backlog, contacts, ledger, reengagements
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind, NumberedEntry
from botapp.storage.reengagements import ReengagementKey, State

_STRETCHES = 8640  # in a window: ten seconds of a whole day
_A_ROUND = 1000  # given up for a page; the ticker comes again every second
_AT_ONCE = 250  # in one transaction
_RESTS = 20  # times as long as counting a backlog took: of a long one that takes its time


@dataclass(frozen=True, slots=True)
class Overload:
    """What the leading ticker does about it. Safe beside any number of senders."""

    database: Database
    house: HouseRules
    rate: Rate
    clock: Clock
    _rest_until: dict[int, float] = field(default_factory=dict)  # by page

    def relieve(self) -> int:
        """A round over all pages; how many plans were given up."""
        with self.database.reading() as connection:
            pages = reengagements.accounts_with_due(connection, self.database.now(connection))
        return sum(self._relieve(account_id) for account_id in pages)

    def _relieve(self, account_id: int) -> int:
        began = self.clock.elapsed()
        if began < self._rest_until.get(account_id, began):
            return 0
        with self.database.reading() as connection:
            now = self.database.now(connection)
            if not self._may_be_too_much(connection, account_id, now):
                return 0
            piles = backlog.pile_up(connection, account_id, now, self._stretch)
            found = self._find(connection, account_id, now, surplus(piles, self.rate, now))
        ended = self.clock.elapsed()
        self._rest_until[account_id] = ended + _RESTS * (ended - began)
        shares = [found[begin : begin + _AT_ONCE] for begin in range(0, len(found), _AT_ONCE)]
        return sum(_give_up(self.database, share) for share in shares)

    @property
    def _stretch(self) -> timedelta:
        return self.house.window_length / _STRETCHES

    def _may_be_too_much(self, connection: Connection, account_id: int, now: datetime) -> bool:
        seen = backlog.glance(connection, account_id, now)
        if seen is None:
            return False
        return seen.number >= backlog.LOOKED_AT or seen.number > self.rate.carries(now, seen.nearest_deadline)

    def _find(
        self, connection: Connection, account_id: int, now: datetime, piles: Iterable[Pile]
    ) -> list[ReengagementKey]:
        """The next to be given up: those first that would be leased first."""
        every = (
            key for pile in piles for key in backlog.find_in_pile(connection, account_id, now, pile, self._stretch)
        )
        return list(islice(every, _A_ROUND))


def _give_up(database: Database, keys: Sequence[ReengagementKey]) -> int:
    """In one transaction, under the contacts' locks like every change of a plan; how many had not moved on."""
    with database.transaction() as connection:
        locked = {c.id: c for c in contacts.lock_contacts(connection, [(k.account_id, k.contact_id) for k in keys])}
        now = database.now(connection)
        values = {"reason": Reason.PAGE_RATE, "recorded_at": now}
        asked = [
            (key, reengagements.ask_to_move(connection, key, State.PLANNED, State.EXPIRED, values)) for key in keys
        ]
        moved = [key for key, answer in asked if answer.changed() == 1]
        entries, before = [], dict(locked)
        for key in moved:
            person = locked[key.contact_id]
            number = person.ledger_sequence + 1
            entry = Entry(EntryKind.EXPIRED, reason=Reason.PAGE_RATE, subject_at=key.interaction_at)
            entries.append(NumberedEntry(key.account_id, key.contact_id, number, entry))
            locked[key.contact_id] = person._replace(ledger_sequence=number)
        ledger.append_numbered(connection, entries, now)
        contacts.save_all(connection, [(before[contact_id], person) for contact_id, person in locked.items()])
    return len(moved)
