"""What the leading ticker owes the log: sealed and signed soon, loud when it cannot be, and never in the way."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from botapp.bootstrap.installation import Installation
from botapp.compliance.keep import LogKeeper
from botapp.compliance.publish import Publisher
from botapp.compliance.seal import Sealer
from botapp.compliance.signer import Signer
from botapp.compliance.state import LogState, load_log_state
from botapp.doctor import examine
from botapp.storage import rollups, tally, tree
from botapp.storage.tally import Filter
from botapp.workers.ticker import Ticker
from tests.reengagement.conftest import LeapingClock
from tests.world import World


@pytest.fixture
def signer(world: World) -> Signer:
    return world.installation.signer


@pytest.fixture
def clock() -> LeapingClock:
    return LeapingClock()


@pytest.fixture
def keeper(world: World, signer: Signer, clock: LeapingClock) -> Iterator[LogKeeper]:
    database = world.installation.database
    with ThreadPoolExecutor(1) as pool:
        publisher = Publisher(database, [], timedelta(hours=1))
        yield LogKeeper(database, Sealer(database, signer.sign, batch=3), publisher, clock, pool)


def state(world: World) -> LogState:
    return load_log_state(world.installation.database)


def forget_the_future(signer: Signer, entries: int) -> None:
    """What the signer remembers when the database is set back: it has signed more than is there."""
    signer.keys()
    (signer.directory / "last-signed.json").write_text(json.dumps({"size": entries, "root": "00" * 32}))


def test_the_leader_seals_and_signs_what_is_there(world: World, clock: LeapingClock) -> None:
    world.falls_silent()
    own = Installation(world.installation.settings, clock)
    ticker = replace(own.ticker(), ring=lambda: True)
    assert ticker.tick_once()
    assert state(world).unsigned_for == timedelta(0)
    world.says(world.add_customer("Bob Ito"))
    assert state(world).unsigned_for > timedelta(0)
    clock.elapsed_leap += timedelta(seconds=0.5)
    ticker.tick_once()
    found = state(world)
    assert (found.unsigned_for, found.signed) == (timedelta(0), found.sealed)
    with own.database.reading() as connection:
        assert rollups.load_progress(connection).taken == found.sealed, "marketers see it in the same second"
    own.database.close()


def test_what_is_sealed_is_counted_for_the_desk(world: World, keeper: LogKeeper) -> None:
    world.falls_silent()
    keeper.keep()
    with world.installation.database.reading() as connection:
        assert tally.load_counted(connection) == tree.load_size(connection) > 0
        counted = tally.load_tallies(connection, Filter(kinds=["interaction"]))
    assert [t.entries for t in counted] == [1]


def test_who_does_not_lead_seals_nothing(world: World, clock: LeapingClock) -> None:
    world.falls_silent()
    leader, other = (_ticker(world, clock) for _ in range(2))
    called: list[str] = []
    leader.keep_log, other.keep_log = (lambda: called.append("leader")), (lambda: called.append("other"))
    leader.tick_once()
    other.tick_once()
    assert called == ["leader"]


def _ticker(world: World, clock: LeapingClock) -> Ticker:
    database, planner = world.installation.database, world.installation.planner
    return Ticker(database, planner, lambda: True, clock, timedelta(milliseconds=10), timedelta(seconds=4))


def test_a_log_that_was_set_back_is_not_signed_and_everybody_is_told(
    world: World, keeper: LogKeeper, signer: Signer, clock: LeapingClock, caplog: pytest.LogCaptureFixture
) -> None:
    world.falls_silent()
    keeper.keep()
    signed = state(world).signed
    forget_the_future(signer, 10_000)
    world.says(world.add_customer("Bob Ito"))
    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            clock.elapsed_leap += timedelta(seconds=1)
            keeper.keep()
    assert [record.message for record in caplog.records] == [
        f"THE LOG IS NOT SIGNED: the log has {state(world).sealed} entries, but 10000 were signed before"
    ], "once, not at every try"
    assert state(world).signed == signed
    assert state(world).signing_failure is not None
    [finding] = [found for found in examine(world.installation) if found.what == "log"]
    assert (finding.holds, "10000 were signed before" in finding.found) == (False, True)


def test_what_is_set_right_is_signed_again(
    world: World, keeper: LogKeeper, signer: Signer, clock: LeapingClock
) -> None:
    world.falls_silent()
    forget_the_future(signer, 10_000)
    keeper.keep()
    (signer.directory / "last-signed.json").unlink()
    clock.elapsed_leap += timedelta(seconds=1)
    keeper.keep()
    found = state(world)
    assert (found.signing_failure, found.signed) == (None, found.sealed)


def test_a_key_that_others_can_read_stops_the_signing_and_nothing_else(
    world: World, keeper: LogKeeper, signer: Signer
) -> None:
    world.falls_silent()
    signer.add_key()
    for path in signer.directory.glob("*.seed"):
        path.chmod(0o644)
    keeper.keep()
    assert "chmod 600" in (state(world).signing_failure or "")


def test_a_long_backlog_is_sealed_a_little_at_each_call(world: World, signer: Signer) -> None:
    for number in range(3):
        world.says(world.add_customer(f"Customer {number}"))
    database = world.installation.database
    sealer = Sealer(database, signer.sign, batch=2)
    assert sealer.seal(most=3) == 4
    assert state(world).signed == 4
    before = state(world).sealed
    sealer.seal()
    assert state(world).sealed > before
    assert state(world).unsigned_for == timedelta(0)


def test_the_figures_tell_how_far_the_log_is_signed(world: World, keeper: LogKeeper) -> None:
    world.falls_silent()
    client = world.installation.web_app(ring=lambda: True).test_client()
    assert "botapp_log_signed_entries 0.0" in client.get("/metrics").text
    assert client.get("/health/ready").json["log"] is True  # type: ignore[index]
    keeper.keep()
    figures = client.get("/metrics").text
    assert f"botapp_log_signed_entries {float(state(world).sealed)}" in figures
    assert "botapp_log_unsigned_seconds 0.0" in figures
    assert 'botapp_log_failures{duty="signing"} 0.0' in figures


def test_health_tells_that_the_log_is_not_signed_and_stays_ready(
    world: World, keeper: LogKeeper, signer: Signer
) -> None:
    world.falls_silent()
    forget_the_future(signer, 10_000)
    keeper.keep()
    ready = world.installation.web_app(ring=lambda: True).test_client().get("/health/ready")
    assert (ready.status_code, ready.json and ready.json["log"]) == (200, False)


def test_keys_are_made_by_the_first_signature_and_are_their_owners_alone(
    world: World, keeper: LogKeeper, signer: Signer, var_dir: Path
) -> None:
    world.falls_silent()
    assert not signer.directory.exists()
    keeper.keep()
    assert signer.directory == var_dir / "ledger-keys"
    assert signer.directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in signer.directory.iterdir()} == {0o600}
