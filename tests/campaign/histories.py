"""Sends of the past, written into a world's log as if they had been made then: outcomes need days, tests have none."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botapp.storage import ledger
from botapp.storage.ledger import Entry, EntryKind, NumberedEntry
from tests.world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_FIRST_CONTACT = 10_000


@dataclass(frozen=True, slots=True)
class Tried:
    """What was sent; of a rule without variants none."""

    version: int = 1
    variant: str | None = None


def send_and_wait(
    world: World, sends: int, tried: Tried = Tried(), *, answered: int = 0, stopped: int = 0, first: int = 0
) -> None:
    """Sends of the world's rule three days ago, each to somebody else; some are answered, others end in a stop.

    Something was recorded since, so that their time to be answered is over; all of it is sealed.
    """
    at = world.installation.clock.now() - 3 * DAY
    entries = []
    for number in range(sends):
        contact = _FIRST_CONTACT + first + number
        said = _said(at, is_stop=number >= answered) if number < answered + stopped else []
        told = [*_send(at, tried), *said]
        entries += [NumberedEntry(world.account.id, contact, n, entry) for n, entry in enumerate(told, 1)]
    with world.installation.database.transaction() as connection:
        ledger.append_numbered(connection, entries, at)
        last = NumberedEntry(world.account.id, _FIRST_CONTACT - 1 - first, 1, Entry(EntryKind.INTERACTION))
        ledger.append_numbered(connection, [last], at + 2 * DAY)
    while world.installation.sealer().seal():
        pass


def take_outcomes(world: World) -> None:
    """What the leading ticker does until it has nothing left to do."""
    rounds = world.installation.experiment_rounds()
    for _ in range(5):
        rounds.advance()


def page_entries(world: World, *kinds: str) -> list[tuple[str, str | None, dict[str, Any]]]:
    """Of the page itself: kind, reason and details."""
    return [(e.kind, e.reason, json.loads(e.details)) for e in world.page_ledger() if e.kind in kinds]


def _send(at: datetime, tried: Tried) -> list[Entry]:
    silence_at, second = at - 4 * HOUR, timedelta(seconds=1)
    opened_at = int(silence_at.timestamp() * 1_000_000)
    details: dict[str, Any] = {"rule": "after-a-while", "rule_version": tried.version}
    details |= {"opened_at": opened_at, "closes_at": opened_at + DAY // timedelta(microseconds=1)}
    details |= {"variant": tried.variant} if tried.variant else {}
    return [
        Entry(EntryKind.CLAIMED, occurred_at=at, subject_at=silence_at, details=details),
        Entry(EntryKind.SENT, occurred_at=at + second, subject_at=silence_at),
    ]


def _said(at: datetime, *, is_stop: bool) -> list[Entry]:
    answer = Entry(EntryKind.INTERACTION, occurred_at=at + HOUR, details={"kind": "message_text"})
    stop = Entry(EntryKind.SUPPRESSION_SET, occurred_at=at + HOUR, details={"scope": "stop"})
    return [answer, stop] if is_stop else [answer]
