"""How much of a page's traffic a rule can serve at all: the windows in which its timing leaves no legal minute."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botapp.policy.rule import LiveRule
from botapp.policy.timing import due_at, earliest_send

_MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)  # of a day without a clock change
_HOURS = range(24)
_MINUTES = range(60)


@dataclass(frozen=True, slots=True)
class Feasibility:
    """Among windows that open when a page's customers write."""

    impossible_share: float  # of the windows, those without a legal minute: 0 to 1
    impossible_hours: tuple[int, ...]  # of the customer's day: who writes then is not reached, or not always


def analyse_rule(rule: LiveRule, allowed: timedelta, interactions_by_hour: Mapping[int, int]) -> Feasibility:
    """What the rule's timing and quiet hours leave of the page's windows.

    `allowed` is the window's length less the send allowance, both on the day by which the rule is written.
    `interactions_by_hour` counts last interactions by the hour of the customers' own day; with none any hour is as
    likely. Within an hour they are spread evenly.
    """
    impossible = {hour: _impossible_minutes(rule, allowed, hour) for hour in _HOURS}
    weights = {hour: interactions_by_hour.get(hour, 0) for hour in _HOURS}
    if not any(weights.values()):
        weights = dict.fromkeys(_HOURS, 1)
    lost = sum(weights[hour] * impossible[hour] for hour in _HOURS)
    return Feasibility(
        lost / (sum(weights.values()) * len(_MINUTES)), tuple(hour for hour in _HOURS if impossible[hour])
    )


def _impossible_minutes(rule: LiveRule, allowed: timedelta, hour: int) -> int:
    """How many minutes of that hour are none to write in for whoever wants this rule's message."""
    openings = (_MIDNIGHT + timedelta(hours=hour, minutes=minute) for minute in _MINUTES)
    return sum(
        earliest_send(due_at(rule.timing, opened, UTC), opened + allowed, rule.quiet_hours, UTC) is None
        for opened in openings
    )
