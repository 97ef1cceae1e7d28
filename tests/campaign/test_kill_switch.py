"""Stop and resume: once a stop returns nothing proactive is claimed, answers go on, and both are on the record."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from botapp.campaign.publish import resume_proactive, stop_proactive
from botapp.storage import accounts
from botapp.storage.schema import ledger_entry
from tests.world import World

_LONG_AGO = timedelta(hours=5)


def _recorded(world: World) -> list[tuple[str, str | None]]:
    kinds = ("proactive_stopped", "proactive_resumed", "page_paused", "page_resumed")
    return [(entry.kind, entry.reason) for entry in world.page_ledger() if entry.kind in kinds]


@pytest.mark.parametrize("one_page", [False, True], ids=["everything", "one page"])
def test_what_is_due_waits_for_the_resume_and_answers_do_not(world: World, *, one_page: bool) -> None:
    database, page = world.installation.database, world.account.id if one_page else None
    alice = world.add_customer()
    world.says(alice, ago=_LONG_AGO)
    assert stop_proactive(database, "a wrong link", page)
    world.work()
    assert [sent["messaging_type"] for sent in world.accepted(alice)] == ["RESPONSE"]
    assert [(r.state, r.reason) for r in world.reengagements()] == [("planned", "proactive_stopped")]
    assert resume_proactive(database, "the link is right", page)
    world.replan()
    world.work()
    assert [sent["messaging_type"] for sent in world.accepted(alice)] == ["RESPONSE", "UPDATE"]
    assert _recorded(world) == [("proactive_stopped", "a wrong link"), ("proactive_resumed", "the link is right")]


def test_a_stop_of_everything_is_on_record_once_for_the_installation(world: World) -> None:
    database = world.installation.database
    stop_proactive(database, "of the page only", world.account.id)
    stop_proactive(database, "of everything")
    resume_proactive(database, "of everything")
    entries = [(e.kind, e.sequence) for e in world.rows(ledger_entry) if not e.account_id]
    assert entries == [("proactive_stopped", 1), ("proactive_resumed", 2)]


def test_stopping_what_is_stopped_changes_nothing(world: World) -> None:
    database = world.installation.database
    for page in (None, world.account.id):
        assert [stop_proactive(database, "twice", page) for _ in range(2)] == [True, False]
        assert [resume_proactive(database, "twice", page) for _ in range(2)] == [True, False]


def test_of_several_first_stops_at_once_one_changes_something_and_none_fails(world: World) -> None:
    database, start = world.installation.database, threading.Barrier(4)
    changed: list[bool] = []

    def stop() -> None:
        start.wait(10)
        changed.append(stop_proactive(database, "now"))

    threads = [threading.Thread(target=stop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(changed) == [False, False, False, True]


def test_a_page_that_is_resumed_stays_stopped_while_everything_is(world: World) -> None:
    database, alice = world.installation.database, world.add_customer()
    world.says(alice, ago=_LONG_AGO)
    stop_proactive(database, "everything")
    resume_proactive(database, "this page", world.account.id)
    world.work()
    assert [r.reason for r in world.reengagements()] == ["proactive_stopped"]


def test_a_stopped_page_stops_no_other(world: World) -> None:
    stop_proactive(world.installation.database, "this page", world.account.id)
    other = world.add_page("2000")
    assert other.proactive_stopped_at is None
    with world.installation.database.reading() as connection:
        assert not accounts.proactive_is_stopped(connection)


def test_a_resume_ends_a_pause_after_trouble_too(world: World) -> None:
    database, alice = world.installation.database, world.add_customer()
    world.says(alice, ago=_LONG_AGO)
    world.duties.replies.drain(world.duties.reply_pool, 5)
    with database.transaction() as connection:
        accounts.pause(connection, world.account.id, "190", database.now(connection))
    world.work()
    assert [r.reason for r in world.reengagements()] == ["page_paused"]
    assert resume_proactive(database, "a new token")
    assert world.account.paused_at is None
    assert _recorded(world) == [("page_resumed", "a new token"), ("proactive_resumed", "a new token")]
    world.replan()
    world.work()
    assert [r.state for r in world.reengagements()] == ["sent"]


def _is_waited_for(world: World, process: int | None) -> bool:
    """Whether somebody waits for what that process of PostgreSQL holds. SQLite cannot be asked."""
    if process is None:
        return True
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE :process = ANY(pg_blocking_pids(pid))")
    with world.installation.database.reading() as connection:
        return int(connection.execute(waiting, {"process": process}).scalar_one()) > 0


def _process(world: World, connection: Connection) -> int | None:
    if not world.installation.database.is_postgresql:
        return None
    return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def test_a_stop_waits_for_a_claim_in_hand_and_neither_gives_up(world: World, wait_until: Callable[..., None]) -> None:
    database, account_id = world.installation.database, world.account.id
    returned = threading.Event()
    stop_proactive(database, "once before")  # so that there is a switch to wait for
    resume_proactive(database, "once before")

    def stop() -> None:
        stop_proactive(database, "now")
        returned.set()

    stopping = threading.Thread(target=stop)
    with database.transaction() as connection:  # what a claim reads, in its order
        accounts.ask_for_claim(connection, account_id).read()
        process = _process(world, connection)
        stopping.start()
        wait_until(lambda: _is_waited_for(world, process))
        assert not accounts.proactive_is_stopped(connection)
        assert not returned.is_set()
    stopping.join(10)
    assert returned.is_set()
    with database.reading() as connection:
        assert accounts.proactive_is_stopped(connection)


def test_nothing_is_claimed_after_a_stop_has_returned_and_after_the_resume_all_of_it_once(world: World) -> None:
    database = world.installation.database
    customers = [world.add_customer(f"Customer {n}") for n in range(24)]
    for customer in customers:
        world.says(customer, ago=_LONG_AGO)
    world.duties.replies.drain(world.duties.reply_pool, 5)
    world.faults({"match": {"path": "/messages"}, "fault": "latency=0.02"})
    working = threading.Thread(target=world.duties.reengagements.drain, args=(world.duties.send_pool, 5))
    working.start()
    stop_proactive(database, "in the midst of it")
    with database.reading() as connection:
        stopped_at = database.now(connection)
    working.join()
    claimed = [row.claimed_at for row in world.reengagements() if row.claimed_at is not None]
    assert all(at <= stopped_at for at in claimed)
    assert {row.state for row in world.reengagements()} <= {"planned", "sent"}
    resume_proactive(database, "on we go")
    world.replan()
    world.work()
    assert [row.state for row in world.reengagements()] == ["sent"] * len(customers)
    assert all(len(world.accepted(customer)) == 2 for customer in customers)
