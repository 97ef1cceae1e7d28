"""Plans and claims through the code that keeps them: who is leased, what moves, and what is remembered."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import text

from botapp.clock import SystemClock
from botapp.policy.decision import PastClaim
from botapp.storage import observations, reengagements
from botapp.storage.engine import Database
from botapp.storage.reengagements import PastClaims, ReengagementKey, State
from botapp.storage.times import from_microseconds
from tests.storage.by_hand import ALICE, BOB, DAY, HOUR, NOON, Hand, claim_values, token_of

NOW = from_microseconds(NOON + 6 * HOUR)
SOON = NOW + timedelta(seconds=15)
CLAIMED_AT = NOON + 4 * HOUR


def _key(contact_id: int = ALICE, interaction_at: int = NOON) -> ReengagementKey:
    return ReengagementKey(1, contact_id, from_microseconds(interaction_at))


def _lease(hand: Hand, now: datetime = NOW, limit: int = 100) -> list[ReengagementKey]:
    with hand.database.transaction() as connection:
        return reengagements.lease_due(connection, 1, now, now + timedelta(seconds=15), limit)


def test_the_nearest_deadline_is_leased_first_and_no_more_than_asked_for(hand: Hand) -> None:
    for customer, deadline in ((10, 3), (11, 1), (12, 2)):
        hand.add_customer(customer)
        hand.insert(customer, NOON, deadline_at=NOON + (10 + deadline) * HOUR)
    assert _lease(hand, limit=2) == [_key(11), _key(12)]
    assert _lease(hand) == [_key(10)]


def test_only_what_is_planned_due_and_free_is_leased(hand: Hand) -> None:
    states = ("skipped", "claimed", "sent", "failed", "unknown", "superseded", "expired")
    for customer, state in enumerate(states, 10):
        hand.add_customer(customer)
        hand.in_state(state, customer)
    hand.insert(ALICE, NOON, due_at=NOON + 6 * HOUR + 1)
    hand.insert(BOB, NOON, due_at=NOON + 6 * HOUR)
    assert _lease(hand) == [_key(BOB)]
    assert _lease(hand, NOW + timedelta(seconds=14)) == [_key(ALICE)]
    with hand.database.reading() as connection:
        assert reengagements.accounts_with_due(connection, NOW + timedelta(seconds=14)) == []
        assert reengagements.accounts_with_due(connection, NOW + timedelta(seconds=15)) == [1]


def test_a_lease_is_a_hint_that_expires(hand: Hand) -> None:
    hand.insert(ALICE, NOON)
    assert [len(_lease(hand, NOW + timedelta(seconds=s))) for s in (0, 14.999999, 15, 16)] == [1, 0, 1, 0]


def test_those_who_lease_at_once_get_different_ones_and_together_all(hand: Hand) -> None:
    customers = range(10, 50)
    for customer in customers:
        hand.add_customer(customer)
        hand.insert(customer, NOON)
    start = threading.Barrier(4)

    def lease(_: int) -> list[ReengagementKey]:
        start.wait(10)
        return [key for _ in range(4) for key in _lease(hand, limit=5)]

    with ThreadPoolExecutor(4) as pool:
        leased = [key.contact_id for keys in pool.map(lease, range(4)) for key in keys]
    assert len(leased) == len(set(leased))
    assert sorted([*leased, *(key.contact_id for key in _lease(hand))]) == list(customers)


def test_a_row_leaves_only_the_state_that_was_named(hand: Hand) -> None:
    hand.insert(ALICE, NOON)
    with hand.database.transaction() as connection:
        for source in State:
            if source is not State.PLANNED:
                assert not reengagements.move(connection, _key(), source, State.SKIPPED, {"reason": "x"})
        assert reengagements.move(connection, _key(), State.PLANNED, State.SKIPPED, {"reason": "x"})
        assert not reengagements.move(connection, _key(BOB), State.PLANNED, State.SKIPPED, {})
    assert hand.states() == ["skipped"]


def test_a_claim_stands_until_it_is_crossed_or_settled_and_only_under_its_own_token(hand: Hand) -> None:
    hand.claimed(ALICE, NOON, CLAIMED_AT)
    token = token_of(ALICE, CLAIMED_AT)
    with hand.database.transaction() as connection:
        assert reengagements.claim_stands(connection, _key(), token)
        assert not reengagements.claim_stands(connection, _key(), "another")
        observations.mark_crossed(connection, [_key()], NOW)
        assert not reengagements.claim_stands(connection, _key(), token)
        observations.mark_crossed(connection, [_key()], SOON)
    assert hand.rows("SELECT crossed_at FROM reengagement") == [(NOON + 6 * HOUR,)], "the first no counts"


def test_only_a_claim_in_flight_is_crossed(hand: Hand) -> None:
    people = _in_every_state(hand)
    with hand.database.transaction() as connection:
        observations.mark_crossed(connection, [_key(person) for person in people], NOW)
    crossed = hand.rows("SELECT state FROM reengagement WHERE crossed_at IS NOT NULL")
    assert [row.state for row in crossed] == ["claimed"]


def test_the_platforms_word_settles_only_what_is_in_doubt(hand: Hand) -> None:
    people = _in_every_state(hand)
    with hand.database.transaction() as connection:
        observations.settle(connection, [(_key(person), f"m_{person}") for person in people], NOW)
    settled = hand.rows("SELECT contact_id, state FROM reengagement WHERE message_id IS NOT NULL")
    assert {people[row.contact_id] for row in settled} == {State.CLAIMED, State.UNKNOWN}
    assert {row.state for row in settled} == {"sent"}


def _in_every_state(hand: Hand) -> dict[int, State]:
    """One customer for each state."""
    people = dict(enumerate(State, 10))
    for person, state in people.items():
        hand.add_customer(person)
        hand.in_state(state, person)
    return people


def test_what_may_have_reached_the_customer_is_remembered_newest_first(hand: Hand) -> None:
    previous = None
    for day, state in enumerate(("sent", "failed", "unknown", "expired", "sent", "claimed")):
        silence = NOON + 3 * day * DAY
        hand.claimed(ALICE, silence, silence + HOUR, previous)
        hand.change(ALICE, silence, {"state": state, "taken_up_at": 5 if day in (0, 2) else None})
        previous = silence + HOUR
    hand.claimed(BOB, NOON, NOON + HOUR)
    expected = [(15, False), (12, False), (6, False), (0, True)]  # in doubt it was not taken up
    with hand.database.reading() as connection:
        for limit in (1, 3, 9):
            found: dict[Any, Any] = reengagements.ask_past_claims(connection, [(1, ALICE)], limit).read()
            claims = [PastClaim(from_microseconds(NOON + d * DAY + HOUR), taken) for d, taken in expected[:limit]]
            assert found == {(1, ALICE): PastClaims(tuple(claims), total=4, taken_up=1)}
        assert reengagements.ask_past_claims(connection, [], 9).read() == {}


def test_a_release_leaves_the_claim_before_as_the_customers_last(hand: Hand) -> None:
    second = NOON + 2 * DAY
    hand.claimed(ALICE, NOON, CLAIMED_AT)
    hand.claimed(ALICE, second, second + HOUR, CLAIMED_AT)
    hand.execute("UPDATE contact SET last_interaction_at = :i, last_claimed_at = :c", i=second, c=second + HOUR)
    with hand.database.transaction() as connection:
        assert reengagements.release(connection, _key(ALICE, second), NOW, "throttled")
        assert not reengagements.release(connection, _key(ALICE, second), NOW, "throttled")
    assert hand.states() == ["claimed", "planned"]
    assert hand.rows("SELECT last_claimed_at FROM contact WHERE id = 1") == [(CLAIMED_AT,)]
    assert hand.rows("SELECT releases, text, claim_token FROM reengagement WHERE state = 'planned'") == [
        (1, None, None)
    ]
    assert hand.change(ALICE, second, claim_values(second, second + 2 * HOUR, CLAIMED_AT)) == 1


def test_what_is_not_due_yet_costs_the_few_that_are_nothing(sqlite_database_url: str) -> None:
    database = Database(sqlite_database_url, clock=SystemClock())
    hand = Hand(database)
    hand.insert(ALICE, NOON)
    few = _steps_of_leasing(hand)
    for customer in range(100, 1100):
        hand.add_customer(customer)
        hand.insert(customer, NOON, due_at=NOON + 20 * HOUR, deadline_at=NOON + 12 * HOUR)
    many = _steps_of_leasing(hand)
    database.close()
    assert many < 2 * few


def test_a_lease_reads_the_few_that_are_due_and_not_all_that_wait(postgresql_database_url: str) -> None:
    database = Database(postgresql_database_url, clock=SystemClock())
    hand = Hand(database)
    hand.insert(ALICE, NOON)
    for customer in range(100, 1100):
        hand.add_customer(customer)
        hand.insert(customer, NOON, due_at=NOON + 20 * HOUR, deadline_at=NOON + 12 * HOUR)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE reengagement"))  # so that the planner knows how many wait
    with database.transaction() as connection:
        assert reengagements.lease_due(connection, 1, NOW, NOW, 100) == [_key(ALICE)]
        read = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'reengagement'")
        assert connection.execute(read).scalar_one() < 10
    database.close()


def _steps_of_leasing(hand: Hand) -> int:
    """How many tens of steps SQLite takes for it."""
    steps = count()
    with hand.database.transaction() as connection:
        connection.connection.dbapi_connection.set_progress_handler(lambda: next(steps) and None, 10)  # type: ignore[union-attr]
        assert reengagements.lease_due(connection, 1, NOW, NOW, 100) == [_key(ALICE)]
        connection.connection.dbapi_connection.set_progress_handler(None, 10)  # type: ignore[union-attr]
    return next(steps)
