"""The one decision: may this re-engagement be sent now, later, or not at all, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from botapp.policy.bounds import is_held_out
from botapp.policy.calendar import earliest_send_on
from botapp.policy.consent import Basis, ConsentRecord, allows
from botapp.policy.daily_cap import DailyCap
from botapp.policy.experiments import variants
from botapp.policy.portrait import NO_BACKGROUND, Background, Portrait
from botapp.policy.preferences import NOTHING_CHOSEN, Preferences, is_topic_stopped
from botapp.policy.quiet_hours import QuietHours
from botapp.policy.reason import Reason
from botapp.policy.rule import LiveRule, candidates
from botapp.policy.rule_limits import Spending, limits_of
from botapp.policy.suppression import Suppression, complained, muting, resting_until, stopped
from botapp.policy.template import Unrenderable
from botapp.policy.timing import due_at
from botapp.policy.usual_hours import UsualHours, best_instant
from botapp.policy.voiding import AnswerVoids, ConversionVoids, is_answered, is_converted
from botapp.policy.window import Anchor, Interactions, Window, window_of
from botapp.policy.wording import NO_PARTS, USUAL_LIMITS, PartLimits, Parts, Wording, fill, spoken


@dataclass(frozen=True, slots=True)
class Terms:
    """What a page has agreed to, every duration already scaled."""

    window_length: timedelta
    send_allowance: timedelta  # every timeout of one call, and clock skew
    cool_down: timedelta  # none within this time of the last one
    cap_period: timedelta
    cap: int  # at most this many in a period
    ignored_cap: int  # after this many in a row not taken up, none
    hold_interval: timedelta  # how long to wait before looking again
    text_limit: int
    part_limits: PartLimits = USUAL_LIMITS
    anchor: Anchor = Anchor.LATEST
    basis: Basis = Basis.IMPLIED
    conversion_voids: ConversionVoids = ConversionVoids.CONVERSATION
    answer_voids: AnswerVoids = AnswerVoids.SILENCE
    day: timedelta = timedelta(days=1)  # what a week or month that a person chose is counted in

    @property
    def least_gap(self) -> timedelta:
        """Between two claims. A claim may be written `send_allowance` later; the sends must still be a day apart."""
        return self.cool_down + self.send_allowance


@dataclass(frozen=True, slots=True)
class PastClaim:
    """An earlier re-engagement of the same contact that may have reached the customer."""

    claimed_at: datetime
    taken_up: bool


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What the decision sees of one contact, all read under the contact's lock."""

    interactions: Interactions
    zone: tzinfo
    suppressions: tuple[Suppression, ...] = ()
    consents: tuple[ConsentRecord, ...] = ()
    past_claims: tuple[PastClaim, ...] = ()  # newest first, those with an unknown outcome included
    last_claimed_at: datetime | None = None  # of any claim, also one that was refused
    asked_for_more_at: datetime | None = None
    converted_at: datetime | None = None  # the latest conversion
    answered_at: datetime | None = None  # the latest answer of somebody else than us
    preferences: Preferences = NOTHING_CHOSEN
    reachable: bool = True
    thread_owned: bool = False
    answer_pending: bool = False
    is_of_the_team: bool = False  # a staff member's own contact
    person: int = 0  # our number of the person: variants go by it
    values: Mapping[str, str] = field(default_factory=dict)  # facts and profile, for conditions and placeholders
    background: Background = NO_BACKGROUND  # for conditions
    # By the rule, where it has a cap of its own: when those that may have arrived were begun, the newest first.
    claims_of_rules: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    usual_hours: UsualHours | None = None  # where a rule goes by them and they are known

    @property
    def portrait(self) -> Portrait:
        """As the criteria of rules see the customer."""
        return Portrait(
            self.values, self.interactions, self.zone, self.background, self.last_claimed_at, self.converted_at
        )


@dataclass(frozen=True, slots=True)
class PageFacts:
    rules: tuple[LiveRule, ...]
    proactive_stopped: bool = False
    paused: bool = False
    clocks_disagree: bool = False
    team_mode: bool = False  # proactive to the team's own contacts only
    account_id: int = 0
    language: str | None = None  # in which it speaks with those whose own is not known
    daily_cap: DailyCap | None = None  # while it is new; looked at by whoever claims
    counts: variants.Counts = field(default_factory=dict)  # where a rule chooses its variants by what came of them
    spending: Mapping[str, Spending] = field(default_factory=dict)  # by the rule, where it has a budget


@dataclass(frozen=True, slots=True)
class Send:
    rule: LiveRule
    text: str
    window: Window
    language: str | None = None  # of the text, where the template has several
    parts: Parts = NO_PARTS


@dataclass(frozen=True, slots=True)
class Hold:
    until: datetime
    reason: Reason
    rule: LiveRule | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    reason: Reason
    rule: LiveRule | None = None  # that would have sent


@dataclass(frozen=True, slots=True)
class _Possible:
    """A rule with its legal instant, and its text; or why it has none now."""

    rule: LiveRule
    instant: datetime
    wording: Wording | Unrenderable
    language: str | None = None


