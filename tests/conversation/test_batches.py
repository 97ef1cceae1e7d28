"""A body costs a handful of statements however long it is, and any number of deliveries may overlap."""

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from botapp.storage.schema import ledger_entry
from tests.world import PAGE_ID, World, standing_world

Statements = Callable[[], AbstractContextManager[list[str]]]
Together = Callable[[Sequence[Callable[[], Any]]], list[Any]]
Shape = Callable[[int], dict[str, Any]]
HANDFUL = 30

FAMILIES: dict[str, Shape] = {
    "message": lambda n: {"message": {"mid": f"m_{n}", "text": "hello"}},
    "stop": lambda n: {"message": {"mid": f"s_{n}", "text": "STOP"}},
    "start": lambda n: {"message": {"mid": f"t_{n}", "text": "START"}},
    "yes": lambda n: {"message": {"mid": f"y_{n}", "text": "Yes", "quick_reply": {"payload": "botapp:optin:yes:1"}}},
    "referral": lambda n: {"referral": {"ref": f"r{n}", "source": "SHORTLINK"}},
    "notice": lambda _: {"optin": {"type": "notification_messages", "notification_messages_status": "STOP"}},
    "delivery": lambda n: {"delivery": {"mids": [f"d_{n}"], "watermark": 1_790_000_000_000 + n}},
    "read": lambda n: {"read": {"watermark": 1_790_000_000_000 + n}},
    "echo": lambda n: {"message": {"mid": f"e_{n}", "is_echo": True, "app_id": 7, "metadata": f"botapp:token{n}"}},
    "echo_of_another": lambda n: {"message": {"mid": f"o_{n}", "is_echo": True, "app_id": 7}},
    "handover": lambda _: {"pass_thread_control": {"new_owner_app_id": 99}},
    "unheard_of": lambda n: {"tomorrow": n},
    "malformed": lambda n: {"message": n + 1},
}


def _item(world: World, family: str, person: str, number: int) -> dict[str, Any]:
    at = world.installation.clock.now() - timedelta(hours=1)  # before we knew of them, however slow the machine is
    item = world.item(person, FAMILIES[family](number), at=at)
    if family.startswith("echo"):
        return item | {"sender": {"id": PAGE_ID}, "recipient": {"id": person}}
    return item


def _introduce(world: World, people: Sequence[str]) -> None:
    """They have all written before, so that reports about them concern somebody."""
    at = world.installation.clock.now() - timedelta(hours=2)
    world.receives_items([world.item(p, {"message": {"mid": f"first_{p}", "text": "hi"}}, at=at) for p in people])


@pytest.mark.parametrize("known", [True, False], ids=["known", "new"])
def test_a_body_of_two_hundred_events_costs_as_many_statements_as_one_of_three(
    world: World, statements: Statements, *, known: bool
) -> None:
    numbers = itertools.count()
    cost: dict[int, dict[str, int]] = {3: {}, 200: {}}
    _introduce(world, ["somebody"])  # what is loaded once is loaded
    for size, family in itertools.product(cost, FAMILIES):
        people = [f"{family}{size}{number}" for number in range(size)]
        if known:
            _introduce(world, people)
        items = [_item(world, family, person, next(numbers)) for person in people]
        with statements() as executed:
            world.receives_items(items)
        cost[size][family] = len(executed)
    assert cost[200] == cost[3]
    assert max(cost[200].values()) <= HANDFUL


def test_many_events_of_the_same_few_people_cost_no_more(world: World, statements: Statements) -> None:
    world.says(world.add_customer(), ago=timedelta(hours=5))
    world.work()
    world.work()
    claimed = world.contacts()[0].platform_contact_id
    seen = []
    for size in (len(FAMILIES), 20 * len(FAMILIES)):
        families = itertools.islice(itertools.cycle(FAMILIES), size)
        with statements() as executed:
            world.receives_items([_item(world, family, claimed, size * 1000 + n) for n, family in enumerate(families)])
        seen.append(len(executed))
    assert seen[1] <= seen[0] + 2


def test_one_message_costs_a_dozen_statements(world: World, statements: Statements) -> None:
    world.receives("2000", FAMILIES["message"](0))
    with statements() as executed:
        world.receives("2000", FAMILIES["message"](1))
    assert len(executed) <= 16


def test_thousands_of_people_in_one_body_are_all_taken_in(
    postgresql_database_url: str, redis_url: str, var_dir: Path
) -> None:
    """The platform sends up to a thousand; nothing may break beyond, such as a limit of parameters or of the stack."""
    with standing_world(postgresql_database_url, redis_url, var_dir) as world:
        items = [_item(world, "message", f"p{n}", n) for n in range(4_000)]
        assert world.receives_items(items).answers_owed == len(items)


def test_overlapping_bodies_in_any_order_never_wait_for_each_other_in_a_circle(world: World, at_once: Together) -> None:
    chance = random.Random(7)  # noqa: S311  no secret
    people = [f"20{n}" for n in range(12)]
    families = ["message", "stop", "start", "yes", "echo_of_another", "delivery", "referral", "unheard_of", "malformed"]
    events = [
        _item(world, family, person, number)
        for number, (family, person) in enumerate(itertools.product(families, people))
    ]

    def deliver(bodies: list[list[dict[str, Any]]]) -> int:
        return sum(world.receives_items(body).fresh for body in bodies)

    shares = [[chance.sample(events, len(events) // 3) for _ in range(6)] for _ in range(8)]
    wanted = {str(event) for share in shares for body in share for event in body if not _is_malformed(event)}
    fresh = at_once([partial(deliver, share) for share in shares])
    assert sum(fresh) == len(wanted)
    _assert_without_gaps(world)
    plans = Counter(r.contact_id for r in world.reengagements() if r.state == "planned")
    assert set(plans.values()) <= {1}


def test_the_numbers_of_a_persons_entries_have_no_gap_while_everything_happens_at_once(
    world: World, at_once: Together
) -> None:
    people = [world.add_customer(f"Person {n}") for n in range(4)]
    for psid in people:
        world.says(psid, ago=timedelta(hours=5))
    numbers = itertools.count(10_000)

    def write() -> None:
        for family in ("message", "start", "stop", "start", "echo_of_another"):
            for psid in people:
                world.receives_items([_item(world, family, psid, next(numbers))])

    def work() -> None:
        for _ in range(4):
            world.duties.replies.drain(world.duties.reply_pool, 0.5)
            world.duties.reengagements.drain(world.duties.send_pool, 0.5)

    at_once([write, write, write, work, work])
    _assert_without_gaps(world)


def _is_malformed(event: dict[str, Any]) -> bool:
    return isinstance(event.get("message"), int)


def _assert_without_gaps(world: World) -> None:
    sequences = defaultdict(list)
    for entry in world.rows(ledger_entry):
        sequences[entry.account_id, entry.contact_id].append(entry.sequence)
    assert sequences
    for key, numbers in sequences.items():
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), key
    for contact in world.contacts():
        assert contact.ledger_sequence == len(sequences[contact.account_id, contact.id])
