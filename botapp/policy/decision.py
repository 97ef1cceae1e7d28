"""The one decision: may this re-engagement be sent now, later, or not at all, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from botapp.policy.consent import Basis, ConsentRecord, ConsentState, standing
from botapp.policy.reason import Reason
from botapp.policy.rule import LiveRule, candidates
from botapp.policy.suppression import Suppression, muting, stopped
from botapp.policy.template import Unrenderable, render
from botapp.policy.timing import due_at, earliest_send
from botapp.policy.window import Anchor, Interactions, Window, window_of


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
    anchor: Anchor = Anchor.LATEST
    basis: Basis = Basis.IMPLIED

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
    reachable: bool = True
    thread_owned: bool = False
    answer_pending: bool = False
    values: Mapping[str, str] = field(default_factory=dict)  # facts and profile, for conditions and placeholders


@dataclass(frozen=True, slots=True)
class PageFacts:
    rules: tuple[LiveRule, ...]
    proactive_stopped: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    rule: LiveRule
    text: str
    window: Window


@dataclass(frozen=True, slots=True)
class Hold:
    until: datetime
    reason: Reason
    rule: LiveRule | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    reason: Reason


Decision = Send | Hold | Skip

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
    chosen = _choose(contact, page, terms, window, now)
    if isinstance(chosen, Reason):
        return Skip(chosen)
    rule, instant = chosen
    if instant > now:
        return Hold(instant, Reason.NOT_DUE, rule)
    waiting = _waiting(contact, page)
    if waiting:
        pause = _ANSWER_WAIT if waiting is Reason.ANSWER_PENDING else terms.hold_interval
        return Hold(now + pause, waiting, rule)
    return _render(rule, contact, terms, window)


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
        (not contact.reachable, Reason.UNREACHABLE),
        (not _consented(contact, terms), Reason.NO_CONSENT),
        (contact.last_claimed_at is not None and last_at <= contact.last_claimed_at, Reason.ONE_PER_SILENCE),
        (not window.admits(now, terms.send_allowance), Reason.WINDOW_CLOSED),
        (_ignored(contact, terms), Reason.IGNORED),
    )
    return next((reason for refused, reason in checks if refused), None)


def _consented(contact: ContactFacts, terms: Terms) -> bool:
    state = standing(contact.consents)
    if terms.basis is Basis.EXPLICIT:
        return state is ConsentState.GIVEN
    return state not in (ConsentState.WITHDRAWN, ConsentState.REFUSED)


def _ignored(contact: ContactFacts, terms: Terms) -> bool:
    """Whether the last ones in a row went unanswered, not counting those before the customer asked for more."""
    if terms.ignored_cap <= 0 or len(contact.past_claims) < terms.ignored_cap:
        return False
    asked_at = contact.asked_for_more_at
    latest = contact.past_claims[: terms.ignored_cap]
    return all(not c.taken_up and (asked_at is None or c.claimed_at > asked_at) for c in latest)


def _choose(
    contact: ContactFacts, page: PageFacts, terms: Terms, window: Window, now: datetime
) -> tuple[LiveRule, datetime] | Reason:
    """The first rule, by priority, that has a legal instant; with that instant, or the reason why none has."""
    deadline = window.closes_at - terms.send_allowance
    waits = _waits(contact, terms, now)
    not_before = max([now, *waits.values()])
    reason = Reason.NO_RULE
    for rule in candidates(page.rules, contact.values):
        due = due_at(rule.timing, contact.interactions.last_at or now, contact.zone)
        if earliest_send(max(due, now), deadline, rule.quiet_hours, contact.zone) is None:
            reason = Reason.NO_LEGAL_INSTANT
            continue
        instant = earliest_send(max(due, not_before), deadline, rule.quiet_hours, contact.zone)
        if instant is not None:
            return rule, instant
        reason = max(waits, key=lambda wait: waits[wait])
    return reason


def _waits(contact: ContactFacts, terms: Terms, now: datetime) -> dict[Reason, datetime]:
    """The instants before which consideration forbids a send."""
    waits: dict[Reason, datetime] = {}
    if contact.last_claimed_at is not None:
        waits[Reason.COOL_DOWN] = contact.last_claimed_at + terms.least_gap
    if len(contact.past_claims) >= terms.cap:
        waits[Reason.WEEKLY_CAP] = contact.past_claims[terms.cap - 1].claimed_at + terms.cap_period
    mute = muting(contact.suppressions, now)
    if mute is not None:
        waits[Reason.MUTED] = mute.until or now + 2 * terms.window_length
    return waits


def _waiting(contact: ContactFacts, page: PageFacts) -> Reason | None:
    """What may pass while the window is still open."""
    if page.proactive_stopped:
        return Reason.PROACTIVE_STOPPED
    if page.paused:
        return Reason.PAGE_PAUSED
    if contact.thread_owned:
        return Reason.THREAD_OWNED
    return Reason.ANSWER_PENDING if contact.answer_pending else None


def _render(rule: LiveRule, contact: ContactFacts, terms: Terms, window: Window) -> Decision:
    if rule.template is None:
        return Skip(Reason.NO_TEMPLATE)
    text = render(rule.template.text, contact.values, terms.text_limit)
    return Skip(text.reason) if isinstance(text, Unrenderable) else Send(rule, text, window)
