"""A rule's own limits at the claim: exact however many reach for the last message, and with reasons on the log."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import and_, insert, update

from botapp.channels.port import Outcome, OutcomeKind
from botapp.compliance.cases import File, case_of, is_rederived
from botapp.policy.decision import PageFacts, Send, Skip
from botapp.policy.reason import Reason
from botapp.policy.rule_limits import Budget, Per, Spending, period_of
from botapp.reengagement.rule_pasts import decide_within_budget
from botapp.reengagement.send import Sent
from botapp.storage import rule_limits
from botapp.storage.schema import reengagement, rule_spending
from tests.policy.stories import RULE, WROTE_AT, decided
from tests.reengagement.conftest import AtOnce
from tests.storage.by_hand import claim_values
from tests.world import CAMPAIGN, World, standing_world

_PEOPLE, _BUDGET = 12, 5
_DAYS = timedelta(days=1)


@pytest.fixture
def sqlite_world(sqlite_database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """For what is decided alike on both databases."""
    with standing_world(sqlite_database_url, redis_url, var_dir) as standing:
        yield standing


def _outcomes(world: World) -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in world.reengagements()]


def _spent(world: World) -> list[tuple[str, int]]:
    return sorted((row.rule_name, row.spent) for row in world.rows(rule_spending))


def _assert_rederived(world: World, *kinds: str) -> None:
    with world.installation.database.reading() as connection:
        for row in world.contacts():
            file = File.open(connection, (row.account_id, row.id), world.installation.house)
            for decided in [entry for entry in file.entries if entry.kind in kinds and entry.details]:
                assert is_rederived(case_of(connection, file, decided), decided), decided


def test_a_budget_is_kept_to_the_message_however_many_reach_for_it(world: World, at_once: AtOnce) -> None:
    world.apply(f"{CAMPAIGN}budget = {_BUDGET}\n")
    people = [world.falls_silent(f"Customer {number}") for number in range(_PEOPLE)]
    sender = world.duties.reengagements
    keys = [world.silence(psid) for psid in people]
    sent = [item for item in at_once([partial(sender.send, key) for key in keys]) if item is not None]
    sender.record(sent)
    assert len(world.proactive()) == len(sent) == _BUDGET
    assert sorted(set(_outcomes(world))) == [("sent", None), ("skipped", "budget")]
    assert _spent(world) == [("after-a-while", _BUDGET)]
    claims = [json.loads(e.details)["budgets"]["after-a-while"] for e in world.ledger() if e.kind == "claimed"]
    assert sorted(claim["spent"] for claim in claims) == list(range(_BUDGET))
    assert {claim["most"] for claim in claims} == {_BUDGET}
    _assert_rederived(world, "claimed", "skipped")


def test_who_finds_a_budget_spent_keeps_nobody_waiting(world: World) -> None:
    """Or a claim that goes on to the next rule, and a release of claims of both, would wait for each other."""
    database, account_id, since = world.installation.database, world.account.id, WROTE_AT
    if not database.is_postgresql:
        pytest.skip("has one writer at a time anyway")
    with database.transaction() as connection:
        assert [rule_limits.spend(connection, account_id, rule, since, 1) for rule in ("last", "first")] == [1, 1]
    with database.transaction() as claiming:
        assert rule_limits.spend(claiming, account_id, "last", since, 1) is None
        database.now(claiming)  # what was held back goes out with the next question
        with database.transaction() as releasing:
            for rule in ("first", "last"):
                rule_limits.unspend(releasing, account_id, rule, since)
        assert rule_limits.spend(claiming, account_id, "first", since, 1) == 1
    assert _spent(world) == [("first", 1), ("last", 0)]


def test_who_saw_the_budget_before_others_spent_it_is_refused_all_the_same(world: World) -> None:
    rule = replace(RULE, budget=Budget(1))
    seen = PageFacts((rule,), account_id=world.account.id, spending={rule.name: Spending(0, WROTE_AT, None)})
    found = []
    for _ in range(2):
        with world.installation.database.transaction() as connection:
            found.append(decide_within_budget(connection, seen, lambda page: decided(page=page)))
    (first, first_page), (second, _) = found
    assert isinstance(first, Send)
    assert first_page.spending[rule.name].spent == 0
    assert second == Skip(Reason.BUDGET)


def test_who_comes_when_the_budget_is_spent_is_refused_at_once_until_there_is_more(world: World) -> None:
    world.apply(f"{CAMPAIGN}budget = 1\n")
    world.falls_silent("Alice Ng")
    world.work()
    world.falls_silent("Bob Stone")
    assert sorted(_outcomes(world)) == [("sent", None), ("skipped", "budget")]
    world.apply(f"{CAMPAIGN}budget = 2\n")
    world.replan()
    world.work()
    assert _outcomes(world) == [("sent", None)] * 2


def test_what_was_certainly_not_delivered_is_given_back(world: World) -> None:
    world.apply(f"{CAMPAIGN}budget = {{ most = 1, per = 'week' }}\n")
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    [row] = world.rows(rule_spending)
    assert (row.spent, row.since) == (1, period_of(Per.WEEK, world.installation.clock.now(), UTC)[0])
    key = world.silence_of_claim(claim)
    world.duties.reengagements.record([Sent(key, claim, Outcome(OutcomeKind.NOT_SENT, "connect"))])
    assert _spent(world) == [("after-a-while", 0)]
    with world.installation.database.transaction() as connection:
        connection.execute(update(reengagement).values(due_at=world.installation.clock.now()))
    world.work()
    assert _outcomes(world) == [("sent", None)]
    assert _spent(world) == [("after-a-while", 1)]


@pytest.mark.parametrize(("days", "outcome"), [(29, ("skipped", "rule_cap")), (31, ("planned", None))])
def test_one_customer_gets_so_many_of_a_rule(sqlite_world: World, days: int, outcome: tuple[str, str | None]) -> None:
    world = sqlite_world
    world.apply(f"{CAMPAIGN}per_customer = {{ most = 1, within = '30d' }}\n")
    psid = world.add_customer()
    world.says(psid, ago=40 * _DAYS)
    _had_it(world, days * _DAYS)
    world.says(psid)
    assert _outcomes(world)[-1] == outcome
    if outcome[1]:
        cap = _skipped(world)["caps"]["after-a-while"]
        assert (cap["most"], len(cap["claims"])) == (1, 1)


def _skipped(world: World) -> Any:
    return json.loads([e for e in world.ledger() if e.kind == "skipped"][-1].details)


def _had_it(world: World, ago: timedelta) -> None:
    """The one customer got one by that rule so long ago."""
    [person] = world.contacts()
    silence = world.installation.clock.now() - ago
    key = {"account_id": person.account_id, "contact_id": person.id, "interaction_at": silence}
    times = {"planned_at": silence, "due_at": silence, "deadline_at": silence + _DAYS}
    claimed = {
        **claim_values(0, 0),
        "claimed_at": silence + timedelta(seconds=1),
        "opened_at": silence,
        "closes_at": silence + _DAYS,
        "least_gap": _DAYS + timedelta(minutes=5),
        "send_allowance": timedelta(minutes=5),
        "rule_name": "after-a-while",
    }
    this = and_(*(reengagement.c[name] == value for name, value in key.items()))
    with world.installation.database.transaction() as connection:
        connection.execute(insert(reengagement).values(**key, **times, state="planned"))
        connection.execute(update(reengagement).where(this).values(claimed))
        connection.execute(update(reengagement).where(this).values(state="sent"))


def test_a_rule_that_ended_sends_nothing_that_was_planned_before(sqlite_world: World) -> None:
    world = sqlite_world
    world.falls_silent("Alice Ng")
    ended = world.installation.clock.now() - timedelta(seconds=1)
    world.apply(f"{CAMPAIGN}end = {ended.isoformat()}\n")
    world.work()
    assert _outcomes(world) == [("skipped", "no_legal_instant")]
    soon = world.installation.clock.now() + timedelta(minutes=10)
    world.apply(f"{CAMPAIGN}end = {soon.isoformat()}\n")
    claim = world.claim(world.falls_silent("Bob Stone"))
    assert claim is not None
    assert claim.start_before == soon


def test_what_was_sent_in_a_usual_hour_is_decided_again_from_the_log(sqlite_world: World) -> None:
    world = sqlite_world
    world.apply(CAMPAIGN.replace('delay = "4h"', 'timing = { usual = true, or_after = "20h", at_least = "1h" }'))
    alice = world.add_customer("Alice Ng")
    for days in range(2, 9):  # and minutes later, should an hour end while this runs
        for ago in (days * _DAYS, days * _DAYS - timedelta(minutes=5)):
            world.says(alice, ago=ago)
    world.says(alice, ago=timedelta(hours=5))
    world.until_answered()
    world.work()
    assert _outcomes(world)[-1] == ("sent", None)
    _assert_rederived(world, "claimed")


def test_it_waits_for_the_customers_usual_hour_as_the_log_tells_it(sqlite_world: World) -> None:
    world = sqlite_world
    rule = CAMPAIGN.replace('delay = "4h"', 'timing = { usual = true, or_after = "20h", at_least = "1h" }')
    world.apply(rule)
    now = world.installation.clock.now()
    usual = (now + timedelta(hours=6)).replace(minute=30, second=0, microsecond=0)
    alice, bob = world.add_customer("Alice Ng"), world.add_customer("Bob Stone")
    for days in range(2, 9):
        world.says(alice, ago=now - usual + days * _DAYS)
    for psid in (bob, alice):
        world.says(psid, ago=timedelta(minutes=1))
    due = {c.platform_contact_id: c.id for c in world.contacts()}
    planned = {row.contact_id: row.due_at for row in world.reengagements() if row.state == "planned"}
    assert planned[due[alice]] == usual.replace(minute=0)
    assert timedelta(hours=19) < planned[due[bob]] - now < timedelta(hours=20)


def test_messages_that_come_at_once_are_counted_when_it_is_planned_as_when_it_is_sent(sqlite_world: World) -> None:
    world = sqlite_world
    world.apply(f'{CAMPAIGN}when = [{{ fact = "messages", at_least = 3 }}, {{ fact = "conversations", is = "1" }}]\n')
    psid, now = world.add_customer(), world.installation.clock.now()
    for number in range(3):
        world.act(psid, "message", text="hello", ago=5 * 3600 - number)
    times = [now - timedelta(hours=5) + timedelta(seconds=number) for number in range(3)]
    world.receives_items([world.item(psid, {"message": {"mid": f"m_at{at}", "text": "hi"}}, at=at) for at in times])
    assert _outcomes(world) == [("planned", None)]
    world.until_answered()
    world.work()
    assert _outcomes(world) == [("sent", None)]
