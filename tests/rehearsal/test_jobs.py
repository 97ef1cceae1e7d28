"""Forecasts and backtests in the background: asked for, seen to progress, ended by choice, begun anew after a crash."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from botapp.rehearsal.jobs import MOST_OPEN, RehearsalDesk, RehearsalRounds, TooManyError, Wanted
from botapp.storage import rehearsals
from botapp.storage.rehearsals import Rehearsal, State
from botapp.storage.schema import ledger_entry, rehearsal
from tests.rehearsal.conftest import DAY, HOUR
from tests.world import World

SOONER = '[[rules]]\nname = "sooner"\ntemplate = "hello-again"\ndelay = "1h"\npriority = 5\n'


def _desk(world: World) -> RehearsalDesk:
    return RehearsalDesk(world.installation.database)


def _rounds(world: World) -> RehearsalRounds:
    return world.installation.rehearsal_rounds()


def _load(world: World, number: int) -> Rehearsal:
    with world.installation.database.reading() as connection:
        found = rehearsals.find(connection, world.account.id, number)
    assert found is not None
    return found


def _take(world: World, holder: str = "a process that dies") -> Rehearsal | None:
    database = world.installation.database
    with database.transaction() as connection:
        return rehearsals.take_next(connection, holder, database.now(connection))


def test_what_is_asked_for_is_worked_on_in_the_background_one_after_the_other(world: World) -> None:
    world.falls_silent(ago=HOUR)
    now = world.installation.clock.now()
    forecast = _desk(world).ask(world.account.id, Wanted(SOONER), by=None)
    backtest = _desk(world).ask(world.account.id, Wanted(None, now - 30 * DAY), by=None)
    rounds = _rounds(world)
    for _ in range(2):
        rounds.look()
        rounds.wait(10)
    done = [_load(world, number) for number in (forecast, backtest)]
    assert [(each.state, each.fault) for each in done] == [(State.DONE, None)] * 2
    told = [json.loads(each.result or "") for each in done]
    assert told[0]["changes"] == [{"live": "rule:after-a-while", "tried": "rule:sooner", "windows": 1}]
    assert (told[1]["windows"], told[1]["undecided"]) == (1, 1)
    assert len(told[1]["sha256"]) == 64


def test_one_that_is_cancelled_ends_with_its_next_report_and_leaves_no_result(
    small_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    small_world.falls_silent(ago=HOUR)
    now, [person] = small_world.installation.clock.now(), small_world.contacts()
    unreadable = {"sequence": 999, "kind": "interaction", "recorded_at": now, "details": "{"}
    with small_world.installation.database.transaction() as connection:  # whoever reads on would complain
        connection.execute(insert(ledger_entry).values(account_id=1, contact_id=person.id, **unreadable))
    desk, since = _desk(small_world), now - DAY
    number = desk.ask(small_world.account.id, Wanted(None, since), by=7)
    rounds = _rounds(small_world)
    taken = _take(small_world, rounds.holder)
    assert taken is not None
    assert desk.cancel(taken)
    rounds.work(taken)
    assert (_load(small_world, number).state, _load(small_world, number).result) == (State.CANCELLED, None)
    assert not desk.cancel(taken)
    assert not caplog.records


def test_one_that_lost_its_process_is_begun_anew_by_another(small_world: World) -> None:
    number = _desk(small_world).ask(small_world.account.id, Wanted(), by=None)
    lost = _take(small_world)
    assert lost is not None
    assert _take(small_world) is None
    database = small_world.installation.database
    with database.transaction() as connection:
        heard_at = database.now(connection) - timedelta(minutes=2)
        connection.execute(update(rehearsal).values(heard_at=heard_at))
    rounds = _rounds(small_world)
    rounds.look()
    rounds.wait(10)
    assert _load(small_world, number).state is State.DONE
    with database.transaction() as connection:
        assert not rehearsals.finish(connection, lost, "a process that dies", "{}", database.now(connection))


def test_a_fault_is_told_to_those_who_wait(small_world: World) -> None:
    number = _desk(small_world).ask(small_world.account.id, Wanted("this is no campaign"), by=None)
    rounds = _rounds(small_world)
    rounds.look()
    rounds.wait(10)
    found = _load(small_world, number)
    assert found.state is State.FAILED
    assert found.fault is not None
    assert "this is no campaign" not in found.fault


def test_no_more_wait_than_a_page_may_have(small_world: World) -> None:
    desk = _desk(small_world)
    for _ in range(MOST_OPEN):
        desk.ask(small_world.account.id, Wanted(), by=None)
    with pytest.raises(TooManyError):
        desk.ask(small_world.account.id, Wanted(), by=None)
    with pytest.raises(ValueError, match="ends before it begins"):
        desk.ask(small_world.add_page("2000").id, Wanted(None, small_world.installation.clock.now() + DAY), by=None)
