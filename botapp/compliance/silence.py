"""The proof that nothing was sent after a no: every entry since, beside the noes that were in force then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from botapp.compliance.as_of import noes_in_force
from botapp.compliance.cases import File
from botapp.compliance.retelling import Retelling
from botapp.compliance.told import Told
from botapp.compliance.wording import instant, sentence
from botapp.reengagement.terms import HouseRules
from botapp.storage.engine import Database
from botapp.storage.ledger import EntryKind
from botapp.storage.standing import ContactId


@dataclass(frozen=True, slots=True)
class Witnessed:
    """An entry, and the noes that were in force once it was written."""

    entry: Told
    noes: tuple[str, ...]

    def __str__(self) -> str:
        said = f"entry {self.entry.sequence:<4} {instant(self.entry.recorded_at)}  {sentence(self.entry)}"
        event = f", event {self.entry.evidence_key}" if self.entry.evidence_key else ""
        return f"{said}{event}  [{', '.join(self.noes) or 'no no in force'}]"


@dataclass(slots=True)
class SilenceProof:
    """What the entries of one contact say since an instant."""

    contact: ContactId
    since: datetime
    entries: int = 0  # of the contact, in all
    is_gapless: bool = True
    witnessed: list[Witnessed] = field(default_factory=list)
    breaches: list[Told] = field(default_factory=list)  # begun while a no was in force
    crossed: list[Told] = field(default_factory=list)  # a no came while one was already on its way
    begun: int = 0  # while none was
    noes_before: tuple[str, ...] = ()  # those in force at the instant itself

    @property
    def has_a_no(self) -> bool:
        """Without one there is nothing to prove."""
        return bool(self.noes_before) or any(witnessed.noes for witnessed in self.witnessed)

    @property
    def holds(self) -> bool:
        return self.has_a_no and self.is_gapless and not self.breaches

    def lines(self) -> Iterator[str]:
        """In plain words, the verdict last."""
        yield f"Contact {self.contact[0]}/{self.contact[1]} since {instant(self.since)}"
        yield f"  in force then: {', '.join(self.noes_before) or 'no no'}"
        yield from (f"  {witnessed}" for witnessed in self.witnessed)
        yield ""
        for entry in self.crossed:
            yield f"A no came while a message was already on its way: entry {entry.sequence}, {instant(entry.at)}."
        if self.begun:
            yield f"{self.begun} begun while no no was in force."
        for entry in self.breaches:
            yield f"BROKEN: entry {entry.sequence}, {instant(entry.at)}: begun although a no was in force."
        if not self.is_gapless:
            yield "BROKEN: the numbers of the entries have a gap."
        if not self.has_a_no:
            yield "There is no no on record, so there is nothing to prove."
        if self.holds:
            yield f"None of the {self.entries} entries of this contact is of a message begun while a no was in force."


def prove_silence(database: Database, house: HouseRules, contact: ContactId, since: datetime) -> SilenceProof:
    """Read all that is on record of a contact. LookupError if there is nothing."""
    with database.reading() as connection:
        entries = File.open(connection, contact, house).entries
    proof, told = SilenceProof(contact, since, len(entries)), Retelling(house.window_length)
    proof.noes_before = _noes_at(entries, since, house)
    for entry in entries:
        if entry.recorded_at >= since:
            _weigh(proof, entry, bool(noes_in_force(told, entry.at)))
        told.take(entry)
        if entry.recorded_at >= since:
            proof.witnessed.append(Witnessed(entry, tuple(noes_in_force(told, entry.recorded_at))))
    proof.is_gapless = told.is_gapless
    return proof


def _weigh(proof: SilenceProof, entry: Told, is_forbidden: bool) -> None:
    if entry.kind == EntryKind.CLAIMED and is_forbidden:
        proof.breaches.append(entry)
    elif entry.kind == EntryKind.CLAIMED:
        proof.begun += 1
    elif entry.kind == EntryKind.CROSSED:
        proof.crossed.append(entry)


def _noes_at(entries: Sequence[Told], at: datetime, house: HouseRules) -> tuple[str, ...]:
    told = Retelling.of((entry for entry in entries if entry.recorded_at < at), house.window_length)
    return tuple(noes_in_force(told, at))
