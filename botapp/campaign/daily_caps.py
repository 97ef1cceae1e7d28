"""The daily cap of a new page in the hands of staff: raised step by step, put back to the first step at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from botapp.campaign.stages import LONGEST_REASON
from botapp.policy.approval import Refusal
from botapp.policy.daily_cap import may_be_raised_from, next_step
from botapp.storage import accounts, ledger
from botapp.storage.accounts import LIVE, Account
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind

_Change = Callable[[Account, datetime], int | Refusal | None]


@dataclass(frozen=True, slots=True)
class DailyCaps:
    """The steps that a page takes until it has no cap any more. `by` is the number of whoever takes one."""

    database: Database
    steps: Sequence[int]
    day: timedelta

    @property
    def first(self) -> int:
        """What a page begins with that goes live."""
        return min(self.steps)

    def raise_cap(self, account_id: int, why: str, *, by: int) -> Refusal | None:
        """One step up, a day after the last one at the earliest; the last step takes the cap away."""

        def raised(page: Account, now: datetime) -> int | Refusal | None:
            if page.mode != LIVE or page.daily_cap is None:
                return Refusal.WRONG_STAGE
            is_too_soon = now < may_be_raised_from(page.daily_cap_at, self.day, now)
            return Refusal.TOO_SOON if is_too_soon else next_step(self.steps, page.daily_cap)

        return self._change(account_id, why, by, raised)

    def lower_cap(self, account_id: int, why: str, *, by: int) -> Refusal | None:
        """Back to the first step, also where there is no cap any more."""

        def lowered(page: Account, _now: datetime) -> int | Refusal | None:
            return Refusal.WRONG_STAGE if page.daily_cap == self.first else self.first

        return self._change(account_id, why, by, lowered)

    def _change(self, account_id: int, why: str, by: int, change: _Change) -> Refusal | None:
        why = " ".join(why.split())
        if not why or len(why) > LONGEST_REASON:
            return Refusal.NO_REASON
        with self.database.transaction() as connection:
            page, now = accounts.lock_account(connection, account_id), self.database.now(connection)
            changed = change(page, now)
            if isinstance(changed, Refusal):
                return changed
            set_cap(connection, account_id, changed, now)
            entry = Entry(EntryKind.ACCOUNT_CHANGED, details={"daily_cap": changed, "by": by, "why": why})
            ledger.append_for_page(connection, account_id, entry, now)
        return None


def set_cap(connection: Connection, account_id: int, cap: int | None, now: datetime) -> None:
    """The locked page has that cap from now on; what waited for another is looked at again."""
    accounts.change_account(connection, account_id, {"daily_cap": cap, "daily_cap_at": now})
    accounts.bump_generation(connection, account_id)
