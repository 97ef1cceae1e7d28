"""The guards: rules and variants pause themselves when they have to, and go on when a second person says so."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from botapp.policy.experiments.guards import Bounds, Guard, Judgement, judge
from botapp.policy.experiments.outcome import Cell, Counts, Measure
from botapp.storage import accounts, campaigns, guards, ledger, outcomes
from botapp.storage.engine import Database
from botapp.storage.guards import Guarded, GuardState, Known
from botapp.storage.ledger import Entry, EntryKind

_NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Standing:
    """A live rule, or one of its variants: what came of it, what the guards make of that, and whether it is paused."""

    guarded: Guarded
    known: Known  # since it was published, or last resumed
    judgement: Judgement
    state: GuardState | None  # None: it was never paused

    @property
    def is_paused(self) -> bool:
        return self.state is not None and self.state.is_paused


class NotResumed(StrEnum):
    """Why a rule was not resumed."""

    NOT_PAUSED = "no guard has paused it"
    NO_REASON = "it takes a reason"
    NOBODY = "it takes a member of the staff: say who you are"
    SAME_PERSON = "whoever made it live may not resume it; it takes a second person"


@dataclass(frozen=True, slots=True)
class Guards:
    """Looks at what came of live rules. May look as often as it likes: the test is valid at every look."""

    database: Database
    bounds: Bounds

    def look(self, account_ids: Iterable[int] | None = None) -> list[Guarded]:
        """Pause what has to be, on these pages or on all; what was paused."""
        with self.database.reading() as connection:
            pages = accounts.load_all(connection) if account_ids is None else ()
            wanted = [page.id for page in pages] if account_ids is None else sorted(account_ids)
            tripped = [account_id for account_id in wanted if any(self._tripped(connection, account_id))]
        return [guarded for account_id in tripped for guarded in self._pause(account_id)]

    def standings(self, account_id: int) -> list[Standing]:
        """Every live rule of a page, or its variants, with what is known and how many more sends it takes."""
        with self.database.reading() as connection:
            return list(_standings(connection, account_id, self.bounds))

    def _tripped(self, connection: Connection, account_id: int) -> Iterator[tuple[Standing, Guard]]:
        for standing in _standings(connection, account_id, self.bounds):
            guard = standing.judgement.tripped
            if guard is not None and not standing.is_paused:
                yield standing, guard

    def _pause(self, account_id: int) -> list[Guarded]:
        with self.database.transaction() as connection:
            accounts.lock_account(connection, account_id)
            now = self.database.now(connection)
            paused = []
            for standing, guard in list(self._tripped(connection, account_id)):
                if guards.pause(connection, standing.guarded, guard, now):
                    entry = Entry(EntryKind.RULE_PAUSED, reason=guard, details=_details(standing, guard, self.bounds))
                    ledger.append_for_page(connection, account_id, entry, now)
                    paused.append(standing.guarded)
            if paused:
                accounts.bump_generation(connection, account_id)
        return paused


def resume_rule(
    database: Database, account_id: int, rule: str, reason: str, *, variant: str = "", by: int | None
) -> NotResumed | None:
    """Let a paused live rule, or a variant of it, go on; None once it does, else why not.

    `by` is a member of the staff, and not the one who made the version live. What is known already is not held against
    it again: the guards begin anew.
    """
    if not reason.strip():
        return NotResumed.NO_REASON
    if not by:  # the command line is nobody in particular
        return NotResumed.NOBODY
    with database.transaction() as connection:
        accounts.lock_account(connection, account_id)
        live = {stored.name: stored.version for stored in campaigns.load_live_rules(connection, account_id)}
        guarded = Guarded(account_id, rule, live.get(rule, 0), variant)
        if guards.find_publisher(connection, account_id, rule, guarded.version) == by:
            return NotResumed.SAME_PERSON
        now = database.now(connection)
        known = _known(outcomes.load_counts(connection, account_id), guarded)
        if not guards.resume(connection, guarded, known, now):
            return NotResumed.NOT_PAUSED
        details = {"name": rule, "version": guarded.version, "by": by, **({"variant": variant} if variant else {})}
        entry = Entry(EntryKind.RULE_RESUMED, reason=reason.strip(), details=details)
        ledger.append_for_page(connection, account_id, entry, now)
        accounts.bump_generation(connection, account_id)
    return None


def _standings(connection: Connection, account_id: int, bounds: Bounds) -> Iterator[Standing]:
    rules = campaigns.load_live_rules(connection, account_id)
    counts = outcomes.load_counts(connection, account_id)
    states = guards.load_states(connection, account_id)
    for rule in rules:
        variants = _variants(json.loads(rule.definition))
        for variant in variants:
            guarded = Guarded(account_id, rule.name, rule.version, variant)
            state = states.get(guarded)
            known = _since(_known(counts, guarded), state.before if state else _NOTHING)
            judgement = judge(known.responses, known.harms, known.sends, bounds, len(variants))
            yield Standing(guarded, known, judgement, state)


def _variants(definition: Mapping[str, object]) -> tuple[str, ...]:
    """What is judged apart: each variant, or the rule itself."""
    variants = definition.get("variants")
    return tuple(name for name, *_ in variants) if isinstance(variants, list) else ("",)


def _known(counts: Counts, guarded: Guarded) -> Known:
    cell = Cell(guarded.account_id, guarded.rule, guarded.version, guarded.variant, is_held_out=False)
    measures = (Measure.MATURED, Measure.RESPONDED, Measure.HARMED)
    return Known(*(counts[cell, measure] for measure in measures))


def _since(known: Known, before: Known) -> Known:
    """What came after; an outcome that was told late may have changed what was known before."""
    sends = max(known.sends - before.sends, 0)
    responses, harms = known.responses - before.responses, known.harms - before.harms
    return Known(sends, min(max(responses, 0), sends), min(max(harms, 0), sends))


def _details(standing: Standing, guard: Guard, bounds: Bounds) -> dict[str, object]:
    """What the pause rests on: counts of sends, and no person."""
    guarded, known, judgement = standing.guarded, standing.known, standing.judgement
    is_harm = guard is Guard.HARM
    found: dict[str, object] = {
        "name": guarded.rule,
        "version": guarded.version,
        "sends": known.sends,
        "responses": known.responses,
        "harms": known.harms,
        "bound": bounds.harm_ceiling if is_harm else bounds.response_floor,
        "evidence": round(judgement.harm.above if is_harm else judgement.response.below, 3),
    }
    return found | ({"variant": guarded.variant} if guarded.variant else {})
