"""What came of a play, read back from what the database recorded of each customer."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from botapp.replay.playing import Plan, event_key
from botapp.replay.recording import contact_id
from botapp.storage import contacts, ledger, reengagements, replies
from botapp.storage.ledger import EntryKind
from botapp.storage.reengagements import Reengagement, State
from botapp.storage.replies import Reply
from botapp.storage.times import to_microseconds

_CLOSING = timedelta(hours=1)
_MOMENT = timedelta(seconds=2)  # what waits for an answer to go first is looked at again sooner
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Opened:
    """A window: the union of all that one customer's interactions opened without a gap. Times as recorded."""

    speaker: str
    opens_ms: int
    closes_ms: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The stable form of the report; `reengagements` and `answers` count by state.

    `reasons` tells why the former were not sent (yet).
    """

    page_id: str
    customers: int
    lines: int
    interactions: int
    windows: int
    windows_open: int
    windows_closing: int  # within an hour
    reengagements: dict[str, int]
    answers: dict[str, int]
    said: dict[str, int]  # answers sent, by what they say
    left_out: dict[str, int]  # lines that get no answer, by the reason: to a person, closed politely, …
    lost: int  # lines that got neither an answer nor a reason
    reasons: dict[str, int]
    next_due_at: str | None
    settled: bool  # nothing is owed at this moment
    opened: tuple[Opened, ...] = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Without the windows, which are a file of their own."""
        return {name: value for name, value in asdict(self).items() if name != "opened"}


def read_back(connection: Connection, account_id: int, plan: Plan, length: timedelta, now: datetime) -> Outcome:
    """The outcome so far. `length` is that of the platform's window."""
    keys = {event_key(plan, line) for line in plan.lines}
    times: dict[str, list[int]] = {}
    plans: list[Reengagement] = []
    owed: list[Reply] = []
    for speaker in sorted({line.customer for line in plan.lines if not line.from_staff}):
        contact = contacts.find_by_platform_id(connection, account_id, contact_id(speaker))
        if contact is None:
            continue
        entries = ledger.load_entries(connection, account_id, contact.id)
        times[speaker] = [ms - plan.shift_ms for ms in _interactions(entries, keys)]
        of_contact = reengagements.load_all(connection, (account_id, contact.id))
        plans += [found for found in of_contact if _ms(found.key.interaction_at) - plan.shift_ms in times[speaker]]
        answers = replies.load_all(connection, account_id, contact.id)
        owed += [answer for answer in answers if answer.key.event_key in keys]
    return _outcome(plan, times, length, (plans, owed), now)


def _outcome(
    plan: Plan,
    times: Mapping[str, Sequence[int]],
    length: timedelta,
    work: tuple[Sequence[Reengagement], Sequence[Reply]],
    now: datetime,
) -> Outcome:
    plans, owed = work
    length_ms, now_ms = length // _MILLISECOND, _ms(now) - plan.shift_ms
    opened = [Opened(speaker, *window) for speaker, of in times.items() for window in _union(of, length_ms)]
    left_ms = [window.closes_ms - now_ms for window in opened if window.opens_ms <= now_ms < window.closes_ms]
    waiting = [found.due_at for found in plans if found.state is State.PLANNED]
    return Outcome(
        page_id=plan.page_id,
        customers=sum(1 for of in times.values() if of),
        lines=len(plan.lines),
        interactions=sum(map(len, times.values())),
        windows=len(opened),
        windows_open=len(left_ms),
        windows_closing=sum(left <= _CLOSING // _MILLISECOND for left in left_ms),
        reengagements=_counted(found.state for found in plans),
        answers=_counted(answer.state for answer in owed),
        said=_counted(answer.kind for answer in owed if answer.state is State.SENT),
        left_out=_counted(answer.reason for answer in owed if answer.state is not State.SENT and answer.reason),
        lost=sum(not line.from_staff for line in plan.lines) - len(owed),
        reasons=_counted(found.reason for found in plans if found.reason),
        next_due_at=min(waiting).isoformat() if waiting else None,
        settled=not any(map(_is_open, owed)) and not any(_is_owed(found, now) for found in plans),
        opened=tuple(opened),
    )


def _interactions(entries: Iterable[Any], keys: Collection[str]) -> list[int]:
    """When those of this play happened, by the record, in order."""
    return sorted(
        _ms(entry.occurred_at)
        for entry in entries
        if entry.kind == EntryKind.INTERACTION and entry.evidence_key in keys and entry.occurred_at is not None
    )


def _union(times: Sequence[int], length_ms: int) -> Iterator[tuple[int, int]]:
    """Half-open windows [opens, closes), joined where they touch."""
    start, last = None, 0
    for at in times:
        if start is None:
            start = at
        elif at > last + length_ms:
            yield start, last + length_ms
            start = at
        last = at
    if start is not None:
        yield start, last + length_ms


def _is_owed(found: Reengagement, now: datetime) -> bool:
    return found.state is State.CLAIMED or (found.state is State.PLANNED and found.due_at <= now + _MOMENT)


def _is_open(answer: Reply) -> bool:
    return answer.state in (State.PLANNED, State.CLAIMED)


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(str(name) for name in names).items()))


def _ms(instant: datetime) -> int:
    return to_microseconds(instant) // 1000
