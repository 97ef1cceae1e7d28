"""The grounds of a decision as they are put on record: instants, states and counts, and nothing that names a person.

Whoever reads them later can see why it was decided so, and compare them with what the log itself tells of that moment.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from botapp.policy.bounds import Goal
from botapp.policy.consent import ConsentRecord, ConsentState, latest
from botapp.policy.daily_cap import DailyCap
from botapp.policy.decision import ContactFacts, Decision, Hold, PageFacts, Send, Terms
from botapp.policy.experiments.variants import goal_of, is_sampled
from botapp.policy.preferences import Frequency, Preferences, write_quiet_hours
from botapp.policy.rule import LiveRule, candidates
from botapp.policy.suppression import Suppression
from botapp.policy.window import Window, window_of
from botapp.policy.wording import hash_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Grounds = dict[str, Any]  # instants are microseconds since 1970 UTC; what is not so, or not there, is left out


def grounds_of(decision: Decision, contact: ContactFacts, page: PageFacts, terms: Terms, now: datetime) -> Grounds:
    """All that a decision saw, and what it chose among."""
    chosen = decision.rule
    found: Grounds = {
        "decided_at": microseconds(now),
        **standing_grounds(contact),
        **_window(contact, terms),
        "answer_pending": contact.answer_pending,
        "proactive_stopped": page.proactive_stopped,
        "page_paused": page.paused,
        "daily_cap": _daily_cap(page.daily_cap),
        "team_mode": page.team_mode,
        "of_the_team": page.team_mode and contact.is_of_the_team,
        "clocks_disagree": page.clocks_disagree,
        "until": microseconds(decision.until) if isinstance(decision, Hold) else None,
        **_hold_out(chosen, contact),
        **_limits([chosen] if chosen else candidates(page.rules, contact.portrait), contact, page),
        **(_rule(chosen, _language(decision)) if chosen else _considered(page.rules, contact)),
    }
    return {name: value for name, value in found.items() if value}


def plan_grounds(decision: Send | Hold, window: Window, terms: Terms, due_at: datetime) -> Grounds:
    """Of a plan only the rule and its hours: the claim decides again, and records what it saw then."""
    found: Grounds = {
        "due_at": microseconds(due_at),
        "start_before": microseconds(window.closes_at - terms.send_allowance),
    }
    if decision.rule is not None:
        found |= {"rule": decision.rule.name, "rule_version": decision.rule.version}
    return found


def standing_grounds(contact: ContactFacts) -> Grounds:
    """What of the grounds the contact's own entries tell."""
    found: Grounds = {
        "last_at": microseconds(contact.interactions.last_at),
        "last_claimed_at": microseconds(contact.last_claimed_at),
        "past_claims": [[microseconds(claim.claimed_at), claim.taken_up] for claim in contact.past_claims],
        "asked_for_more_at": microseconds(contact.asked_for_more_at),
        "converted_at": microseconds(contact.converted_at),
        "answered_at": microseconds(contact.answered_at),
        "suppressions": {s.scope: _suppression(s) for s in contact.suppressions},
        **_consent(contact.consents),
        **_preferences(contact.preferences),
        "unreachable": not contact.reachable,
        "thread_owned": contact.thread_owned,
    }
    return {name: value for name, value in found.items() if value}


def microseconds(instant: datetime | None) -> int | None:
    """As instants stand in entries."""
    return None if instant is None else (instant - _EPOCH) // _MICROSECOND


def _window(contact: ContactFacts, terms: Terms) -> Grounds:
    window = window_of(contact.interactions, terms.anchor, terms.window_length)
    if window is None:
        return {}
    return {
        "opened_at": microseconds(window.opened_at),
        "closes_at": microseconds(window.closes_at),
        "start_before": microseconds(window.closes_at - terms.send_allowance),
    }


def _suppression(suppression: Suppression) -> dict[str, int]:
    found = {
        "set_at": microseconds(suppression.set_at),
        "until": microseconds(suppression.until),
        "lifted_at": microseconds(suppression.lifted_at),
    }
    return {name: at for name, at in found.items() if at is not None}


