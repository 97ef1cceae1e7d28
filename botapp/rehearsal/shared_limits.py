"""What all customers of a page share, lived through in order of time: its daily cap, and the budgets of its rules.

A limit that is reached is closed from the first message on for which there is no room, until its next period begins or
it is changed. A course that knows all closings up to an instant is up to then what it would have been; so they are
found one after the other, the earliest first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from botapp.policy.daily_cap import DailyCap
from botapp.policy.decision import PageFacts
from botapp.policy.rule import LiveRule
from botapp.policy.rule_limits import Per, Spending, period_of
from botapp.rehearsal.courses import Courses

Steps = Sequence[tuple[datetime, int | None]]  # since when how many are allowed; None: there is no limit


@dataclass(frozen=True, slots=True)
class Closing:
    """A limit is reached: nothing of it goes out from an instant and contact on."""

    rule: str | None  # whose budget; None: the daily cap
    most: int
    since: datetime  # when its period began
    period_ends: datetime | None
    at: datetime
    contact_id: int  # of the same instant, the first who gets nothing
    until: datetime | None  # None: for good

    def holds(self, now: datetime, contact_id: int) -> bool:
        """Whether it is closed to this contact."""
        return (self.at, self.contact_id) <= (now, contact_id) and (self.until is None or now < self.until)


def closed(page: PageFacts, closings: Iterable[Closing]) -> PageFacts:
    """The page while these limits are reached."""
    for closing in closings:
        if closing.rule is not None:
            spent = Spending(closing.most, closing.since, closing.period_ends)
            page = replace(page, spending={**page.spending, closing.rule: spent})
        elif closing.period_ends is not None:
            page = replace(page, daily_cap=DailyCap(closing.most, closing.most, closing.since, closing.period_ends))
    return page


@dataclass(frozen=True, slots=True)
class _Limit:
    rule: str | None
    place: int  # of the rule
    per: Per
    steps: Steps


@dataclass(frozen=True, slots=True)
class SharedLimits:
    """Those of a page, as they were at each instant."""

    zone: tzinfo
    limits: tuple[_Limit, ...]

    @staticmethod
    def of(rules: Sequence[LiveRule], caps: Steps, zone: tzinfo) -> "SharedLimits":
        """The budgets of these rules, which are for all time, and the page's caps from the beginning on."""
        budgets = [
            _Limit(rule.name, place, rule.budget.per, ((caps[0][0], rule.budget.most),))
            for place, rule in enumerate(rules)
            if rule.budget is not None
        ]
        has_cap = any(most is not None for _, most in caps)
        return SharedLimits(zone, (*budgets, *([_Limit(None, -1, Per.DAY, caps)] if has_cap else [])))

    def next_closing(self, courses: Courses) -> Closing | None:
        """The earliest of all that these courses would pass; None: they keep every limit."""
        messages = courses.messages()
        found = [closing for limit in self.limits for closing in self._closings(limit, messages)]
        return min(found, key=lambda closing: (closing.at, closing.contact_id), default=None)

    def _closings(self, limit: _Limit, messages: Courses) -> Iterator[Closing]:
        """The first of one limit, if there is one."""
        counted = messages if limit.rule is None else messages.of_rule(limit.place)
        begins, ends = counted.first_from(None), None
        while begins is not None:
            since, ends = period_of(limit.per, begins, self.zone)
            closing = _first_closing(limit, counted, since, ends)
            if closing is not None:
                yield closing
                return
            begins = None if ends is None else counted.first_from(ends)


def _first_closing(limit: _Limit, counted: Courses, since: datetime, ends: datetime | None) -> Closing | None:
    """Within one period: what is counted while there is a limit."""
    begun = 0
    for begin, end, most in _within(limit.steps, since, ends):
        if most is None:
            continue
        messages = counted.between(begin, end)
        first = messages.first_beyond(most - begun)
        if first is not None:
            return Closing(limit.rule, most, since, ends, *first, end)
        begun += len(messages.rows)
    return None


def _within(
    steps: Steps, since: datetime, ends: datetime | None
) -> Iterator[tuple[datetime, datetime | None, int | None]]:
    """The parts of a period in which the same holds."""
    following = [*(begin for begin, _ in steps[1:]), None]
    for (begin, most), following_begin in zip(steps, following, strict=True):
        first = max(begin, since)
        last = min((end for end in (following_begin, ends) if end is not None), default=None)
        if last is None or first < last:
            yield first, last, most
