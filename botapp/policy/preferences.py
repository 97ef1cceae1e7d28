"""What people chose for themselves: how often, and when not. Stricter than the house's rules, never looser."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from botapp.policy.quiet_hours import QuietHours, earliest_outside
from botapp.policy.suppression import TOPIC, Suppression


class Frequency(StrEnum):
    """At most one within so many days; "never" is no frequency but a STOP."""

    USUAL = "usual"  # as the house has it
    WEEKLY = "weekly"
    MONTHLY = "monthly"


_DAYS = {Frequency.USUAL: 0, Frequency.WEEKLY: 7, Frequency.MONTHLY: 30}
NO_QUIET_HOURS = "none"


@dataclass(frozen=True, slots=True)
class Preferences:
    """Of one person with one page."""

    frequency: Frequency = Frequency.USUAL
    quiet_hours: QuietHours | None = None

    def free_from(self, last_claimed_at: datetime, day: timedelta) -> datetime | None:
        """When the next may be sent after one of that instant; None: the person leaves that to the house."""
        days = _DAYS[self.frequency]
        return last_claimed_at + days * day if days else None


NOTHING_CHOSEN = Preferences()


def read_quiet_hours(written: str | None) -> QuietHours | None:
    """As choices and entries have them: "21:00-08:00", or "none". Raises ValueError for anything else."""
    if written is None or written == NO_QUIET_HOURS:
        return None
    start, _, end = written.partition("-")
    quiet = QuietHours(time.fromisoformat(start), time.fromisoformat(end))
    if quiet.start == quiet.end:
        raise ValueError("quiet hours of a whole day are a STOP")
    return quiet


def write_quiet_hours(quiet: QuietHours | None) -> str:
    """The same the other way."""
    return f"{quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else NO_QUIET_HOURS


def chosen(name: str, kept: tuple[str | None, datetime | None], value: str, at: datetime) -> tuple[str, datetime]:
    """What holds after a choice, and since when: the later of two, and of the same instant the stricter."""
    kept_value, kept_at = kept
    if kept_value is None or kept_at is None or at > kept_at:
        return value, at
    if at < kept_at:
        return kept_value, kept_at
    return max(kept_value, value, key=lambda each: (_strictness(name, each), each)), at


def _strictness(name: str, value: str) -> float:
    if name == "frequency":
        return _DAYS[Frequency(value)]
    quiet = read_quiet_hours(value)
    return 0.0 if quiet is None else (_minutes(quiet.end) - _minutes(quiet.start)) % (24 * 60)


def _minutes(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def topic_scope(topic: str) -> str:
    """The scope of a no to one topic only."""
    return f"{TOPIC}:{topic}"


def is_topic_stopped(suppressions: Iterable[Suppression], topic: str | None, now: datetime) -> bool:
    """Whether the person wants nothing of this topic. What names no topic may belong to any: in doubt, no."""
    wanted = f"{TOPIC}:" if topic is None else topic_scope(topic)
    return any(
        (s.scope == wanted or (topic is None and s.scope.startswith(wanted))) and s.is_in_force(now)
        for s in suppressions
    )


def earliest_send_outside(
    not_before: datetime, deadline: datetime, quiet: Iterable[QuietHours | None], zone: tzinfo
) -> datetime | None:
    """The first instant in [not_before, deadline) that none of several quiet hours covers; None if there is none."""
    every, instant, moved = tuple(quiet), not_before, True
    while moved:
        moved = False
        for each in every:
            free = earliest_outside(each, zone, instant)
            if free is None or free >= deadline:
                return None
            moved, instant = moved or free > instant, free
    return instant if instant < deadline else None
