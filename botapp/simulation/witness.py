"""Looks into the database after a commit that may have made something true which nobody told."""

from dataclasses import dataclass, field

from botapp.simulation.record import Record
from botapp.simulation.staff import Page, Staff
from botapp.simulation.store import Store
from botapp.simulation.trace import Capped, Staffed

_CLAIMED = """
SELECT state FROM reengagement WHERE claim_token = ?1 UNION ALL SELECT state FROM reply WHERE claim_token = ?1
"""
_GUARDED = """
SELECT rule.account_id, rule.name FROM rule_guard JOIN rule ON rule.account_id = rule_guard.account_id
 AND rule.name = rule_guard.rule_name AND rule.live_version = rule_guard.rule_version AND rule_guard.state = 'paused'
 ORDER BY rule.account_id, rule.name
"""
_SWITCHES = (("pause", "unpause"), ("team", "live"))


@dataclass(slots=True)
class Witness:
    """Sees refusals that were recorded, and pages and rules that were paused or resumed by whatever hand."""

    record: Record
    store: Store
    pages: list[Page]
    staff: Staff
    _stand: dict[int, tuple[bool, ...]] = field(default_factory=dict)  # the switches of each page
    _caps: dict[int, int | None] = field(default_factory=dict)
    _guarded: set[tuple[int, str]] = field(default_factory=set)

    def see_commit(self) -> None:
        """Called after every commit; looks only if there may be something to see."""
        if self.record.learning:
            self._look_at_refusals()
        if self.record.pages_may_change:
            self.record.pages_may_change = False
            self._look_at_pages()
            self._look_at_guards()

    def _look_at_refusals(self) -> None:
        for token in list(self.record.learning):
            states = {row[0] for row in self.store.query(_CLAIMED, token)}
            if "claimed" not in states:
                self.record.learnt(token, is_recorded="unknown" not in states)

    def _look_at_pages(self) -> None:
        asked = "SELECT id, daily_cap, paused_at IS NOT NULL, mode = 'team' FROM account ORDER BY id"
        for account_id, cap, *stand in self.store.query(asked):
            page_id, at = self.pages[account_id - 1].page_id, self.record.now()
            before = self._stand.get(account_id, (False,) * len(stand))
            self._stand[account_id] = tuple(bool(is_on) for is_on in stand)
            for (on, off), was_on, is_on in zip(_SWITCHES, before, stand, strict=True):
                if was_on != bool(is_on):
                    self.record.tell(Staffed(at, page_id, on if is_on else off))
                    if on == "pause" and is_on:
                        self.staff.set_right_later(page_id)
            if cap != self._caps.get(account_id):
                self._caps[account_id] = cap
                self.record.tell(Capped(at, page_id, cap))

    def _look_at_guards(self) -> None:
        guarded = {(account_id, name) for account_id, name in self.store.query(_GUARDED)}
        for account_id, name in sorted(guarded ^ self._guarded):
            page, is_paused = self.pages[account_id - 1], (account_id, name) in guarded
            self.record.tell(Staffed(self.record.now(), page.page_id, "guard" if is_paused else "unguard", name))
            if is_paused:
                self.staff.let_go_on_later(page, name)
        self._guarded = guarded
