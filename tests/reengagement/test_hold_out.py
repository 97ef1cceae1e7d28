"""Those held out of a rule get nothing, once in each silence, and the log says so."""

import json

from botapp.compliance.cases import File, case_of, is_rederived
from botapp.policy.bounds import is_held_out
from tests.world import CAMPAIGN, World

_PEOPLE = 8


def test_those_held_out_get_nothing_and_the_log_says_why(world: World) -> None:
    world.apply(f"{CAMPAIGN}hold_out = 50\n")
    for number in range(_PEOPLE):
        world.falls_silent(f"Customer {number}")
    world.work()
    world.work()
    held = {c.id for c in world.contacts() if is_held_out(world.account.id, "after-a-while", c.person_id, 50)}
    outcomes = {row.contact_id: (row.state, row.reason) for row in world.reengagements()}
    assert {contact for contact, outcome in outcomes.items() if outcome == ("skipped", "hold_out")} == held
    assert {contact for contact, outcome in outcomes.items() if outcome == ("sent", None)} == set(outcomes) - held
    told = [row for row in world.ledger() if row.reason == "hold_out"]
    assert sorted(row.contact_id for row in told) == sorted(held)  # once each
    for row in told:
        details = json.loads(row.details)
        assert (details["rule"], details["hold_out"]["percent"]) == ("after-a-while", 50)


def test_what_was_decided_of_those_held_out_is_decided_again_from_the_log(world: World) -> None:
    world.apply(f"{CAMPAIGN}hold_out = 50\n")
    for number in range(_PEOPLE):
        world.falls_silent(f"Customer {number}")
    world.work()
    with world.installation.database.reading() as connection:
        for row in world.contacts():
            file = File.open(connection, (row.account_id, row.id), world.installation.house)
            [decided] = [entry for entry in file.entries if entry.kind in ("claimed", "skipped")]
            assert is_rederived(case_of(connection, file, decided), decided)
