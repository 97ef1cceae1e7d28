"""Who comes back after an erasure: their no goes on holding, and what happened before stays forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from botapp.compliance.erasure import Erasure
from botapp.storage import scrubbing
from botapp.storage.schema import (
    inbound_event,
    suppression,
    tombstone,
)
from tests.compliance.erasing import HOUR, come, differences, erase, known
from tests.compliance.traces import traces
from tests.world import World


@pytest.fixture
def stopped(world: World) -> str:
    """Somebody said STOP, and was erased."""
    psid = come(world, 1).psid
    world.says(psid, "STOP", ago=3 * HOUR)
    world.until_answered()
    assert erase(world, psid) is Erasure.ERASED
    return psid


def test_who_comes_back_begins_under_the_stop_they_had_said(world: World, stopped: str) -> None:
    world.says(stopped, "hello again")
    back = known(world, stopped)
    assert [row.state for row in world.reengagements() if row.contact_id == back.id] == ["skipped"]
    assert [row.reason for row in world.reengagements() if row.contact_id == back.id] == ["stopped"]
    kept = [row for row in world.rows(suppression) if row.contact_id == back.id]
    assert sorted(row.scope for row in kept) == ["returned", "stop"]
    entries = [row for row in world.ledger() if row.contact_id == back.id]
    assert (entries[0].kind, entries[0].reason) == ("suppression_set", "kept_through_erasure")
    assert differences(world) == []
    world.until_answered()
    assert world.replies()[-1].kind == "greeting_stopped"


def test_a_start_lifts_a_stop_that_was_kept(world: World, stopped: str) -> None:
    world.says(stopped, "START")
    assert [r.reason for r in world.reengagements() if r.contact_id == known(world, stopped).id][-1:] == ["cool_down"]
    world.installation.sealer().seal()
    assert erase(world, stopped) is Erasure.ERASED
    _two_days_pass(world)
    world.says(stopped, "START")
    assert [r.state for r in world.reengagements() if r.contact_id == known(world, stopped).id] == ["planned"]


def test_who_had_not_objected_comes_back_as_anybody(world: World) -> None:
    psid = come(world, 1).psid
    world.until_answered()
    erase(world, psid)
    _two_days_pass(world)
    world.says(psid, "hello again")
    assert [r.state for r in world.reengagements() if r.contact_id == known(world, psid).id] == ["planned"]


def _two_days_pass(world: World) -> None:
    with world.installation.database.transaction() as connection:
        connection.execute(update(tombstone).values(erased_at=world.installation.clock.now() - timedelta(days=2)))


def test_who_comes_back_within_the_day_rests_until_what_was_sent_before_cannot_matter(world: World) -> None:
    psid = world.falls_silent("Firstly0001x Lastly0001x")
    world.work()
    world.until_answered()
    assert [m["messaging_type"] for m in world.accepted(psid)] == ["RESPONSE", "UPDATE"]
    erase(world, psid)
    for words in ("hello again", "START"):  # their own word shortens no rest: nobody knows what they got today
        world.says(psid, words)
    plans = [r for r in world.reengagements() if r.contact_id == known(world, psid).id]
    assert {(plan.state, plan.reason) for plan in plans} == {("skipped", "cool_down")}
    assert differences(world) == []


@pytest.mark.parametrize("comes_back", ["before", "after"])
def test_a_stop_from_before_the_erasure_counts_however_late_it_arrives(world: World, comes_back: str) -> None:
    psid = come(world, 1).psid
    at = world.installation.clock.now()
    world.until_answered()
    erase(world, psid)
    late = world.item(psid, {"message": {"mid": "m_late", "text": "STOP"}}, at=at)
    if comes_back == "after":
        world.receives_items([late])
        assert psid not in {row.platform_contact_id for row in world.contacts()}
    world.says(psid, "hello again")
    if comes_back == "before":
        world.receives_items([late])
    scopes = [row.scope for row in world.rows(suppression) if row.contact_id == known(world, psid).id]
    assert sorted(scopes) == ["returned", "stop"]
    assert "m:m_late" not in {row.event_key for row in world.rows(inbound_event)}
    assert [r.state for r in world.reengagements() if r.contact_id == known(world, psid).id] == ["skipped"]
    assert differences(world) == []


def test_what_happened_before_is_not_taken_in_again(world: World) -> None:
    psid = come(world, 1).psid
    now = world.installation.clock.now()
    world.until_answered()
    erase(world, psid)
    assert scrubbing.scrub(world.installation.database)
    again = world.item(psid, {"message": {"mid": "m_in0001x", "text": "secret words"}}, at=now - 5 * HOUR)
    world.receives_items([again])
    undated = {**again, "message": {"mid": "m_other", "text": "secret"}, "timestamp": "soon"}
    world.receives_items([undated])
    world.echo(psid, "botapp:whatever")
    assert psid not in {row.platform_contact_id for row in world.contacts()}
    assert world.rows(inbound_event) == []
    assert _counted(world)["before_erasure"] == 3
    assert traces(world, [psid]) == set()


def test_a_platform_whose_clock_is_ahead_brings_nothing_back(world: World) -> None:
    psid, ahead = come(world, 1).psid, world.installation.clock.now() + timedelta(minutes=2)
    item = world.item(psid, {"message": {"mid": "m_ahead", "text": "secret"}}, at=ahead)
    world.receives_items([item])
    world.until_answered()
    erase(world, psid)
    world.receives_items([item])
    assert world.rows(inbound_event) == []
    far_ahead = world.item(psid, {"message": {"mid": "m_far", "text": "hello"}}, at=ahead + timedelta(seconds=1))
    world.receives_items([far_ahead])
    assert [row.event_key for row in world.rows(inbound_event)] == ["m:m_far"]


def test_what_happened_before_stays_forgotten_after_they_came_back(world: World) -> None:
    psid = come(world, 1).psid
    at = world.installation.clock.now() - 5 * HOUR
    world.until_answered()
    erase(world, psid)
    world.says(psid, "hello again", mid="m_new")
    new = world.item(psid, {"message": {"mid": "m_newer", "text": "and"}}, at=world.installation.clock.now())
    world.receives_items([world.item(psid, {"message": {"mid": "m_old", "text": "old"}}, at=at), new])
    assert [row.event_key for row in world.rows(inbound_event)] == ["m:m_new", "m:m_newer"]


def _counted(world: World) -> dict[str, int]:
    with world.installation.database.reading() as connection:
        return dict(tuple(row) for row in connection.execute(text("SELECT name, value FROM counter")))
