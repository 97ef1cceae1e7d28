"""What would have had to be otherwise: the same decision once more, with one fact changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from botapp.policy.bounds import ALWAYS
from botapp.policy.calendar import EVERY_DAY
from botapp.policy.consent import ConsentRecord, ConsentState
from botapp.policy.decision import ContactFacts, Decision, Hold, PageFacts, Send, Skip, Terms, decide
from botapp.policy.preferences import Frequency
from botapp.policy.reason import Reason
from botapp.policy.rule import LiveTemplate
from botapp.policy.suppression import COMPLAINT, MUTE, NOTICES, OUR_OWN, STOP, TOPIC
from botapp.policy.window import Anchor, Interactions

_LOOKS = 10  # how often a plan is looked at again before it is given up
_STEP = timedelta(minutes=15)
_EXACT = timedelta(seconds=1)
_A_TEXT = LiveTemplate("any", 1, "any text", "en")
_TURNS_ON_THE_MESSAGE = frozenset(
    {Reason.WINDOW_CLOSED, Reason.ONE_PER_SILENCE, Reason.COOL_DOWN, Reason.WEEKLY_CAP, Reason.NO_LEGAL_INSTANT}
    | {Reason.FREQUENCY, Reason.OWN_QUIET_HOURS}
)


@dataclass(frozen=True, slots=True)
class Case:
    """All that one decision saw."""

    contact: ContactFacts
    page: PageFacts
    terms: Terms
    planned_for: datetime
    now: datetime

    def decide(self) -> Decision:
        """What the production policy says of it."""
        return decide(self.contact, self.page, self.terms, planned_for=self.planned_for, now=self.now)

    def follow(self) -> Send | Hold | Skip:
        """What comes of it in the end, if nothing else happens: looked at again whenever it falls due."""
        return self.at_its_end().decide()

    def at_its_end(self) -> "Case":
        """The same at the instant of the last look."""
        case = self
        for _ in range(_LOOKS):
            decision = case.decide()
            if not isinstance(decision, Hold) or decision.reason is not Reason.NOT_DUE:
                return case
            case = replace(case, now=decision.until)
        return case

    def is_sent(self) -> bool:
        return isinstance(self.follow(), Send)

    def with_last_message(self, at: datetime) -> "Case":
        """The same, had the customer's last message come at another instant."""
        started_at = self.contact.interactions.conversation_started_at
        is_earlier = self.terms.anchor is Anchor.INITIAL and started_at is not None and started_at < at
        interactions = Interactions(at, started_at if is_earlier else at)
        return replace(self, contact=replace(self.contact, interactions=interactions), planned_for=at)


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """What a change would have come to. Instants are to the second."""

    sent_at: datetime | None = None  # with what stood in the way taken away; None: not even then
    still: Reason | None = None  # what would have stood in the way then
    by: datetime | None = None  # the latest end of what stood in the way with which it would have been sent
    message_before: datetime | None = None  # the last message up to then would have turned it
    message_after: datetime | None = None  # the last message from then on would have turned it


def counterfactual(case: Case, reason: Reason | None) -> Counterfactual:
    """What would have turned the decision, which was a send where there is no reason against one."""
    if reason is None:
        return Counterfactual(message_before=_nearest(case, -_STEP), message_after=_nearest(case, _STEP))
    change = _WITHOUT.get(reason)
    found = _outcome(change(case)) if change else Counterfactual()
    if reason in _TURNS_ON_THE_MESSAGE:
        before, after = _nearest(case, -_STEP), _nearest(case, _STEP)
        found = replace(found, message_before=before, message_after=after)
    return replace(found, by=_latest_end(case, reason))


def _outcome(case: Case) -> Counterfactual:
    end = case.at_its_end()
    decision = end.decide()
    return Counterfactual(sent_at=end.now) if isinstance(decision, Send) else Counterfactual(still=decision.reason)


