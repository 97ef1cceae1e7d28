"""One contact's past, lived through once more under other rules.

The customer does what they did; what we send is what the rules that are tried would have sent. Each look is that of the
production policy, at the instants at which production looks, with what was on record by then. What all customers share
shows as closings: instants from which on a limit has no room.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from itertools import groupby

from botapp.compliance.retelling import MAY_HAVE_ARRIVED, Retelling
from botapp.compliance.told import Told
from botapp.policy.decision import ContactFacts, Decision, Hold, PageFacts, Send, Terms, decide
from botapp.policy.grounds import microseconds
from botapp.policy.portrait import Background
from botapp.policy.reason import Reason
from botapp.reengagement.rule_pasts import with_interactions
from botapp.rehearsal.page_history import PageHistory
from botapp.rehearsal.shared_limits import Closing, closed
from botapp.storage.history import DatedFact
from botapp.storage.ledger import EntryKind

RULE = "rule:"  # before the name of the one that sends, where else the reason stands
UNDECIDED = "undecided"  # the history ends before it was
NO_PLAN = "no_plan"  # no campaign was live then
CLAIMS = frozenset(
    {EntryKind.PLANNED, EntryKind.SKIPPED, EntryKind.SUPERSEDED, EntryKind.HELD, EntryKind.CLAIMED, EntryKind.RELEASED}
    | {EntryKind.SENT, EntryKind.FAILED, EntryKind.UNKNOWN, EntryKind.EXPIRED, EntryKind.CROSSED, EntryKind.RECONCILED}
)
_ENDS = frozenset({EntryKind.SKIPPED, EntryKind.SUPERSEDED, EntryKind.EXPIRED})


@dataclass(frozen=True, slots=True)
class Person:
    """Who it was, as far as it is known today: history keeps no profiles."""

    zone: tzinfo
    names: Mapping[str, str]
    named_at: datetime | None  # since when the platform's profile is known; None: nobody knows, so ever since
    profile: Mapping[str, str]  # the rest of it
    facts: Mapping[str, DatedFact]
    contact_id: int
    person_id: int
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried, on which stretch of history."""

    page: PageFacts  # with the rules that are tried
    history: PageHistory
    since: datetime
    until: datetime
    hour: timedelta
    window_length: timedelta
    has_caps: bool  # whether some rule has a cap of its own
    asks_for_interactions: bool  # whether some rule goes by all that a customer ever did


@dataclass(slots=True)
class Window:
    """One silence: what the tried rules make of it, and what was made of it then."""

    silence_at: datetime
    begun_at: datetime  # when it was first looked at
    outcome: str = UNDECIDED  # the rule, as "rule:NAME", or the reason
    at: datetime | None = None  # of the last look
    live: str = NO_PLAN
    look_at: datetime | None = None  # the next one, while it is open
    waited_for: str | None = None
    held_by: Reason | None = None  # a limit that all customers share, without room when its time had come
    deadline_at: datetime | None = None  # of what was sent


