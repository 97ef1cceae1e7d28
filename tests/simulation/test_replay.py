"""Whoever has only the log comes to the verdict of the oracle, which saw the world, wherever the log can show it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from botapp.simulation.parts import Parts, WorldPlan
from tests.simulation.planted.fault import (
    MOST_CUSTOMER_DAYS,
    Fault,
    applied,
    first_expected,
    plan_of,
    without_the_fault,
)
from tests.simulation.planted.faults import FAULTS
from tests.simulation.planted.speakers import SEEN_BY_THE_ORACLE_ALONE, SHOWN_BY_THE_LOG
from tests.simulation.replayed import Judged, live_and_replay


@pytest.mark.parametrize("seed", range(5_000, 5_006))
def test_of_the_correct_code_neither_has_anything_to_say(seed: int, tmp_path: Path) -> None:
    judged = live_and_replay(WorldPlan(seed=seed, customers=60, days=10), Parts(), tmp_path)
    assert judged.verdict.violations == ()
    assert (judged.replay, judged.log) == (None, [])
    assert judged.figures is not None
    assert judged.figures.counts["claimed"] > 0
    assert judged.figures.not_judged == 0


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.name in SHOWN_BY_THE_LOG], ids=lambda fault: fault.name)
def test_of_a_planted_fault_that_the_log_shows_both_speak(fault: Fault, tmp_path: Path) -> None:
    seed = next((seed for seed, judged in worlds_with(fault, tmp_path) if both_speak(fault, judged)), None)

    assert seed is not None, f"{fault.name}: not found by both within {MOST_CUSTOMER_DAYS} customer-days"
    innocent = without_the_fault(fault, seed)
    assert first_expected(innocent, fault.broken) is None, "the same world breaks it without the fault"


def worlds_with(fault: Fault, tmp_path: Path) -> Iterator[tuple[int, Judged]]:
    """One world after the other in which the fault is planted, with its seed."""
    worlds = MOST_CUSTOMER_DAYS // (fault.customers * fault.days)
    for seed in range(fault.shows_at, fault.shows_at + worlds):
        with applied((*fault.world, *fault.patches)):
            judged = live_and_replay(plan_of(fault, seed), fault.parts, tmp_path / str(seed))
        yield seed, judged


def both_speak(fault: Fault, judged: Judged) -> bool:
    return judged.replay is not None and first_expected(judged.verdict, fault.broken) is not None


def test_of_every_planted_fault_it_is_known_who_sees_it() -> None:
    assert {fault.name for fault in FAULTS} == SHOWN_BY_THE_LOG | SEEN_BY_THE_ORACLE_ALONE
    assert not SHOWN_BY_THE_LOG & SEEN_BY_THE_ORACLE_ALONE
