"""A new page begins few messages a day, to the message; staff raise it step by step, and all of it is on record."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text, update

from botapp.campaign.daily_caps import DailyCaps
from botapp.campaign.pages import set_page_options
from botapp.campaign.team_mode import TeamMode
from botapp.channels.port import Outcome, OutcomeKind
from botapp.cli import cli
from botapp.compliance import page_agreement
from botapp.policy.approval import Refusal
from botapp.reengagement.daily_cap import find_daily_cap
from botapp.reengagement.send import Sent
from botapp.storage import accounts, daily_caps
from botapp.storage.schema import account, proactive_day
from tests.world import PAGE_ID, World

ALICE, BOB = 1, 2
_DAY = timedelta(days=1)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, except where a test names the other."""
    url: str = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_database_url")
    return url


def _capped(world: World, cap: int, customers: int) -> list[str]:
    """So many customers whose message is due, on a page with that cap."""
    set_page_options(world.installation.database, "messenger", PAGE_ID, {"daily_cap": cap})
    people = [world.add_customer(f"Customer {n}") for n in range(customers)]
    for psid in people:
        world.says(psid, ago=timedelta(hours=5))
    world.answer()
    # Else each first claim is made twice, and the second time all see what the others have begun.
    installation, claimer = world.installation, world.duties.reengagements.claimer
    claimer.recorded_terms.record(installation.database, installation.house, world.account.id)
    return people


def _claims_at_once(world: World, people: list[str]) -> int:
    """Many workers claim at the same time; how many get through."""
    with ThreadPoolExecutor(len(people)) as pool:
        return sum(claim is not None for claim in pool.map(world.claim, people))


def _changes(world: World) -> list[dict[str, object]]:
    return [json.loads(e.details) for e in world.page_ledger() if e.kind == "account_changed"]


def _cap(world: World) -> int | None:
    return world.account.daily_cap


def _let_a_day_pass(world: World) -> None:
    with world.installation.database.transaction() as connection:
        earlier = accounts.load_account(connection, 1).daily_cap_at
        assert earlier
        connection.execute(update(account).values(daily_cap_at=earlier - _DAY))


def test_as_many_as_the_cap_are_begun_and_the_others_wait_for_tomorrow(world: World) -> None:
    _capped(world, 2, 5)
    world.work()
    assert len(world.proactive()) == 2
    waiting = [r for r in world.reengagements() if r.state == "planned"]
    assert {r.reason for r in waiting} == {"daily_cap"}
    held = [json.loads(e.details) for e in world.ledger() if (e.kind, e.reason) == ("held", "daily_cap")]
    assert [(h["daily_cap"]["most"], h["daily_cap"]["begun"]) for h in held] == [(2, 2)] * 3
    claimed = [json.loads(e.details) for e in world.ledger() if e.kind == "claimed"]
    assert sorted(c["daily_cap"]["begun"] for c in claimed) == [0, 1]


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_many_at_once_do_not_exceed_it(world: World) -> None:
    people = _capped(world, 3, 8)
    assert _claims_at_once(world, people) == 3
    assert [row.begun for row in world.rows(proactive_day)] == [3]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_claim_that_has_looked_already_sees_what_another_begins_meanwhile(
    world: World, wait_until: Callable[..., None]
) -> None:
    [alice] = _capped(world, 1, 1)
    database = world.installation.database
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as connection:
            cap = find_daily_cap(connection, world.account, database.now(connection))
            assert cap
            assert daily_caps.count(connection, 1, cap.since, cap.most) == 1
            claim = pool.submit(world.claim, alice)
            with database.reading() as looking:
                wait_until(lambda: looking.execute(text("SELECT 1 FROM pg_locks WHERE NOT granted")).first())
        assert claim.result() is None
    assert [(r.state, r.reason) for r in world.reengagements()] == [("planned", "daily_cap")]
    assert [row.begun for row in world.rows(proactive_day)] == [1]


def test_the_command_line_sets_a_cap_and_takes_it_away(world: World) -> None:
    settings = world.installation.settings
    environment = {"BOTAPP_VAR_DIR": str(settings.var_dir), "BOTAPP_DATABASE_URL": str(settings.database_address)}
    run = CliRunner(env=environment)
    for cap, listed in (("7", "live, 7 a day at most"), ("0", "live")):
        done = run.invoke(cli, ["account", "set", "--page", PAGE_ID, "--daily-cap", cap])
        assert done.exit_code == 0, done.output
        assert run.invoke(cli, ["account", "list"]).output.split("\t")[-1].strip() == listed
    assert [change["daily_cap"] for change in _changes(world)] == [7, None]


def test_what_was_certainly_not_delivered_is_not_counted(world: World) -> None:
    [alice, bob] = _capped(world, 1, 2)
    claim = world.claim(alice)
    assert claim
    assert world.claim(bob) is None
    key = world.silence_of_claim(claim)
    world.duties.reengagements.record([Sent(key, claim, Outcome(OutcomeKind.NOT_SENT, "connect"))])
    assert [row.begun for row in world.rows(proactive_day)] == [0]
    assert world.claim(bob) is not None


def test_a_page_that_goes_live_takes_one_step_a_day_until_there_is_no_cap(world: World) -> None:
    database = world.installation.database
    caps = DailyCaps(database, (2, 4), _DAY)
    set_page_options(database, "messenger", PAGE_ID, {"mode": "team"})
    assert caps.raise_cap(1, "all well", by=BOB) is Refusal.WRONG_STAGE
    team = TeamMode(database, caps.first)
    assert team.ask_live(1, "it works", by=ALICE) is None
    assert team.go_live(1, "I saw it work", by=BOB) is None
    assert _cap(world) == 2
    assert caps.raise_cap(1, "all well", by=BOB) is Refusal.TOO_SOON
    _let_a_day_pass(world)
    assert caps.raise_cap(1, " ", by=BOB) is Refusal.NO_REASON
    assert caps.raise_cap(1, "few stopped us", by=BOB) is None
    assert _cap(world) == 4
    _let_a_day_pass(world)
    assert caps.raise_cap(1, "still few", by=BOB) is None
    assert _cap(world) is None
    assert caps.raise_cap(1, "more", by=BOB) is Refusal.WRONG_STAGE
    assert caps.lower_cap(1, "a complaint", by=ALICE) is None
    assert [change["daily_cap"] for change in _changes(world)[1:]] == [2, 4, None, 2]
    with database.reading() as connection:
        assert list(page_agreement.differences(1, page_agreement.load(connection, 1))) == []


def test_a_raised_cap_lets_those_who_wait_have_theirs(world: World) -> None:
    _capped(world, 2, 4)
    world.work()
    _let_a_day_pass(world)
    assert DailyCaps(world.installation.database, (2, 4), _DAY).raise_cap(1, "few stopped us", by=BOB) is None
    world.replan()
    world.work()
    assert len(world.proactive()) == 4
