"""What happens in worlds: every kind of fault in the hostile ones, nothing but service in the peaceful ones."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import pytest

from botapp.simulation.faults import RATES
from botapp.simulation.many import add_up, live_and_judge, plan_worlds
from botapp.simulation.oracle import judge
from botapp.simulation.run import Faults, Result, WorldPlan, run_world
from botapp.simulation.trace import Accepted, Acted, Said

_KINDS = (
    "fault:crash:",
    "fault:freeze:",
    "fault:stall:",
    "fault:refuse:",
    "fault:answer_lost:",
    "fault:intrude:",
    "fault:ring:lost",
    "fault:ring:doubled",
    "fault:ring:late",
    "fault:webhook:late",
    "fault:webhook:doubled",
    "fault:webhook:redelivered",
    "fault:webhook:reordered",
    "fault:send:slow_connect",
    "fault:send:refused_connection",
    "fault:send:lost_before",
    "fault:send:lost_after",
    "fault:send:garbled",
    "fault:send:late",
    "fault:send:server_error",
    "fault:send:server_error_though_sent",
    "fault:send:throttled",
    "fault:send:error",
    "aimed",
)
_OUTAGES = {"redis_away", "flush", "platform_away", "throttle", "database_away", "step_clock", "kill"}
_STAFF = {
    *("stop_page", "stop_everything", "get_paused", "take_thread", "begin_anew", "lower_cap"),
    *("retire", "exchange_campaign"),
}


@cache
def _hostile() -> tuple[Result, ...]:
    return tuple(run_world(WorldPlan(seed, customers=120, days=8)) for seed in range(4))


@cache
def _peaceful() -> Result:
    return run_world(WorldPlan(seed=5, customers=100, days=8, faults=Faults.NONE))


@pytest.mark.parametrize("kind", _KINDS)
def test_every_kind_of_fault_happens(kind: str) -> None:
    counted = sum((world.counts for world in _hostile()), Counter[str]())

    assert sum(number for name, number in counted.items() if name.startswith(kind)) > 0


def test_every_server_fails_every_clock_is_set_and_staff_do_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RATES, Faults.ALL, replace(RATES[Faults.ALL], outage_hours=2, staff_hours=2))
    counts = run_world(WorldPlan(seed=7, customers=5, days=6)).counts

    assert {name.removeprefix("fault:outage:") for name in counts if name.startswith("fault:outage:")} == _OUTAGES
    assert {name.removeprefix("staff:") for name in counts if name.startswith("staff:")} == _STAFF


def test_people_say_everything_that_can_be_said() -> None:
    said = {h.said for world in _hostile() for h in world.trace.happenings if isinstance(h, Acted)}

    assert said == set(Said)


def test_without_faults_everything_is_sent_in_time() -> None:
    result = _peaceful()
    sent = [row for row in result.trace.reengagements if row["state"] == "sent"]
    lateness = [_instant(row, "claimed_at") - _instant(row, "due_at") for row in sent]
    verdict = judge(result.trace)

    assert len(sent) > 40
    assert max(lateness) < timedelta(seconds=30)
    ends = {(row["state"], row["reason"]) for row in result.trace.reengagements}
    ends -= {("expired", "thread_owned")}  # they asked for a person, who has the thread for as long as it takes
    assert not [end for end in ends if end[0] in ("unknown", "failed", "expired", "claimed")]
    assert (verdict.violations, verdict.unanswered, verdict.lost) == ((), 0, 0)


def test_without_faults_nothing_goes_wrong() -> None:
    assert not [name for name in _peaceful().counts if name.startswith(("fault:", "platform_refused:"))]


def test_what_the_platform_took_is_what_is_recorded_as_sent() -> None:
    result = _peaceful()
    taken = {h.metadata for h in result.trace.happenings if isinstance(h, Accepted) and h.is_proactive}
    sent = {f"botapp:{row['claim_token']}" for row in result.trace.reengagements if row["state"] == "sent"}

    assert taken == sent


def test_there_is_enough_going_on() -> None:
    whole = add_up(live_and_judge(plan) for plan in plan_worlds(300, 10, seed=3))
    acts = sum(number for name, number in whole.counts.items() if name.startswith("act:"))

    assert acts / whole.customer_days > 0.25
    assert sum(whole.decided.values()) / whole.customer_days > 0.2


def _instant(row: dict[str, object], column: str) -> datetime:
    value = row[column]
    assert isinstance(value, datetime)
    return value
