"""The production code, 50,000 customer-days of it under every fault, and not one promise broken."""

import pytest

from botapp.simulation.many import add_up, live_and_judge, plan_worlds

_SHARES = 4


@pytest.mark.parametrize("share", range(_SHARES))
def test_no_promise_breaks_in_fifty_thousand_customer_days(share: int) -> None:
    whole = add_up(live_and_judge(plan) for plan in plan_worlds(1250, 10, seed=8_000 + share))

    assert whole.customer_days * _SHARES == 50_000
    assert whole.violations == ()
    assert whole.counts["erased"] > 10, "some of them asked for it, and came back"


def test_what_could_be_sent_is_sent() -> None:
    """Of a few hundred chances one may be missed: the share of 99.9 % is held against longer runs."""
    whole = add_up(live_and_judge(plan) for plan in plan_worlds(400, 10, seed=9_000))

    assert whole.sendable > 50
    assert whole.unsent <= 1
