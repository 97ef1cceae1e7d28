"""Why something was sent or not: the decision in plain words, its evidence, and what would have changed it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from botapp.compliance.cases import File, case_of, is_rederived
from botapp.compliance.told import Told
from botapp.compliance.wording import WHY, instant, otherwise, sentence
from botapp.policy.counterfactual import Case, counterfactual
from botapp.policy.reason import Reason
from botapp.policy.suppression import COMPLAINT, MUTE, NOTICES, OUR_OWN, STOP, TOPIC
from botapp.policy.window import window_of
from botapp.reengagement.terms import HouseRules
from botapp.storage.engine import Database
from botapp.storage.ledger import EntryKind
from botapp.storage.standing import ContactId

OUTCOMES: dict[str, str] = {
    EntryKind.PLANNED: "It is planned and has not been sent.",
    EntryKind.HELD: "It waits, because {why}.",
    EntryKind.SKIPPED: "It was not sent, because {why}.",
    EntryKind.SUPERSEDED: "It was not sent, because {why}.",
    EntryKind.EXPIRED: "It was not sent, because {why}.",
    EntryKind.CLAIMED: "It was begun, and what came of it is not recorded yet.",
    EntryKind.RELEASED: "It waits for another try, because {why}.",
    EntryKind.SENT: "It was sent.",
    EntryKind.RECONCILED: "It was sent, as the platform's own copy of it shows.",
    EntryKind.FAILED: "It was begun and not delivered, because {why}.",
    EntryKind.UNKNOWN: "It was begun, and whether it arrived is not known, because {why}. It is never repeated.",
}
_GONE = "What named this customer was erased: ids of events and the words of messages are gone, the entries stay."


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as evidence."""

    at: datetime
    says: str
    entry: int  # its number among the contact's, or the page's own
    event: str | None = None  # the platform's event behind it
    is_of_page: bool = False

    def __str__(self) -> str:
        number = f"{'entry of the page' if self.is_of_page else 'entry'} {self.entry}"
        return f"{instant(self.at)}  {self.says} ({number}{f', event {self.event}' if self.event else ''})"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision, explained."""

    subject: str
    verdict: str
    story: tuple[Line, ...]
    saw: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """As a page of text."""
        yield f"{self.subject}: {self.verdict}"
        parts: tuple[tuple[str, Sequence[object]], ...] = (
            ("What happened", self.story),
            ("What the decision saw", self.saw),
            ("What would have changed it", self.otherwise),
            ("Note", self.notes),
        )
        for title, part in parts:
            if part:
                yield ""
                yield title
                yield from (f"  {line}" for line in part)


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains from the log; the tables are asked only for the texts of rules and for the customer's zone."""

    database: Database
    house: HouseRules

    def of_reengagement(self, contact: ContactId, silence_at: datetime) -> Explanation:
        """The one message of a silence, from first to last. LookupError if nothing was ever decided of it."""
        with self.database.reading() as connection:
            return _explain(connection, File.open(connection, contact, self.house), silence_at)

    def at(self, contact: ContactId, at: datetime) -> Explanation:
        """Why nothing, or something, had been sent by an instant, as it was on record then. LookupError if nobody."""
        with self.database.reading() as connection:
            return self.of_file(connection, File.open(connection, contact, self.house).until(at), at)

    def of_file(self, connection: Connection, file: File, at: datetime) -> Explanation:
        """The same from what was on record at that instant."""
        about = [entry for entry in file.entries if entry.kind in OUTCOMES and entry.subject_at is not None]
        if about and about[-1].subject_at is not None:
            return _explain(connection, file, about[-1].subject_at)
        spoke = file.retold().interactions.last_at is not None
        why = "no campaign was live when the customer wrote" if spoke else WHY[Reason.NEVER_SPOKE]
        story = tuple(_line(entry) for entry in file.entries[-5:])
        return Explanation(_named(file.contact), f"By {instant(at)} nothing had been decided, because {why}.", story)


