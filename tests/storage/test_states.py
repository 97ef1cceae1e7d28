"""The state machine lives in the schema: what may follow what, for whoever writes the SQL."""

import pytest
from sqlalchemy.exc import IntegrityError

from tests.storage.by_hand import ALICE, CLAIM_COLUMNS, HOUR, NOON, Hand, claim_values

STATES = ("planned", "claimed", "sent", "failed", "unknown", "skipped", "superseded", "expired")
MAY_FOLLOW = {
    "planned": {"claimed", "skipped", "superseded", "expired"},
    "claimed": {"sent", "failed", "unknown", "expired", "planned"},
    "unknown": {"sent"},
    "skipped": {"planned"},
}
REPLY_STATES = ("planned", "claimed", "sent", "failed", "unknown", "skipped")
REPLY_MAY_FOLLOW = {
    "planned": {"claimed", "skipped"},
    "claimed": {"sent", "failed", "unknown", "planned"},
    "unknown": {"sent"},
}
UNCLAIMED = dict.fromkeys(CLAIM_COLUMNS)


def test_only_these_states_follow_each_other(hand: Hand) -> None:
    moves = [(source, target) for source in STATES for target in STATES if source != target]
    for customer, (source, target) in enumerate(moves, 10):
        hand.add_customer(customer)
        hand.in_state(source, customer)
        claim = claim_values(NOON, NOON + 4 * HOUR, claim_token=f"token-of-{customer}")
        moved = any(not hand.cannot(customer, NOON, changes | {"state": target}) for changes in ({}, claim, UNCLAIMED))
        assert moved == (target in MAY_FOLLOW.get(source, set())), (source, target)
        assert hand.states(customer) == [target if moved else source]


def test_a_row_begins_planned_or_skipped_and_nothing_else(hand: Hand) -> None:
    claim = claim_values(NOON, NOON + 4 * HOUR)
    for state in STATES:
        claim["state"] = state
        for other in ({}, claim):
            if other or state not in ("planned", "skipped"):
                with pytest.raises(IntegrityError):
                    hand.insert(ALICE, NOON, **{"state": state, **other})
    assert hand.states() == []


def test_no_other_word_is_a_state(hand: Hand) -> None:
    hand.insert(ALICE, NOON)
    for word in ("SENT", "", "crossed", "sent ", None):
        assert hand.cannot(ALICE, NOON, {"state": word})


def test_what_was_not_claimed_has_no_claim_in_the_books(hand: Hand) -> None:
    for customer, state in enumerate(("planned", "skipped", "superseded", "expired"), 10):
        hand.add_customer(customer)
        hand.in_state(state, customer)
        for target in (state, "expired"):
            assert hand.cannot(customer, NOON, claim_values(NOON, NOON + 4 * HOUR) | {"state": target})
    assert set(hand.rows("SELECT claimed_at FROM reengagement")) == {(None,)}


def test_a_settled_claim_is_neither_undone_nor_deleted(hand: Hand) -> None:
    for customer, state in enumerate(("sent", "failed", "unknown", "expired"), 10):
        hand.add_customer(customer)
        hand.in_state("claimed", customer)
        hand.change(customer, NOON, {"state": state})
        for target in STATES:
            assert hand.cannot(customer, NOON, UNCLAIMED | {"state": target})
        assert hand.is_refused(f"DELETE FROM reengagement WHERE contact_id = {customer}")  # noqa: S608  our own figure
        assert hand.states(customer) == [state]


def test_a_release_gives_up_the_claim_whole(hand: Hand) -> None:
    hand.in_state("claimed")
    assert hand.cannot(ALICE, NOON, {"state": "planned"}), "it would be planned and claimed at once"
    assert hand.change(ALICE, NOON, UNCLAIMED | {"state": "planned"}) == 1
    again = claim_values(NOON, NOON + 5 * HOUR)
    assert hand.change(ALICE, NOON, again) == 1


def test_a_release_inside_the_chain_is_refused(hand: Hand) -> None:
    second = NOON + 30 * HOUR
    hand.claimed(ALICE, NOON, NOON + 4 * HOUR)
    hand.claimed(ALICE, second, second + HOUR, NOON + 4 * HOUR)
    assert hand.cannot(ALICE, NOON, UNCLAIMED | {"state": "planned"})


def test_a_claim_in_flight_is_not_deleted(hand: Hand) -> None:
    hand.in_state("claimed")
    assert hand.is_refused("DELETE FROM reengagement")


def test_what_was_never_claimed_may_be_deleted(hand: Hand) -> None:
    for state in ("planned", "skipped", "superseded", "expired"):
        hand.in_state(state)
        assert hand.execute("DELETE FROM reengagement") == 1


_ANSWER = (
    "INSERT INTO reply (account_id, contact_id, event_key, position, kind, state, planned_at, not_before, claimed_at)"
    " VALUES (1, 1, 'm_1', 1, 'greeting', :state, 0, 0, :claimed_at)"
)


def test_only_these_states_of_an_answer_follow_each_other(hand: Hand) -> None:
    for source in REPLY_STATES:
        begins = source in ("planned", "skipped")
        assert hand.is_refused(_ANSWER, state=source, claimed_at=5) == (not begins)
        for target in set(REPLY_STATES) - {source}:
            hand.execute("DELETE FROM reply")
            hand.execute(_ANSWER, state=source if begins else "planned", claimed_at=None)
            if not begins:
                assert hand.is_refused("UPDATE reply SET state = 'claimed'"), "claimed, and nobody knows when"
                hand.execute("UPDATE reply SET state = 'claimed', claimed_at = 5")
                hand.execute("UPDATE reply SET state = :state", state=source)
            claimed_at = None if target == "planned" else 5
            changes = {"state": target, "claimed_at": claimed_at}
            refused = hand.is_refused("UPDATE reply SET state = :state, claimed_at = :claimed_at", **changes)
            assert refused == (target not in REPLY_MAY_FOLLOW.get(source, set())), (source, target)
        hand.execute("DELETE FROM reply")


def test_an_event_has_one_answer_and_a_place_one_answer(hand: Hand) -> None:
    hand.execute(_ANSWER, state="planned", claimed_at=None)
    assert hand.is_refused(_ANSWER.replace("1, 'greeting'", "2, 'greeting'"), state="planned", claimed_at=None)
    assert hand.is_refused(_ANSWER.replace("m_1", "m_2"), state="planned", claimed_at=None)
    assert hand.is_refused("UPDATE reply SET event_key = 'm_2'")
    assert hand.is_refused("UPDATE reply SET contact_id = 2")
