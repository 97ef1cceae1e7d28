"""Once in a silence and once in a day, whoever writes the SQL: the claims of a customer are one chain without forks."""

from typing import Any

import pytest

from tests.storage.by_hand import ALICE, ALLOWANCE, BOB, DAY, GAP, HOUR, NOON, Hand, claim_values, token_of

FIRST_CLAIM = NOON + 4 * HOUR
SECOND_SILENCE = NOON + 30 * HOUR
SECOND_CLAIM = SECOND_SILENCE + 4 * HOUR


@pytest.fixture
def chain(hand: Hand) -> Hand:
    """One claim, made and sent, and a second silence of the same customer that is planned."""
    hand.claimed(ALICE, NOON, FIRST_CLAIM)
    hand.change(ALICE, NOON, {"state": "sent"})
    hand.insert(ALICE, SECOND_SILENCE)
    return hand


def test_a_second_claim_in_another_silence_and_a_day_later_is_made(chain: Hand) -> None:
    assert chain.change(ALICE, SECOND_SILENCE, claim_values(SECOND_SILENCE, SECOND_CLAIM, FIRST_CLAIM)) == 1
    assert chain.states() == ["sent", "claimed"]


FORGED: dict[str, dict[str, Any]] = {
    "a second beginning": {"previous_claimed_at": None},
    "a predecessor that never was": {"previous_claimed_at": FIRST_CLAIM - HOUR},
    "its own predecessor": {"previous_claimed_at": SECOND_CLAIM},
    "an interaction as predecessor": {"previous_claimed_at": NOON},
    "a microsecond within the gap": {"claimed_at": FIRST_CLAIM + GAP - 1},
    "the same instant": {"claimed_at": FIRST_CLAIM},
    "no gap": {"least_gap": None},
    "a gap of nothing": {"least_gap": 0},
    "a gap that is a microsecond shorter than the window": {"least_gap": DAY - 1},
    "no token": {"claim_token": None},
    "another's token": {"claim_token": token_of(ALICE, FIRST_CLAIM)},
    "no text": {"text": None},
    "no template": {"template_version": None},
    "no beginning of the window": {"opened_at": None},
    "no end of the window": {"closes_at": None},
    "no allowance": {"send_allowance": None},
    "an allowance of nothing": {"send_allowance": 0},
    "an allowance below nothing": {"send_allowance": -HOUR},
    "claimed before the customer wrote": {"claimed_at": SECOND_SILENCE - 1},
    "a window that opens after the customer wrote": {"opened_at": SECOND_SILENCE + 1},
    "at the last instant": {"claimed_at": SECOND_SILENCE + DAY - ALLOWANCE},
    "after the window": {"claimed_at": SECOND_SILENCE + DAY + HOUR},
    "a window that is longer than the gap": {"closes_at": SECOND_SILENCE + 30 * HOUR},
}


def test_a_forged_claim_is_refused(chain: Hand) -> None:
    values = claim_values(SECOND_SILENCE, SECOND_CLAIM, FIRST_CLAIM)
    passed = [what for what, forged in FORGED.items() if not chain.cannot(ALICE, SECOND_SILENCE, values | forged)]
    assert passed == []
    assert chain.states() == ["sent", "planned"]
    assert chain.change(ALICE, SECOND_SILENCE, values) == 1, "only what was forged stood against it"


def test_what_is_no_whole_number_cannot_slip_past_the_comparisons(chain: Hand) -> None:
    if chain.database.is_postgresql:
        pytest.skip("its columns hold whole numbers only")
    values = claim_values(SECOND_SILENCE, SECOND_CLAIM, FIRST_CLAIM)
    for column in ("claimed_at", "previous_claimed_at", "least_gap", "opened_at", "closes_at", "send_allowance"):
        for forged in ("zzz", 1e300, b"\xff", SECOND_CLAIM + 0.5):
            assert chain.cannot(ALICE, SECOND_SILENCE, values | {column: forged}), (column, forged)
    assert chain.states() == ["sent", "planned"]


def test_a_customer_who_writes_again_the_same_day_cannot_be_claimed_again_that_day(hand: Hand) -> None:
    hand.claimed(ALICE, NOON, FIRST_CLAIM)
    silence = NOON + 5 * HOUR
    hand.insert(ALICE, silence)
    for previous in (None, FIRST_CLAIM, NOON):
        for hours in (1, 4, 18):
            assert hand.cannot(ALICE, silence, claim_values(silence, silence + hours * HOUR, previous))