def _explain(connection: Connection, file: File, silence_at: datetime) -> Explanation:
    about = [entry for entry in file.entries if entry.subject_at == silence_at]
    ends = [entry for entry in about if entry.kind in OUTCOMES]
    if not ends:
        raise LookupError("nothing was ever decided of that")
    story = {*map(_line, about), *_opening(file, silence_at)}
    verdict = OUTCOMES[ends[-1].kind].format(why=_why(ends[-1]))
    found = Explanation(_named(file.contact, silence_at), verdict, ())
    decisions = [entry for entry in about if entry.kind == EntryKind.PLANNED or "decided_at" in entry.details]
    if decisions:
        found = _with_grounds(connection, file, decisions[-1], found)
        story |= set(_evidence(file, decisions[-1]))
    notes = (*found.notes, _GONE) if file.is_erased else found.notes
    in_order = sorted(story, key=lambda line: (not line.is_of_page, line.entry))
    return replace(found, story=tuple(in_order), notes=notes)


def _with_grounds(connection: Connection, file: File, decided: Told, found: Explanation) -> Explanation:
    """What one decision saw, and what would have changed it."""
    case = case_of(connection, file, decided)
    found = replace(found, saw=tuple(_saw(case, decided)))
    if decided.kind == EntryKind.PLANNED:
        return found  # it is decided again when it falls due
    if not is_rederived(case, decided):
        return replace(
            found, notes=("What it saw beyond the log is not known any more, so nobody can decide it again.",)
        )
    reason = Reason(decided.reason) if decided.reason else None
    would = tuple(otherwise(counterfactual(case, reason), reason))
    return replace(found, otherwise=would, notes=("Decided again from the entries before it, with the same result.",))


def _opening(file: File, silence_at: datetime) -> Iterator[Line]:
    """The interaction with which the silence began."""
    for entry in file.entries:
        if entry.kind == EntryKind.INTERACTION and entry.occurred_at == silence_at:
            yield _line(entry)


def _evidence(file: File, decided: Told) -> list[Line]:
    """The newest entry, of the contact or of its page, on which the reason rests."""
    of_page = _OF_PAGE.get(decided.reason or "")
    if of_page is not None:
        found = [e for e in file.of_page if e.kind == of_page and e.recorded_at <= decided.recorded_at]
        return [replace(_line(e), is_of_page=True) for e in found[-1:]]
    rests_on = _RESTS_ON.get(decided.reason or "")
    before = [e for e in file.entries if e.sequence < decided.sequence]
    return [_line(e) for e in [e for e in before if rests_on and rests_on(e)][-1:]]


def _kind(*kinds: EntryKind) -> Callable[[Told], bool]:
    return lambda entry: entry.kind in kinds


def _no(*scopes: str) -> Callable[[Told], bool]:
    return lambda entry: entry.kind == EntryKind.SUPPRESSION_SET and entry.details.get("scope") in scopes


def _preference(name: str) -> Callable[[Told], bool]:
    return lambda entry: entry.kind == EntryKind.PREFERENCE and entry.details.get("name") == name


