"""Looks into the database after a commit that may have made something true which nobody told."""

from dataclasses import dataclass, field

from botapp.simulation.record import Record
from botapp.simulation.staff import Page, Staff
from botapp.simulation.store import Store
from botapp.simulation.trace import Staffed

_CLAIMED = """
SELECT state FROM reengagement WHERE claim_token = ?1 UNION ALL SELECT state FROM reply WHERE claim_token = ?1
"""


@dataclass(slots=True)
class Witness:
    """Sees refusals that were recorded, and pages that were paused or resumed by whatever hand."""

    record: Record
    store: Store
    pages: list[Page]
    staff: Staff
    _paused: dict[int, bool] = field(default_factory=dict)

    def see_commit(self) -> None:
        """Called after every commit; looks only if there may be something to see."""
        if self.record.learning:
            self._look_at_refusals()
        if self.record.pages_may_change:
            self.record.pages_may_change = False
            self._look_at_pages()

    def _look_at_refusals(self) -> None:
        for token in list(self.record.learning):
            states = {row[0] for row in self.store.query(_CLAIMED, token)}
            if "claimed" not in states:
                self.record.learnt(token, is_recorded="unknown" not in states)

    def _look_at_pages(self) -> None:
        for account_id, paused_at in self.store.query("SELECT id, paused_at FROM account ORDER BY id"):
            is_paused = paused_at is not None
            if is_paused == self._paused.get(account_id, False):
                continue
            self._paused[account_id] = is_paused
            page_id = self.pages[account_id - 1].page_id
            self.record.tell(Staffed(self.record.now(), page_id, "pause" if is_paused else "unpause"))
            if is_paused:
                self.staff.set_right_later(page_id)
