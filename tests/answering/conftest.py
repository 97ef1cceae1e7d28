"""A page that knows a few answers."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import pytest

from botapp.answering.learning import learn_model
from botapp.answering.publish import live_entries, publish
from botapp.campaign.faq_file import read_faq
from botapp.understanding.faq.entry import FaqEntry
from tests.world import World, standing_world

DEMO = Path(__file__).resolve().parents[2] / "config/demo-faq.toml"
Teach = Callable[[World, str], None]


@pytest.fixture
def shop(sqlite_database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """An installation whose page answers by the demonstration's FAQ, on one database."""
    with standing_world(sqlite_database_url, redis_url, var_dir) as standing:
        teach(standing, DEMO.read_text())
        yield standing


def teach(world: World, text: str) -> int:
    """Let the world's page answer by a FAQ file's text; the version."""
    database, account_id = world.installation.database, world.account.id
    base, _ = live_entries(database, account_id)
    return publish(database, account_id, read_faq(text.encode()), base_version=base, learn=_learnt_once).version


def _learnt_once(entries: Sequence[FaqEntry]) -> bytes:
    return _learnt(tuple(entries))


@lru_cache
def _learnt(entries: tuple[FaqEntry, ...]) -> bytes:
    """Learning takes a second, and the same entries teach the same."""
    return learn_model(entries)
