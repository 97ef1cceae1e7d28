"""Installations in which rules are tried before they go live."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from botapp.campaign.file import Limits, read_campaign
from botapp.policy.rule import LiveRule
from botapp.rehearsal.proposal import proposed_rules
from tests.world import World, standing_world

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def small_world(sqlite_database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """A whole installation on the embedded database; another test shows that PostgreSQL does the same."""
    with standing_world(sqlite_database_url, redis_url, var_dir) as standing:
        yield standing


def tried(world: World, file: str) -> tuple[LiveRule, ...]:
    """The rules of a campaign file, as they would be beside those that are live."""
    limits = Limits(2000, DAY, timedelta(minutes=5), known_templates=frozenset({"hello-again"}))
    campaign = read_campaign(file.encode(), limits)
    with world.installation.database.reading() as connection:
        return proposed_rules(connection, world.account.id, campaign, world.installation.house)
