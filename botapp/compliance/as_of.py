"""How a contact stood at a past instant, from what was on record then and from nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from botapp.compliance.cases import File
from botapp.compliance.retelling import Retelling, Silence
from botapp.compliance.wording import instant
from botapp.policy.consent import ConsentRecord, ConsentState, latest, standing
from botapp.policy.decision import PastClaim, Terms
from botapp.policy.suppression import Suppression
from botapp.policy.window import Window, window_of
from botapp.reengagement.terms import HouseRules
from botapp.storage.engine import Database
from botapp.storage.standing import ContactId


@dataclass(frozen=True, slots=True)
class Standing:
    """What was known of a contact at an instant, and what followed from it."""

    contact: ContactId
    at: datetime
    entries: int  # of the contact, up to then
    consent: ConsentRecord | None
    consent_entry: int | None
    consent_language: str | None  # in which it was said or asked for; None where nobody can tell
    noes: tuple[Suppression, ...]  # those in force
    unreachable_since: datetime | None
    thread_owner: str  # "bot" where another had let it lie
    window: Window | None
    past_claims: tuple[PastClaim, ...]  # those that may have arrived, the newest first
    last_claimed_at: datetime | None
    plan: Silence | None  # what had become of the latest silence
    terms: Terms

    @property
    def is_window_open(self) -> bool:
        return self.window is not None and self.window.admits(self.at, self.terms.send_allowance)

    @property
    def in_period(self) -> int:
        """How many of the weekly cap were used up."""
        return sum(claim.claimed_at > self.at - self.terms.cap_period for claim in self.past_claims)

    @property
    def ignored(self) -> int:
        """How many in a row had not been taken up."""
        taken_up = [claim.taken_up for claim in self.past_claims]
        return taken_up.index(True) if True in taken_up else len(taken_up)

    def lines(self) -> Iterator[str]:
        """In plain words."""
        yield f"Contact {self.contact[0]}/{self.contact[1]} at {instant(self.at)}, by {self.entries} entries:"
        yield f"  consent        {self._consent()}"
        yield f"  noes in force  {', '.join(_no(s) for s in self.noes) or 'none'}"
        reachable = "yes" if self.unreachable_since is None else f"no, since {instant(self.unreachable_since)}"
        yield f"  reachable      {reachable}"
        yield f"  thread         {self.thread_owner}"
        yield f"  window         {self._window()}"
        yield f"  last begun     {instant(self.last_claimed_at) if self.last_claimed_at else 'none'}"
        yield f"  caps           {self.in_period} of {self.terms.cap} used, {self.ignored} ignored in a row"
        if self.plan is not None:
            reason = f" ({self.plan.reason})" if self.plan.reason else ""
            yield f"  this silence   {self.plan.state}{reason}"

    def _consent(self) -> str:
        if self.consent is None:
            return f"nothing is recorded; the page rests on: {self.terms.basis}"
        wording = self.consent.wording_version
        shown = f", to wording {wording}" if wording else ""
        spoken = f", in {self.consent_language}" if self.consent_language else ""
        said = f"{self.consent.state}{shown}{spoken}, {instant(self.consent.occurred_at)}, entry {self.consent_entry}"
        return f"{said}; the page rests on: {self.terms.basis}"

    def _window(self) -> str:
        if self.window is None:
            return "none: the customer had not written"
        state = "open" if self.is_window_open else "closed"
        return f"{state}, {instant(self.window.opened_at)} to {instant(self.window.closes_at)}"


def noes_in_force(retelling: Retelling, at: datetime) -> list[str]:
    """All that forbids to write to the contact on our own: stops and mutes by scope, and a consent taken back."""
    noes = sorted(s.scope for s in retelling.suppressions.values() if s.is_in_force(at))
    if standing(retelling.consents.values()) in (ConsentState.WITHDRAWN, ConsentState.REFUSED):
        noes.append("consent")
    return noes


def standing_at(database: Database, house: HouseRules, contact: ContactId, at: datetime) -> Standing:
    """LookupError if there is nothing on record of such a contact."""
    with database.reading() as connection:
        return standing_of(File.open(connection, contact, house).until(at), at)


def standing_of(file: File, at: datetime) -> Standing:
    """The same from what was on record at that instant."""
    told, terms = file.retold(), file.terms(at)
    consent = latest(told.consents.values())
    numbers = [number for number, record in told.consents.items() if record == consent]
    in_force = (s for s in told.suppressions.values() if s.is_in_force(at))
    last_at = told.interactions.last_at
    return Standing(
        contact=file.contact,
        at=at,
        entries=len(file.entries),
        consent=consent,
        consent_entry=numbers[-1] if numbers else None,
        consent_language=told.consent_terms[numbers[-1]].language if numbers else None,
        noes=tuple(sorted(in_force, key=lambda s: s.scope)),
        unreachable_since=told.unreachable_since,
        thread_owner=told.thread_owner if told.is_thread_owned(at) else "bot",
        window=window_of(told.interactions, terms.anchor, terms.window_length),
        past_claims=told.past_claims(),
        last_claimed_at=told.last_claimed_at,
        plan=told.silences.get(last_at) if last_at else None,
        terms=terms,
    )


def _no(suppression: Suppression) -> str:
    until = f" until {instant(suppression.until)}" if suppression.until else ""
    since = f" since {instant(suppression.set_at)}" if suppression.set_at else ""
    return f"{suppression.scope}{since}{until}"
