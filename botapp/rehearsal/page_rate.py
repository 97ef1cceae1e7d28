"""What a page's rate would have made of messages that all fell due in one stretch of time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from botapp.policy.outlook import Planned, Scale, look_ahead
from botapp.policy.overload import Rate
from botapp.policy.rule import LiveRule
from botapp.rehearsal.courses import DEADLINE, ENDED, RULE, Courses, Part

_MINUTE = timedelta(minutes=1)
_SCALE = Scale(datetime(1970, 1, 1, tzinfo=UTC), _MINUTE)
_MINUTE_IN_MICROSECONDS = _MINUTE // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class AtRate:
    """What it would have left behind, and given up. It is told, and changes nothing of the rest."""

    rate: Rate
    most_due_a_minute: int = 0
    waited_at_most: int = 0  # at the end of any minute
    minutes_behind: int = 0
    given_up: Sequence[tuple[str, int]] = ()  # by rule

    def as_json(self) -> dict[str, Any]:
        return {
            "per_second": self.rate.per_second,
            "most_due_a_minute": self.most_due_a_minute,
            "waited_at_most": self.waited_at_most,
            "minutes_behind": self.minutes_behind,
            "never": sum(number for _, number in self.given_up),
            "given_up": dict(self.given_up),
        }


def at_rate(courses: Courses, rules: Sequence[LiveRule], rate: Rate) -> AtRate:
    """Minute by minute, as `look_ahead` has it; where no minute is too full, nothing waits."""
    sent = courses.messages().part(Part.SENT)
    minutes = sent.rows[:, ENDED] // _MINUTE_IN_MICROSECONDS
    if not len(minutes):
        return AtRate(rate)
    most_due = int(np.unique(minutes, return_counts=True)[1].max())
    if most_due <= rate.per_second * _MINUTE.total_seconds() - 1:
        return AtRate(rate, most_due)
    piles = np.column_stack([minutes, sent.rows[:, DEADLINE] // _MINUTE_IN_MICROSECONDS, sent.rows[:, RULE]])
    planned: Counter[Planned] = Counter()
    for (due, deadline, place), number in zip(*np.unique(piles, axis=0, return_counts=True), strict=True):
        rule = rules[int(place)]
        planned[int(due), int(deadline), rule.worth, rule.name] = int(number)
    ahead = look_ahead(planned, rate, _SCALE)
    waited = max(ahead.waiting.values(), default=0)
    return AtRate(rate, most_due, waited, len(ahead.waiting), sorted(ahead.given_up.items()))
