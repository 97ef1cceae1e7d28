"""Who bought is not reminded: a conversion makes what is planned void, and the decision says so."""

import json
from datetime import timedelta

from botapp.storage.schema import conversion
from tests.api.conftest import Shop, statuses
from tests.world import PAGE_ID, World

HOUR = timedelta(hours=1)


def test_who_bought_since_they_wrote_gets_no_message_and_the_log_says_why(world: World, shop: Shop) -> None:
    alice, bob = world.falls_silent("Alice Ng"), world.falls_silent("Bob Ng")
    assert statuses(shop.bought(alice, ago=HOUR, value="49.90", currency="EUR", order_id="A-17")) == ["stored"]
    world.work()
    assert [len(world.proactive(psid)) for psid in (alice, bob)] == [0, 1]
    found = {row.contact_id: (row.state, row.reason) for row in world.reengagements()}
    ids = {c.platform_contact_id: c.id for c in world.contacts()}
    assert found[ids[alice]] == ("skipped", "converted")
    told = [e for e in world.ledger() if e.contact_id == ids[alice] and e.kind in ("converted", "skipped")]
    assert [(e.kind, e.reason) for e in told] == [("converted", None), ("skipped", "converted")]
    assert "converted_at" in json.loads(told[1].details)
    assert "A-17" not in told[0].details + (told[0].private or "")
    [row] = world.rows(conversion)
    assert (row.value_micros, row.currency, row.order_id) == (49_900_000, "EUR", "A-17")


def test_the_plan_is_made_again_at_once_and_not_only_when_it_falls_due(world: World, shop: Shop) -> None:
    alice = world.falls_silent(ago=HOUR)
    shop.bought(alice)
    world.replan()
    assert [(r.state, r.reason) for r in world.reengagements()] == [("skipped", "converted")]


def test_what_was_bought_before_the_conversation_voids_nothing(world: World, shop: Shop) -> None:
    alice = world.falls_silent()
    shop.bought(alice, ago=30 * HOUR)
    world.work()
    assert len(world.proactive(alice)) == 1


def test_a_page_may_count_only_what_was_bought_since_the_last_message(world: World, shop: Shop) -> None:
    world.add_page(PAGE_ID, name="Test Page", conversion_voids="silence")
    alice, bob = world.add_customer(), world.add_customer()
    for psid in (alice, bob):
        world.says(psid, ago=8 * HOUR)
        world.says(psid, "and another thing", ago=5 * HOUR)
    shop.bought(alice, ago=6 * HOUR)
    shop.bought(bob, ago=4 * HOUR)
    world.until_answered()
    world.work()
    assert [len(world.proactive(psid)) for psid in (alice, bob)] == [1, 0]


def test_an_order_told_twice_is_one_conversion(world: World, shop: Shop) -> None:
    alice = world.falls_silent()
    item = {"contact": alice, "occurred_at": "2026-01-01T12:00:00Z"}
    first = {**item, "order_id": "A-1"}
    assert statuses(shop.conversions(first, item, first)) == ["stored", "stored", "known"]
    assert statuses(shop.conversions(item, first, {**item, "order_id": "A-2"})) == ["known", "known", "stored"]
    assert [e.kind for e in world.ledger()].count("converted") == 3


def test_a_person_is_meant_with_all_their_contacts_on_the_page(world: World, shop: Shop) -> None:
    alice = world.falls_silent()
    [person] = world.contacts()
    at = world.installation.clock.now().isoformat()
    assert statuses(shop.conversions({"person": str(person.person_id), "occurred_at": at})) == ["stored"]
    assert statuses(shop.conversions({"person": "9" * 19, "occurred_at": at})) == ["unknown_contact"]
    world.work()
    assert world.proactive(alice) == []


def test_who_never_wrote_to_us_stays_unknown(world: World, shop: Shop) -> None:
    assert statuses(shop.bought("4711")) == ["unknown_contact"]
    assert world.contacts() == world.rows(conversion) == []


def test_a_conversion_dated_ahead_counts_from_when_it_was_told(world: World, shop: Shop) -> None:
    alice = world.falls_silent()
    shop.bought(alice, ago=-48 * HOUR)
    [person] = world.contacts()
    assert person.converted_at is not None
    assert person.converted_at <= world.installation.clock.now()
