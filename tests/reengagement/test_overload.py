"""A page that may send a few a second, and more due than that carries before the windows close."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import update

from botapp.policy.overload import Rate
from botapp.policy.reason import Reason
from botapp.reengagement.overload import Overload
from botapp.storage import backlog
from botapp.storage.ledger import EntryKind
from botapp.storage.schema import reengagement
from tests.world import World

SECOND = timedelta(seconds=1)
CAMPAIGN = """
[[templates]]
name = "hello-again"
text = "Hello {first_name|there}, is there anything else?"

[[rules]]
name = "basket"
template = "hello-again"
delay = "4h"
objective = "conversion"
target = 20
value = 500
when = { fact = "first_name", is = "Ann" }

[[rules]]
name = "after-a-while"
template = "hello-again"
delay = "4h"
priority = 3
"""


def _fall_silent(world: World, names: list[str]) -> None:
    """People whose windows are about to close."""
    for number, name in enumerate(names):
        psid = world.add_customer(name)
        world.says(psid, ago=timedelta(hours=23, minutes=54, seconds=number % 10))
        with world.installation.database.transaction() as connection:
            [person] = [c for c in world.contacts() if c.platform_contact_id == psid]
            worth = 100 if name == "Ann" else 3
            connection.execute(update(reengagement).where(reengagement.c.contact_id == person.id).values(worth=worth))


def _relieve(world: World, per_second: float) -> int:
    installation = world.installation
    return Overload(installation.database, installation.house, Rate(per_second), installation.clock).relieve()


def test_the_value_expected_of_its_rule_stands_with_each_plan(world: World) -> None:
    world.apply(CAMPAIGN)
    world.says(world.add_customer("Bob"), ago=timedelta(hours=1))
    assert [row.worth for row in world.reengagements()] == [3]


def test_what_the_rate_cannot_carry_in_time_expires_on_record_and_the_most_valuable_goes_out(world: World) -> None:
    _fall_silent(world, ["Bob", "Ann"] * 15)
    given_up = _relieve(world, per_second=0.4)  # about a minute is left: 24, and one at once
    rows = world.reengagements()
    assert 4 <= given_up <= 8
    expired = [row for row in rows if row.state == "expired"]
    assert Counter((row.reason, row.worth) for row in expired) == {(Reason.PAGE_RATE, 3): given_up}
    entries = [entry for entry in world.ledger() if entry.kind == EntryKind.EXPIRED]
    assert {(e.reason, e.subject_at) for e in entries} == {(Reason.PAGE_RATE, row.interaction_at) for row in expired}
    assert _relieve(world, per_second=0.4) <= 1  # the clock went on by a moment
    world.work()
    assert {row.state for row in world.reengagements() if row.worth == 100} == {"sent"}


def test_a_rate_that_carries_all_gives_up_nothing(world: World) -> None:
    _fall_silent(world, ["Bob"] * 5)
    assert _relieve(world, per_second=20) == 0
    assert {row.state for row in world.reengagements()} == {"planned"}


def test_a_backlog_is_piled_up_by_worth_and_each_pile_is_found_again(world: World) -> None:
    _fall_silent(world, ["Bob", "Ann", "Ann"])
    installation = world.installation
    with installation.database.reading() as connection:
        now = installation.database.now(connection)
        piles = backlog.pile_up(connection, world.account.id, now, 10 * SECOND)
        found = [backlog.find_in_pile(connection, world.account.id, now, pile, 10 * SECOND) for pile in piles]
    assert sum(pile.number for pile in piles) == 3
    assert [len(keys) for keys in found] == [pile.number for pile in piles]
