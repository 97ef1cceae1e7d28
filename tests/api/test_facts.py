"""Facts by the API: what rules and templates may speak of, by the newest word and not beyond its end."""

from datetime import timedelta

import pytest

from botapp.storage.schema import fact
from tests.api.conftest import Shop, statuses
from tests.world import World

HOUR = timedelta(hours=1)
BASKETS = """
facts = ["basket_value", "basket"]
[[templates]]
name = "basket"
text = "Your {basket|basket} is still here."
[[rules]]
name = "full-baskets"
template = "basket"
delay = "4h"
priority = 10
when = { fact = "basket_value", at_least = 100 }
"""


def texts(world: World, psid: str) -> list[str]:
    return [sent["text"] for sent in world.proactive(psid)]


def test_a_rule_is_meant_for_those_of_whom_the_shop_says_so(world: World, shop: Shop) -> None:
    world.apply(BASKETS)
    people = {world.falls_silent(): value for value in (99, 129.5, "250.00")}
    items = [{"contact": psid, "name": "basket_value", "value": value} for psid, value in people.items()]
    named = [{"contact": psid, "name": "basket", "value": "blue sofa"} for psid in people]
    assert statuses(shop.facts(*items, *named)) == ["stored"] * 6
    world.replan()
    world.work()
    spoken = [texts(world, psid) == ["Your blue sofa is still here."] for psid in people]
    assert spoken == [False, True, True]
    assert {row.source for row in world.rows(fact)} == {"api:shop"}


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({}, True),
        ({"expires_at": "2100-01-01T00:00:00Z"}, True),
        ({"expires_at": "2026-01-01T00:00:00+01:00"}, False),
        ({"confidence": 0.5}, True),
        ({"confidence": 0.49}, False),
    ],
    ids=["told", "still true", "expired", "sure enough", "a guess"],
)
def test_what_has_expired_or_is_a_guess_is_absent(
    world: World, shop: Shop, more: dict[str, object], *, counts: bool
) -> None:
    world.apply(BASKETS)
    alice = world.falls_silent()
    value = {"contact": alice, "name": "basket_value", "value": 500}
    assert statuses(shop.facts(value, {"contact": alice, "name": "basket", "value": "sofa", **more})) == ["stored"] * 2
    world.replan()
    world.work()
    assert texts(world, alice) == ["Your sofa is still here." if counts else "Your basket is still here."]


def test_the_newer_of_two_counts_however_they_arrive(world: World, shop: Shop) -> None:
    alice = world.falls_silent()
    now = world.installation.clock.now()

    def told(value: str, ago: timedelta) -> dict[str, str]:
        return {"contact": alice, "name": "basket", "value": value, "observed_at": (now - ago).isoformat()}

    shop.facts(told("second", 2 * HOUR), told("third", HOUR), told("first", 3 * HOUR))
    shop.facts(told("older", 4 * HOUR))
    assert [row.value for row in world.rows(fact) if row.name == "basket"] == ["third"]
    shop.facts(told("dated ahead", -99 * HOUR))
    shop.facts({"contact": alice, "name": "basket", "value": "now"})
    assert [row.value for row in world.rows(fact) if row.name == "basket"] == ["now"]


def test_nobody_can_pile_up_facts_about_one_person(world: World, shop: Shop) -> None:
    alice = world.falls_silent()
    items = [{"contact": alice, "name": f"n_{number}", "value": "x"} for number in range(101)]
    assert statuses(shop.facts(*items[:100])) == ["stored"] * 100
    assert statuses(shop.facts(items[100], items[0])) == ["too_many_facts", "stored"]
