"""One contact as its entries tell it: what the tables hold of it, once more, from the log alone.

Whatever answers for a past instant, or compares the tables with the log, reads the entries through this.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from botapp.compliance import handover_retelling, reply_retelling
from botapp.compliance.handover_retelling import HandoverRetelling
from botapp.compliance.reply_retelling import ReplyRetelling
from botapp.compliance.told import Told
from botapp.policy.consent import ConsentRecord, ConsentState
from botapp.policy.decision import ContactFacts, PastClaim
from botapp.policy.preferences import Frequency, Preferences, chosen, read_quiet_hours
from botapp.policy.reason import FOR_THE_SAKE_OF_CLAIMS
from botapp.policy.suppression import STOP, Suppression
from botapp.policy.window import Interactions
from botapp.storage.ledger import EntryKind
from botapp.storage.reengagements import State
from botapp.storage.times import from_microseconds

MAY_HAVE_ARRIVED = (State.CLAIMED, State.SENT, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Silence:
    """What became of one silence's re-engagement."""

    state: State
    reason: str | None = None
    rule: tuple[str | None, int | None] = (None, None)
    template: tuple[str | None, int | None] = (None, None)
    variant: str | None = None
    text: str | None = None
    claimed_at: datetime | None = None
    opened_at: datetime | None = None
    closes_at: datetime | None = None
    crossed_at: datetime | None = None
    taken_up_at: datetime | None = None
    budget_since: datetime | None = None  # the period of its rule's budget in which it is counted
    day_since: datetime | None = None  # and the day of a page with a daily cap


class ConsentTerms(NamedTuple):
    """To what a consent is, and how it was said; beside the record that decisions see."""

    purpose: str
    method: str
    recorded_at: datetime
    language: str | None  # None also where it was erased


@dataclass(slots=True)
class Retelling:
    """All that a contact's entries have come to so far. They are taken in the order of their numbers."""

    window_length: timedelta
    last_sequence: int = 0
    is_gapless: bool = True
    interactions: Interactions = field(default_factory=Interactions)
    suppressions: dict[str, Suppression] = field(default_factory=dict)
    consents: dict[int, ConsentRecord] = field(default_factory=dict)  # by the number of the entry
    consent_terms: dict[int, ConsentTerms] = field(default_factory=dict)  # the same
    silences: dict[datetime, Silence] = field(default_factory=dict)  # by the interaction with which it began
    not_taken_up: set[datetime] = field(default_factory=set)  # of those silences the ones that were begun
    handovers: HandoverRetelling = field(default_factory=HandoverRetelling)
    replies: ReplyRetelling = field(default_factory=ReplyRetelling)
    last_claimed_at: datetime | None = None
    asked_for_more_at: datetime | None = None
    unreachable_since: datetime | None = None
    thread_owner: str = "bot"
    thread_owned_at: datetime | None = None
    converted_at: datetime | None = None
    answered_at: datetime | None = None
    frequency: str | None = None
    frequency_at: datetime | None = None
    quiet_hours: str | None = None
    quiet_hours_at: datetime | None = None
    language: str | None = None  # as the person chose it, and when
    language_chosen_at: datetime | None = None
    staff_id: int | None = None  # whose own contact it is

    @staticmethod
    def of(entries: Iterable[Told], window_length: timedelta) -> "Retelling":
        """What these entries, from the first one on, come to."""
        retelling = Retelling(window_length)
        for entry in entries:
            retelling.take(entry)
        return retelling

    def take(self, entry: Told) -> None:
        """The next entry. Kinds that change nothing of this are passed over."""
        self.is_gapless = self.is_gapless and entry.sequence == self.last_sequence + 1
        self.last_sequence = entry.sequence
        step = _STEPS.get(entry.kind)
        if step is not None:
            step(self, entry)
        elif entry.kind in handover_retelling.KINDS:
            self.handovers.take(entry)
        if entry.kind in reply_retelling.KINDS:
            self.replies.take(entry)

    def facts(self, zone: tzinfo, claims_remembered: int, now: datetime, **more: Any) -> ContactFacts:  # noqa: ANN401  fields of it
        """The contact as a decision at that instant saw it, except for the values of its placeholders and the like."""
        return ContactFacts(
            interactions=self.interactions,
            zone=zone,
            suppressions=tuple(self.suppressions.values()),
            consents=tuple(self.consents.values()),
            past_claims=self.past_claims()[:claims_remembered],
            last_claimed_at=self.last_claimed_at,
            asked_for_more_at=self.asked_for_more_at,
            converted_at=self.converted_at,
            answered_at=self.answered_at,
            preferences=Preferences(Frequency(self.frequency or Frequency.USUAL), read_quiet_hours(self.quiet_hours)),
            reachable=self.unreachable_since is None,
            thread_owned=self.is_thread_owned(now),
            **more,
        )

    def past_claims(self) -> tuple[PastClaim, ...]:
        """Those that may have reached the customer, the newest first; in doubt one was not taken up."""
        found = [
            PastClaim(silence.claimed_at, silence.taken_up_at is not None and silence.state is State.SENT)
            for silence in self.silences.values()
            if silence.claimed_at is not None and silence.state in MAY_HAVE_ARRIVED
        ]
        return tuple(sorted(found, key=lambda claim: claim.claimed_at, reverse=True))

    def is_thread_owned(self, now: datetime) -> bool:
        """Whether somebody else talks with the customer; an idle thread is ours again after a window's length."""
        if self.thread_owner == "bot" or self.thread_owned_at is None:
            return False
        return now < self.thread_owned_at + self.window_length

    def change(self, key: datetime | None, **changes: Any) -> None:  # noqa: ANN401  a silence's fields
        """What is known of one silence's re-engagement becomes something else."""
        if key is not None:
            self.silences[key] = replace(self.silences.get(key, Silence(State.PLANNED)), **changes)


