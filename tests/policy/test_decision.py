"""Each reason with the smallest story that gives it: one thing differs from the story that ends in a send."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import pytest

from botapp.policy.bounds import Period
from botapp.policy.consent import Basis, ConsentRecord, ConsentState
from botapp.policy.criteria import Comparison, Condition
from botapp.policy.daily_cap import DailyCap
from botapp.policy.decision import ContactFacts, Hold, PageFacts, PastClaim, Send, Skip, Terms
from botapp.policy.preferences import Frequency, Preferences
from botapp.policy.quiet_hours import QuietHours
from botapp.policy.reason import Reason
from botapp.policy.rule import LiveTemplate
from botapp.policy.rule_limits import Budget, PersonCap, Spending
from botapp.policy.suppression import COMPLAINT, MUTE, NOTICES, STOP, TOPIC, Suppression
from botapp.policy.timing import Timing
from botapp.policy.voiding import AnswerVoids, ConversionVoids
from botapp.policy.window import Anchor, Interactions, Window
from tests.policy.stories import (
    ALICE,
    DAY,
    DEADLINE,
    DUE_AT,
    HOUR,
    MICROSECOND,
    MINUTE,
    PAGE,
    RULE,
    TEMPLATE,
    TERMS,
    WROTE_AT,
    decided,
)

# What only an attempt can teach; the tests of sending tell those.
_TAUGHT_BY_AN_ATTEMPT = {
    Reason.LATE,
    Reason.THROTTLED,
    Reason.NOT_CONNECTED,
    Reason.REFUSED,
    Reason.NO_ANSWER,
    Reason.WORKER_LOST,
}


@dataclass(frozen=True)
class Story:
    reason: Reason
    told: str
    contact: ContactFacts = ALICE
    page: PageFacts = PAGE
    terms: Terms = TERMS
    now: datetime = DUE_AT
    planned_for: datetime = WROTE_AT
    holds_for: timedelta | None = None  # None: it is skipped


def _said(scope: str, until: datetime | None = None) -> ContactFacts:
    return replace(ALICE, suppressions=(Suppression(scope).with_set(WROTE_AT, until),))


def _recorded(*states: ConsentState) -> ContactFacts:
    return replace(ALICE, consents=tuple(ConsentRecord(state, WROTE_AT, "1") for state in states))


def _claimed(*ago: timedelta, taken_up: bool = True) -> ContactFacts:
    claims = tuple(PastClaim(WROTE_AT - before, taken_up) for before in ago)
    return replace(ALICE, past_claims=claims, last_claimed_at=claims[0].claimed_at)


def _writing(text: str) -> PageFacts:
    return PageFacts((replace(RULE, template=replace(TEMPLATE, text=text)),))


_QUIET_UNTIL_THE_END = PageFacts((replace(RULE, quiet_hours=QuietHours(time(15), time(12))),))
_FOR_OTHERS = PageFacts((replace(RULE, conditions=(Condition("ref", Comparison.IS, ("spring",)),)),))
_ABOUT_OFFERS = PageFacts((replace(RULE, topic="offers"),))
_WEEKLY, _MONTHLY = Preferences(Frequency.WEEKLY), Preferences(Frequency.MONTHLY)
_OWN_NIGHT = Preferences(quiet_hours=QuietHours(time(15), time(12)))
_SPENT = PageFacts((replace(RULE, budget=Budget(5)),), spending={RULE.name: Spending(5, WROTE_AT - DAY, None)})
_ONCE_A_MONTH = PageFacts((replace(RULE, cap=PersonCap(1, 30 * DAY)),))
_HAD_IT = {RULE.name: (WROTE_AT - DAY,)}
_HALF_HELD_OUT = replace(RULE, hold_out_percent=50)
_ENDED, _NOT_BEGUN = Period(end=DUE_AT), Period(start=DEADLINE)
_PAUSED = replace(RULE, paused=frozenset({""}))
_EXPLICIT = replace(TERMS, basis=Basis.EXPLICIT)

_SKIPPED = [
    Story(Reason.NEVER_SPOKE, "she never wrote", replace(ALICE, interactions=Interactions())),
    Story(Reason.WINDOW_CLOSED, "the last instant has come", now=DEADLINE),
    Story(Reason.WINDOW_CLOSED, "days later", now=WROTE_AT + 9 * DAY),
    Story(
        Reason.WINDOW_CLOSED,
        "the conversation began a day ago, and that counts on this page",
        replace(ALICE, interactions=Interactions(WROTE_AT, WROTE_AT - 20 * HOUR)),
        terms=replace(TERMS, anchor=Anchor.INITIAL),
    ),
    Story(Reason.SUPERSEDED, "she has written since", planned_for=WROTE_AT - HOUR),
    Story(Reason.SUPERSEDED, "our window was corrected", planned_for=WROTE_AT + MICROSECOND),
    Story(Reason.ONE_PER_SILENCE, "one was claimed since", replace(ALICE, last_claimed_at=WROTE_AT + HOUR)),
    Story(Reason.ONE_PER_SILENCE, "claimed as she wrote", replace(ALICE, last_claimed_at=WROTE_AT)),
    Story(Reason.COOL_DOWN, "she wrote right after the last one", _claimed(MICROSECOND)),
    Story(Reason.STOPPED, "she said STOP", _said(STOP)),
    Story(Reason.STOPPED, "she used the platform's switch", _said(NOTICES)),
    Story(Reason.COMPLAINT, "she complained", _said(COMPLAINT)),
    Story(Reason.CONVERTED, "she bought", replace(ALICE, converted_at=WROTE_AT + HOUR)),
    Story(
        Reason.CONVERTED,
        "she bought, and wrote once more in that conversation",
        replace(ALICE, converted_at=WROTE_AT - HOUR, interactions=Interactions(WROTE_AT, WROTE_AT - HOUR)),
    ),
    Story(Reason.ANSWERED, "somebody of the team answered", replace(ALICE, answered_at=WROTE_AT)),
    Story(Reason.MUTED, "until further notice", _said(MUTE)),
    Story(Reason.MUTED, "until the last instant", _said(MUTE, DEADLINE)),
    Story(Reason.UNREACHABLE, "she blocked the page", replace(ALICE, reachable=False)),
    Story(Reason.NO_CONSENT, "nobody asked her", terms=_EXPLICIT),
    Story(
        Reason.NO_CONSENT,
        "she said START, and was never asked",
        replace(ALICE, consents=(ConsentRecord(ConsentState.GIVEN, WROTE_AT),)),
        terms=_EXPLICIT,
    ),
    Story(Reason.NO_CONSENT, "she said no", _recorded(ConsentState.REFUSED), terms=_EXPLICIT),
    Story(Reason.NO_CONSENT, "yes and no at once", _recorded(*ConsentState), terms=_EXPLICIT),
    Story(Reason.NO_CONSENT, "she withdrew it", _recorded(ConsentState.WITHDRAWN)),
    Story(Reason.NO_CONSENT, "she once said no to the question", _recorded(ConsentState.REFUSED)),
    Story(Reason.WEEKLY_CAP, "three this week", _claimed(2 * DAY, 4 * DAY, 5 * DAY)),
    Story(Reason.FREQUENCY, "once a week is enough for her", replace(_claimed(6 * DAY), preferences=_WEEKLY)),
    Story(Reason.FREQUENCY, "once a month", replace(_claimed(29 * DAY), preferences=_MONTHLY)),
    Story(Reason.OWN_QUIET_HOURS, "her own night outlasts the window", replace(ALICE, preferences=_OWN_NIGHT)),
    Story(
        Reason.OWN_QUIET_HOURS,
        "the page's night and her own leave nothing between them",
        replace(ALICE, preferences=Preferences(quiet_hours=QuietHours(time(20), time(12)))),
        page=PageFacts((replace(RULE, quiet_hours=QuietHours(time(15), time(20))),)),
    ),
    Story(Reason.TOPIC_STOPPED, "she wants no offers", _said("topic:offers"), page=_ABOUT_OFFERS),
    Story(Reason.TOPIC_STOPPED, "what names no topic may be an offer", _said("topic:offers")),
    Story(Reason.STOPPED, "she wants less, and did not say of what", _said(TOPIC), page=_ABOUT_OFFERS),
    Story(Reason.IGNORED, "two in a row", _claimed(30 * DAY, 40 * DAY, taken_up=False)),
    Story(Reason.NO_LEGAL_INSTANT, "her night lasts until the window closes", page=_QUIET_UNTIL_THE_END),
    Story(Reason.NO_LEGAL_INSTANT, "known at once, not at its end", page=_QUIET_UNTIL_THE_END, now=WROTE_AT),
    Story(Reason.NO_RULE, "the page has none", page=PageFacts(())),
    Story(Reason.NO_RULE, "none is meant for her", page=_FOR_OTHERS),
    Story(Reason.GUARD, "a guard has paused it", page=PageFacts((_PAUSED,))),
    Story(
        Reason.GUARD,
        "a guard has paused it, and the other has no time: once it goes on it would be sent",
        page=PageFacts((_PAUSED, *_QUIET_UNTIL_THE_END.rules)),
    ),
    Story(
        Reason.COOL_DOWN, "paused, and the last one was too near anyway", _claimed(MICROSECOND), PageFacts((_PAUSED,))
    ),
    Story(Reason.HOLD_OUT, "half of all get nothing, she among them", page=PageFacts((_HALF_HELD_OUT,), account_id=5)),
    Story(Reason.BUDGET, "as many as the rule may send have been begun", page=_SPENT),
    Story(Reason.RULE_CAP, "she had it the day before", replace(ALICE, claims_of_rules=_HAD_IT), page=_ONCE_A_MONTH),
    Story(Reason.NO_LEGAL_INSTANT, "the rule ends before", page=PageFacts((replace(RULE, period=_ENDED),))),
    Story(Reason.NO_LEGAL_INSTANT, "it starts too late", page=PageFacts((replace(RULE, period=_NOT_BEGUN),))),
    Story(Reason.NO_TEMPLATE, "the rule's is not live", page=PageFacts((replace(RULE, template=None),))),
    Story(Reason.MISSING_FACT, "a name without a fallback", page=_writing("Hello {last_name}")),
    Story(Reason.TEXT_TOO_LONG, "as long as the limit", page=_writing("x" * 2000)),
]
_HELD = [
    Story(Reason.NOT_DUE, "a moment too early", now=DUE_AT - MICROSECOND, holds_for=MICROSECOND),
    Story(Reason.NOT_DUE, "as she writes", now=WROTE_AT, holds_for=4 * HOUR),
    Story(Reason.PROACTIVE_STOPPED, "the kill switch", page=replace(PAGE, proactive_stopped=True), holds_for=MINUTE),
    Story(Reason.PAGE_PAUSED, "the page is in trouble", page=replace(PAGE, paused=True), holds_for=MINUTE),
    Story(Reason.TEAM_MODE, "she is none of the team", page=replace(PAGE, team_mode=True), holds_for=MINUTE),
    Story(
        Reason.DAILY_CAP,
        "the page is new, and has begun its share",
        page=replace(PAGE, daily_cap=DailyCap(5, 5, WROTE_AT, WROTE_AT + 12 * HOUR)),
        holds_for=8 * HOUR,
    ),
    Story(
        Reason.CLOCKS_DISAGREE,
        "nobody knows what time it is",
        page=replace(PAGE, clocks_disagree=True),
        holds_for=MINUTE,
    ),
    Story(Reason.THREAD_OWNED, "a person talks with her", replace(ALICE, thread_owned=True), holds_for=10 * MINUTE),
    Story(
        Reason.ANSWER_PENDING,
        "her own words are not answered yet",
        replace(ALICE, answer_pending=True),
        holds_for=timedelta(milliseconds=500),
    ),
]


def test_the_story_that_ends_in_a_send() -> None:
    assert decided() == Send(RULE, "Hello Alice!", Window(WROTE_AT, WROTE_AT + DAY))


@pytest.mark.parametrize("story", _SKIPPED + _HELD, ids=lambda story: f"{story.reason}: {story.told}")
def test_one_thing_that_differs_gives_its_reason(story: Story) -> None:
    decision = decided(story.contact, story.page, story.terms, now=story.now, planned_for=story.planned_for)
    if story.holds_for is None:
        assert isinstance(decision, Skip)
        assert decision.reason is story.reason
    else:
        assert decision == Hold(story.now + story.holds_for, story.reason, story.page.rules[0])


_JOINED = replace(ALICE, interactions=Interactions(WROTE_AT, WROTE_AT - 3 * HOUR))
_BY_SILENCE = replace(TERMS, conversion_voids=ConversionVoids.SILENCE)


@pytest.mark.parametrize(
    ("contact", "terms"),
    [
        (replace(ALICE, converted_at=WROTE_AT - MICROSECOND), TERMS),
        (replace(_JOINED, converted_at=WROTE_AT - HOUR), _BY_SILENCE),
        (replace(ALICE, converted_at=DUE_AT), replace(TERMS, conversion_voids=ConversionVoids.NOTHING)),
        (replace(ALICE, answered_at=WROTE_AT - MICROSECOND), TERMS),
        (replace(ALICE, answered_at=DUE_AT), replace(TERMS, answer_voids=AnswerVoids.NOTHING)),
        (replace(ALICE, suppressions=(Suppression(COMPLAINT, WROTE_AT, lifted_at=WROTE_AT + MINUTE),)), TERMS),
    ],
    ids=["bought before", "bought before this silence", "counts for nothing", "answered before", "the same", "forgave"],
)
def test_what_lies_before_or_counts_for_nothing_voids_nothing(contact: ContactFacts, terms: Terms) -> None:
    assert isinstance(decided(contact, terms=terms), Send)


@pytest.mark.parametrize(
    ("contact", "page"),
    [
        (_said("topic:offers"), PageFacts((replace(RULE, topic="news"),))),
        (replace(_claimed(8 * DAY), preferences=_WEEKLY), PAGE),
        (replace(ALICE, preferences=Preferences(quiet_hours=QuietHours(time(20), time(8)))), PAGE),
    ],
    ids=["another topic", "the week is over", "not at this hour"],
)
def test_what_she_chose_stops_no_more_than_she_chose(contact: ContactFacts, page: PageFacts) -> None:
    assert isinstance(decided(contact, page), Send)


def test_her_own_quiet_hours_and_the_pages_are_waited_for_together() -> None:
    page = PageFacts((replace(RULE, quiet_hours=QuietHours(time(15), time(18))),))
    contact = replace(ALICE, preferences=Preferences(quiet_hours=QuietHours(time(17, 30), time(20))))
    held = decided(contact, page)
    assert isinstance(held, Hold)
    assert held.until.astimezone(ALICE.zone).time() == time(20)


def test_every_reason_has_its_story() -> None:
    about_answers = {Reason.ALREADY_CLOSED, Reason.UNSENT}
    not_decided = _TAUGHT_BY_AN_ATTEMPT | about_answers | {Reason.ERASED, Reason.TONE, Reason.PAGE_RATE}
    assert {story.reason for story in _SKIPPED + _HELD} | not_decided == set(Reason)


def test_the_last_microsecond_before_the_deadline_is_in_time() -> None:
    assert isinstance(decided(now=DEADLINE - MICROSECOND), Send)


@pytest.mark.parametrize("state", [None, ConsentState.GIVEN])
def test_where_consent_is_implied_no_record_or_a_yes_will_do(state: ConsentState | None) -> None:
    assert isinstance(decided(_recorded(state) if state else ALICE), Send)


def test_where_consent_is_asked_for_a_yes_will_do() -> None:
    assert isinstance(decided(_recorded(ConsentState.GIVEN), terms=_EXPLICIT), Send)


def test_a_start_revives_a_yes_that_was_withdrawn() -> None:
    said = (
        ConsentRecord(ConsentState.GIVEN, WROTE_AT - 2 * HOUR, "1"),
        ConsentRecord(ConsentState.WITHDRAWN, WROTE_AT - HOUR),
        ConsentRecord(ConsentState.GIVEN, WROTE_AT),
    )
    assert isinstance(decided(replace(ALICE, consents=said), terms=_EXPLICIT), Send)
    assert decided(replace(ALICE, consents=said[:2]), terms=_EXPLICIT) == Skip(Reason.NO_CONSENT)


def test_a_stop_is_told_before_anything_that_waiting_could_mend() -> None:
    stopped = replace(_said(STOP), thread_owned=True, answer_pending=True)
    assert decided(stopped, replace(PAGE, proactive_stopped=True), now=WROTE_AT) == Skip(Reason.STOPPED)


def test_what_must_wait_is_not_rendered_and_what_cannot_be_rendered_waits_for_its_time() -> None:
    page = _writing("Hello {last_name}")
    assert decided(page=page, now=WROTE_AT) == Hold(DUE_AT, Reason.NOT_DUE, page.rules[0])
    assert decided(replace(ALICE, values={"last_name": "Ng"}), page) == Send(
        page.rules[0], "Hello Ng", Window(WROTE_AT, WROTE_AT + DAY)
    )


def test_the_most_important_rule_that_has_a_legal_instant_is_taken() -> None:
    night, short = QuietHours(time(15), time(12)), LiveTemplate("short", 1, "Hi", "en")
    first = replace(RULE, name="first", priority=9, quiet_hours=night)
    second = replace(RULE, name="second", priority=5, template=short)
    third = replace(RULE, name="third", priority=1)
    page = PageFacts((third, second, first))
    assert decided(page=page) == Send(second, "Hi", Window(WROTE_AT, WROTE_AT + DAY))
    assert decided(page=PageFacts((replace(third, quiet_hours=night), first))) == Skip(Reason.NO_LEGAL_INSTANT)


def test_a_more_important_rule_is_waited_for_though_a_lesser_one_is_due() -> None:
    patient = replace(RULE, name="patient", priority=1, timing=Timing(20 * HOUR))
    assert decided(page=PageFacts((RULE, patient))) == Hold(WROTE_AT + 20 * HOUR, Reason.NOT_DUE, patient)


_NAMELESS = replace(TEMPLATE, text="Hello {last_name}")
_FALLS_THROUGH = {
    "its template is not live": None,
    "a name is missing": _NAMELESS,
    "its text is too long": replace(TEMPLATE, text="x" * 2000),
}


@pytest.mark.parametrize("template", _FALLS_THROUGH.values(), ids=_FALLS_THROUGH)
def test_where_the_most_important_rule_has_no_text_the_next_that_has_one_is_taken(
    template: LiveTemplate | None,
) -> None:
    first = replace(RULE, name="first", priority=9, template=template)
    second = replace(RULE, name="second", priority=5, template=_NAMELESS)
    third = replace(RULE, name="third", priority=1)
    assert decided(page=PageFacts((third, first, second))) == Send(
        third, "Hello Alice!", Window(WROTE_AT, WROTE_AT + DAY)
    )
    named = replace(ALICE, values={"first_name": "Alice", "last_name": "Ng"})
    taken = decided(named, PageFacts((third, first, second)))
    assert isinstance(taken, Send)
    assert taken.rule == (first if template is _NAMELESS else second)


def test_where_no_rule_has_a_text_the_reason_of_the_most_important_is_told() -> None:
    first = replace(RULE, name="first", priority=9, template=None)
    second = replace(RULE, name="second", priority=5, template=_NAMELESS)
    assert decided(page=PageFacts((first, second))) == Skip(Reason.NO_TEMPLATE)
    assert decided(page=replace(PageFacts((first, second)), paused=True)) == Hold(
        DUE_AT + MINUTE, Reason.PAGE_PAUSED, first
    )


def test_a_more_important_rule_without_its_text_is_looked_at_again_when_it_would_be_due() -> None:
    first = replace(RULE, name="first", priority=9, template=_NAMELESS, timing=Timing(2 * HOUR))
    second = replace(RULE, name="second", priority=1)
    page = PageFacts((first, second))
    assert decided(page=page, now=WROTE_AT) == Hold(WROTE_AT + 2 * HOUR, Reason.NOT_DUE, second)
    assert decided(page=page, now=WROTE_AT + 2 * HOUR) == Hold(DUE_AT, Reason.NOT_DUE, second)
    named = replace(ALICE, values={"last_name": "Ng"})
    assert isinstance(decided(named, page, now=WROTE_AT + 2 * HOUR), Send)
    lost = PageFacts((first, replace(second, template=None)))
    assert decided(page=lost, now=WROTE_AT + 3 * HOUR) == Hold(DUE_AT, Reason.NOT_DUE, first)
    assert decided(page=lost, now=DUE_AT) == Skip(Reason.MISSING_FACT)


def test_quiet_hours_put_it_off_to_their_end_inside_the_window() -> None:
    page = PageFacts((replace(RULE, quiet_hours=QuietHours(time(15), time(8))),))
    morning = WROTE_AT + 20 * HOUR
    assert decided(page=page) == Hold(morning, Reason.NOT_DUE, page.rules[0])
    assert isinstance(decided(page=page, now=morning), Send)


def test_the_window_of_the_house_rule_is_the_one_that_is_claimed_for() -> None:
    begun_at = WROTE_AT - 10 * HOUR
    contact = replace(ALICE, interactions=Interactions(WROTE_AT, begun_at))
    decision = decided(contact, terms=replace(TERMS, anchor=Anchor.INITIAL))
    assert decision == Send(RULE, "Hello Alice!", Window(begun_at, begun_at + DAY))
