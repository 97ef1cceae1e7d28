"""Thompson sampling where outcomes come late: by simulated weeks of a shop, told to the book that counts outcomes."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import pytest

from botapp.audit.verify import drawn
from botapp.policy.bounds import Goal, Objective
from botapp.policy.experiments.assignment import Method
from botapp.policy.experiments.book import Book
from botapp.policy.experiments.outcome import Entry
from botapp.policy.experiments.variants import for_person, successes_and_failures
from botapp.policy.rule import LiveRule, LiveTemplate, LiveVariant
from tests.policy.stories import RULE

_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
_DAYS, _SENDS_A_DAY = 40, 40
_VARIANTS = tuple(LiveVariant(name, name, 1, LiveTemplate(name, 1, "Hi!", "en")) for name in ("charming", "useful"))
_ANSWERED = {"charming": 0.40, "useful": 0.15}
_BOUGHT = {"charming": 0.04, "useful": 0.14}


def _rule(goal: Goal) -> LiveRule:
    return replace(
        RULE, template=None, variants=_VARIANTS, method=Method.THOMPSON, objective=Objective(goal, target_percent=10)
    )


@dataclass(frozen=True)
class Drawing:
    """One claim of the simulated shop."""

    day: int
    person: int
    variant: str
    arms: list[list[object]]


@cache
def _shop(rule: LiveRule, seed: int) -> list[Drawing]:
    """What was sent to whom: customers answer within hours, and buy after days, if they do."""
    chance, book, coming = random.Random(seed), Book(), list[Entry]()  # noqa: S311  not for secrets
    drawings = []
    for day in range(_DAYS):
        now = (day + 1) * _DAY
        for entry in sorted((e for e in coming if e.recorded_at <= now), key=lambda e: e.recorded_at):
            book.take(entry)
        coming = [entry for entry in coming if entry.recorded_at > now]
        book.take(Entry(1, 0, "planned", now))
        book.settle()
        counts = successes_and_failures([rule], book.changes)
        for person in range(day * _SENDS_A_DAY + 1, (day + 1) * _SENDS_A_DAY + 1):
            chosen = for_person(rule, 1, person, counts).drawn
            assert chosen is not None
            arms: list[list[object]] = [[arm.name, arm.weight, arm.successes, arm.failures] for arm in chosen.arms]
            drawings.append(Drawing(day, person, chosen.variant, arms))
            coming += _told(rule, drawings[-1], now, chance)
    return drawings


def _told(rule: LiveRule, drawing: Drawing, at: int, chance: random.Random) -> Iterator[Entry]:
    def entry(kind: str, when: int, /, **details: object) -> Entry:
        return Entry(1, drawing.person, kind, when, when, at, None, details)

    details = {"rule": rule.name, "rule_version": rule.version, "variant": drawing.variant}
    yield entry("claimed", at, **details)
    yield entry("sent", at + 1)
    if chance.random() < _ANSWERED[drawing.variant]:
        yield entry("interaction", at + 5 * _HOUR, kind="message_text")
    if chance.random() < _BOUGHT[drawing.variant]:
        yield entry("converted", at + chance.randrange(1, 6 * 24) * _HOUR)


def _share(drawings: list[Drawing], variant: str, days: range) -> float:
    found = Counter(drawing.variant for drawing in drawings if drawing.day in days)
    return found[variant] / found.total()


@pytest.mark.parametrize(("goal", "best"), [(Goal.CONVERSION, "useful"), (Goal.RESPONSE, "charming")])
@pytest.mark.parametrize("seed", range(2))
def test_what_the_rule_is_for_decides_which_variant_is_sent(goal: Goal, best: str, seed: int) -> None:
    assert _share(_shop(_rule(goal), seed), best, range(30, _DAYS)) > 0.75


def test_until_conversions_have_had_their_time_nobody_is_preferred() -> None:
    """Sales are in after hours, but what was not bought is known after a week: sooner, new sends would look best."""
    drawings = _shop(_rule(Goal.CONVERSION), 0)
    assert {tuple(map(tuple, drawing.arms)) for drawing in drawings if drawing.day < 7} == {
        (("charming", 1, 0, 0), ("useful", 1, 0, 0))
    }
    assert _share(drawings, "useful", range(7)) == pytest.approx(0.5, abs=0.1)


def test_every_draw_can_be_made_again_from_what_the_claim_records() -> None:
    drawings = _shop(_rule(Goal.CONVERSION), 0)
    for drawing in drawings[::7]:
        experiment = f"1/{RULE.name}"
        assert drawn("thompson", experiment, drawing.person, drawing.arms) == drawing.variant
