"""The campaigns of a world: files as marketers write them, read by the production reader, and told to the oracle."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from typing import Any

from botapp.campaign.file import Campaign, Limits, read_campaign
from botapp.durations import parse_duration
from botapp.reengagement.terms import HouseRules
from botapp.simulation.trace import RuleTold

_BOUNDS = frozenset({"budget", "per_customer", "start", "end", "calendar", "hold_out", "variants", "topic"})
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_TEMPLATES = """
[[templates]]
name = "still-here"
text = "Hello {first_name|there}, did you find what you were looking for?"

[[templates]]
name = "sale"
text = "The sale ends tonight, {first_name}."
purpose = "promotional"
"""
_RULES = (
    """
[[rules]]
name = "after-hours"
template = "still-here"
delay = "4h"
""",
    """
[[rules]]
name = "evening-question"
template = "still-here"
delay = "20h"
quiet_hours = "21:00-08:00"

[[rules]]
name = "sale-first"
template = "sale"
delay = "2h"
priority = 10
[[rules.when]]
fact = "ref"
is = "spring-sale"
""",
    """
[[rules]]
name = "next-morning"
template = "still-here"
timing = { at = "08:00", or_after = "23h", at_least = "1h" }
""",
    """
[[rules]]
name = "last-minute"
template = "still-here"
delay = "23h54m"
priority = 5

[[rules]]
name = "after-hours"
template = "still-here"
delay = "6h"
quiet_hours = "02:30-06:00"
""",
    """
[[rules]]
name = "after-hours"
template = "still-here"
delay = "10m"
quiet_hours = "22:00-07:30"
""",
    """
[[rules]]
name = "few"
template = "sale"
delay = "3h"
priority = 10
budget = { most = 4, per = "day" }

[[rules]]
name = "not-often"
template = "still-here"
delay = "5h"
per_customer = { most = 1, within = "5d" }
""",
)


@dataclass(frozen=True, slots=True)
class WorldCampaign:
    """One file: as production reads it, and as the oracle is told of it."""

    text: bytes
    campaign: Campaign
    rules: tuple[RuleTold, ...]  # of no page and no time yet


def draw_campaign(random: Random, house: HouseRules) -> WorldCampaign:
    """One of the world's own."""
    return load_campaign((_TEMPLATES + random.choice(_RULES)).encode(), house)


@lru_cache(maxsize=64)
def load_campaign(text: bytes, house: HouseRules) -> WorldCampaign:
    """Any campaign file. Raises CampaignError as `botapp campaign apply` would."""
    limits = Limits(house.text_limit, house.window_length, house.send_allowance)
    campaign = read_campaign(text, limits)
    tables = tomllib.loads(text.decode("utf-8-sig"))
    # What is said in several languages is not known by its words: an empty text, of which the oracle asks nothing.
    written = {template["name"]: template["text"] for template in tables.get("templates", ())}
    texts = {name: text if isinstance(text, str) else "" for name, text in written.items()}
    return WorldCampaign(text, campaign, tuple(_told(rule, texts) for rule in tables.get("rules", ())))


def _told(rule: dict[str, Any], texts: dict[str, str]) -> RuleTold:
    """Read again from the file, so that a slip of the production reader does not deceive the oracle too."""
    timing = rule.get("timing") or {"or_after": rule.get("delay")}
    least = parse_duration(timing.get("at_least", "0s"))
    is_usual = bool(timing.get("usual"))  # then it may come as soon as that
    budget, cap = rule.get("budget"), rule.get("per_customer", {})
    budget = budget if isinstance(budget, dict) else {"most": budget}
    quiet = str(rule.get("quiet_hours") or "")
    quiet_from, _, quiet_until = quiet.partition("-")
    return RuleTold(
        page_id="",
        name=str(rule["name"]),
        since=_NEVER,
        until=None,
        priority=int(str(rule.get("priority", 0))),
        delay=least if is_usual else parse_duration(timing["or_after"]),
        quiet_from=quiet_from or None,
        quiet_until=quiet_until or None,
        text=texts.get(str(rule["template"]), ""),
        conditions=str(rule.get("when") or ""),
        at=None if is_usual else timing.get("at"),
        least=least,
        budget=budget["most"],
        budget_per=budget.get("per", "total"),
        cap=cap.get("most"),
        cap_within=parse_duration(cap.get("within", "0s")),
        is_bounded=is_usual or not _BOUNDS.isdisjoint(rule),
    )
