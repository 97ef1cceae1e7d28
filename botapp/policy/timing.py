"""When a rule wants its message to go out, counted from the customer's last interaction."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from dateutil import tz

from botapp.policy.quiet_hours import QuietHours, earliest_outside

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Timing:
    """`delay` after the last interaction; or, with `at`, when the person's clock next shows it: whichever comes first.

    "8 in the morning or 23 h after" is Timing(delay=23 h, at=08:00). `least` keeps `at` from following on the
    heels of the customer's own words. With `usual`, who has usual hours gets it in the most usual one from `least` to
    `delay` after their last words; the rest is for those of whom too little is known.
    """

    delay: timedelta
    at: time | None = None
    least: timedelta = timedelta(0)
    usual: bool = False


def due_at(timing: Timing, last_interaction_at: datetime, zone: tzinfo) -> datetime:
    """The instant that the rule asks for, before quiet hours."""
    latest = last_interaction_at + timing.delay
    if timing.at is None:
        return latest
    not_before = last_interaction_at + timing.least
    day = not_before.astimezone(zone).date()
    shown = (i for offset in range(2) for i in _wall_instants(day + offset * _DAY, timing.at, _Zone(zone)))
    first = next((instant for instant in shown if instant >= not_before), latest)
    return min(latest, first)


def earliest_send(not_before: datetime, deadline: datetime, quiet: QuietHours | None, zone: tzinfo) -> datetime | None:
    """The first legal instant in [not_before, deadline), or None: window and quiet hours solved together."""
    instant = earliest_outside(quiet, zone, not_before)
    return instant if instant is not None and instant < deadline else None


def can_ever_fall_inside(timing: Timing, quiet: QuietHours | None, allowed: timedelta) -> bool:
    """Whether some minute of the day exists at which a last interaction would leave a legal instant.

    `allowed` is the window's length less the send allowance. Checked on a day without a clock change.
    """
    midnight = datetime(2026, 6, 1, tzinfo=UTC)
    openings = (midnight + timedelta(minutes=minute) for minute in range(24 * 60))
    return any(earliest_send(due_at(timing, opened, UTC), opened + allowed, quiet, UTC) for opened in openings)


class _Zone:
    """A zone to remember something by: dateutil's have no hash, and the same zone is the same object."""

    __slots__ = ("zone",)

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Zone) and self.zone is other.zone

    def __hash__(self) -> int:
        return id(self.zone)


@lru_cache(maxsize=4000)
def _wall_instants(day: date, wall: time, place: _Zone) -> tuple[datetime, ...]:
    """The UTC instants, in order, at which a wall clock shows `wall` on `day`: one, or two when clocks go back.

    A time that they skip is resolved forward.
    """
    local = tz.resolve_imaginary(datetime.combine(day, wall, tzinfo=place.zone))
    folds = (0, 1) if tz.datetime_ambiguous(local) else (0,)
    return tuple(tz.enfold(local, fold).astimezone(UTC) for fold in folds)