Decision = Send | Hold | Skip

# A conversation with a person takes hours, and whoever gives it back has the plan made anew.
_PATIENCE_WITH_PEOPLE = 10  # hold intervals
# Answers go out within seconds; looking again sooner costs more than it gains.
_ANSWER_WAIT = timedelta(milliseconds=500)


def decide(contact: ContactFacts, page: PageFacts, terms: Terms, *, planned_for: datetime, now: datetime) -> Decision:
    """Decide on the plan that belongs to the interaction at `planned_for`.

    The same function plans (asked when the customer writes, it answers Hold until the due time) and claims.
    """
    window = window_of(contact.interactions, terms.anchor, terms.window_length)
    refusal = _refusal(contact, terms, window, planned_for, now)
    if refusal or window is None:
        return Skip(refusal or Reason.NEVER_SPOKE)
    possible = _possible(contact, page, terms, window, now)
    if isinstance(possible, Reason):
        return Skip(possible)
    chosen, look_at = _choose(possible, now)
    if look_at > now:
        return Hold(look_at, Reason.NOT_DUE, chosen.rule)
    waiting = _waiting(contact, page)
    if waiting:
        return Hold(_look_again(waiting, page, terms, now), waiting, chosen.rule)
    return _conclude(chosen, contact, page, window)


def _conclude(chosen: _Possible, contact: ContactFacts, page: PageFacts, window: Window) -> Send | Skip:
    """What comes of a rule whose time has come."""
    wording = chosen.wording
    if isinstance(wording, Unrenderable):
        return Skip(wording.reason)
    if is_held_out(page.account_id, chosen.rule.name, contact.person, chosen.rule.hold_out_percent):
        return Skip(Reason.HOLD_OUT, chosen.rule)
    return Send(chosen.rule, wording.text, window, chosen.language, wording.parts)


def _refusal(
    contact: ContactFacts, terms: Terms, window: Window | None, planned_for: datetime, now: datetime
) -> Reason | None:
    """What no waiting can mend."""
    last_at = contact.interactions.last_at
    if window is None or last_at is None:
        return Reason.NEVER_SPOKE
    checks = (
        (last_at != planned_for, Reason.SUPERSEDED),
        (stopped(contact.suppressions, now), Reason.STOPPED),
        (complained(contact.suppressions, now), Reason.COMPLAINT),
        (not contact.reachable, Reason.UNREACHABLE),
        (not allows(contact.consents, terms.basis), Reason.NO_CONSENT),
        (contact.last_claimed_at is not None and last_at <= contact.last_claimed_at, Reason.ONE_PER_SILENCE),
        (is_converted(contact.converted_at, contact.interactions, terms.conversion_voids), Reason.CONVERTED),
        (is_answered(contact.answered_at, contact.interactions, terms.answer_voids), Reason.ANSWERED),
        (not window.admits(now, terms.send_allowance), Reason.WINDOW_CLOSED),
        (_ignored(contact, terms), Reason.IGNORED),
    )
    return next((reason for refused, reason in checks if refused), None)


def _ignored(contact: ContactFacts, terms: Terms) -> bool:
    """Whether the last ones in a row went unanswered, not counting those before the customer asked for more."""
    if terms.ignored_cap <= 0 or len(contact.past_claims) < terms.ignored_cap:
        return False
    asked_at = contact.asked_for_more_at
    latest = contact.past_claims[: terms.ignored_cap]
    return all(not c.taken_up and (asked_at is None or c.claimed_at > asked_at) for c in latest)


def _possible(
    contact: ContactFacts, page: PageFacts, terms: Terms, window: Window, now: datetime
) -> list[_Possible] | Reason:
    """The rules that have a legal instant, by priority, up to the first that has its text too; or why none has."""
    deadline = window.closes_at - terms.send_allowance
    waits = _waits(contact, terms, now)
    not_before = max([now, *waits.values()])
    reason = Reason.NO_RULE
    possible = []
    for candidate in candidates(page.rules, contact.portrait):
        rule = variants.for_person(candidate, page.account_id, contact.person, page.counts)
        limits = limits_of(
            rule.budget, page.spending.get(rule.name), rule.cap, contact.claims_of_rules.get(rule.name, ())
        )
        free_from = max([not_before, *limits.values()])
        instant = _instant(rule, contact, now, free_from, deadline)
        if rule.is_paused and isinstance(instant, datetime):
            instant = Reason.GUARD
        if not isinstance(instant, datetime):
            # That a guard is all that keeps one back outweighs why others may not: once it goes on it may be sent.
            if reason is not Reason.GUARD:
                reason = instant or max(waits | limits, key=(waits | limits).__getitem__)
            continue
        possible.append(_Possible(rule, instant, *_wording(rule, contact, page, terms)))
        if not isinstance(possible[-1].wording, Unrenderable):
            break
    return possible or reason


