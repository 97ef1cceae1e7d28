"""Any facts at all, and the promises told a second time: from DESIGN and not from the code, with the standard
library's zones."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from botapp.policy.consent import Basis, ConsentRecord, ConsentState
from botapp.policy.decision import ContactFacts, Decision, PageFacts, PastClaim, Terms
from botapp.policy.preferences import Frequency, Preferences
from botapp.policy.quiet_hours import QuietHours
from botapp.policy.suppression import COMPLAINT, MUTE, NOTICES, STOP, TOPIC, Suppression
from botapp.policy.timing import Timing
from botapp.policy.window import Anchor, Interactions
from botapp.policy.zones import find_zone
from tests.policy.stories import DAY, DEADLINE, HOUR, MICROSECOND, MINUTE, RULE, TERMS, WROTE_AT, decided

_Value = TypeVar("_Value")
_ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati"]


@dataclass(frozen=True)
class Telling:
    """All that a decision is told."""

    contact: ContactFacts
    page: PageFacts
    terms: Terms
    zone: ZoneInfo
    planned_for: datetime
    now: datetime

    def at(self, now: datetime) -> "Telling":
        return replace(self, now=now)

    def decided(self) -> Decision:
        return decided(self.contact, self.page, self.terms, now=self.now, planned_for=self.planned_for)

    def broken(self) -> set[str]:
        """Every promise that a send now would break."""
        return {promise for promise, is_broken in self._promises() if is_broken}

    def _promises(self) -> Iterator[tuple[str, bool]]:
        contact, terms, now = self.contact, self.terms, self.now
        interactions, claims = contact.interactions, [c.claimed_at for c in contact.past_claims]
        if interactions.last_at is None or interactions.conversation_started_at is None:
            yield "spoken to first", True
            return
        every_claim = claims + ([contact.last_claimed_at] if contact.last_claimed_at else [])
        opened_at = interactions.conversation_started_at if terms.anchor is Anchor.INITIAL else interactions.last_at
        yield "inside", opened_at + terms.window_length - now <= terms.send_allowance
        yield "for this silence", interactions.last_at != self.planned_for
        yield "once a silence", any(claim >= interactions.last_at for claim in every_claim)
        yield "once a day", any(now - claim < DAY + terms.send_allowance for claim in every_claim)
        yield "so many a week", sum(now - claim < terms.cap_period for claim in claims) >= terms.cap
        yield "not after being ignored", 0 < terms.ignored_cap <= self._ignored_in_a_row()
        yield "consent", not self._is_consented()
        yield "no means no", any(self._forbids(s) for s in contact.suppressions if ":" not in s.scope)
        began_at, converted_at = interactions.conversation_started_at, contact.converted_at
        yield "nothing to remind of", converted_at is not None and not converted_at < began_at
        answered_at = contact.answered_at
        yield "not answered", answered_at is not None and not answered_at < interactions.last_at
        yield "reachable", not contact.reachable
        yield "in turn", contact.thread_owned or contact.answer_pending
        yield "the page may", self.page.proactive_stopped or self.page.paused
        yield "due", now - interactions.last_at < self.page.rules[0].timing.delay
        yield "not at night", self._is_night(self.page.rules[0].quiet_hours)
        yield "not in their own quiet hours", self._is_night(contact.preferences.quiet_hours)
        days = {Frequency.USUAL: 0, Frequency.WEEKLY: 7, Frequency.MONTHLY: 30}[contact.preferences.frequency]
        yield "as often as they want", any(now - claim.claimed_at < days * DAY for claim in contact.past_claims)
        yield "of a topic they want", any(self._is_against_topic(said) for said in contact.suppressions)

    def _ignored_in_a_row(self) -> int:
        asked_at = self.contact.asked_for_more_at
        number = 0
        for claim in self.contact.past_claims:
            if claim.taken_up or (asked_at is not None and claim.claimed_at <= asked_at):
                break
            number += 1
        return number

    def _is_consented(self) -> bool:
        records = self.contact.consents
        latest = max((r.occurred_at for r in records), default=None)
        states = {r.state for r in records if r.occurred_at == latest}
        if self.terms.basis is Basis.IMPLIED:
            return not states or states == {ConsentState.GIVEN}
        answered_yes = [r for r in records if r.wording_version and r.state is ConsentState.GIVEN]
        return states == {ConsentState.GIVEN} and bool(answered_yes)

    def _forbids(self, said: Suppression) -> bool:
        is_lifted = said.lifted_at is not None and said.set_at is not None and said.lifted_at > said.set_at
        return said.set_at is not None and not is_lifted and (said.until is None or said.until > self.now)

    def _is_against_topic(self, said: Suppression) -> bool:
        topic = self.page.rules[0].topic
        return ":" in said.scope and (topic is None or said.scope == f"topic:{topic}") and self._forbids(said)

    def _is_night(self, quiet: QuietHours | None) -> bool:
        wall = self.now.astimezone(self.zone).time().replace(fold=0)
        if quiet is None:
            return False
        if quiet.start < quiet.end:
            return quiet.start <= wall < quiet.end
        return not quiet.end <= wall < quiet.start


def _between(first: timedelta, last: timedelta) -> st.SearchStrategy[datetime]:
    """An instant so long after the person's last words, to the minute, so that two are often the same."""
    return st.integers(first // MINUTE, last // MINUTE).map(lambda n: WROTE_AT + n * MINUTE)


_near = _between(-2 * DAY, DAY)
_maybe_near = st.none() | _near
_SCOPES = [STOP, MUTE, NOTICES, COMPLAINT, TOPIC, "topic:offers", "topic:news"]
_suppressions = st.lists(
    st.builds(Suppression, st.sampled_from(_SCOPES), _maybe_near, _maybe_near, _maybe_near), max_size=3
).map(tuple)
_records = st.builds(ConsentRecord, st.sampled_from(ConsentState), _near, st.none() | st.just("1"))
_consents = st.lists(_records, max_size=3).map(tuple)
_past_claims = st.lists(st.builds(PastClaim, _between(-9 * DAY, -HOUR), st.booleans()), max_size=4).map(
    lambda claims: tuple(sorted(claims, key=lambda claim: claim.claimed_at, reverse=True))
)
_quiet_hours = st.builds(QuietHours, st.times(), st.times()).filter(lambda quiet: quiet.start != quiet.end)
_instants = st.one_of(
    _between(-HOUR, 26 * HOUR),
    st.sampled_from([DEADLINE - MICROSECOND, DEADLINE, WROTE_AT, WROTE_AT + 4 * HOUR - MICROSECOND]),
)
_VARIED = [
    "claims",
    "refused",
    "began",
    "never_spoke",
    "stops",
    "consents",
    "asked",
    "converted",
    "answered",
    "unreachable",
    "owned",
    "pending",
    "quiet",
    "own_quiet",
    "frequency",
    "topic",
    "stopped",
    "paused",
    "basis",
    "plan",
]


@st.composite
def tellings(draw: st.DrawFn) -> Telling:
    """Of one rule and one contact; a few facts differ from the story that ends in a send."""
    varied = draw(st.sets(st.sampled_from(_VARIED), max_size=4))

    def fact(name: str, usual: _Value, strategy: st.SearchStrategy[_Value]) -> _Value:
        return draw(strategy) if name in varied else usual

    name = draw(st.sampled_from(_ZONES))
    zone = find_zone(name)
    assert zone is not None
    past_claims = fact("claims", (), _past_claims)
    refused_at = fact("refused", None, _near)
    claims = [claim.claimed_at for claim in past_claims] + ([refused_at] if refused_at else [])
    spoke = Interactions(WROTE_AT, fact("began", WROTE_AT, _between(-3 * DAY, timedelta(0))))
    contact = ContactFacts(
        interactions=Interactions() if "never_spoke" in varied else spoke,
        zone=zone,
        suppressions=fact("stops", (), _suppressions),
        consents=fact("consents", (), _consents),
        past_claims=past_claims,
        last_claimed_at=max(claims, default=None),
        asked_for_more_at=fact("asked", None, _between(-9 * DAY, timedelta(0))),
        converted_at=fact("converted", None, _near),
        answered_at=fact("answered", None, _near),
        preferences=Preferences(
            fact("frequency", Frequency.USUAL, st.sampled_from(Frequency)), fact("own_quiet", None, _quiet_hours)
        ),
        reachable="unreachable" not in varied,
        thread_owned="owned" in varied,
        answer_pending="pending" in varied,
    )
    timing = Timing(draw(st.integers(0, 47)) * HOUR / 2)
    rule = replace(RULE, timing=timing, quiet_hours=fact("quiet", None, _quiet_hours))
    rule = replace(rule, topic=fact("topic", None, st.just("offers")))
    page = PageFacts((rule,), proactive_stopped="stopped" in varied, paused="paused" in varied)
    terms = replace(
        TERMS,
        anchor=draw(st.sampled_from(Anchor)),
        basis=fact("basis", Basis.IMPLIED, st.just(Basis.EXPLICIT)),
        cap=draw(st.integers(1, 4)),
        ignored_cap=draw(st.integers(0, 3)),
    )
    return Telling(contact, page, terms, ZoneInfo(name), fact("plan", WROTE_AT, _near), draw(_instants))
