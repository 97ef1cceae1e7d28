"""A shop's last weeks, written into a world's log as if they had happened, and counted as the ticker counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botapp.storage import ledger
from botapp.storage.ledger import Entry, EntryKind, NumberedEntry
from tests.world import World

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_MICROSECOND = timedelta(microseconds=1)
_LANGUAGES = ("en", "es", "de")
_REASONS = ("stopped", "no_rule", "no_consent", "missing_fact", "hold_out")


@dataclass(frozen=True, slots=True)
class Weeks:
    """What is written: so many conversations a day, one after the other."""

    days: int = 27
    a_day: int = 36
    rule: str = "after-a-while"


def write(world: World, weeks: Weeks = Weeks()) -> datetime:
    """Write and count them; the instant of the latest."""
    now = world.installation.clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    number = 0
    for day in range(weeks.days, 0, -1):
        entries = []
        for place in range(weeks.a_day):
            number += 1
            at = midnight - day * _DAY + place * _DAY / weeks.a_day
            # On the tenth day before today hardly anybody answers; some of its messages belong to the day before.
            told = _conversation(number, at, weeks.rule, is_quiet=day in (10, 11))
            entries += [(at, NumberedEntry(world.account.id, 50_000 + number, n, e)) for n, e in enumerate(told, 1)]
        with world.installation.database.transaction() as connection:
            ledger.append_numbered(connection, [entry for _, entry in entries], midnight - (day - 1) * _DAY - _HOUR)
    count(world)
    return now


def count(world: World) -> None:
    """What the leading ticker does until it has nothing left to do."""
    while world.installation.sealer().seal():
        pass
    world.installation.log_keeper().keep()
    rounds = world.installation.rollup_rounds()
    while rounds.keeper.advance():
        pass
    rounds.run()


def _conversation(number: int, at: datetime, rule: str, *, is_quiet: bool) -> Iterator[Entry]:
    yield Entry(EntryKind.INTERACTION, occurred_at=at, details={"kind": "message_text"})
    if number % 4 == 0:
        reason = _REASONS[number // 4 % len(_REASONS)]
        yield Entry(EntryKind.SKIPPED, reason=reason, subject_at=at, details={"decided_at": 1})
        return
    version = 1 + (number > 500)
    named = {"rule": rule if number % 3 else "cart", "rule_version": version}
    yield Entry(EntryKind.PLANNED, subject_at=at, details=named)
    if number % 7 == 0:
        yield Entry(EntryKind.EXPIRED, reason="thread_owned", subject_at=at)
        return
    sent_at = at + 4 * _HOUR
    yield Entry(EntryKind.CLAIMED, occurred_at=sent_at, subject_at=at, details=named | _claim(number, at))
    yield Entry(EntryKind.SENT, occurred_at=sent_at + timedelta(seconds=1), subject_at=at)
    if number % 3 == 1 and not is_quiet:
        yield Entry(EntryKind.INTERACTION, occurred_at=sent_at + _HOUR, details={"kind": "message_text"})
    if number % 50 == 1:
        yield Entry(EntryKind.SUPPRESSION_SET, occurred_at=sent_at + 2 * _HOUR, details={"scope": "stop"})
    if number % 12 == 1:
        yield Entry(EntryKind.CONVERTED, occurred_at=sent_at + 5 * _HOUR, details={})


def _claim(number: int, at: datetime) -> dict[str, Any]:
    opened_at = int(at.timestamp()) * 1_000_000
    return {
        "opened_at": opened_at,
        "closes_at": opened_at + _DAY // _MICROSECOND,
        "variant": "ab"[number % 2],
        "template_language": _LANGUAGES[number % 5 % 3],
    }