def _interaction(told: Retelling, entry: Told) -> None:
    if entry.occurred_at is not None:  # else it opens nothing: nobody can tell when it was
        told.interactions = told.interactions.with_interaction(entry.occurred_at, told.window_length)


def _window_corrected(told: Retelling, entry: Told) -> None:
    """The platform said that the window is closed."""
    closed = entry.at - told.window_length
    known = told.interactions
    told.interactions = Interactions(
        min(known.last_at or closed, closed), min(known.conversation_started_at or closed, closed)
    )


def _suppression_set(told: Retelling, entry: Told) -> None:
    scope = entry.details["scope"]
    known = told.suppressions.get(scope, Suppression(scope))
    told.suppressions[scope] = known.with_set(entry.at, entry.instant("until"))


def _suppression_lifted(told: Retelling, entry: Told) -> None:
    scope = entry.details["scope"]
    told.suppressions[scope] = told.suppressions.get(scope, Suppression(scope)).with_lift(entry.at)
    if scope == STOP:  # only an explicit START lifts it
        told.asked_for_more_at = max(entry.at, told.asked_for_more_at or entry.at)


def _consent(told: Retelling, entry: Told) -> None:
    state = ConsentState(entry.kind.removeprefix("consent_"))
    told.consents[entry.sequence] = ConsentRecord(state, entry.at, entry.details.get("wording_version"))
    method = entry.details.get("method") or "keyword"
    language = (entry.private or {}).get("language")
    told.consent_terms[entry.sequence] = ConsentTerms(entry.details["purpose"], method, entry.recorded_at, language)


def _reachability(told: Retelling, entry: Told) -> None:
    told.unreachable_since = None if entry.details["reachable"] else entry.at


def _thread_owner(told: Retelling, entry: Told) -> None:
    told.thread_owner, told.thread_owned_at = entry.details["owner"], entry.at


def _converted(told: Retelling, entry: Told) -> None:
    told.converted_at = max(entry.at, told.converted_at or entry.at)


def _answered(told: Retelling, entry: Told) -> None:
    told.answered_at = max(entry.at, told.answered_at or entry.at)


def _preference(told: Retelling, entry: Told) -> None:
    match entry.details["name"]:
        case "frequency" as name:
            kept = (told.frequency, told.frequency_at)
            told.frequency, told.frequency_at = chosen(name, kept, entry.details["value"], entry.at)
        case "quiet_hours" as name:
            kept = (told.quiet_hours, told.quiet_hours_at)
            told.quiet_hours, told.quiet_hours_at = chosen(name, kept, entry.details["value"], entry.at)
        case "language" if told.language_chosen_at is None or entry.at >= told.language_chosen_at:
            told.language, told.language_chosen_at = entry.details["value"], entry.at


def _staff_linked(told: Retelling, entry: Told) -> None:
    told.staff_id = entry.details["by"] if entry.kind == EntryKind.STAFF_LINKED else None


def _planned(told: Retelling, entry: Told) -> None:
    # The plan of an earlier silence goes with it (docs/decisions.md, 4). It is left here: no promise hangs on it.
    told.change(entry.subject_at, state=State.PLANNED, reason=None)


def _ended(told: Retelling, entry: Told) -> None:
    told.change(entry.subject_at, state=State(entry.kind), reason=entry.reason)


def _held(told: Retelling, entry: Told) -> None:
    told.change(entry.subject_at, reason=entry.reason)


