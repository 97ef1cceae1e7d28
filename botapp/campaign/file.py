"""Reads a campaign file: templates, rules and the opt-in question, each refused with its key and the reason."""

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botapp.campaign.conditions import read_conditions
from botapp.campaign.fields import CampaignError, Fields
from botapp.campaign.timing import read_quiet_hours, read_timing
from botapp.policy import template as template_policy
from botapp.policy.rule import LiveRule, LiveTemplate
from botapp.policy.timing import can_ever_fall_inside

PURPOSES = ("service", "transactional", "promotional")
# What a placeholder or condition may name: the profile, and the facts that events bring.
PROFILE_NAMES = frozenset({"first_name", "last_name", "page_name", "language"})
FACT_NAMES = frozenset({"ref", "source", "ad_id", "product_id"})
KNOWN_NAMES = PROFILE_NAMES | FACT_NAMES
_TITLE_LIMIT = 20
_QUESTION_LIMIT = 640
_LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    template: LiveTemplate
    purpose: str


@dataclass(frozen=True, slots=True)
class RuleDraft:
    rule: LiveRule
    template_name: str


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    text: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Campaign:
    templates: tuple[TemplateDraft, ...]
    rules: tuple[RuleDraft, ...]
    question: QuestionDraft | None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file is measured against, on an unscaled day."""

    text_limit: int
    window_length: timedelta
    send_allowance: timedelta
    known_templates: frozenset[str] = frozenset()  # those that are live already


def read_campaign(content: bytes, limits: Limits) -> Campaign:
    """The campaign in a TOML file. Raises CampaignError, which lists every fault with its key."""
    try:
        tables = _load(content)
    except (ValueError, RecursionError) as error:
        raise CampaignError([f"not a TOML file: {error}"]) from None
    faults: list[str] = []
    top = Fields(tables, "", faults)
    templates = [_read_template(fields, limits) for fields in top.tables("templates")]
    names = limits.known_templates | {t.template.name for t in templates if t}
    rules = [_read_rule(fields, limits, names) for fields in top.tables("rules")]
    question = _read_question(Fields(top.table("opt_in"), "opt_in", faults)) if "opt_in" in tables else None
    top.refuse_the_rest()
    _refuse_twins("templates", [t.template.name for t in templates if t], faults)
    _refuse_twins("rules", [r.rule.name for r in rules if r], faults)
    if faults:
        raise CampaignError(faults)
    return Campaign(tuple(t for t in templates if t), tuple(r for r in rules if r), question)


def _load(content: bytes) -> dict[str, Any]:
    """The tables of the file. Raises ValueError or RecursionError for what TOML does not allow."""
    tables = tomllib.loads(content.decode("utf-8-sig"))
    if _holds_too_large_a_number(tables):
        raise ValueError("a number has more than 64 bits")
    return tables


def _holds_too_large_a_number(value: object) -> bool:
    if isinstance(value, dict | list):
        return any(_holds_too_large_a_number(item) for item in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, int) and abs(value) > _LARGEST_NUMBER


def _read_template(fields: Fields, limits: Limits) -> TemplateDraft | None:
    name, text = fields.text("name", longest=100), fields.text("text", longest=limits.text_limit * 2)
    language = fields.text("language", longest=10, default="en")
    purpose = fields.choice("purpose", PURPOSES, default="service")
    fields.refuse_the_rest()
    for fault in template_policy.faults(text or "", KNOWN_NAMES):
        fields.refuse("text", fault)
    length = template_policy.longest_without_values(text or "")
    if length >= limits.text_limit:
        fields.refuse("text", f"has {length} characters; the platform takes fewer than {limits.text_limit}")
    if not (name and text and language and purpose):
        return None
    return TemplateDraft(LiveTemplate(name, 0, text, language), purpose)


def _read_rule(fields: Fields, limits: Limits, template_names: frozenset[str]) -> RuleDraft | None:
    name, template_name = fields.text("name", longest=100), fields.text("template", longest=100)
    timing = read_timing(fields)
    quiet = read_quiet_hours(fields)
    conditions = read_conditions(fields, KNOWN_NAMES)
    priority = fields.integer("priority", default=0)
    fields.refuse_the_rest()
    if template_name and template_name not in template_names:
        fields.refuse("template", f"there is no template {template_name!r}; add it to the file or publish it first")
    if timing is None or not (name and template_name):
        return None
    if not can_ever_fall_inside(timing, quiet, limits.window_length - limits.send_allowance):
        fields.refuse(
            "timing" if timing.at else "delay",
            f"can never fall inside the window of {limits.window_length} less {limits.send_allowance} for the send;"
            " shorten the delay or the quiet hours",
        )
    return RuleDraft(LiveRule(name, 0, timing, priority, tuple(conditions), quiet), template_name)


def _read_question(fields: Fields) -> QuestionDraft | None:
    text = fields.text("question", longest=_QUESTION_LIMIT)
    yes, no = fields.text("yes", longest=_TITLE_LIMIT), fields.text("no", longest=_TITLE_LIMIT)
    fields.refuse_the_rest()
    return QuestionDraft(text, yes, no) if text and yes and no else None


def _refuse_twins(key: str, names: list[str], faults: list[str]) -> None:
    faults.extend(
        f"{key}: two are named {name!r}; give each its own name" for name in sorted(set(names)) if names.count(name) > 1
    )
