"""Wakes the tickers. Production looks five times a second; here only the looks are made that can see something.

A look that finds nothing due, nothing lost and nothing outdated changes nothing. So before each stretch of time in
which nobody does anything, the database is asked for the next instant at which a look would find something.
"""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from botapp.reengagement.terms import HouseRules
from botapp.simulation.clockwork import MILLISECOND, SECOND, Clockwork, instant, microseconds
from botapp.simulation.processes import TickerHost
from botapp.simulation.store import Store

_MICROSECOND = timedelta(microseconds=1)
_TICK = 200 * MILLISECOND
_LONGEST_PAUSE = 20 * SECOND
_OTHERS = """
UNION ALL SELECT min(deadline_at) FROM reengagement WHERE state = 'planned'
UNION ALL SELECT min(claimed_at) + ?1 FROM reengagement WHERE state = 'claimed'
UNION ALL SELECT min(CASE state WHEN 'claimed' THEN claimed_at + ?1 ELSE max(not_before, coalesce(leased_until, 0)) END)
  FROM reply WHERE state IN ('planned', 'claimed')
UNION ALL SELECT received_at FROM privacy_request WHERE state = 'open' AND kind = 'deletion'
  AND contact_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM reply WHERE reply.account_id = privacy_request.account_id
  AND reply.contact_id = privacy_request.contact_id AND state IN ('planned', 'claimed'))
UNION ALL SELECT 0 FROM account WHERE EXISTS (SELECT 1 FROM contact WHERE contact.account_id = account.id
  AND contact.planned_generation < account.campaign_generation AND contact.last_interaction_at > ?2)
UNION ALL SELECT min(requested_at) + ?3 FROM handover WHERE state IN ('queued', 'passed') AND answered_at IS NULL
  AND late_at IS NULL
UNION ALL SELECT min(CASE thread_owner WHEN 'bot' THEN 0 ELSE min(thread_owned_at, last_interaction_at - ?5) END) + ?4
  FROM handover JOIN contact ON contact.account_id = handover.account_id AND contact.id = handover.contact_id
  WHERE state IN ('queued', 'claimed', 'passing', 'passed', 'taking')
"""
_DUE = "(SELECT min(due_at) FROM reengagement WHERE state = 'planned' AND account_id = account.id)"
_NEXT = f"SELECT min(at) FROM (SELECT {_DUE} AS at FROM account {_OTHERS})"  # noqa: S608  constants
# What is due already may be leased; to see that takes longer and is seldom needed.
_FREE = "min(max(due_at, coalesce(leased_until, 0)))"
_NEXT_FREE = f"SELECT min(at) FROM (SELECT {_FREE} AS at FROM reengagement WHERE state = 'planned' {_OTHERS})"  # noqa: S608  constants


@dataclass(slots=True)
class Lookout:
    """Plans the next look that matters."""

    clockwork: Clockwork
    store: Store
    house: HouseRules
    handover_target: timedelta
    random: Random
    tickers: list[TickerHost]
    _changes: int = -1  # how many the database had seen when it was asked
    _found: int | None = None  # what it answered
    _is_planned: bool = False  # a look at what it answered
    _last: int | None = None
    _pause: int = _TICK

    def before_a_lull(self, until: int) -> None:
        """Nothing is planned before `until`: will a ticker see something until then?"""
        if self.store.raw.total_changes != self._changes:
            self._changes, self._found, self._is_planned = self.store.raw.total_changes, self._next_instant(), False
        found = self._found
        if found is None or self._is_planned:
            return
        at = max(found, self.clockwork.now) + self.random.randrange(self.random.choice((_TICK, 10 * _TICK)))
        if found <= self.clockwork.now and found == self._last:
            # The same is still due: whoever could do something about it is away.
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            at = self.clockwork.now + self._pause
        else:
            self._pause = _TICK
        self._last = found
        if at < until:  # otherwise before the next lull
            self._is_planned = True
            self.clockwork.at(at, self._look)

    def _look(self) -> None:
        self._changes = -1
        able = [ticker for ticker in self.tickers if ticker.can_look]
        if able:
            self.random.choice(able).look()

    def _next_instant(self) -> int | None:
        ahead = self.store.clock.now() - instant(self.clockwork.now)
        house, now = self.house, self.store.clock.now()
        lengths = (self.handover_target, house.window_length, house.send_allowance)
        given = [length // _MICROSECOND for length in (house.claim_timeout, *lengths)]
        given.insert(1, microseconds(now - house.window_length))
        found = self.store.query(_NEXT, *given)[0][0]
        if found is not None and found <= microseconds(now):
            found = self.store.query(_NEXT_FREE, *given)[0][0]
        return None if found is None else int(found) - ahead // _MICROSECOND
