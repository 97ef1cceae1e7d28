"""What of the plans that are due a page's rate cannot carry before their windows close."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import heappop, heappush


@dataclass(frozen=True, slots=True)
class Rate:
    """What a page may send: steadily, and at once after a pause."""

    per_second: float
    burst: float = 1.0

    def carries(self, now: datetime, deadline_at: datetime) -> int:
        """How many can begin from now on until then."""
        return int(self.burst + self.per_second * max((deadline_at - now).total_seconds(), 0.0))


@dataclass(frozen=True, slots=True)
class Pile:
    """Plans that are alike: to be begun by about the same instant, and worth as much."""

    deadline_at: datetime  # of the one that can wait longest
    worth: int
    number: int
    label: str = ""  # whose they are, for those who count them


def surplus(piles: Iterable[Pile], rate: Rate, now: datetime) -> list[Pile]:
    """What cannot begin in time however the rest is sent, the nearest deadline first; nothing where all can.

    What stays is sent with the nearest deadline first. It is as many as can be, and of all such choices the one of most
    worth; of the same worth the nearer deadline stays.
    """
    waiting = sorted(piles, key=lambda pile: (pile.deadline_at, -pile.worth, pile.label))
    kept: list[tuple[int, int, int]] = []  # worth, place (the later the sooner given up), number
    total = 0
    given_up: dict[int, int] = {}
    for place, pile in enumerate(waiting):
        heappush(kept, (pile.worth, -place, pile.number))
        total += pile.number
        excess = total - rate.carries(now, pile.deadline_at)
        while excess > 0:
            worth, least, number = heappop(kept)
            out = min(number, excess)
            if number > out:
                heappush(kept, (worth, least, number - out))
            given_up[-least] = given_up.get(-least, 0) + out
            total, excess = total - out, excess - out
    return [replace(waiting[place], number=number) for place, number in sorted(given_up.items())]
