"""Two connections at the same row or the same customer: one of them gets it, and the other is told."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.storage.by_hand import ALICE, HOUR, NOON, Hand, claim_values

SECOND = NOON + 30 * HOUR


def _claims_at_once(
    hand: Hand, silences: list[int], claimed_at: int, previous: int | None, customer: int = ALICE
) -> list[bool]:
    """Everybody claims at the same instant; who was allowed to."""
    start = threading.Barrier(len(silences))

    def claim(number: int) -> bool:
        values = claim_values(silences[number], claimed_at + number, previous, claim_token=f"of-{customer}-{number}")
        start.wait(10)
        try:
            hand.change(customer, silences[number], values)
        except IntegrityError:
            return False
        return True

    with ThreadPoolExecutor(len(silences)) as pool:
        return list(pool.map(claim, range(len(silences))))


def test_of_two_first_claims_of_one_customer_one_is_made(hand: Hand) -> None:
    silences = [NOON, NOON + HOUR]
    for customer in range(10, 20):
        hand.add_customer(customer)
        for silence in silences:
            hand.insert(customer, silence)
        assert sorted(_claims_at_once(hand, silences, NOON + 8 * HOUR, None, customer)) == [False, True]


def test_of_eight_claims_of_one_silence_one_is_made(hand: Hand) -> None:
    hand.insert(ALICE, NOON)
    assert sum(_claims_at_once(hand, [NOON] * 8, NOON + 4 * HOUR, None)) == 1


def test_of_two_successors_of_one_claim_one_is_made(hand: Hand) -> None:
    hand.claimed(ALICE, NOON, NOON + HOUR)
    silences = [SECOND, SECOND + HOUR]
    for silence in silences:
        hand.insert(ALICE, silence)
    assert sorted(_claims_at_once(hand, silences, SECOND + 8 * HOUR, NOON + HOUR)) == [False, True]


def test_a_claim_waits_for_one_that_is_not_committed_yet_and_is_made_if_that_is_taken_back(
    hand: Hand, wait_until: Callable[..., None]
) -> None:
    if not hand.database.is_postgresql:
        pytest.skip("has one writer at a time anyway")
    for silence in (NOON, NOON + HOUR):
        hand.insert(ALICE, silence)
    first_claim = claim_values(NOON, NOON + 8 * HOUR)
    second_claim = claim_values(NOON + HOUR, NOON + 9 * HOUR)
    sets = ", ".join(f"{name} = :{name}" for name in first_claim)
    with ThreadPoolExecutor(1) as pool:
        with hand.database.engine.connect() as first:
            first.execute(text(f"UPDATE reengagement SET {sets} WHERE interaction_at = {NOON}"), first_claim)  # noqa: S608  our own names
            second = pool.submit(hand.change, ALICE, NOON + HOUR, second_claim)
            wait_until(lambda: hand.rows("SELECT 1 FROM pg_locks WHERE NOT granted"))
            assert not second.done()
            first.rollback()
        assert second.result(10) == 1
    assert hand.states() == ["planned", "claimed"]
