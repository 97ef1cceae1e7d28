"""Where things stand: re-engagements by state and refusals by reason, per page."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from botapp.storage import accounts, counters, reengagements, replies
from botapp.storage.engine import Database
from botapp.storage.reengagements import State

_REFUSED = frozenset({State.SKIPPED, State.EXPIRED, State.FAILED})


@dataclass(frozen=True, slots=True)
class PageStatus:
    page_id: str
    name: str
    platform: str
    paused: str | None  # why
    proactive_stopped: bool
    reengagements: dict[str, int]  # by state, every state named
    refusals: dict[str, int]  # by reason
    replies: dict[str, int]  # by state


@dataclass(frozen=True, slots=True)
class Status:
    proactive_stopped: bool
    pages: tuple[PageStatus, ...]
    counters: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """The stable form that `botapp status --json` prints."""
        return asdict(self)


def load_status(database: Database) -> Status:
    """Read in one transaction, so that the figures fit each other."""
    with database.reading() as connection:
        stopped = accounts.proactive_is_stopped(connection)
        pages = accounts.load_all(connection)
        of_reengagements = reengagements.count_by_state(connection)
        of_replies = replies.count_by_state(connection)
        counted = counters.load_all(connection)
    return Status(
        proactive_stopped=stopped,
        pages=tuple(
            PageStatus(
                page_id=page.page_id,
                name=page.name,
                platform=page.platform,
                paused=page.pause_reason if page.paused_at else None,
                proactive_stopped=stopped or page.proactive_stopped_at is not None,
                reengagements=_by_state(page.id, of_reengagements),
                refusals=_by_reason(page.id, of_reengagements),
                replies=_by_state(page.id, of_replies),
            )
            for page in pages
        ),
        counters=counted,
    )


def _by_state(account_id: int, rows: list[tuple[int, str, str | None, int]]) -> dict[str, int]:
    counts = Counter({state.value: 0 for state in State})
    for account, state, _, number in rows:
        if account == account_id:
            counts[state] += number
    return dict(counts)


def _by_reason(account_id: int, rows: list[tuple[int, str, str | None, int]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for account, state, reason, number in rows:
        if account == account_id and state in _REFUSED:
            counts[reason or "unknown"] += number
    return dict(sorted(counts.items()))
