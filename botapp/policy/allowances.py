"""What all customers of a page share: a budget of a rule, the daily cap; and what of the planned has room in it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush

from botapp.policy.outlook import Planned, Scale
from botapp.policy.reason import Reason


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many messages in each period: what is left of the one that it is, and what the next one brings."""

    reason: Reason
    rule: str | None  # None: of all rules together
    left: int
    until: datetime | None  # when the next period begins; None: there is none
    most: int

    def covers(self, rule: str) -> bool:
        return self.rule in (None, rule)


@dataclass(frozen=True, slots=True)
class Bounded:
    """What has room, perhaps later than it would have been due, and what has none before its window closes."""

    planned: Counter[Planned]
    refused: Counter[Reason]
    later: Counter[Reason]  # of the planned, those that wait for the next period


def bound(planned: Mapping[Planned, int], allowances: Iterable[Allowance], scale: Scale) -> Bounded:
    """In the order in which they fall due. No window is open for longer than the present period and the next."""
    purses = [_Purse(allowance, scale) for allowance in allowances]
    found = Bounded(Counter(), Counter(), Counter())
    queue = [(key, number, "") for key, number in planned.items()]
    heapify(queue)
    while queue:
        (due, deadline, worth, rule), number, held_by = heappop(queue)
        binding = [purse for purse in purses if purse.allowance.covers(rule)]
        room = min((purse.left(due) for purse in binding), default=number)
        taken = max(0, min(number, room))
        for purse in binding:
            purse.take(due, taken)
        if taken:
            found.planned[due, deadline, worth, rule] += taken
            found.later.update({Reason(held_by): taken} if held_by else {})
        if taken == number:
            continue
        purse = next(purse for purse in binding if purse.left(due) <= 0)
        if purse.following is not None and due < purse.following <= deadline:
            waiting = (purse.following, deadline, worth, rule)
            heappush(queue, (waiting, number - taken, purse.allowance.reason.value))
        else:
            found.refused[purse.allowance.reason] += number - taken
    return found


class _Purse:
    """An allowance as it is used up."""

    def __init__(self, allowance: Allowance, scale: Scale) -> None:
        self.allowance = allowance
        # The first stretch that lies in the next period as a whole.
        self.following = None if allowance.until is None else scale.place(allowance.until) + 1
        self._left = [allowance.left, allowance.most]

    def left(self, place: int) -> int:
        return self._left[self._period(place)]

    def take(self, place: int, number: int) -> None:
        self._left[self._period(place)] -= number

    def _period(self, place: int) -> int:
        return int(self.following is not None and place >= self.following)
