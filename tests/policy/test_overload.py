"""What is given up where a rate cannot carry all that is due: as little as possible, and what is worth least."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from botapp.policy.overload import Pile, Rate, surplus
from tests.policy.stories import PROPERTY

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def _pile(seconds: int, worth: int, number: int = 1) -> Pile:
    return Pile(NOW + seconds * SECOND, worth, number)


def test_nothing_is_given_up_where_all_can_begin_in_time() -> None:
    assert surplus([_pile(1, 0, 3), _pile(10, 5, 18)], Rate(2, burst=1), NOW) == []


def test_of_more_than_can_begin_in_time_the_least_worth_is_given_up() -> None:
    piles = [_pile(5, 10, 8), _pile(5, 1, 8), _pile(60, 0, 100)]
    assert surplus(piles, Rate(2, burst=0), NOW) == [_pile(5, 1, 6)]


def test_what_is_worth_little_makes_room_for_what_falls_due_later() -> None:
    assert surplus([_pile(2, 1, 2), _pile(3, 9, 3)], Rate(1, burst=0), NOW) == [_pile(2, 1, 2)]


def test_of_the_same_worth_the_nearest_deadline_stays() -> None:
    assert surplus([_pile(4, 1, 4), _pile(3, 1, 3)], Rate(1, burst=0), NOW) == [_pile(4, 1, 3)]


_few = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=7)


@PROPERTY
@given(_few, st.sampled_from([0.5, 1.0, 2.0]))
def test_no_other_choice_sends_more_or_is_worth_more(plans: list[tuple[int, int]], per_second: float) -> None:
    rate = Rate(per_second, burst=1)
    given_up = surplus([_pile(*plan) for plan in plans], rate, NOW)
    sent = len(plans) - sum(pile.number for pile in given_up)
    worth = sum(each for _, each in plans) - sum(pile.number * pile.worth for pile in given_up)
    possible = [chosen for chosen in _subsets(plans) if _fits(chosen, rate)]
    most = max(len(chosen) for chosen in possible)
    assert sent == most
    assert worth == max(sum(each for _, each in chosen) for chosen in possible if len(chosen) == most)


def _subsets(plans: list[tuple[int, int]]) -> list[tuple[tuple[int, int], ...]]:
    return [chosen for size in range(len(plans) + 1) for chosen in combinations(plans, size)]


def _fits(chosen: tuple[tuple[int, int], ...], rate: Rate) -> bool:
    in_order = sorted(seconds for seconds, _ in chosen)
    return all(number <= rate.carries(NOW, NOW + at * SECOND) for number, at in enumerate(in_order, 1))
