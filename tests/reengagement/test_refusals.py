"""What the platform's answer to a send asks of us: settle, wait, give up, pause, or leave it unknown for ever."""

from datetime import timedelta
from typing import Any

import pytest
import requests

from botapp.reengagement.sweep import sweep
from botapp.storage.schema import suppression
from tests.reengagement.conftest import Wait
from tests.world import CAMPAIGN, PAGE_ID, World

HOUR = timedelta(hours=1)


def _fault(fault: str, psid: str | None = None) -> dict[str, Any]:
    """One send of this person, or of whoever comes first, goes wrong like that."""
    match = {"path": "/messages"} | ({"psid": psid} if psid else {})
    return {"match": match, "fault": fault, "count": 1}


def _ends(world: World) -> list[tuple[str, str | None]]:
    return [(r.state, r.reason) for r in world.reengagements()]


def _work(world: World) -> None:
    for _ in range(3):
        world.work()


def _works_until(world: World, sent: int) -> bool:
    world.work()
    return len(world.proactive()) == sent and {r.state for r in world.reengagements()} == {"sent"}


FINAL = {
    "error=551/1545041": "unreachable",
    "error=551": "unreachable",
    "error=200/1545041": "unreachable",
    "error=10/2018108": "unreachable",
    "error=100/2018001": "unreachable",
    "error=10/2018278": "window_closed",
    "error=10/2534022": "window_closed",
    "error=10/1893015": "stopped",
    "error=100": "refused",
    "error=100/2018034": "refused",
    "error=4711/1": "refused",
}
THROTTLES = ("error=613", "error=4", "error=32", "error=80006", "status=429")
IN_DOUBT = {  # and whether the platform took the message
    "error=1/1357046": True,
    "error=1": False,
    "error=2": False,
    "error=1200": False,
    "status=500": False,
    "status=503": False,
    "status_after=500": True,
    "drop_before": False,
    "drop_after": True,
}


def test_a_refusal_for_good_ends_it(world: World) -> None:
    for number, fault in enumerate(FINAL):
        alice = world.falls_silent(f"Alice {number}")
        world.faults(_fault(fault, alice))
        _work(world)
        assert len(world.attempts(alice)) == 1, fault
    assert _ends(world) == [("failed", reason) for reason in FINAL.values()]
    assert [r.platform_error for r in world.reengagements()] == [fault.removeprefix("error=") for fault in FINAL]
    assert world.proactive() == []


def test_what_is_in_doubt_is_unknown_for_ever_and_never_repeated(world: World) -> None:
    for number, fault in enumerate(IN_DOUBT):
        alice = world.falls_silent(f"Alice {number}")
        world.faults(_fault(fault, alice))
        _work(world)
    sweep(world.installation.database, world.installation.house)
    _work(world)
    assert _ends(world) == [("unknown", "no_answer")] * len(IN_DOUBT)
    assert len(world.proactive()) == sum(IN_DOUBT.values())
    assert len(world.attempts()) == len(IN_DOUBT)


def test_what_is_in_doubt_counts_as_sent_for_everything_that_follows(world: World) -> None:
    alice = world.falls_silent(ago=6 * HOUR)
    world.faults(_fault("drop_before", alice))
    _work(world)
    world.says(alice, "hello?", ago=5 * HOUR)
    _work(world)
    assert len(world.attempts(alice)) == 1


@pytest.mark.parametrize(
    ("fault", "took_it"), [("latency=0.7", None), ("slow_answer=0.7", True)], ids=["before", "after it took it"]
)
def test_an_answer_that_does_not_come_in_time_leaves_it_unknown(
    hasty_world: World, fault: str, took_it: bool | None, wait_until: Wait
) -> None:
    alice = hasty_world.falls_silent()
    hasty_world.faults(_fault(fault, alice))
    _work(hasty_world)
    assert _ends(hasty_world) == [("unknown", "no_answer")]
    wait_until(lambda: hasty_world.attempts(alice), message="the platform to make up its mind")
    _work(hasty_world)
    assert len(hasty_world.attempts(alice)) == 1
    assert took_it is None or len(hasty_world.proactive(alice)) == 1
    hasty_world.echo(alice, hasty_world.attempts(alice)[0]["metadata"])
    assert _ends(hasty_world)[0][0] == "sent"


def test_a_person_who_blocked_the_page_is_left_alone_until_they_write_again(world: World) -> None:
    alice = world.falls_silent(ago=20 * HOUR)
    world.act(alice, "block")
    _work(world)
    assert _ends(world) == [("failed", "unreachable")]
    assert world.contacts()[0].unreachable_since is not None
    world.receives(alice, {"message": {"mid": "m_before", "text": "an event from before"}}, ago=19 * HOUR)
    world.apply(CAMPAIGN.replace('"4h"', '"1h"'))
    world.replan()
    _work(world)
    assert len(world.attempts(alice)) == 1
    assert "planned" not in [r.state for r in world.reengagements()]
    world.act(alice, "unblock")
    world.says(alice, "I am back")
    world.until_answered()
    assert world.contacts()[0].unreachable_since is None
    reachable = ['"reachable":true' in e.details for e in world.ledger() if e.kind == "reachability"]
    assert (reachable[0], reachable[-1]) == (False, True)


