"""What a page's rules do: counts with intervals, uplift against those held out, and what the guards make of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from botapp.campaign.guards import Guards, Standing
from botapp.policy.experiments.evidence import Look
from botapp.policy.experiments.intervals import Estimate, rate_of, uplift_of
from botapp.policy.experiments.outcome import Cell, Counts, Measure
from botapp.storage import outcomes, tally
from botapp.storage.engine import Database
from botapp.storage.guards import Guarded
from botapp.storage.ledger import EntryKind
from botapp.storage.tally import Filter


@dataclass(frozen=True, slots=True)
class Result:
    """A version of a rule, or one of its variants. Rates are of the sends whose time to be answered is over."""

    rule: str
    version: int
    variant: str  # empty: the rule has none
    counts: dict[Measure, int]  # every measure named
    held_out: tuple[int, int]  # who wrote all the same, and how many were held out, of the whole rule
    standing: Standing | None  # None: it is not live, and no guard looks at it

    @property
    def response(self) -> Estimate | None:
        return rate_of(self.counts[Measure.RESPONDED], self.counts[Measure.MATURED])

    @property
    def harm(self) -> Estimate | None:
        return rate_of(self.counts[Measure.HARMED], self.counts[Measure.MATURED])

    @property
    def uplift(self) -> Estimate | None:
        """Of response, against those who were held out."""
        return uplift_of((self.counts[Measure.RESPONDED], self.counts[Measure.MATURED]), self.held_out)

    def as_json(self) -> dict[str, Any]:
        """The stable form for scripts."""
        return {
            "rule": self.rule,
            "version": self.version,
            "variant": self.variant or None,
            "counts": {measure.value: number for measure, number in self.counts.items()},
            "response": _estimate(self.response),
            "harm": _estimate(self.harm),
            "uplift": _estimate(self.uplift),
            "held_out": {"responded": self.held_out[0], "matured": self.held_out[1]},
            "guards": _standing(self.standing) if self.standing else None,
        }


def results_of(guards: Guards, account_id: int) -> list[Result]:
    """Every version and variant of which anything is known, and those that are live; in the order of their names."""
    standings = {standing.guarded: standing for standing in guards.standings(account_id)}
    with guards.database.reading() as connection:
        counts = outcomes.load_counts(connection, account_id)
    sent = {Guarded(c.account_id, c.rule, c.version, c.variant) for c, _ in counts if not c.is_held_out}
    wanted = sorted(sent | standings.keys(), key=lambda g: (g.rule, g.version, g.variant))
    return [_result(guarded, counts, standings.get(guarded)) for guarded in wanted]


def _result(guarded: Guarded, counts: Counts, standing: Standing | None) -> Result:
    cell = Cell(guarded.account_id, guarded.rule, guarded.version, guarded.variant, is_held_out=False)
    out = cell._replace(variant="", is_held_out=True)
    held_out = (counts[out, Measure.RESPONDED], counts[out, Measure.MATURED])
    found = {measure: counts[cell, measure] for measure in Measure}
    return Result(guarded.rule, guarded.version, guarded.variant, found, held_out, standing)


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "state": "paused" if standing.is_paused else "running",
        "reason": standing.state.reason if standing.state and standing.is_paused else None,
        "sends": standing.known.sends,
        "response": _look(standing.judgement.response),
        "harm": _look(standing.judgement.harm),
    }


def _look(look: Look) -> dict[str, Any]:
    return {
        "finding": look.finding.value,
        "evidence_below": look.below,
        "evidence_above": look.above,
        "more_needed": look.more,
    }


def _estimate(estimate: Estimate | None) -> dict[str, float] | None:
    return None if estimate is None else {name: round(value, 6) for name, value in asdict(estimate).items()}


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """How many said that an answer helped, and how many that it did not: of the FAQ's answers, and of a person's."""

    faq: tuple[int, int]
    person: tuple[int, int]

    def as_json(self) -> Mapping[str, Mapping[str, int]]:
        told = {"faq": self.faq, "person": self.person}
        return {helper: {"helped": yes, "not_helped": no} for helper, (yes, no) in told.items()}


def satisfaction_of(database: Database, account_id: int) -> Satisfaction:
    """What customers of a page said so far, as the sealed log tells it."""
    wanted = Filter(account_ids=(account_id,), kinds=(EntryKind.SATISFACTION,))
    with database.reading() as connection:
        told = Counter({each.reason: each.entries for each in tally.load_tallies(connection, wanted)})
    return Satisfaction(
        (told["faq_helped"], told["faq_not_helped"]), (told["person_helped"], told["person_not_helped"])
    )