def test_a_claim_has_one_successor(chain: Hand) -> None:
    chain.change(ALICE, SECOND_SILENCE, claim_values(SECOND_SILENCE, SECOND_CLAIM, FIRST_CLAIM))
    third = NOON + 80 * HOUR
    chain.insert(ALICE, third)
    assert chain.cannot(ALICE, third, claim_values(third, third + HOUR, FIRST_CLAIM))
    assert chain.change(ALICE, third, claim_values(third, third + HOUR, SECOND_CLAIM)) == 1


def test_a_silence_before_the_last_claim_cannot_be_claimed_afterwards(chain: Hand) -> None:
    earlier = NOON - DAY
    chain.insert(ALICE, earlier)
    for previous in (None, FIRST_CLAIM, earlier):
        assert chain.cannot(ALICE, earlier, claim_values(earlier, earlier + HOUR, previous))
    late = claim_values(earlier, SECOND_CLAIM, FIRST_CLAIM, closes_at=SECOND_CLAIM + HOUR, least_gap=9 * DAY)
    assert chain.cannot(ALICE, earlier, late)


def test_a_silence_has_one_row(chain: Hand) -> None:
    for state in ("planned", "skipped"):
        values = {"c": ALICE, "i": NOON, "s": state}
        sql = (
            "INSERT INTO reengagement (account_id, contact_id, interaction_at, state, planned_at, due_at, deadline_at)"
            " VALUES (1, :c, :i, :s, 0, 0, 0)"
        )
        assert chain.is_refused(sql, **values)


def test_another_customers_claim_is_nobodys_predecessor(chain: Hand) -> None:
    silence = NOON + 40 * HOUR
    chain.insert(BOB, silence)
    assert chain.cannot(BOB, silence, claim_values(silence, silence + HOUR, FIRST_CLAIM))
    assert chain.change(BOB, silence, claim_values(silence, silence + HOUR, None)) == 1


REWRITES: tuple[dict[str, Any], ...] = (
    {"claimed_at": FIRST_CLAIM + 1},
    {"claimed_at": None},
    {"previous_claimed_at": FIRST_CLAIM},
    {"least_gap": GAP + 1},
    {"opened_at": NOON - 1},
    {"closes_at": NOON + DAY - 1},
    {"send_allowance": ALLOWANCE - 1},
    {"claim_token": "another"},
    {"claim_token": None},
    {"rule_name": "another"},
    {"rule_version": 2},
    {"template_name": "another"},
    {"template_version": 2},
    {"text": None},
    {"interaction_at": NOON - 1},
    {"contact_id": BOB},
    {"account_id": 2},
)


def test_a_claim_is_never_rewritten(hand: Hand) -> None:
    for customer, state in enumerate(("claimed", "sent", "failed", "unknown", "expired"), 10):
        hand.add_customer(customer)
        hand.claimed(customer, NOON, FIRST_CLAIM)
        hand.change(customer, NOON, {"state": state})
        before = hand.rows("SELECT * FROM reengagement")
        for also in ({}, {"state": "sent"}):
            assert [rewrite for rewrite in REWRITES if not hand.cannot(customer, NOON, also | rewrite)] == []
        assert hand.rows("SELECT * FROM reengagement") == before


def test_a_plan_stays_with_its_customer_and_its_silence(hand: Hand) -> None:
    hand.insert(ALICE, NOON)
    for column in ("account_id", "contact_id", "interaction_at"):
        assert hand.cannot(ALICE, NOON, {column: 2})


def test_sqlites_way_to_replace_rows_does_not_pass_the_guards(chain: Hand) -> None:
    if chain.database.is_postgresql:
        pytest.skip("knows no OR REPLACE")
    row_of_a_claimed_silence = (
        "INSERT OR REPLACE INTO reengagement"
        " (account_id, contact_id, interaction_at, state, planned_at, due_at, deadline_at)"
        " VALUES (1, 1, :interaction_at, 'planned', 0, 0, 0)"
    )
    holder_of_the_token = (
        "UPDATE OR REPLACE reengagement SET claim_token = :token WHERE interaction_at = :interaction_at"
    )
    token = token_of(ALICE, FIRST_CLAIM)
    assert chain.is_refused(row_of_a_claimed_silence, interaction_at=NOON)
    assert chain.is_refused(holder_of_the_token, interaction_at=SECOND_SILENCE, token=token)
    assert chain.states() == ["sent", "planned"]
