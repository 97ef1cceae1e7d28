"""The counts behind the overview: kept by the ticker in small steps, exact, and the same when all is told again."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from botapp.campaign.overview import load_overview, zone_of_page
from botapp.campaign.rollups import RollupKeeper
from botapp.cli import cli
from botapp.compliance.erasure import Erasure
from botapp.policy.analytics.funnel import Counts, FunnelBook, Losses, Slot
from botapp.policy.analytics.local_days import begins_at, day_of, minutes_late, stretches
from botapp.policy.experiments.outcome import Measure
from botapp.policy.zones import find_zone
from botapp.storage import plan_counts, rollups, tree
from botapp.storage.rollup_reading import Span
from botapp.storage.schema import rollup_contact
from botapp.storage.schema.rollups import MEASURES
from tests.campaign.histories import send_and_wait
from tests.console.campaigns import fortnight
from tests.world import PAGE_ID, World, standing_world

_DAY_MICROSECONDS = timedelta(days=1) // timedelta(microseconds=1)


@pytest.fixture
def one_world(sqlite_database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """Where no SQL is looked at that is different over PostgreSQL."""
    with standing_world(sqlite_database_url, redis_url, var_dir) as world:
        yield world


def _keeper(world: World) -> RollupKeeper:
    return world.installation.rollup_keeper()


def _count(world: World) -> tuple[Counts, Losses]:
    fortnight.count(world)
    with world.installation.database.reading() as connection:
        return rollups.load_all(connection)


def _sum(counts: Counts, split: str = "variant") -> dict[str, int]:
    found: dict[str, int] = {}
    for (slot, measure), number in counts.items():
        if slot.split == split:
            found[measure] = found.get(measure, 0) + number
    return {name: number for name, number in found.items() if number}


def test_a_conversation_counts_once_at_every_stage_that_it_reaches(world: World) -> None:
    world.falls_silent("Alice")
    bob = world.falls_silent("Bob", ago=timedelta(hours=6))
    world.says(bob, "STOP")
    world.says(bob, "and one thing more")
    world.falls_silent("Charlie", ago=timedelta(hours=1))
    counts, losses = _count(world)
    assert _sum(counts) == {"opened": 3, "eligible": 3, "planned": 3}
    assert {(slot.stage, slot.reason): n for slot, n in losses.items()} == {("planned", "stopped"): 1}
    world.work()
    counts, losses = _count(world)
    assert _sum(counts) == {"opened": 3, "eligible": 3, "planned": 3, "messaged": 1, "sent": 1}
    assert {slot.rule for (slot, measure) in counts if measure == "messaged"} == {"after-a-while"}
    assert list(_keeper(world).rebuild().differences()) == []


def test_who_writes_again_after_the_window_begins_another_conversation(one_world: World) -> None:
    alice = one_world.add_customer()
    for hours in (60, 40, 30, 1):  # within a day of each other, but for the last
        one_world.says(alice, ago=timedelta(hours=hours))
    counts, _ = _count(one_world)
    assert _sum(counts)["opened"] == 2


def test_what_came_of_messages_is_counted_when_their_time_is_over_with_their_receipts(world: World) -> None:
    psid = world.falls_silent()
    world.work()
    _count(world)  # nothing is known of it yet, and is not taken for nothing
    sent_at = world.reengagements()[0].claimed_at
    world.receives(psid, {"delivery": {"watermark": int(sent_at.timestamp() * 1000) + 60_000}})
    world.receives(psid, {"read": {"watermark": int(sent_at.timestamp() * 1000) + 60_000}})
    counts, _ = _count(world)
    assert _sum(counts)["sent"] == 1
    assert "matured" not in _sum(counts)
    send_and_wait(world, 9, answered=4, stopped=2)
    with world.installation.database.transaction() as connection:  # the log's clock is two days ahead
        connection.execute(text("UPDATE rollup_progress SET clock = clock + :days"), {"days": 2 * _DAY_MICROSECONDS})
    counts, _ = _count(world)
    for split in ("language", "intent", "variant"):
        found = _sum(counts, split)
        assert {name: found[name] for name in ("sent", "matured", "responded", "stopped", "harmed")} == {
            "sent": 10,
            "matured": 10,
            "responded": 4,
            "stopped": 2,
            "harmed": 2,
        }, split
        assert (found["delivered"], found["seen"]) == (1, 1), split


def test_every_outcome_has_its_column() -> None:
    """One that had none would stop the counting at the first customer who taps it."""
    of_the_guards_only = {Measure.CONCLUDED, Measure.WON}
    assert set(Measure) - of_the_guards_only <= set(MEASURES)


_SUNDAYS = {"2026-03-29": 23, "2026-10-25": 25}  # in Berlin


@pytest.mark.parametrize(("day", "hours"), _SUNDAYS.items())
def test_a_day_is_that_of_the_pages_clocks_also_when_they_are_changed(world: World, day: str, hours: int) -> None:
    zone, sunday = zone_of_page(world.add_page(PAGE_ID, zone="Europe/Berlin")), day_of(_noon(day))
    utc_midnight = sunday * 24
    counts = Counts()
    for hour in range(utc_midnight - 48, utc_midnight + 72):  # one message in each hour of five days
        counts[Slot(world.account.id, "variant", hour, "", "r", 1), "sent"] = 1
    with world.installation.database.transaction() as connection:
        rollups.add(connection, counts, Losses())
        found = load_overview(connection, Span([world.account.id], sunday - 1, sunday + 1, zone=zone))
    assert [tally["sent"] for tally in found.by_day.values()] == [24, hours, 24]
    usual = {bucket.name: bucket.tally["sent"] for bucket in found.by_hour if bucket.tally["sent"] != 3}
    assert usual == {"02": 2 if hours < 24 else 4}
    assert found.total["sent"] == 48 + hours


def test_where_clocks_are_half_an_hour_off_an_hour_counts_to_the_day_in_which_it_begins() -> None:
    zone = find_zone("Asia/Kolkata")
    assert zone
    [stretch] = stretches(zone, 20_000, 20_000)
    begins = begins_at(zone, 20_000).astimezone(zone)
    assert (stretch.end - stretch.first, begins.hour, begins.minute) == (24, 0, 30)
    assert minutes_late(zone, begins) == 30


def _noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00+00:00")


def test_in_however_many_pieces_the_log_is_taken_the_counts_are_the_same(one_world: World) -> None:
    fortnight.write(one_world, fortnight.Weeks(days=12, a_day=10))
    chance = random.Random(7)  # noqa: S311  pieces, and no secrets
    with one_world.installation.database.reading() as connection:
        kept, kept_losses = rollups.load_all(connection)
        entries = rollups.load_entries(connection, 0, tree.load_size(connection))
    told, losses = Counts(), Losses()
    book = FunnelBook(_DAY_MICROSECONDS)
    for entry in entries:
        book.take(entry)
        if chance.random() < 0.1:
            book.settle()
            followed, (more, lost) = book.followed(), book.changes()
            told.update(more)
            losses.update(lost)
            book = FunnelBook(_DAY_MICROSECONDS, book.clock, followed)
    book.settle()
    more, lost = book.changes()
    told.update(more)
    losses.update(lost)
    assert {key: n for key, n in told.items() if n} == dict(kept)
    assert {key: n for key, n in losses.items() if n} == dict(kept_losses)


def test_the_counts_are_as_the_log_tells_and_a_changed_one_is_named(world: World) -> None:
    fortnight.write(world, fortnight.Weeks(days=12, a_day=10))
    keeper = _keeper(world)
    assert list(keeper.rebuild().differences()) == []
    database = world.installation.database
    with database.transaction() as connection:
        connection.execute(
            text("UPDATE rollup SET responded = responded + 1 WHERE split = 'variant' AND responded = 1")
        )
    found = list(keeper.rebuild().differences())
    assert found
    of_hours = [difference for difference in found if not difference.startswith("whole day")]
    assert all("responded: 2 are counted, the log tells 1" in difference for difference in of_hours)
    assert len(of_hours) < len(found)  # their days differ from them now
    with database.transaction() as connection:
        connection.execute(text("UPDATE rollup SET sent = sent + 1 WHERE split = 'intent'"))
    assert any(difference.startswith("split by intent") for difference in keeper.rebuild().differences())
    keeper.forget()
    keeper.catch_up(lambda _done, _all: None)
    assert list(keeper.rebuild().differences()) == []
    with database.transaction() as connection:
        connection.execute(text("UPDATE rollup_day SET sent = sent + 1 WHERE split = 'language' AND sent = 3"))
        connection.execute(text("DELETE FROM rollup_loss_day WHERE windows = 2"))
    found = list(keeper.rebuild().differences())
    assert {difference.split(":")[-1] for difference in found} == {
        " 4 are counted, its hours come to 3",
        " 0 are counted, its hours come to 2",
    }
    keeper.forget()
    keeper.catch_up(lambda _done, _all: None)
    assert list(keeper.rebuild().differences()) == []


def test_what_customers_had_asked_about_is_counted_and_forgotten_with_them(world: World) -> None:
    for name in ("Alice", "Bob"):
        world.falls_silent(name)
    with world.installation.database.transaction() as connection:  # as if the FAQ had answered them
        connection.execute(text("UPDATE reply SET about = 'opening-hours'"))
    world.work()
    counts, _ = _count(world)
    assert _intents(counts) == {"opening-hours": 2}
    [alice, _] = world.contacts()
    assert world.installation.eraser().erase((alice.account_id, alice.id), "staff") is Erasure.ERASED
    counts, _ = _count(world)
    assert _intents(counts) == {"opening-hours": 1, "": 1}
    assert ["opening-hours" in row.state for row in world.rows(rollup_contact) if row.contact_id == alice.id] == [False]
    assert list(_keeper(world).rebuild().differences()) == []


def _intents(counts: Counts) -> dict[str, int]:
    found = {slot.bucket: n for (slot, name), n in counts.items() if (slot.split, name) == ("intent", "sent")}
    return {bucket: number for bucket, number in found.items() if number}


def test_two_tickers_count_each_entry_once(world: World) -> None:
    fortnight.write(world, fortnight.Weeks(days=12, a_day=30))
    keeper = _keeper(world)
    keeper.forget()
    with ThreadPoolExecutor(2) as threads:
        for _ in range(6):  # whoever is slower takes nothing, and looks again
            _ = [future.result() for future in [threads.submit(keeper.advance), threads.submit(keeper.advance)]]
    with world.installation.database.reading() as connection:
        assert rollups.load_progress(connection).taken == tree.load_size(connection)
    assert list(keeper.rebuild().differences()) == []


def test_contacts_are_followed_no_longer_than_something_may_change(one_world: World) -> None:
    send_and_wait(one_world, 3, answered=1)
    _count(one_world)
    assert len(one_world.rows(rollup_contact)) >= 3
    with one_world.installation.database.transaction() as connection:
        connection.execute(text("UPDATE rollup_progress SET clock = clock + :days"), {"days": 9 * _DAY_MICROSECONDS})
    before = _sum(_count(one_world)[0])
    assert one_world.rows(rollup_contact) == []
    assert before["matured"] == 3
    with one_world.installation.database.reading() as connection:
        assert rollups.load_progress(connection).taken == tree.load_size(connection)


@pytest.mark.parametrize("is_overdue", [False, True])
def test_plans_are_counted_by_the_hour_in_which_they_fall_due(world: World, *, is_overdue: bool) -> None:
    world.falls_silent("Alice", ago=timedelta(hours=1))
    if is_overdue:
        with world.installation.database.transaction() as connection:
            connection.execute(text("UPDATE reengagement SET due_at = due_at - 20 * CAST(3600000000 AS bigint)"))
    _count(world)
    with world.installation.database.reading() as connection:
        counted, counted_at = plan_counts.load(connection)
    [plan] = counted
    due_at = counted_at if is_overdue else world.reengagements()[0].due_at
    assert (plan.account_id, plan.plans) == (world.account.id, 1)
    assert plan.hour == int(due_at.timestamp()) // 3600


def test_the_command_compares_and_counts_anew(one_world: World) -> None:
    fortnight.write(one_world, fortnight.Weeks(days=4, a_day=6))
    checked = _types(one_world, "--check")
    assert checked.exit_code == 0, checked.output
    assert "all counts are as the first" in checked.output
    with one_world.installation.database.transaction() as connection:
        connection.execute(text("DELETE FROM rollup_loss"))
    changed = _types(one_world, "--check")
    assert changed.exit_code == 1
    assert "0 are counted, the log tells" in changed.output
    assert _types(one_world).exit_code == 0
    assert _types(one_world, "--check").exit_code == 0


def _types(world: World, *options: str) -> Result:
    settings = world.installation.settings
    environment = {"BOTAPP_VAR_DIR": str(settings.var_dir), "BOTAPP_DATABASE_URL": str(settings.database_address)}
    return CliRunner(env=environment).invoke(cli, ["analytics", "rebuild", *options])
