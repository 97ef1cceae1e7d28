"""What the platform's callbacks ask is done where the person is known, and put before staff where not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from botapp.compliance import requests
from botapp.compliance.requests import PlatformRequest
from botapp.storage import privacy_requests
from botapp.storage.privacy_requests import PrivacyRequest
from botapp.storage.schema import privacy_request, suppression
from tests.reengagement.conftest import LeapingClock
from tests.world import World


def take(world: World, person: str, *, kind: str = "deletion", code: str = "c1") -> None:
    now = world.installation.clock.now()
    requests.take(world.installation.database, PlatformRequest(code, "messenger", kind, person, now), now)


def shown(world: World, code: str = "c1") -> PrivacyRequest:
    with world.installation.database.reading() as connection:
        found = privacy_requests.find(connection, code)
    assert found is not None
    return found


def test_a_deletion_of_somebody_known_is_carried_out(world: World) -> None:
    psid = world.falls_silent()
    take(world, psid)
    world.work()
    assert world.proactive(psid) == []
    assert world.carry_out_deletions() == 1
    assert shown(world).state == "done"
    assert [row.platform_person_id for row in world.rows(privacy_request)] == [None]
    assert psid not in {row.platform_contact_id for row in world.contacts()}


@pytest.mark.parametrize("kind", ["deletion", "deauthorisation"])
def test_what_was_claimed_before_and_not_yet_written_is_not_written(world: World, kind: str) -> None:
    psid = world.falls_silent()
    claim = world.claim(psid)
    assert claim is not None
    take(world, psid, kind=kind)
    clock = LeapingClock()
    clock.elapsed_leap = timedelta(milliseconds=20)  # time for a no since the claim, however quick this machine is
    assert replace(world.duties.reengagements.delivery, clock=clock).deliver(claim).detail == "late"
    assert [entry.kind for entry in world.ledger()].count("crossed") == 1
    assert world.attempts() == []


def test_a_deletion_of_somebody_unknown_stays_open_for_staff(world: World) -> None:
    world.falls_silent()
    take(world, "nobody of ours")
    assert world.carry_out_deletions() == 0
    assert (shown(world).state, shown(world).contact) == ("open", None)


def test_two_requests_of_one_person_are_both_done(world: World) -> None:
    psid = world.falls_silent()
    for code in ("c1", "c2"):
        take(world, psid, code=code)
    assert world.carry_out_deletions() == 1
    assert {shown(world, code).state for code in ("c1", "c2")} == {"done"}


def test_those_that_have_to_wait_keep_no_others_from_their_turn(world: World) -> None:
    """Twenty are looked at in a round: here their answers are owed, and the one who came last was answered."""
    psids = [world.add_customer() for _ in range(21)]
    world.says(psids[-1])
    world.until_answered()
    for psid in psids[:-1]:
        world.says(psid)
    for number, psid in enumerate(psids):
        take(world, psid, code=f"c{number:02}")
    world.installation.sealer().seal()
    rounds = world.installation.erasure_rounds()
    assert [rounds.run() for _ in range(3)] == [0, 1, 0]
    rounds.pool.shutdown()


def test_a_request_delivered_again_changes_nothing(world: World) -> None:
    psid = world.falls_silent()
    take(world, psid)
    before = world.ledger()
    take(world, psid)
    assert world.ledger() == before


def test_who_removed_the_app_is_not_written_to_any_more_until_they_ask_for_it(world: World) -> None:
    psid = world.falls_silent()
    take(world, psid, kind="deauthorisation")
    world.work()
    assert world.proactive(psid) == []
    assert [row.scope for row in world.rows(suppression)] == ["notices"]
    assert shown(world).state == "done"
    assert psid in {row.platform_contact_id for row in world.contacts()}


def test_a_removal_by_somebody_unknown_concerns_nobody(world: World) -> None:
    take(world, "nobody of ours", kind="deauthorisation")
    assert shown(world).state == "nobody_known"


def test_the_worklist_is_turned_over_page_by_page(world: World) -> None:
    now = world.installation.clock.now()
    for number in range(7):
        at = now - timedelta(days=number)
        request = PlatformRequest(f"c{number}", "messenger", "deletion", f"p{number}", at)
        requests.take(world.installation.database, request, at)
    with world.installation.database.transaction() as connection:
        assert privacy_requests.close(connection, "c3", "nobody_known", now)
        assert not privacy_requests.close(connection, "c3", "done", now)
        nearest = privacy_requests.list_open(connection, 4)
        rest = privacy_requests.list_open(connection, 4, after=(nearest[-1].due_at, nearest[-1].confirmation_code))
        newest = privacy_requests.list_all(connection, 5)
        older = privacy_requests.list_all(connection, 5, before=(newest[-1].received_at, newest[-1].confirmation_code))
    assert [found.confirmation_code for found in (*nearest, *rest)] == ["c6", "c5", "c4", "c2", "c1", "c0"]
    assert [found.confirmation_code for found in (*newest, *older)] == [f"c{number}" for number in range(7)]
