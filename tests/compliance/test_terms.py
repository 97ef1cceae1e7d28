"""Every message is begun under terms that are on record, and its claim names the entry."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from botapp.compliance.export import Exporter
from botapp.compliance.seal import Sealer
from botapp.compliance.signer import Signer
from botapp.reengagement.claim import Claimer
from botapp.reengagement.delivery import Stopwatch
from botapp.reengagement.recorded_terms import RecordedTerms
from botapp.reengagement.terms import HouseRules
from tests.compliance.conftest import Verified
from tests.world import PAGE_ID, World


def terms_on_record(world: World) -> list[Row[Any]]:
    return [entry for entry in world.page_ledger() if entry.kind == "terms"]


def terms_of_claims(world: World) -> list[int]:
    """The numbers of the entries that the claims name, as they were made."""
    claimed = sorted((e for e in world.ledger() if e.kind == "claimed"), key=lambda entry: str(entry.recorded_at))
    return [json.loads(entry.details)["terms"] for entry in claimed]


def claim(world: World, house: HouseRules, psid: str) -> None:
    """By a process of its own, with its own house rules."""
    claimer = Claimer(world.installation.database, house, world.installation.planner.live_rules)
    assert claimer.claim(world.silence(psid), Stopwatch.start(world.installation.clock)) is not None


def test_a_claim_names_the_entry_that_holds_its_terms(world: World) -> None:
    world.falls_silent()
    world.work()
    [entry] = terms_on_record(world)
    assert terms_of_claims(world) == [entry.sequence]
    assert json.loads(entry.details) == {
        "window": 86_400_000_000,
        "send_allowance": 300_000_000,
        "cool_down": 86_400_000_000,
        "cap": 3,
        "cap_period": 604_800_000_000,
        "ignored_cap": 2,
        "anchor": "latest",
        "basis": "implied",
        "conversion_voids": "conversation",
        "answer_voids": "silence",
        "day": 86_400_000_000,
    }


def test_terms_that_stay_the_same_are_recorded_once_by_however_many_processes(world: World) -> None:
    for name in ("Alice Ng", "Bob Ito", "Carol Diaz"):
        claim(world, world.installation.house, world.falls_silent(name))
    assert len(terms_on_record(world)) == 1


def test_a_page_that_changes_its_terms_has_them_recorded_before_its_next_claim(world: World) -> None:
    world.falls_silent()
    world.work()
    world.add_page(PAGE_ID, name="Test Page", anchor="initial")
    world.falls_silent("Bob Ito")
    world.work()
    first, second = terms_on_record(world)
    assert terms_of_claims(world) == [first.sequence, second.sequence]
    assert json.loads(second.details)["anchor"] == "initial"


def test_processes_of_different_settings_each_name_their_own_terms_without_recording_them_again(world: World) -> None:
    house, database = world.installation.house, world.installation.database
    old, new = (
        Claimer(database, rules, world.installation.planner.live_rules) for rules in (house, replace(house, cap=1))
    )
    for claimer in (old, new, old, new):
        key = world.silence(world.falls_silent())
        assert claimer.claim(key, Stopwatch.start(world.installation.clock)) is not None
    first, second = (entry.sequence for entry in terms_on_record(world))
    assert terms_of_claims(world) == [first, second, first, second]


def test_many_first_claims_at_once_neither_fail_nor_record_twice(world: World) -> None:
    for number in range(8):
        world.falls_silent(f"Customer {number}")
    world.work()
    assert len(world.proactive()) == 8
    assert len(terms_on_record(world)) == 1


def test_the_leader_records_terms_before_anything_is_begun(world: World) -> None:
    world.add_page("1001")
    recorded = RecordedTerms()
    for _ in range(2):
        recorded.record_all(world.installation.database, world.installation.house)
    assert len(terms_on_record(world)) == 1
    world.falls_silent()
    world.work()
    assert len(terms_on_record(world)) == 1


def test_of_a_days_log_everything_begun_is_judged(
    world: World, tmp_path: Path, verified: Callable[..., Verified]
) -> None:
    world.falls_silent()
    world.work()
    claim(world, replace(world.installation.house, cool_down=timedelta(days=2)), world.falls_silent("Bob Ito"))
    signer = Signer("botapp.example/log", tmp_path / "keys")
    Sealer(world.installation.database, signer.sign).seal()
    Exporter(world.installation.database, signer).export_log(tmp_path / "bundle", world.installation.clock.now())
    code, found = verified(tmp_path / "bundle")
    assert (code, found["broken"]) == (0, [])
    assert any("in the 2 of 2 messages begun" in said for said in found["holds"])