def _claimed(told: Retelling, entry: Told) -> None:
    told.last_claimed_at = entry.at
    if entry.subject_at is not None:
        told.not_taken_up.add(entry.subject_at)
    told.change(
        entry.subject_at,
        state=State.CLAIMED,
        reason=None,
        rule=(entry.details.get("rule"), entry.details.get("rule_version")),
        template=(entry.details.get("template"), entry.details.get("template_version")),
        variant=entry.details.get("variant"),
        text=entry.private.get("text") if entry.private else None,
        claimed_at=entry.at,
        opened_at=entry.instant("opened_at"),
        closes_at=entry.instant("closes_at"),
        **_counted(entry),
    )


def _counted(entry: Told) -> dict[str, datetime]:
    """In which period and on which day a claim is counted, where there is a limit."""
    budget = entry.details.get("budgets", {}).get(entry.details.get("rule"))
    cap = entry.details.get("daily_cap")
    found = {"budget_since": budget and budget["period"][0], "day_since": cap and cap["day"][0]}
    return {name: from_microseconds(since) for name, since in found.items() if since is not None}


_OF_A_CLAIM = ("text", "claimed_at", "opened_at", "closes_at", "budget_since", "day_since")


def _released(told: Retelling, entry: Told) -> None:
    """Nothing was delivered: as if it had not been begun, and no newer silence is refused for its sake."""
    undone: dict[str, Any] = dict.fromkeys(_OF_A_CLAIM)
    told.change(entry.subject_at, state=State.PLANNED, reason=entry.reason, crossed_at=None, **undone)
    told.not_taken_up -= {entry.subject_at}
    claimed = [silence.claimed_at for silence in told.silences.values() if silence.claimed_at is not None]
    told.last_claimed_at = max(claimed, default=None)
    for key in [k for k in told.silences if entry.subject_at is not None and k > entry.subject_at]:
        if told.silences[key].reason in FOR_THE_SAKE_OF_CLAIMS:
            del told.silences[key]


def _crossed(told: Retelling, entry: Told) -> None:
    if entry.subject_at in told.silences and told.silences[entry.subject_at].crossed_at is None:
        told.change(entry.subject_at, crossed_at=entry.at)


def _reconciled(told: Retelling, entry: Told) -> None:
    known = told.silences.get(entry.subject_at) if entry.subject_at else None  # without a subject it is an answer
    if known is not None and known.state in (State.CLAIMED, State.UNKNOWN):
        told.change(entry.subject_at, state=State.SENT, reason=None)


def _taken_up(told: Retelling, entry: Told) -> None:
    for key in tuple(told.not_taken_up):
        silence = told.silences[key]
        if silence.claimed_at is None or silence.closes_at is None:
            continue
        if silence.claimed_at < entry.at < silence.closes_at:
            told.silences[key] = replace(silence, taken_up_at=entry.at)
            told.not_taken_up.remove(key)


def _erased(told: Retelling, _entry: Told) -> None:
    """What the tables know of a person is gone; what stays are consent, noes and what became of each silence."""
    told.interactions, told.handovers = Interactions(), HandoverRetelling()
    told.last_claimed_at = told.asked_for_more_at = told.unreachable_since = told.thread_owned_at = None
    told.converted_at = told.answered_at = None
    told.frequency = told.frequency_at = told.quiet_hours = told.quiet_hours_at = None
    told.language = told.language_chosen_at = None
    told.thread_owner, told.staff_id = "bot", None


_STEPS: dict[str, Callable[[Retelling, Told], None]] = {
    EntryKind.INTERACTION: _interaction,
    EntryKind.WINDOW_CORRECTED: _window_corrected,
    EntryKind.SUPPRESSION_SET: _suppression_set,
    EntryKind.SUPPRESSION_LIFTED: _suppression_lifted,
    EntryKind.CONSENT_GIVEN: _consent,
    EntryKind.CONSENT_REFUSED: _consent,
    EntryKind.CONSENT_WITHDRAWN: _consent,
    EntryKind.REACHABILITY: _reachability,
    EntryKind.THREAD_OWNER: _thread_owner,
    EntryKind.CONVERTED: _converted,
    EntryKind.ANSWERED: _answered,
    EntryKind.PREFERENCE: _preference,
    EntryKind.STAFF_LINKED: _staff_linked,
    EntryKind.STAFF_UNLINKED: _staff_linked,
    EntryKind.PLANNED: _planned,
    EntryKind.SKIPPED: _ended,
    EntryKind.SUPERSEDED: _ended,
    EntryKind.EXPIRED: _ended,
    EntryKind.FAILED: _ended,
    EntryKind.UNKNOWN: _ended,
    EntryKind.SENT: _ended,
    EntryKind.HELD: _held,
    EntryKind.CLAIMED: _claimed,
    EntryKind.RELEASED: _released,
    EntryKind.CROSSED: _crossed,
    EntryKind.RECONCILED: _reconciled,
    EntryKind.TAKEN_UP: _taken_up,
    EntryKind.ERASED: _erased,
}
KINDS = tuple(_STEPS)
