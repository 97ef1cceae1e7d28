"""An echo tells late that a lost message arrived: who came back to it had not ignored it.

Found by `botapp simulate --customers 500 --days 10 --seed 2101977139`: nothing was sent in the silence after it, though
all was well.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from botapp.reengagement.sweep import sweep
from tests.world import World, standing_world


@pytest.fixture
def impatient(sqlite_database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """One that was not taken up is enough to stop."""
    with standing_world(sqlite_database_url, redis_url, var_dir, ignored_cap=1) as standing:
        yield standing


def _lose_one_and_write(world: World) -> tuple[str, str]:
    """A claim whose outcome nobody heard of, and then words of the customer; who it is, and its metadata."""
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    sweep(world.installation.database, replace(world.installation.house, claim_timeout=timedelta(0)))
    world.says(alice, "here I am again")
    assert _latest(world) == ("skipped", "ignored"), "in doubt it did not arrive, and nothing answered it"
    return alice, claim.message.metadata


def _latest(world: World) -> tuple[str, str | None]:
    row = max(world.reengagements(), key=lambda row: row.interaction_at)
    return row.state, row.reason


def test_what_was_refused_because_a_lost_message_seemed_ignored_is_decided_anew_when_its_echo_arrives(
    impatient: World,
) -> None:
    alice, metadata = _lose_one_and_write(impatient)

    impatient.echo(alice, metadata)

    assert _latest(impatient) == ("skipped", "cool_down"), "what is left in the way is that it was sent just now"
    assert [(e.kind, e.reason) for e in impatient.ledger()][-2:] == [("reconciled", "echo"), ("skipped", "cool_down")]


def test_the_echo_of_something_else_changes_no_refusal(impatient: World) -> None:
    alice, _ = _lose_one_and_write(impatient)

    impatient.echo(alice, "botapp:0123456789abcdef01234567")

    assert _latest(impatient) == ("skipped", "ignored")
