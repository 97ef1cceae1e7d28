"""STOP against the claim, hundreds of times: whichever is committed first wins, and the record tells which that was."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, update

from botapp.reengagement.delivery import Claim, Stopwatch
from botapp.reengagement.sweep import sweep
from botapp.storage.reengagements import ReengagementKey
from botapp.storage.schema import reply
from tests.world import World

ROUNDS = 200
_STEP_SECONDS = 0.0004
_LONG_AGO = timedelta(hours=5)


@dataclass
class Race:
    """Runs a STOP against a claim, round after round, each side's head start such that both go on winning."""

    world: World
    head_start_of_stop: float = 0.0
    claims: dict[str, Claim] = field(default_factory=dict)

    def run(self, people: list[str]) -> None:
        keys = dict(zip(people, self._keys(people), strict=True))
        with ThreadPoolExecutor(2) as pool:
            for psid, key in keys.items():
                start = threading.Barrier(2)
                stopping = pool.submit(self._stop, psid, start)
                claim = pool.submit(self._claim, key, start).result()
                stopping.result()
                if claim is not None:
                    self.claims[psid] = claim
                self.head_start_of_stop += _STEP_SECONDS if claim else -_STEP_SECONDS

    def _keys(self, people: list[str]) -> list[ReengagementKey]:
        ids = {person.platform_contact_id: person.id for person in self.world.contacts()}
        rows = {row.contact_id: row for row in self.world.reengagements()}
        found = [rows[ids[psid]] for psid in people]
        return [ReengagementKey(row.account_id, row.contact_id, row.interaction_at) for row in found]

    def _stop(self, psid: str, start: threading.Barrier) -> None:
        start.wait(10)
        threading.Event().wait(max(0.0, -self.head_start_of_stop))
        self.world.receives(psid, {"message": {"mid": f"stop_{psid}", "text": "STOP"}})

    def _claim(self, key: ReengagementKey, start: threading.Barrier) -> Claim | None:
        start.wait(10)
        threading.Event().wait(max(0.0, self.head_start_of_stop))
        stopwatch = Stopwatch.start(self.world.installation.clock)
        return self.world.duties.reengagements.claimer.claim(key, stopwatch)


def _silent_people(world: World, count: int = ROUNDS) -> list[str]:
    """They wrote five hours ago in one body, and their answers are out of the way."""
    people = [str(9000 + number) for number in range(count)]
    then = world.installation.clock.now() - _LONG_AGO
    texts = ({"message": {"mid": f"hello_{psid}", "text": "hello"}} for psid in people)
    world.receives_items([world.item(psid, text, at=then) for psid, text in zip(people, texts, strict=True)])
    with world.installation.database.transaction() as connection:
        connection.execute(update(reply).values(state="skipped"))
    return people


def _by_contact(rows: list[Row[Any]]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.contact_id, []).append(row)
    return found


def test_whichever_is_committed_first_wins_and_it_is_on_record(world: World) -> None:
    people = _silent_people(world)
    race = Race(world)
    race.run(people)
    silences, entries = _by_contact(world.reengagements()), _by_contact(world.ledger())
    answers = _by_contact([row for row in world.replies() if row.kind == "stop_confirmed"])
    for person in world.contacts():
        kinds = [entry.kind for entry in entries[person.id]]
        assert [entry.sequence for entry in entries[person.id]] == list(range(1, len(kinds) + 1))
        claimed = [row for row in silences[person.id] if row.claimed_at is not None]
        assert bool(claimed) == (person.platform_contact_id in race.claims)
        assert [row.state for row in answers[person.id]] == ["planned"]
        if not claimed:
            assert "claimed" not in kinds
            assert [(row.state, row.reason) for row in silences[person.id]] == [("skipped", "stopped")]
            continue
        [row], [crossed] = claimed, [entry for entry in entries[person.id] if entry.kind == "crossed"]
        assert (row.state, row.crossed_at) == ("claimed", crossed.occurred_at)
        assert kinds.index("claimed") < kinds.index("suppression_set"), "a claim after a committed no"
        assert json.loads(crossed.details) == {"claimed_at": row.claimed_at.isoformat()}
    wins = len(race.claims)
    assert ROUNDS / 10 <= wins <= ROUNDS * 9 / 10, f"the claim won {wins} of {ROUNDS}: it was no race"


def test_no_confirmation_goes_out_before_the_claim_that_it_crossed_is_settled(world: World) -> None:
    people = _silent_people(world, ROUNDS // 10)
    race = Race(world)
    race.run(people)
    world.answer()
    crossed = {row.contact_id for row in world.reengagements() if row.state == "claimed"}
    waiting = {row.contact_id for row in world.replies() if row.state == "planned"}
    assert waiting == crossed
    later = replace(world.installation.house, claim_timeout=timedelta(0))
    sweep(world.installation.database, later)
    world.answer()
    assert {row.contact_id for row in world.replies() if row.state == "planned"} == crossed, "it may arrive yet"
    time.sleep(0.2)  # they look again after a tenth
    replace(world.duties.replies, house=later).drain(world.duties.reply_pool, 5)
    assert "planned" not in {row.state for row in world.replies()}
    assert world.attempts() == []
