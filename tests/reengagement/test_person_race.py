"""Somebody asks for a person while a claim is on its way: whichever is committed first wins, under the same lock."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from botapp.storage.schema import reply
from tests.world import World

ROUNDS = 40
_STEP_SECONDS = 0.0004


def test_no_claim_follows_a_committed_wish_for_a_person(world: World) -> None:
    people = [str(7000 + number) for number in range(ROUNDS)]
    then = world.installation.clock.now() - timedelta(hours=5)
    hello = [world.item(p, {"message": {"mid": f"hello_{p}", "text": "hello"}}, at=then) for p in people]
    world.receives_items(hello)
    with world.installation.database.transaction() as connection:
        connection.execute(update(reply).values(state="skipped"))
    claimed, head_start = set(), 0.0
    with ThreadPoolExecutor(2) as pool:
        for psid in people:
            silence, start = world.silence(psid), threading.Barrier(2)
            wish = world.item(psid, {"message": {"mid": f"wish_{psid}", "text": "agent please"}}, at=then)
            asking = pool.submit(_after, start, -head_start, world.receives_items, [wish])
            claim = pool.submit(_after, start, head_start, world.claim, psid).result()
            asking.result()
            assert world.silence(psid) == silence, "the wish is as old as the silence and begins no other"
            if claim is not None:
                claimed.add(psid)
            head_start += _STEP_SECONDS if claim else -_STEP_SECONDS
    entries = world.ledger()
    for person in world.contacts():
        kinds = [entry.kind for entry in entries if entry.contact_id == person.id]
        assert kinds.count("handover_requested") == 1
        assert ("claimed" in kinds) == (person.platform_contact_id in claimed)
        if "claimed" in kinds:
            assert kinds.index("claimed") < kinds.index("handover_requested"), "a claim after a committed wish"
    assert ROUNDS / 10 <= len(claimed) <= ROUNDS * 9 / 10, f"the claim won {len(claimed)} of {ROUNDS}: it was no race"


def _after(start: threading.Barrier, seconds: float, task: Callable[..., Any], *arguments: object) -> Any:
    start.wait(10)
    threading.Event().wait(max(0.0, seconds))
    return task(*arguments)
