"""What came of a play, read back from what the database recorded of each customer."""

from collections import Counter
from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Opened:
    """A window: the union of all that one customer's interactions opened without a gap. Times as recorded."""

    speaker: str
    opens_ms: int
    closes_ms: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The stable form of the report; `reengagements` and `answers` count by state, `reasons` why not (yet)."""

    page_id: str
    customers: int
    lines: int
    interactions: int
    windows: int
    windows_open: int
    windows_closing: int  # within an hour
    reengagements: dict[str, int]
    answers: dict[str, int]
    reasons: dict[str, int]
    next_due_at: str | None
    settled: bool  # nothing is owed at this moment
    opened: tuple[Opened, ...] = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Without the windows, which are a file of their own."""
        return {name: value for name, value in asdict(self).items() if name != "opened"}


def read_back(connection: Connection, account_id: int, plan: Plan, length: timedelta, now: datetime) -> Outcome:
    """The outcome so far. `length` is that of the platform's window."""
    opened: list[Opened] = []
    plans: list[Reengagement] = []
    owed: list[Reply] = []
    interactions = 0
    since = min(line.at_ms for line in plan.lines) + plan.shift_ms
    for speaker in sorted({line.customer for line in plan.lines if not line.from_staff}):
        contact = contacts.find_by_platform_id(connection, account_id, contact_id(speaker))
        if contact is None:
            continue
        times = _interaction_times(connection, account_id, contact.id, plan, speaker)
        interactions += len(times)
        opened += [Opened(speaker, *window) for window in _union(times, length // timedelta(milliseconds=1))]
        of_contact = (account_id, contact.id)
        plans += [p for p in reengagements.load_all(connection, of_contact) if _ms(p.key.interaction_at) >= since]
        owed += [r for r in replies.load_all(connection, of_contact) if r.key.event_key.startswith(f"m:replay-{plan.run}-")]
    return _outcome(plan, interactions, opened, plans, owed, now)


def _outcome(
    plan: Plan,
    interactions: int,
    opened: Sequence[Opened],
    plans: Sequence[Reengagement],
    owed: Sequence[Reply],
    now: datetime,
) -> Outcome:
    now_ms = _ms(now) - plan.shift_ms
    still_open = [w for w in opened if w.opens_ms <= now_ms < w.closes_ms]
    waiting = [p.due_at for p in plans if p.state is State.PLANNED]
    return Outcome(
        page_id=plan.page_id,
        customers=len({w.speaker for w in opened}),
        lines=len(plan.lines),
        interactions=interactions,
        windows=len(opened),
        windows_open=len(still_open),
        windows_closing=sum(w.closes_ms - now_ms <= _CLOSING // timedelta(milliseconds=1) for w in still_open),
        reengagements=_counted(p.state for p in plans),
        answers=_counted(r.state for r in owed),
        reasons=_counted(p.reason for p in plans if p.reason),
        next_due_at=min(waiting).isoformat() if waiting else None,
        settled=not any(_is_under_way(p, now) for p in plans)
        and not any(r.state in (State.PLANNED, State.CLAIMED) for r in owed),
        opened=tuple(opened),
    )


def _interaction_times(connection: Connection, account_id: int, contact_id: int, plan: Plan, speaker: str) -> list[int]:
    """When the lines of this play happened, by the record, in the recording's own time."""
    ours = {event_key(plan, line) for line in plan.lines if line.customer == speaker}
    return sorted(
        _ms(entry.occurred_at) - plan.shift_ms
        for entry in ledger.load_entries(connection, account_id, contact_id)
        if entry.kind == EntryKind.INTERACTION and entry.evidence_key in ours and entry.occurred_at is not None
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


def _is_under_way(plan: Reengagement, now: datetime) -> bool:
    return plan.state is State.CLAIMED or (plan.state is State.PLANNED and plan.due_at <= now)


def _counted(names: Any) -> dict[str, int]:  # noqa: ANN401  any iterable of names
    return dict(sorted(Counter(str(name) for name in names).items()))


def _ms(instant: datetime) -> int:
    return to_microseconds(instant) // 1000
