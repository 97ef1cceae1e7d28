"""A conversion against the claim: whichever is committed first wins, and the record tells which that was."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from botapp.conversation.business import Teller, Told, ToldConversion, Who, take_conversions
from botapp.reengagement.delivery import Claim, Stopwatch
from botapp.storage.reengagements import ReengagementKey
from botapp.storage.schema import reply
from tests.world import World

ROUNDS = 60
_STEP_SECONDS = 0.0004
_LONG_AGO = timedelta(hours=5)
_SHOP = Teller(1, "shop")


@dataclass
class Race:
    """Each side's head start is such that both go on winning."""

    world: World
    head_start_of_shop: float = 0.0
    claims: set[str] = field(default_factory=set)

    def run(self, keys: dict[str, ReengagementKey]) -> None:
        with ThreadPoolExecutor(2) as pool:
            for psid, key in keys.items():
                start = threading.Barrier(2)
                buying = pool.submit(self._buy, psid, start)
                claim = pool.submit(self._claim, key, start).result()
                assert buying.result() == [Told.STORED]
                if claim is not None:
                    self.claims.add(psid)
                self.head_start_of_shop += _STEP_SECONDS if claim else -_STEP_SECONDS

    def _buy(self, psid: str, start: threading.Barrier) -> list[Told]:
        start.wait(10)
        threading.Event().wait(max(0.0, -self.head_start_of_shop))
        with self.world.installation.database.transaction() as connection:
            now = self.world.installation.database.now(connection)
            bought = ToldConversion(Who(psid, None), "o:1", now)
            return take_conversions(connection, self.world.account.id, [bought], _SHOP, now)

    def _claim(self, key: ReengagementKey, start: threading.Barrier) -> Claim | None:
        start.wait(10)
        threading.Event().wait(max(0.0, self.head_start_of_shop))
        stopwatch = Stopwatch.start(self.world.installation.clock)
        return self.world.duties.reengagements.claimer.claim(key, stopwatch)


def _silent_people(world: World) -> dict[str, ReengagementKey]:
    """They wrote five hours ago in one body, and their answers are out of the way."""
    people = [str(9000 + number) for number in range(ROUNDS)]
    then = world.installation.clock.now() - _LONG_AGO
    texts = ((psid, {"message": {"mid": f"hello_{psid}", "text": "hello"}}) for psid in people)
    world.receives_items([world.item(psid, text, at=then) for psid, text in texts])
    with world.installation.database.transaction() as connection:
        connection.execute(update(reply).values(state="skipped"))
    return {psid: world.silence(psid) for psid in people}


def test_whichever_is_committed_first_wins_and_it_is_on_record(world: World) -> None:
    race = Race(world)
    race.run(_silent_people(world))
    silences = {row.contact_id: row for row in world.reengagements()}
    entries: dict[int, list[Any]] = {}
    for entry in world.ledger():
        entries.setdefault(entry.contact_id, []).append(entry)
    for person in world.contacts():
        row, told = silences[person.id], entries[person.id]
        kinds = [entry.kind for entry in told]
        assert [entry.sequence for entry in told] == list(range(1, len(kinds) + 1))
        assert (row.claimed_at is not None) == (person.platform_contact_id in race.claims)
        if row.claimed_at is None:
            assert (row.state, row.reason, kinds[-2:]) == ("skipped", "converted", ["converted", "skipped"])
        else:
            assert kinds.index("claimed") < kinds.index("converted"), "a claim after a committed conversion"
    wins = len(race.claims)
    assert ROUNDS / 10 <= wins <= ROUNDS * 9 / 10, f"the claim won {wins} of {ROUNDS}: it was no race"
