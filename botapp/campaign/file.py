"""Reads a campaign file: templates, rules and the opt-in question, each refused with its key and the reason."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from botapp.campaign.bounds import read_days, read_hold_out_percent, read_objective, read_period
from botapp.campaign.conditions import read_conditions
from botapp.campaign.fields import CampaignError, Fields
from botapp.campaign.file_format import load_tables
from botapp.campaign.own_facts import read_own_facts
from botapp.campaign.rule_limits import read_budget, read_person_cap
from botapp.campaign.timing import read_quiet_hours, read_timing
from botapp.campaign.variants import read_texts
from botapp.campaign.wordings import WordingLimits, read_wordings, said_in
from botapp.policy.fact import OF_THE_PROFILE
from botapp.policy.rule import LiveRule, LiveTemplate, live_template
from botapp.policy.timing import can_ever_fall_inside
from botapp.policy.wording import USUAL_LIMITS, PartLimits, Wording
from botapp.reengagement.tone import ToneRule, advertising_of, tone_of
from botapp.understanding.tone import Finding

PURPOSES = ("service", "transactional", "promotional")
# What a placeholder or condition may name: the profile, and the facts that events bring.
FACT_NAMES = frozenset(
    {"ref", "source", "ad_id", "product_id", "interest", "product", "category", "price", "currency"}
    | {"order_number", "date"}
)
KNOWN_NAMES = OF_THE_PROFILE | FACT_NAMES
_TITLE_LIMIT = 20
_QUESTION_LIMIT = 640
_TOPIC_LIMIT = 18  # a mark stands before it on the button


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    template: LiveTemplate
    purpose: str


@dataclass(frozen=True, slots=True)
class RuleDraft:
    rule: LiveRule
    template_name: str | None  # None: its variants have theirs


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
    own_facts: frozenset[str] = frozenset()  # that the file itself declares
    tone: ToneRule = ToneRule.OFF
    part_limits: PartLimits = USUAL_LIMITS


def read_campaign(content: bytes, limits: Limits) -> Campaign:
    """The campaign in a TOML or JSON file. Raises CampaignError, which lists every fault with its key."""
    tables = load_tables(content)
    faults: list[str] = []
    top = Fields(tables, "", faults)
    limits = replace(limits, own_facts=read_own_facts(top))
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


def read_template(table: Mapping[str, object], limits: Limits) -> TemplateDraft:
    """One template as it stands in a file. Raises CampaignError, which lists every fault with its key."""
    faults: list[str] = []
    draft = _read_template(Fields(table, "", faults), limits)
    if draft is None or faults:
        raise CampaignError(faults)
    return draft


def _read_template(fields: Fields, limits: Limits) -> TemplateDraft | None:
    name = fields.text("name", longest=100)
    names = KNOWN_NAMES | limits.own_facts
    wordings = read_wordings(fields, WordingLimits(limits.text_limit, names, limits.part_limits))
    purpose = fields.choice("purpose", PURPOSES, default="service")
    fields.refuse_the_rest()
    for wording in (wordings or {}).values() if limits.tone is ToneRule.REFUSE else ():
        for finding in template_tone(wording):
            fields.refuse("text", str(finding))
        advert = advert_in(wording, purpose or "")
        if advert:
            fields.refuse("purpose", f'is {purpose}, and {advert!r} advertises; say "promotional", or leave it out')
    if not (name and wordings and purpose):
        return None
    return TemplateDraft(live_template(name, 0, wordings), purpose)


def template_tone(wording: Wording) -> list[Finding]:
    """What the tone check finds in a template, its placeholders at their fallbacks."""
    return [finding for said in said_in(wording) for finding in tone_of(said)]


def advert_in(wording: Wording, purpose: str) -> str | None:
    """The words that advertise in a template of another purpose."""
    said = (wording.text, *wording.parts.titles)
    return next(filter(None, (advertising_of(each, purpose) for each in said)), None)


def _read_rule(fields: Fields, limits: Limits, template_names: frozenset[str]) -> RuleDraft | None:
    name, texts = fields.text("name", longest=100), read_texts(fields, template_names)
    timing = read_timing(fields)
    quiet = read_quiet_hours(fields)
    conditions = read_conditions(fields, KNOWN_NAMES | limits.own_facts)
    priority = fields.integer("priority", default=0)
    topic = _read_topic(fields)
    period, days = read_period(fields), read_days(fields)
    hold_out, objective = read_hold_out_percent(fields), read_objective(fields)
    budget, cap = read_budget(fields), read_person_cap(fields)
    fields.refuse_the_rest()
    if timing is None or not (name and texts):
        return None
    if not can_ever_fall_inside(timing, quiet, limits.window_length - limits.send_allowance):
        fields.refuse(
            "timing" if timing.at else "delay",
            f"can never fall inside the window of {limits.window_length} less {limits.send_allowance} for the send;"
            " shorten the delay or the quiet hours",
        )
    rule = LiveRule(name, 0, timing, priority, tuple(conditions), quiet, topic=topic)
    rule = replace(rule, period=period, calendar=days, hold_out_percent=hold_out, objective=objective)
    rule = replace(rule, budget=budget, cap=cap)
    return RuleDraft(replace(rule, variants=texts.variants, method=texts.method), texts.template)


def _read_topic(fields: Fields) -> str | None:
    """What customers see on the button by which they say no to it; None: it has no topic."""
    if not fields.has("topic"):
        return None
    topic = fields.text("topic", longest=_TOPIC_LIMIT)
    if topic is not None and (":" in topic or not topic.isprintable() or topic != topic.strip()):
        fields.refuse("topic", f"is {topic!r}; write a word or two, without a colon")
        return None
    return topic


def _read_question(fields: Fields) -> QuestionDraft | None:
    text = fields.text("question", longest=_QUESTION_LIMIT)
    yes, no = fields.text("yes", longest=_TITLE_LIMIT), fields.text("no", longest=_TITLE_LIMIT)
    fields.refuse_the_rest()
    return QuestionDraft(text, yes, no) if text and yes and no else None


def _refuse_twins(key: str, names: list[str], faults: list[str]) -> None:
    faults.extend(
        f"{key}: two are named {name!r}; give each its own name" for name in sorted(set(names)) if names.count(name) > 1
    )
