"""The guards' statistics: seldom wrong about a good rule, quick about a bad one, at every look."""

import math

import pytest

from botapp.policy.experiments.evidence import Finding, log_below, look
from botapp.policy.experiments.guards import Bounds, Guard, judge
from botapp.policy.experiments.intervals import rate_of, uplift_of
from tests.policy.guards_by_simulation import Rule, median_sends, paused_share, run_all


def test_a_good_rule_is_hardly_ever_paused() -> None:
    assert paused_share(run_all(Rule(0.12, 0.005), runs=100, sends=400)) <= 0.05


def test_a_rule_just_at_both_bounds_is_paused_no_more_often_than_promised() -> None:
    # Of 150 runs at a true 5 % or less, more than 15 are as good as impossible.
    assert paused_share(run_all(Rule(0.10 / 0.98, 0.02), runs=150, sends=300)) <= 0.10


def test_a_bad_rule_is_stopped_within_three_hundred_sends() -> None:
    found = run_all(Rule(0.03, 0.0), runs=100, sends=600)
    assert median_sends(found) <= 300
    assert {pause.guard for pause in found if pause} == {Guard.RESPONSE}


@pytest.mark.parametrize(("harm", "within"), [(0.04, 900), (0.10, 150)])
def test_harm_is_stopped_the_sooner_the_greater_it_is(harm: float, within: int) -> None:
    found = run_all(Rule(0.25, harm), runs=25, sends=2 * within)
    assert median_sends(found) <= within
    assert {pause.guard for pause in found if pause} == {Guard.HARM}


@pytest.mark.parametrize("sends", [1, 5, 20])
def test_a_few_sends_prove_nothing(sends: int) -> None:
    assert judge(0, 0, sends, Bounds()).tripped is None


def test_the_evidence_is_a_fair_bet_at_the_bound() -> None:
    """Its expectation over what ten sends can come to is 1: what makes it valid at every look."""
    expected = sum(
        math.comb(10, hits) * 0.1**hits * 0.9 ** (10 - hits) * math.exp(log_below(hits, 10 - hits, 0.1))
        for hits in range(11)
    )
    assert expected == pytest.approx(1)


def test_so_many_more_as_it_says_are_needed() -> None:
    before = look(2, 50, 0.1, 0.025)
    assert before.finding is Finding.OPEN
    assert before.more is not None
    rate = 2.5 / 51
    enough, too_few = before.more, before.more - 2
    assert log_below(2 + rate * enough, 48 + (1 - rate) * enough, 0.1) >= math.log(40)
    assert log_below(2 + rate * too_few, 48 + (1 - rate) * too_few, 0.1) < math.log(40)


def test_variants_share_the_doubt() -> None:
    alone, one_of_four = judge(2, 0, 102, Bounds()), judge(2, 0, 102, Bounds(), variants=4)
    assert alone.response.finding is Finding.BELOW
    assert one_of_four.response.finding is Finding.OPEN


@pytest.mark.parametrize(
    ("hits", "sends", "low", "high"),
    [(0, 10, 0.0, 0.2775), (15, 148, 0.0624, 0.1605), (10, 10, 0.7225, 1.0)],
)
def test_wilsons_interval_is_as_published(hits: int, sends: int, low: float, high: float) -> None:
    found = rate_of(hits, sends)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_newcombes_interval_is_as_published() -> None:
    """Newcombe 1998, table II: 56/70 against 48/80, method 10."""
    found = uplift_of((56, 70), (48, 80))
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_of_nothing_there_is_no_rate() -> None:
    assert rate_of(0, 0) is None
    assert uplift_of((1, 2), (0, 0)) is None