def _preferences(chosen: Preferences) -> Grounds:
    found: Grounds = {} if chosen.frequency is Frequency.USUAL else {"frequency": chosen.frequency.value}
    if chosen.quiet_hours is not None:
        found["quiet_hours"] = write_quiet_hours(chosen.quiet_hours)
    return found


def _consent(records: Iterable[ConsentRecord]) -> Grounds:
    records = list(records)
    last = latest(records)
    if last is None:
        return {}
    found = {"consent": last.state.value, "consent_at": microseconds(last.occurred_at)}
    answers = [r for r in records if r.state is ConsentState.GIVEN and r.wording_version is not None]
    if not answers:
        return found
    return {**found, "said_yes_to": max(answers, key=lambda r: (r.occurred_at, r.wording_version)).wording_version}


def _language(decision: Decision) -> str | None:
    return decision.language if isinstance(decision, Send) else None


def _rule(rule: LiveRule, language: str | None) -> Grounds:
    """With the hash of what was sent in that language; where nothing was, of what the template says in its own."""
    found: Grounds = {"rule": rule.name, "rule_version": rule.version}
    if rule.topic is not None:
        found["topic"] = rule.topic
    if rule.template is not None:
        found["template"] = rule.template.name
        found["template_version"] = rule.template.version
        found["template_hash"] = hash_of(rule.template.wordings[language or rule.template.language])
        if language is not None:
            found["template_language"] = language
    if rule.drawn is not None:
        found |= _drawn(rule)
    return found


def _daily_cap(cap: DailyCap | None) -> Grounds | None:
    """What the page had begun that day before this decision."""
    if cap is None:
        return None
    return {"most": cap.most, "begun": cap.begun, "day": [microseconds(cap.since), microseconds(cap.until)]}


def _hold_out(rule: LiveRule | None, contact: ContactFacts) -> Grounds:
    """What it takes to tell again whether the person was held out."""
    if rule is None or not rule.hold_out_percent:
        return {}
    return {"hold_out": {"person": contact.person, "percent": rule.hold_out_percent}}


def _limits(rules: Iterable[LiveRule], contact: ContactFacts, page: PageFacts) -> Grounds:
    """What was spent of the budgets of these rules, and what they had sent to this customer, where they have limits."""
    budgets, caps = {}, {}
    for rule in rules:
        spending = page.spending.get(rule.name)
        if rule.budget is not None and spending is not None:
            period = [microseconds(spending.since), microseconds(spending.until)]
            budgets[rule.name] = {"most": rule.budget.most, "spent": spending.spent, "period": period}
        if rule.cap is not None:
            claims = [microseconds(at) for at in contact.claims_of_rules.get(rule.name, ())[: rule.cap.most]]
            caps[rule.name] = {"most": rule.cap.most, "within": rule.cap.within // _MICROSECOND, "claims": claims}
    return {"budgets": budgets, "caps": caps}


def _drawn(rule: LiveRule) -> Grounds:
    """The variant, and all that it takes to draw it again."""
    if rule.drawn is None:
        return {}
    arms = [[arm.name, arm.weight, arm.successes, arm.failures] for arm in rule.drawn.arms]
    draw = {"method": rule.method.value, "person": rule.drawn.person, "arms": arms}
    if is_sampled(rule) and goal_of(rule) is not Goal.RESPONSE:
        draw["goal"] = goal_of(rule).value  # what the arms' successes are
    return {"variant": rule.drawn.variant, "draw": draw}


def _considered(rules: Iterable[LiveRule], contact: ContactFacts) -> Grounds:
    """The rules that were meant for this person, and which of them guards had paused."""
    considered = list(candidates(rules, contact.portrait))
    paused = [rule.name for rule in considered if rule.is_paused]
    return {"rules": {rule.name: rule.version for rule in considered}, "paused": paused}