def _instant(
    rule: LiveRule, contact: ContactFacts, now: datetime, not_before: datetime, deadline: datetime
) -> datetime | Reason | None:
    """When this rule may send; or why never. None: what has to be waited for lasts too long."""
    if is_topic_stopped(contact.suppressions, rule.topic, now):
        return Reason.TOPIC_STOPPED
    instant = _earliest(rule, contact, (rule.quiet_hours,), now, deadline)
    if instant is None:
        return Reason.NO_LEGAL_INSTANT
    quiet = (rule.quiet_hours, contact.preferences.quiet_hours)
    if contact.preferences.quiet_hours is not None:
        instant = _earliest(rule, contact, quiet, now, deadline)
        if instant is None:
            return Reason.OWN_QUIET_HOURS
    return instant if not_before == now else _earliest(rule, contact, quiet, not_before, deadline)


def _earliest(
    rule: LiveRule, contact: ContactFacts, quiet: Sequence[QuietHours | None], not_before: datetime, deadline: datetime
) -> datetime | None:
    """When the rule's timing, period, calendar and hours of quiet first allow it; None: not before the deadline."""
    last_at = contact.interactions.last_at or not_before
    due, deadline = rule.period.within(due_at(rule.timing, last_at, contact.zone), deadline)
    if not_before >= deadline:
        return None

    def earliest(begin: datetime, end: datetime) -> datetime | None:
        return earliest_send_on(rule.calendar, begin, end, quiet, contact.zone)

    if rule.timing.usual and contact.usual_hours is not None:
        begin, _ = rule.period.within(max(last_at + rule.timing.least, not_before), deadline)
        until = min(deadline, last_at + rule.timing.delay)
        found = best_instant(contact.usual_hours, begin, until, contact.zone, earliest)
        if found is not None:
            return found
    return earliest(max(due, not_before), deadline)


def _choose(possible: Sequence[_Possible], now: datetime) -> tuple[_Possible, datetime]:
    """Which it is, and when to look at it: the first that has its text, else the first.

    A more important one may find its text until its instant (a name is learnt, a template published), so that
    instant is not slept through.
    """
    has_text = not isinstance(possible[-1].wording, Unrenderable)
    chosen = possible[-1] if has_text else possible[0]
    if has_text and chosen.instant <= now:
        return chosen, now
    return chosen, min((p.instant for p in possible if p.instant > now), default=now)


def _waits(contact: ContactFacts, terms: Terms, now: datetime) -> dict[Reason, datetime]:
    """The instants before which consideration forbids a send."""
    waits: dict[Reason, datetime] = {}
    if contact.last_claimed_at is not None:
        waits[Reason.COOL_DOWN] = contact.last_claimed_at + terms.least_gap
    resting = resting_until(contact.suppressions, now)
    if resting is not None:
        waits[Reason.COOL_DOWN] = max(resting, waits.get(Reason.COOL_DOWN, resting))
    if len(contact.past_claims) >= terms.cap:
        waits[Reason.WEEKLY_CAP] = contact.past_claims[terms.cap - 1].claimed_at + terms.cap_period
    last = contact.past_claims[0] if contact.past_claims else None
    free_from = contact.preferences.free_from(last.claimed_at, terms.day) if last else None
    if free_from is not None:
        waits[Reason.FREQUENCY] = free_from + terms.send_allowance
    mute = muting(contact.suppressions, now)
    if mute is not None:
        waits[Reason.MUTED] = mute.until or now + 2 * terms.window_length
    return waits


def _waiting(contact: ContactFacts, page: PageFacts) -> Reason | None:
    """What may pass while the window is still open."""
    checks = (
        (page.proactive_stopped, Reason.PROACTIVE_STOPPED),
        (page.paused, Reason.PAGE_PAUSED),
        (page.team_mode and not contact.is_of_the_team, Reason.TEAM_MODE),
        (page.clocks_disagree, Reason.CLOCKS_DISAGREE),
        (contact.thread_owned, Reason.THREAD_OWNED),
        (contact.answer_pending, Reason.ANSWER_PENDING),
        (page.daily_cap is not None and page.daily_cap.is_reached, Reason.DAILY_CAP),
    )
    return next((reason for holds, reason in checks if holds), None)


def _look_again(waiting: Reason, page: PageFacts, terms: Terms, now: datetime) -> datetime:
    """When what it waits for may have passed."""
    if waiting is Reason.DAILY_CAP and page.daily_cap is not None:
        return max(page.daily_cap.until, now)
    if waiting is Reason.ANSWER_PENDING:
        return now + _ANSWER_WAIT
    return now + terms.hold_interval * (_PATIENCE_WITH_PEOPLE if waiting is Reason.THREAD_OWNED else 1)


def _wording(
    rule: LiveRule, contact: ContactFacts, page: PageFacts, terms: Terms
) -> tuple[Wording | Unrenderable, str | None]:
    """What the rule says to this person: in their language, else the page's, else the template's own; and in which."""
    template = rule.template
    if template is None:
        return Unrenderable(Reason.NO_TEMPLATE), None
    language, wording = spoken(template.wordings, (contact.values.get("language"), page.language))
    filled = fill(wording, contact.values, terms.text_limit, terms.part_limits)
    return filled, language if template.translations else None
