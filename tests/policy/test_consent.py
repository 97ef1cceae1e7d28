"""Consent records folded into a standing."""

from datetime import datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botapp.policy.consent import ConsentRecord, ConsentState, standing
from tests.policy.stories import HOUR, PROPERTY, WROTE_AT

GIVEN, REFUSED, WITHDRAWN = ConsentState.GIVEN, ConsentState.REFUSED, ConsentState.WITHDRAWN
_instants = st.integers(0, 3).map(lambda hour: WROTE_AT + hour * HOUR)
_records = st.lists(st.builds(ConsentRecord, st.sampled_from(ConsentState), _instants), max_size=5)


def test_without_a_record_there_is_no_standing() -> None:
    assert standing([]) is None


@pytest.mark.parametrize(
    ("earlier", "later"), [(GIVEN, WITHDRAWN), (WITHDRAWN, GIVEN), (REFUSED, GIVEN), (GIVEN, REFUSED)]
)
def test_the_latest_record_counts_in_any_order_of_delivery(earlier: ConsentState, later: ConsentState) -> None:
    records = [ConsentRecord(earlier, WROTE_AT), ConsentRecord(later, WROTE_AT + HOUR)]
    assert {standing(order) for order in permutations(records)} == {later}


@pytest.mark.parametrize("no", [REFUSED, WITHDRAWN])
def test_at_the_same_instant_a_no_wins_over_a_yes(no: ConsentState) -> None:
    records = [ConsentRecord(GIVEN, WROTE_AT), ConsentRecord(no, WROTE_AT)]
    assert {standing(order) for order in permutations(records)} == {no}


@PROPERTY
@given(_records)
def test_a_yes_stands_only_if_no_no_is_as_late(records: list[ConsentRecord]) -> None:
    def latest(states: set[ConsentState]) -> datetime | None:
        return max((r.occurred_at for r in records if r.state in states), default=None)

    yes, no = latest({GIVEN}), latest({REFUSED, WITHDRAWN})
    assert (standing(records) is GIVEN) is (yes is not None and (no is None or yes > no))
