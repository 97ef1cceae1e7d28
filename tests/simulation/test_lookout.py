"""The tickers of a world look when something can be seen: nothing that time alone brings about comes late."""

from datetime import datetime, timedelta

import pytest

from botapp.simulation.installed import load_knowledge
from botapp.simulation.run import Faults, Result, WorldPlan, run_world

_SOON = timedelta(seconds=10)
_WANTING_A_PERSON = {"talk": 60, "person": 40}


def _world_of_people_who_want_a_person() -> Result:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("botapp.simulation.people._USUAL", _WANTING_A_PERSON)
        return run_world(WorldPlan(seed=1, customers=20, days=6, faults=Faults.NONE))


def test_hand_overs_are_late_and_over_when_their_time_has_come() -> None:
    """Seed 3340781331 (500 customers, 10 days): what a person's hold kept back was looked at an hour after its end."""
    ledger = _world_of_people_who_want_a_person().trace.ledger
    house, target = load_knowledge().house, load_knowledge().settings.handover_target
    noticed, ended = 0, 0
    for place, row in enumerate(ledger):
        before = [other for other in ledger[:place] if other["contact_id"] == row["contact_id"]]
        if row["kind"] == "handover_late":
            asked_at = _last(before, "handover_requested")
            assert target <= _at(row) - asked_at + _SOON < target + 2 * _SOON
            noticed += 1
        elif row["kind"] == "handover_ended" and row["reason"] == "unanswered":
            idle_since = _last(before, "handover_requested", "interaction")
            assert _at(row) - idle_since <= house.window_length + _SOON
            ended += 1

    assert (noticed > 5, ended > 5) == (True, True)


def _last(entries: list[dict[str, object]], *kinds: str) -> datetime:
    return _at(next(entry for entry in reversed(entries) if entry["kind"] in kinds))


def _at(row: dict[str, object]) -> datetime:
    at = row["recorded_at"]
    assert isinstance(at, datetime)
    return at
