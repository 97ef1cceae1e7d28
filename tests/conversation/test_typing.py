"""People see that an answer is being written where that takes a moment; it delays nothing and fails nothing."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests
from sqlalchemy import Connection

from botapp.conversation.knowledge import Answered, Finding
from botapp.storage.accounts import Account
from botapp.storage.replies import Reply
from tests.world import World, standing_world

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True)
class SlowKnowledge:
    """Looks for an answer until `is_enough`."""

    is_enough: Callable[[], bool]

    def find(self, _connection: Connection, _account: Account, _reply: Reply) -> Finding | None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self.is_enough() and time.monotonic() < deadline:
            time.sleep(0.01)
        return Answered("hours", "We are open from 9 to 5.")


def _log(world: World) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = requests.get(f"{world.platform_url}/sandbox/log", timeout=5).json()["entries"]
    return entries


def _actions(world: World, *, accepted: bool = True) -> list[str]:
    return [e["sender_action"] for e in _log(world) if e["what"] == "sender_action" and e["accepted"] is accepted]


def _looks_until(world: World, is_enough: Callable[[], bool]) -> None:
    knowledge = SlowKnowledge(is_enough)
    world.duties = replace(world.duties, replies=replace(world.duties.replies, knowledge=knowledge))


def _asks(world: World) -> str:
    alice = world.add_customer()
    world.says(alice, "hello")
    world.answer()
    world.says(alice, "when do you open?")
    world.answer()
    return alice


def test_who_waits_for_a_moment_sees_that_the_bot_is_writing_and_then_the_answer(world: World) -> None:
    _looks_until(world, lambda: "typing_on" in _actions(world))
    alice = _asks(world)
    assert _actions(world) == ["mark_seen", "typing_on"]
    what = [entry["what"] for entry in _log(world) if entry["what"] in ("send", "sender_action")]
    assert what == ["send", "sender_action", "sender_action", "send"]
    assert requests.get(f"{world.platform_url}/sandbox/thread/{alice}", timeout=5).json()["is_typing"] is False


def test_an_answer_that_is_there_at_once_shows_nothing(world: World) -> None:
    _looks_until(world, lambda: True)
    _asks(world)
    assert _actions(world) == []


def test_dots_that_fail_keep_no_answer_back(world: World) -> None:
    world.says(alice := world.add_customer(), "hello")
    world.answer()
    world.faults({"fault": "error=613", "count": 1, "match": {"path": "/messages"}})
    _looks_until(world, lambda: _actions(world, accepted=False) != [])
    world.says(alice, "when do you open?")
    world.answer()
    assert [row.state for row in world.replies()] == ["sent", "sent"]


@pytest.fixture
def silent_world(database_url: str, redis_url: str, var_dir: Any) -> Iterator[World]:
    """Where it is turned off."""
    with standing_world(database_url, redis_url, var_dir, typing="off") as standing:
        yield standing


def test_turned_off_it_is_never_shown(silent_world: World) -> None:
    enough_at: list[float] = []

    def is_enough() -> bool:
        enough_at.append(time.monotonic())
        return enough_at[-1] - enough_at[0] > 0.5

    _looks_until(silent_world, is_enough)
    _asks(silent_world)
    assert _actions(silent_world) == []