@dataclass(slots=True)
class Past:
    """A walk through the entries of one contact; `windows` are those that began within the stretch of the trial."""

    person: Person
    trial: Trial
    told: Retelling
    closings: Sequence[Closing] = ()
    windows: dict[datetime, Window] = field(default_factory=dict)
    unknown_facts: set[str] = field(default_factory=set)
    is_erased: bool = False
    _open: Window | None = None
    _written_at: list[datetime] = field(default_factory=list)
    _number: int = 0

    @staticmethod
    def of(person: Person, trial: Trial, entries: Iterable[Told], closings: Sequence[Closing] = ()) -> "Past":
        """From the first entry to the last."""
        past = Past(person, trial, Retelling(trial.window_length), closings)
        for recorded_at, together in groupby(entries, key=lambda entry: entry.recorded_at):
            past._look_until(recorded_at)
            past._take(list(together), recorded_at)
        past._look_until(trial.until)
        return past

    def _take(self, entries: Sequence[Told], now: datetime) -> None:
        """What was recorded at one instant; a plan is made of all of it."""
        before = self.told.interactions.last_at
        for entry in entries:
            if entry.kind not in CLAIMS:
                self._take_one(entry)
        silence_at = self.told.interactions.last_at
        is_new = silence_at is not None and (before is None or silence_at > before)
        if is_new and silence_at is not None:
            self._begin(silence_at, now)
        for entry in entries:
            if entry.kind in CLAIMS:
                self._take_claim(entry)
        if is_new:
            self._look(now)

    def _begin(self, silence_at: datetime, now: datetime) -> None:
        """The customer is silent anew."""
        self._end(Reason.SUPERSEDED.value, now)
        last = next(reversed(self.windows.values()), None)
        if last is not None and last.live == UNDECIDED:
            last.live = Reason.SUPERSEDED.value
        if self.trial.since <= now:
            self._open = self.windows[silence_at] = Window(silence_at, now, look_at=now)

    def _take_claim(self, entry: Told) -> None:
        """What we did then counts as done up to the stretch that is tried; in it, it is what is compared with."""
        window = self.windows.get(entry.subject_at) if entry.subject_at else None
        if window is None:
            self.told.take(entry)
        else:
            _note_live(window, entry)

    def _take_one(self, entry: Told) -> None:
        if entry.kind == EntryKind.TAKEN_UP and entry.recorded_at >= self.trial.since:
            return  # what they would have taken up is told by what they wrote
        self.told.take(entry)
        if entry.kind == EntryKind.INTERACTION and entry.occurred_at is not None:
            if self.trial.asks_for_interactions:
                self._written_at.append(entry.occurred_at)
            if self.told.silences and entry.recorded_at >= self.trial.since:
                self.told.take(Told(entry.sequence, EntryKind.TAKEN_UP, entry.recorded_at, entry.occurred_at))
        elif entry.kind == EntryKind.ERASED:
            self.is_erased = True
            self._end(Reason.ERASED.value, entry.recorded_at)

    def _look_until(self, instant: datetime) -> None:
        """All looks that fall due before an instant."""
        while self._open is not None and self._open.look_at is not None and self._open.look_at < instant:
            self._look(self._open.look_at, instant)

    def _look(self, now: datetime, known_until: datetime | None = None) -> None:
        window = self._open
        if window is None:
            return
        terms = self.trial.history.terms(now)
        decision = self._decide(window, terms, now)
        if isinstance(decision, Send):
            window.deadline_at = decision.window.closes_at - terms.send_allowance
            self._send(decision, window, now)
        elif not isinstance(decision, Hold):
            late = decision.reason is Reason.WINDOW_CLOSED and window.waited_for is not None
            self._end(window.waited_for if late and window.waited_for else decision.reason.value, now)
        elif decision.reason is Reason.NOT_DUE:
            window.look_at = decision.until
        else:
            window.waited_for = decision.reason.value
            window.look_at = self._next_look(decision, now, known_until or decision.until)

    def _decide(self, window: Window, terms: Terms, now: datetime) -> Decision:
        """Also what keeps it, of what all customers share."""
        page = self.trial.history.facts(now, self.trial.page)
        facts = self._facts(terms, now)
        reached = [closing for closing in self.closings if closing.holds(now, self.person.contact_id)]
        if not reached:
            return decide(facts, page, terms, planned_for=window.silence_at, now=now)
        bounded = closed(page, reached)
        decision = decide(facts, bounded, terms, planned_for=window.silence_at, now=now)
        if isinstance(decision, Hold) and decision.reason is Reason.DAILY_CAP:
            window.held_by = Reason.DAILY_CAP
        elif bounded.spending:
            free = decide(facts, replace(bounded, spending={}), terms, planned_for=window.silence_at, now=now)
            if isinstance(free, Send | Hold) and free.rule is not None and free.rule.name in bounded.spending:
                window.held_by = Reason.BUDGET
        return decision

    def _next_look(self, held: Hold, now: datetime, known_until: datetime) -> datetime:
        """Production looks again and again; what changes nothing until something is recorded is passed over."""
        if held.reason is Reason.DAILY_CAP:  # until the next day, or until the page is changed
            return min(held.until, self.trial.history.next_change(now) or held.until)
        changes = [known_until, self.trial.history.next_change(now)]
        if self.told.thread_owned_at is not None:
            changes.append(self.told.thread_owned_at + self.trial.window_length)
        last_at = self.told.interactions.last_at
        changes.append(last_at + self.trial.window_length if last_at else None)
        soonest = min(change for change in changes if change is not None and change > now)
        pause = held.until - now
        return now + max(1, -((now - soonest) // pause)) * pause

    def _send(self, send: Send, window: Window, now: datetime) -> None:
        """As if it had been claimed and had arrived."""
        details = {
            "rule": send.rule.name,
            "rule_version": send.rule.version,
            "opened_at": microseconds(send.window.opened_at),
            "closes_at": microseconds(send.window.closes_at),
        }
        for kind, told in ((EntryKind.CLAIMED, details), (EntryKind.SENT, {})):
            self.told.take(Told(self.told.last_sequence, kind, now, now, subject_at=window.silence_at, details=told))
        self._end(f"{RULE}{send.rule.name}", now)

    def _end(self, outcome: str, now: datetime) -> None:
        if self._open is not None:
            self._open.outcome, self._open.at, self._open.look_at = outcome, now, None
        self._open = None

    def _facts(self, terms: Terms, now: datetime) -> ContactFacts:
        claims = self.told.past_claims() if self.told.silences else ()
        background = Background(
            self.person.first_seen_at,
            reengagements=len(claims),
            responses=sum(claim.taken_up for claim in claims),
            last_was_answered=claims[0].taken_up if claims else None,
            hour=self.trial.hour,
        )
        facts = self.told.facts(
            self.person.zone,
            max(terms.cap, terms.ignored_cap, 1),
            now,
            is_of_the_team=self.told.staff_id is not None,
            person=self.person.person_id,
            values=self._values(now),
            background=background,
            claims_of_rules=self._claims_of_rules() if self.trial.has_caps and claims else {},
        )
        if not self.trial.asks_for_interactions:
            return facts
        return with_interactions(facts, self._written_at, self.trial.window_length)

    def _claims_of_rules(self) -> dict[str, tuple[datetime, ...]]:
        found: dict[str, list[datetime]] = {}
        for silence in self.told.silences.values():
            if silence.claimed_at is not None and silence.state in MAY_HAVE_ARRIVED and silence.rule[0] is not None:
                found.setdefault(silence.rule[0], []).append(silence.claimed_at)
        return {rule: tuple(sorted(instants, reverse=True)) for rule, instants in found.items()}

    def _values(self, now: datetime) -> dict[str, str]:
        """The profile wins over facts of the same name, as ever."""
        values = {}
        for name, known in self.person.facts.items():
            if known.observed_at > now:
                self.unknown_facts.add(name)
            elif known.fact.counts(now):
                values[name] = known.fact.value
        named_at = self.person.named_at
        names = self.person.names if named_at is None or named_at <= now else {}
        return {**values, **self.person.profile, **names}


def _note_live(window: Window, entry: Told) -> None:
    """What was made of a window then, by the last entry that tells."""
    if entry.kind == EntryKind.CLAIMED:
        window.live = f"{RULE}{entry.details.get('rule')}"
    elif entry.kind in _ENDS:
        window.live = entry.reason or entry.kind
    elif entry.kind in (EntryKind.PLANNED, EntryKind.RELEASED):
        window.live = UNDECIDED  # unless something else is told of it