def _nearest(case: Case, step: timedelta) -> datetime | None:
    """The instant of the last message nearest to the real one, that way, with which it would have ended otherwise."""
    was_sent, last_at = case.is_sent(), case.contact.interactions.last_at
    if last_at is None:
        return None
    known = last_at
    for number in range(1, int(2 * case.terms.window_length / _STEP) + 1):
        tried = min(last_at + number * step, case.now)
        if case.with_last_message(tried).is_sent() != was_sent:
            return _turning_point(known, tried, lambda at: case.with_last_message(at).is_sent() != was_sent)
        if tried == case.now:
            return None
        known = tried
    return None


def _latest_end(case: Case, reason: Reason) -> datetime | None:
    """Of what ends by itself: the latest instant at which it might have ended, or begun, for a send to follow."""
    contact = case.contact
    if reason is Reason.MUTED:
        mute = next((s for s in contact.suppressions if s.scope == MUTE), None)
        until = mute.until if mute else None

        def moved(at: datetime) -> Case:
            changed = tuple(replace(s, until=at) if s.scope == MUTE else s for s in contact.suppressions)
            return replace(case, contact=replace(contact, suppressions=changed))

        latest = until or case.now + 2 * case.terms.window_length
        return _latest(case.now, latest, moved)
    if reason is Reason.COOL_DOWN and contact.last_claimed_at is not None:
        claimed_at = contact.last_claimed_at
        return _latest(
            claimed_at - case.terms.least_gap,
            claimed_at,
            lambda at: replace(case, contact=replace(contact, last_claimed_at=at)),
        )
    return None


def _latest(possible: datetime, impossible: datetime, moved: Callable[[datetime], Case]) -> datetime | None:
    if not moved(possible).is_sent() or moved(impossible).is_sent():
        return None
    return _turning_point(impossible, possible, lambda at: moved(at).is_sent())


def _turning_point(known: datetime, turned: datetime, is_turned: Callable[[datetime], bool]) -> datetime:
    """Between an instant that turns nothing and one that does: the first that does, to the second."""
    while abs(turned - known) > _EXACT:
        middle = known + (turned - known) / 2
        known, turned = (known, middle) if is_turned(middle) else (middle, turned)
    return turned


def _contact(**changes: Any) -> Callable[[Case], Case]:  # noqa: ANN401  the fields of ContactFacts
    return lambda case: replace(case, contact=replace(case.contact, **changes))


def _page(**changes: Any) -> Callable[[Case], Case]:  # noqa: ANN401  the fields of PageFacts
    return lambda case: replace(case, page=replace(case.page, **changes))


def _without(*scopes: str) -> Callable[[Case], Case]:
    def change(case: Case) -> Case:
        kept = tuple(s for s in case.contact.suppressions if s.scope not in scopes)
        return replace(case, contact=replace(case.contact, suppressions=kept))

    return change


def _without_stops(case: Case) -> Case:
    """Nor the taking back of consent that a stop is as well."""
    stopped_at = {s.set_at for s in case.contact.suppressions if s.scope == STOP}
    kept = tuple(
        r for r in case.contact.consents if r.state is not ConsentState.WITHDRAWN or r.occurred_at not in stopped_at
    )
    changed = _without(STOP, NOTICES)(case)
    return replace(changed, contact=replace(changed.contact, consents=kept))


def _with_a_yes(case: Case) -> Case:
    said = ConsentRecord(ConsentState.GIVEN, case.now, wording_version="any")
    return replace(case, contact=replace(case.contact, consents=(*case.contact.consents, said)))


def _without_newer_words(case: Case) -> Case:
    started_at = case.contact.interactions.conversation_started_at or case.planned_for
    interactions = Interactions(case.planned_for, min(started_at, case.planned_for))
    return replace(case, contact=replace(case.contact, interactions=interactions))


def _with_fewer_claims(case: Case) -> Case:
    kept = case.contact.past_claims[: case.terms.cap - 1]
    return replace(case, contact=replace(case.contact, past_claims=kept))


