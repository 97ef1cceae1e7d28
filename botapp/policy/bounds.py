"""What bounds a rule besides its timing: when it lives, who is held out of it, and what it is to achieve."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_POINTS = 1 << 64
_ALL_PERCENT = 100


class Goal(StrEnum):
    """What a rule is judged by."""

    RESPONSE = "response"  # the customer writes back
    CONVERSION = "conversion"  # the business tells of a purchase


@dataclass(frozen=True, slots=True)
class Objective:
    """What a rule is to achieve, and with how many of a hundred customers."""

    goal: Goal
    target_percent: int
    value: int | None = None  # of one that is reached, in whatever the house counts in

    @property
    def expected_value(self) -> int | None:
        """Of one message, if the target is met."""
        return None if self.value is None else self.value * self.target_percent // _ALL_PERCENT


@dataclass(frozen=True, slots=True)
class Period:
    """When messages of a rule may begin: in [start, end), either of which may be open."""

    start: datetime | None = None
    end: datetime | None = None

    def within(self, due_at: datetime, deadline: datetime) -> tuple[datetime, datetime]:
        """The same two instants, no earlier than the period starts and no later than it ends."""
        later = due_at if self.start is None else max(due_at, self.start)
        return later, deadline if self.end is None else min(deadline, self.end)


ALWAYS = Period()


def is_held_out(account_id: int, rule_name: str, person: int, percent: int) -> bool:
    """Whether this person gets nothing where the rule would have sent, so that its effect can be seen.

    One person is always held out of a rule or never, by a hash that anybody can make again from the log. With a larger
    share those held out before stay so.
    """
    if percent <= 0:
        return False
    key = json.dumps(["hold_out", f"{account_id}/{rule_name}", person], separators=(",", ":"))
    point = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return point * _ALL_PERCENT < percent * _POINTS
