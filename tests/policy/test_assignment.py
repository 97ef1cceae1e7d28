"""Who gets which variant: the same person always the same, shares as wished, and the verifier draws alike."""

from collections import Counter

import pytest

from botapp.audit.verify import drawn
from botapp.policy.experiments.assignment import Arm, Method, choose

HALVES = (Arm("a"), Arm("b"))
_PEOPLE = range(20_000)


def _shares(arms: tuple[Arm, ...], method: Method, people: range) -> dict[str, float]:
    found = Counter(choose(method, "1/rule", person, arms) for person in people)
    return {name: number / len(people) for name, number in found.items()}


def test_a_split_gives_each_variant_its_share() -> None:
    shares = _shares((Arm("a", 3), Arm("b", 1)), Method.SPLIT, _PEOPLE)
    assert shares["a"] == pytest.approx(0.75, abs=0.01)


def test_a_person_keeps_the_variant_and_another_experiment_is_drawn_anew() -> None:
    first = [choose(Method.SPLIT, "1/rule", person, HALVES) for person in range(1000)]
    assert first == [choose(Method.SPLIT, "1/rule", person, HALVES) for person in range(1000)]
    other = [choose(Method.SPLIT, "1/other", person, HALVES) for person in range(1000)]
    assert sum(a == b for a, b in zip(first, other, strict=True)) == pytest.approx(500, abs=60)


def test_without_any_outcome_thompson_sampling_has_no_favourite() -> None:
    assert _shares(HALVES, Method.THOMPSON, _PEOPLE)["a"] == pytest.approx(0.5, abs=0.015)


def test_a_draw_is_distributed_as_beta() -> None:
    """Beta(3, 8) exceeds Beta(1, 1) with the probability of its mean, 3/11."""
    arms = (Arm("known", 1, 2, 7), Arm("unknown"))
    assert _shares(arms, Method.THOMPSON, _PEOPLE)["known"] == pytest.approx(3 / 11, abs=0.012)


def test_what_does_better_is_chosen_more_often() -> None:
    arms = (Arm("good", 1, 30, 170), Arm("bad", 1, 8, 192))
    assert _shares(arms, Method.THOMPSON, range(2000))["good"] > 0.97


def test_many_outcomes_leave_a_little_curiosity() -> None:
    few, many = (Arm("a", 1, 100, 900), Arm("b", 1, 110, 890)), (Arm("a", 1, 10**7, 9 * 10**7), Arm("b", 1, 11, 89))
    assert _shares(few, Method.THOMPSON, range(500))["a"] > 0.1
    assert 0.1 < _shares(many, Method.THOMPSON, range(500))["a"] < 0.9


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("arms", [HALVES, (Arm("a", 5, 3, 40), Arm("b", 2, 9, 1), Arm("ünï", 1, 700, 900))])
def test_the_verifier_draws_the_same_and_shares_no_code(method: Method, arms: tuple[Arm, ...]) -> None:
    written = [[arm.name, arm.weight, arm.successes, arm.failures] for arm in arms]
    for person in range(200):
        assert drawn(method.value, "7/a rule", person, written) == choose(method, "7/a rule", person, arms)
