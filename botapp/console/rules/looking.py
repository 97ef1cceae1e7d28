"""A rule looked at before it is kept: what is wrong with it, whom it is meant for now, and whom it cannot reach."""

from dataclasses import dataclass
from typing import Any

from botapp.campaign.feasibility import count_by_hour
from botapp.campaign.fields import CampaignError
from botapp.campaign.file import RuleDraft
from botapp.campaign.matching import open_windows
from botapp.console.access import may
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission
from botapp.policy.feasibility import Feasibility, analyse_rule
from botapp.policy.rule import LiveRule
from botapp.storage import matching
from botapp.storage.accounts import Account

_SHOWN = ("customer_type", "weekday", "hour", "language", "conversations", "reengagements")
_SAMPLE = 8


@dataclass(frozen=True, slots=True)
class Look:
    """What is told of a rule. Without a draft there are faults."""

    draft: RuleDraft | None
    faults: tuple[str, ...] = ()
    reach: "ReachNow | None" = None


@dataclass(frozen=True, slots=True)
class ReachNow:
    """Whom a rule is meant for among those with an open window, and which windows it cannot serve at all."""

    open_windows: int
    matching: int
    sample: tuple[tuple[int | None, dict[str, str | None]], ...]  # the number only for those who may read about people
    feasibility: Feasibility

    @property
    def impossible_percent(self) -> str:
        return f"{100 * self.feasibility.impossible_share:.3g}"


def look(parts: ConsoleParts, page: Account, content: bytes) -> Look:
    """At one rule of a campaign file."""
    try:
        found = parts.campaign_reader.read(page, content).campaign
    except CampaignError as error:
        return Look(None, tuple(error.faults))
    if len(found.rules) != 1 or found.templates or found.question:
        return Look(None, ("rules: give one rule, and nothing else but the facts that it asks for",))
    [draft] = found.rules
    return Look(draft, reach=reach_now(parts, page, draft.rule))


def reach_now(parts: ConsoleParts, page: Account, rule: LiveRule) -> ReachNow:
    """Of a rule whose durations are unscaled."""
    reader = parts.campaign_reader
    sees_people = may(Permission.READ_LOG, page.id)
    with parts.database.reading() as connection:
        windows = open_windows(parts.house, page, parts.database.now(connection))
        number = matching.count_matching(connection, windows, rule.conditions)
        sample = matching.sample_matching(connection, windows, rule.conditions, _SHOWN, _SAMPLE)
        every = matching.count_open(connection, windows)
    allowed = reader.limits.window_length - reader.limits.send_allowance
    feasibility = analyse_rule(rule, allowed, count_by_hour(parts.database, page))
    rows: list[tuple[int | None, dict[str, Any]]] = [(each if sees_people else None, values) for each, values in sample]
    return ReachNow(every, number, tuple(rows), feasibility)
