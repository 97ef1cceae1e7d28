"""How what is planned fares at a page's rate: what goes out when, and what finds no room before its window closes."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botapp.policy.overload import Pile, Rate, surplus

Planned = tuple[int, int, int, str]  # stretch in which it falls due, that of its deadline, worth, rule
_Waiting = Counter[tuple[int, int, str]]  # the same without the first


@dataclass(frozen=True, slots=True)
class Scale:
    """Time in stretches, counted from an origin."""

    origin: datetime
    stretch: timedelta

    def place(self, instant: datetime) -> int:
        """The stretch in which an instant lies."""
        return (instant - self.origin) // self.stretch

    def begins(self, place: int) -> datetime:
        """The first instant of a stretch."""
        return self.origin + place * self.stretch


@dataclass(slots=True)
class Outlook:
    """What goes out when, and what does not for the rate's sake."""

    sent: Counter[tuple[int, str]] = field(default_factory=Counter)  # by stretch and rule
    given_up: Counter[str] = field(default_factory=Counter)  # by rule
    most_due: int = 0  # in one stretch
    waiting: dict[int, int] = field(default_factory=dict)  # at the end of a stretch, where the rate leaves any


def look_ahead(planned: Mapping[Planned, int], rate: Rate, scale: Scale) -> Outlook:
    """Stretch by stretch: what falls due joins what waits, the surplus is given up, the rest goes by its deadline."""
    outlook = Outlook()
    arrivals: dict[int, _Waiting] = defaultdict(Counter)
    for (due, deadline, worth, rule), number in planned.items():
        arrivals[due][deadline, worth, rule] += number
    waiting: _Waiting = Counter()
    coming = sorted(arrivals, reverse=True)
    place = 0
    while coming or waiting:
        place = place + 1 if waiting else coming[-1]
        if coming and coming[-1] == place:
            fresh = arrivals[coming.pop()]
            waiting.update(fresh)
            outlook.most_due = max(outlook.most_due, fresh.total())
        steady = _steady(rate, scale, place)
        room = steady.carries(scale.begins(place), scale.begins(place + 1))
        if waiting.total() > room:
            _give_up(waiting, steady, scale, place, outlook)
        _send(waiting, room, place, outlook)
        if waiting:
            outlook.waiting[place] = waiting.total()
    return outlook


def _steady(rate: Rate, scale: Scale, place: int) -> Rate:
    """Without the burst after a pause; of a fraction of one that is left over, the next stretch has the rest."""
    passed = rate.per_second * (scale.begins(place) - scale.origin).total_seconds()
    return Rate(rate.per_second, burst=passed % 1.0)


def _give_up(waiting: _Waiting, steady: Rate, scale: Scale, place: int, outlook: Outlook) -> None:
    piles = [Pile(scale.begins(key[0] + 1), key[1], number, key[2]) for key, number in waiting.items()]
    for pile in surplus(piles, steady, scale.begins(place)):
        _take(waiting, (scale.place(pile.deadline_at) - 1, pile.worth, pile.label), pile.number)
        outlook.given_up[pile.label] += pile.number


def _send(waiting: _Waiting, room: int, place: int, outlook: Outlook) -> None:
    """The nearest deadline first; of one, what is worth most."""
    for key in sorted(waiting, key=lambda key: (key[0], -key[1], key[2])):
        number = min(waiting[key], room)
        if number <= 0:
            return
        _take(waiting, key, number)
        outlook.sent[place, key[2]] += number
        room -= number


def _take(waiting: _Waiting, key: tuple[int, int, str], number: int) -> None:
    waiting[key] -= number
    if not waiting[key]:
        del waiting[key]