_RESTS_ON: dict[str, Callable[[Told], bool]] = {
    Reason.STOPPED: _no(STOP, NOTICES),
    Reason.MUTED: _no(MUTE),
    Reason.COMPLAINT: _no(COMPLAINT),
    Reason.CONVERTED: _kind(EntryKind.CONVERTED),
    Reason.ANSWERED: _kind(EntryKind.ANSWERED),
    Reason.NO_CONSENT: _kind(EntryKind.CONSENT_REFUSED, EntryKind.CONSENT_WITHDRAWN, EntryKind.CONSENT_GIVEN),
    Reason.TOPIC_STOPPED: lambda entry: str(entry.details.get("scope", "")).startswith(f"{TOPIC}:"),
    Reason.FREQUENCY: _preference("frequency"),
    Reason.OWN_QUIET_HOURS: _preference("quiet_hours"),
    Reason.UNREACHABLE: _kind(EntryKind.REACHABILITY),
    Reason.THREAD_OWNED: _kind(EntryKind.THREAD_OWNER),
    Reason.ONE_PER_SILENCE: _kind(EntryKind.CLAIMED),
    Reason.COOL_DOWN: lambda entry: entry.kind == EntryKind.CLAIMED or _no(*OUR_OWN)(entry),
    Reason.WEEKLY_CAP: _kind(EntryKind.CLAIMED),
    Reason.RULE_CAP: _kind(EntryKind.CLAIMED),
    Reason.IGNORED: _kind(EntryKind.CLAIMED),
    Reason.SUPERSEDED: _kind(EntryKind.INTERACTION),
}
_OF_PAGE: dict[str, EntryKind] = {
    Reason.PAGE_PAUSED: EntryKind.PAGE_PAUSED,
    Reason.PROACTIVE_STOPPED: EntryKind.PROACTIVE_STOPPED,
    Reason.GUARD: EntryKind.RULE_PAUSED,
}


def _saw(case: Case, entry: Told) -> Iterator[str]:
    contact, grounds = case.contact, entry.details
    if contact.interactions.last_at is not None:
        yield f"the customer's last message: {instant(contact.interactions.last_at)}"
    window = window_of(contact.interactions, case.terms.anchor, case.terms.window_length)
    if window is not None:
        start_before = instant(window.closes_at - case.terms.send_allowance)
        yield f"the window: {instant(window.opened_at)} to {instant(window.closes_at)}; begun before {start_before}"
    yield f"consent: {grounds.get('consent', 'none is recorded')} (the page rests on: {case.terms.basis})"
    noes = [s.scope for s in contact.suppressions if s.is_in_force(case.now)]
    yield f"noes in force: {', '.join(sorted(noes)) or 'none'}"
    for name in ("frequency", "quiet_hours"):
        if name in grounds:
            yield f"chosen by the customer: {name.replace('_', ' ')} {grounds[name]}"
    if contact.last_claimed_at is not None:
        yield f"the one before was begun: {instant(contact.last_claimed_at)}"
    yield from _chosen(grounds)


def _chosen(grounds: Mapping[str, Any]) -> Iterator[str]:
    """The rule, and what of it was or would have been sent."""
    if "rule" in grounds:
        yield f"rule: {grounds['rule']}, version {grounds['rule_version']}"
    for rule, budget in grounds.get("budgets", {}).items():
        yield f"budget of {rule}: {budget['spent']} of {budget['most']} spent"
    for rule, cap in grounds.get("caps", {}).items():
        yield f"of {rule} one person may get {cap['most']} within {timedelta(microseconds=cap['within'])}"
    if "template" in grounds:
        of_hash = f"SHA-256 {grounds['template_hash']}"
        language = f", in {grounds['template_language']}" if "template_language" in grounds else ""
        yield f"template: {grounds['template']}, version {grounds['template_version']}{language}, {of_hash}"
    if "daily_cap" in grounds:
        cap = grounds["daily_cap"]
        yield f"daily cap of the page: {cap['begun']} of {cap['most']} begun before"
    if "variant" in grounds:
        draw = grounds["draw"]
        yield f"variant: {grounds['variant']}, drawn among {len(draw['arms'])} by {draw['method']}"


def _why(entry: Told) -> str:
    return WHY.get(entry.reason or "", entry.reason or "no reason is recorded")


def _line(entry: Told) -> Line:
    return Line(entry.at, sentence(entry), entry.sequence, entry.evidence_key)


def _named(contact: ContactId, silence_at: datetime | None = None) -> str:
    if silence_at is None:
        return f"Contact {contact[0]}/{contact[1]}"
    return f"The message for the silence since {instant(silence_at)}, contact {contact[0]}/{contact[1]}"
