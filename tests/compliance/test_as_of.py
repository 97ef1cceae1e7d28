"""How somebody stood at a past instant: told from what was on record then."""

from datetime import datetime, timedelta

import pytest

from botapp.compliance.as_of import Standing, standing_at
from botapp.policy.consent import ConsentState
from tests.world import World

HOUR = timedelta(hours=1)


def at(world: World, psid: str, instant: datetime) -> Standing:
    [person] = [c for c in world.contacts() if c.platform_contact_id == psid]
    return standing_at(world.installation.database, world.installation.house, (person.account_id, person.id), instant)


def test_every_instant_has_the_standing_that_was_on_record_then(world: World) -> None:
    alice = world.falls_silent()
    now = world.installation.clock.now
    silent = now()
    world.work()
    sent = now()
    world.says(alice, "STOP", mid="m_stop")
    stopped = now()
    world.receives(alice, {"take_thread_control": {"new_owner_app_id": 7}})
    world.says(alice, "START")
    taken = now()

    found = at(world, alice, silent)
    assert (found.consent, found.noes, found.past_claims, found.thread_owner) == (None, (), (), "bot")
    assert found.is_window_open
    assert found.plan is not None
    assert found.plan.state == "planned"
    found = at(world, alice, sent)
    assert (found.in_period, found.ignored) == (1, 1)
    assert found.plan is not None
    assert found.plan.state == "sent"
    found = at(world, alice, stopped)
    assert [no.scope for no in found.noes] == ["stop"]
    assert found.consent is not None
    assert found.consent.state is ConsentState.WITHDRAWN
    found = at(world, alice, taken)
    assert (found.noes, found.thread_owner) == ((), "other_app")
    assert found.consent is not None
    assert found.consent.state is ConsentState.GIVEN
    assert found.ignored == 0, "what the customer wrote within the window took it up"


def test_a_window_and_a_foreign_thread_run_out_by_the_clock_alone(world: World) -> None:
    alice = world.falls_silent(ago=5 * HOUR)
    world.receives(alice, {"take_thread_control": {"new_owner_app_id": 7}}, ago=5 * HOUR)
    now = world.installation.clock.now()
    assert at(world, alice, now).is_window_open
    assert at(world, alice, now).thread_owner == "other_app"
    later = at(world, alice, now + 20 * HOUR)
    assert not later.is_window_open
    assert later.thread_owner == "bot"


def test_it_is_said_in_words(world: World) -> None:
    alice = world.falls_silent()
    world.says(alice, "STOP", ago=HOUR)
    lines = list(at(world, alice, world.installation.clock.now()).lines())
    assert lines[0].endswith(f"by {len(world.ledger())} entries:")
    [consent, noes, reachable, thread, window] = lines[1:6]
    assert consent.startswith("  consent        withdrawn, ")
    assert noes.startswith("  noes in force  stop since ")
    assert (reachable, thread) == ("  reachable      yes", "  thread         bot")
    assert window.startswith("  window         open, ")


def test_of_nobody_nothing_is_told(world: World) -> None:
    with pytest.raises(LookupError):
        standing_at(world.installation.database, world.installation.house, (1, 5), world.installation.clock.now())