def _without_last_claim(case: Case) -> Case:
    claims = tuple(c for c in case.contact.past_claims if c.claimed_at != case.contact.last_claimed_at)
    rested = tuple(s for s in case.contact.suppressions if s.scope not in OUR_OWN)
    return replace(case, contact=replace(case.contact, past_claims=claims, last_claimed_at=None, suppressions=rested))


def _with_one_taken_up(case: Case) -> Case:
    newest, *others = case.contact.past_claims
    claims = (replace(newest, taken_up=True), *others)
    return replace(case, contact=replace(case.contact, past_claims=claims))


def _with_texts(case: Case) -> Case:
    rules = tuple(replace(rule, template=_A_TEXT) for rule in case.page.rules)
    return replace(case, page=replace(case.page, rules=rules))


def _without_guard(case: Case) -> Case:
    rules = tuple(replace(rule, paused=frozenset()) for rule in case.page.rules)
    return replace(case, page=replace(case.page, rules=rules))


def _without_hold_out(case: Case) -> Case:
    rules = tuple(replace(rule, hold_out_percent=0) for rule in case.page.rules)
    return replace(case, page=replace(case.page, rules=rules))


def _without_limits(case: Case) -> Case:
    rules = tuple(replace(rule, budget=None, cap=None) for rule in case.page.rules)
    return replace(case, page=replace(case.page, rules=rules))


def _without_quiet_hours(case: Case) -> Case:
    rules = tuple(replace(rule, quiet_hours=None, calendar=EVERY_DAY, period=ALWAYS) for rule in case.page.rules)
    return replace(case, page=replace(case.page, rules=rules))


def _choosing(**changes: Any) -> Callable[[Case], Case]:  # noqa: ANN401  the fields of Preferences
    return lambda case: _contact(preferences=replace(case.contact.preferences, **changes))(case)


def _without_topics(case: Case) -> Case:
    return _without(*(s.scope for s in case.contact.suppressions if s.scope.startswith(f"{TOPIC}:")))(case)


_WITHOUT: Mapping[Reason, Callable[[Case], Case]] = {
    Reason.SUPERSEDED: _without_newer_words,
    Reason.ONE_PER_SILENCE: _without_last_claim,
    Reason.COOL_DOWN: _without_last_claim,
    Reason.STOPPED: _without_stops,
    Reason.COMPLAINT: _without(COMPLAINT),
    Reason.CONVERTED: _contact(converted_at=None),
    Reason.ANSWERED: _contact(answered_at=None),
    Reason.MUTED: _without(MUTE),
    Reason.UNREACHABLE: _contact(reachable=True),
    Reason.NO_CONSENT: _with_a_yes,
    Reason.WEEKLY_CAP: _with_fewer_claims,
    Reason.IGNORED: _with_one_taken_up,
    Reason.NO_LEGAL_INSTANT: _without_quiet_hours,
    Reason.FREQUENCY: _choosing(frequency=Frequency.USUAL),
    Reason.OWN_QUIET_HOURS: _choosing(quiet_hours=None),
    Reason.TOPIC_STOPPED: _without_topics,
    Reason.GUARD: _without_guard,
    Reason.HOLD_OUT: _without_hold_out,
    Reason.BUDGET: _without_limits,
    Reason.RULE_CAP: _without_limits,
    Reason.TONE: _with_texts,
    Reason.NO_TEMPLATE: _with_texts,
    Reason.MISSING_FACT: _with_texts,
    Reason.TEXT_TOO_LONG: _with_texts,
    Reason.PROACTIVE_STOPPED: _page(proactive_stopped=False),
    Reason.PAGE_PAUSED: _page(paused=False),
    Reason.TEAM_MODE: _page(team_mode=False),
    Reason.DAILY_CAP: _page(daily_cap=None),
    Reason.CLOCKS_DISAGREE: _page(clocks_disagree=False),
    Reason.THREAD_OWNED: _contact(thread_owned=False),
    Reason.ANSWER_PENDING: _contact(answer_pending=False),
}