def test_a_block_that_an_answer_met_with_keeps_the_plan_from_being_tried(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=5 * HOUR)
    world.act(alice, "block")
    _work(world)
    assert [(r.state, r.reason) for r in world.replies()] == [("failed", "unreachable")]
    assert _ends(world) == [("skipped", "unreachable")]
    assert world.attempts() == []


def test_where_the_platform_says_the_window_is_closed_ours_is_corrected(world: World) -> None:
    alice = world.falls_silent()
    world.faults(_fault("error=10/2018278", alice))
    _work(world)
    [person] = world.contacts()
    assert person.last_interaction_at <= world.installation.clock.now() - 24 * HOUR
    assert [e.kind for e in world.ledger()][-2:] == ["failed", "window_corrected"]
    world.replan()
    _work(world)
    assert len(world.attempts()) == 1
    world.says(alice, "I am back")
    world.until_answered()
    assert [r.state for r in world.replies()] == ["sent", "sent"]


def test_who_stopped_notices_on_the_platform_is_stopped_here(world: World) -> None:
    alice = world.falls_silent()
    world.faults(_fault("error=10/1893015", alice))
    _work(world)
    assert [(row.scope, row.lifted_at) for row in world.rows(suppression)] == [("notices", None)]


def test_trouble_with_the_page_holds_everything_until_it_is_mended_and_loses_nothing(
    brisk_world: World, wait_until: Wait
) -> None:
    world = brisk_world
    alice, bob = world.falls_silent("Alice Ng"), world.falls_silent("Bob Roe", ago=4.5 * HOUR)
    world.faults(_fault("error=190/463", alice), _fault("error=190/463", bob))
    _work(world)
    assert (world.account.paused_at is not None, world.account.pause_reason) == (True, "190/463")
    assert _ends(world) == [("planned", "page_paused")] * 2
    assert [e.kind for e in world.page_ledger()].count("page_paused") == 1
    attempts = len(world.attempts())
    assert 1 <= attempts <= 2, "both may have been under way"
    world.says(bob, "is it still in stock?", ago=4.2 * HOUR)
    _work(world)
    assert len(world.attempts()) == attempts
    assert [r.state for r in world.replies() if r.kind != "greeting"] == ["planned"]
    requests.delete(f"{world.platform_url}/sandbox/faults", timeout=5).raise_for_status()
    world.add_page(PAGE_ID, name="Test Page")  # account add, with a token that holds
    world.replan()
    wait_until(lambda: _works_until(world, 2))
    assert [(r.state, r.platform_error) for r in world.replies()] == [("sent", None)] * 3


def test_a_throttle_takes_the_claim_back_and_it_is_sent_later_once(world: World, wait_until: Wait) -> None:
    people = [world.falls_silent(f"Customer {number}") for number in range(len(THROTTLES))]
    world.faults(*(_fault(fault, psid) for fault, psid in zip(THROTTLES, people, strict=True)))
    world.duties.reengagements.drain(world.duties.send_pool, 0.05)
    rows = [(r.state, r.reason, r.releases, r.claimed_at) for r in world.reengagements()]
    assert rows == [("planned", "throttled", 1, None)] * len(people)
    assert {person.last_claimed_at for person in world.contacts()} == {None}
    assert all(row.due_at > row.planned_at for row in world.reengagements())
    wait_until(lambda: _works_until(world, len(people)))
    for person in world.contacts():
        kinds = [e.kind for e in world.ledger() if e.contact_id == person.id]
        assert kinds[-4:] == ["claimed", "released", "claimed", "sent"]


def test_near_the_platforms_limits_what_is_left_is_for_answers(world: World) -> None:
    alice = world.falls_silent("Alice Ng")
    world.faults(_fault("usage=95", alice))
    world.work()
    bob = world.falls_silent("Bob Roe")
    _work(world)
    assert _ends(world)[-1] == ("planned", None)
    assert [r.state for r in world.replies()] == ["sent", "sent"]
    assert [sent["psid"] for sent in world.proactive()] == [alice]
    world.forget_redis()
    _work(world)
    assert [sent["psid"] for sent in world.proactive()] == [alice, bob]


def test_a_thread_that_another_owns_is_left_to_them_until_they_give_it_back(world: World) -> None:
    alice = world.falls_silent()
    world.act(alice, "person", text="I will take it from here")
    _work(world)
    assert _ends(world) == [("planned", "thread_owned")]
    assert world.contacts()[0].thread_owner == "other_app"
    assert len(world.attempts()) == 1
    world.act(alice, "handback")
    world.receives(alice, {"pass_thread_control": {"new_owner_app_id": 4242, "metadata": "x"}})
    assert world.contacts()[0].thread_owner == "bot"
    _work(world)
    assert len(world.proactive()) == 1
