"""What customers speak of, and where they came from, becomes facts; a re-engagement speaks of the newest interest."""

from datetime import timedelta
from typing import Any

import pytest

from botapp.campaign.catalogue_file import apply_catalogue, read_catalogue
from botapp.storage.schema import fact, ledger_entry
from tests.world import World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CATALOGUE = b"""
[[categories]]
key = "sofas"
names = { en = "sofas", de = "Sofas" }
words = { en = ["sofa", "couch"], de = ["Couch"] }

[[products]]
key = "blue-sofa"
category = "sofas"
ids = ["SKU-1"]
names = { en = "Blue Sofa", de = "Blaues Sofa" }

[[products]]
key = "lamp"
names = { en = "Desk Lamp", de = "Schreibtischlampe" }
words = { en = "lamp" }
"""
CAMPAIGN = """
[[templates]]
name = "interest"
text = "What else may I tell you about {interest|our shop}?"
[[rules]]
name = "interest"
template = "interest"
delay = "4h"
priority = 10
"""


def apply(world: World, content: bytes = CATALOGUE) -> None:
    apply_catalogue(world.installation.database, world.account.id, read_catalogue(content))


def known(world: World) -> dict[str, str]:
    return {row.name: row.value for row in world.rows(fact)}


@pytest.mark.parametrize(
    ("texts", "interest"),
    [
        (["do you have the BLUE SOFA?"], "Blue Sofa"),
        (["is that couch comfortable"], "sofas"),
        (["the blue sofa", "or rather a lamp"], "Desk Lamp"),
        (["a couch like the blue sofa"], "Blue Sofa"),
        (["stop by the shop"], "our shop"),
    ],
)
def test_a_re_engagement_speaks_of_the_newest_interest(world: World, texts: list[str], interest: str) -> None:
    apply(world)
    world.apply(CAMPAIGN)
    alice = world.add_customer()
    for number, text in enumerate(texts):
        world.says(alice, text, ago=(6 - number * 0.1) * HOUR)
    world.until_answered()
    world.work()
    assert [sent["text"] for sent in world.proactive(alice)] == [f"What else may I tell you about {interest}?"]


def test_an_interest_is_named_in_the_language_of_the_customer(world: World) -> None:
    apply(world)
    world.add_page("1000", name="Test Page", language="de")
    world.receives("1", {"message": {"mid": "m_1", "text": "Ist das blaue Sofa bequem? blue sofa"}})
    assert known(world) == {"interest": "Blaues Sofa", "product": "blue-sofa", "category": "sofas"}


def test_a_product_of_an_ad_is_known_by_its_id_and_what_is_written_counts_more(world: World) -> None:
    apply(world)
    referral = {"ref": "spring", "source": "ADS", "ad_id": "6045246247433", "ads_context_data": {"product_id": "SKU-1"}}
    world.receives("1", {"message": {"mid": "m_1", "text": "hello", "referral": referral}}, ago=HOUR)
    origin = {"ref": "spring", "source": "ADS", "ad_id": "6045246247433", "product_id": "SKU-1"}
    assert known(world) == {**origin, "interest": "Blue Sofa", "product": "blue-sofa", "category": "sofas"}
    world.receives("1", {"message": {"mid": "m_2", "text": "and this lamp?", "referral": referral}})
    assert known(world)["interest"] == "Desk Lamp"


def test_facts_have_a_source_a_confidence_and_an_end(world: World) -> None:
    apply(world)
    item = {"message": {"mid": "m_1", "text": "lamp for 80 euros, order 77123", "referral": {"ref": "spring"}}}
    world.receives("1", item)
    rows = {row.name: row for row in world.rows(fact)}
    assert {row.source for row in rows.values()} == {"message_text"}
    ends = {name: (row.confidence_percent, (row.expires_at - row.observed_at) // DAY) for name, row in rows.items()}
    assert ends == {
        "ref": (100, 30),
        "interest": (80, 30),
        "product": (80, 30),
        "price": (90, 30),
        "currency": (80, 30),
        "order_number": (90, 60),
    }


def test_of_two_messages_the_newer_counts_however_they_are_delivered(world: World) -> None:
    apply(world)
    world.receives("1", {"message": {"mid": "m_2", "text": "the lamp"}}, ago=HOUR)
    world.receives("1", {"message": {"mid": "m_1", "text": "the blue sofa"}}, ago=2 * HOUR)
    assert known(world)["interest"] == "Desk Lamp"


def test_a_new_catalogue_counts_from_the_next_message_on_and_is_on_record(world: World) -> None:
    apply(world)
    world.receives("1", {"message": {"mid": "m_1", "text": "a chair"}})
    assert known(world) == {}
    apply(world, b'[[products]]\nkey = "chair"\nnames = { en = "Chair" }\n')
    world.receives("1", {"message": {"mid": "m_2", "text": "a chair"}})
    assert known(world) == {"interest": "Chair", "product": "chair"}
    applied: list[Any] = [e.details for e in world.rows(ledger_entry) if e.kind == "catalogue_applied"]
    assert applied == ['{"categories":1,"products":2}', '{"categories":0,"products":1}']


def test_who_wants_out_mentions_nothing(world: World) -> None:
    apply(world)
    world.receives("1", {"message": {"mid": "m_1", "text": "stop writing to me about the lamp"}})
    assert known(world) == {}


@pytest.mark.parametrize("later", [False, True], ids=["in one delivery", "later"])
@pytest.mark.parametrize(
    ("changed", "left"),
    [
        ({"message": {"mid": "oops", "is_deleted": True}}, {}),
        ({"message_edit": {"mid": "oops", "text": "never mind", "num_edit": 1}}, {}),
        (
            {"message_edit": {"mid": "oops", "text": "I mean the lamp", "num_edit": 1}},
            {"interest": "Desk Lamp", "product": "lamp"},
        ),
    ],
    ids=["taken back", "changed to nothing", "changed to another"],
)
def test_facts_of_a_message_go_with_its_words(
    world: World, changed: dict[str, Any], left: dict[str, str], later: bool
) -> None:
    apply(world)
    alice = world.add_customer()
    now = world.installation.clock.now()
    said = {"message": {"mid": "oops", "text": "is the blue sofa still there? order no. 12345"}}
    items = [world.item(alice, said, at=now - MINUTE), world.item(alice, changed, at=now)]
    for batch in [[item] for item in items] if later else [items]:
        world.receives_items(batch)
    assert known(world) == left


def test_facts_of_another_message_stay_and_an_edited_one_can_be_taken_back(world: World) -> None:
    apply(world)
    alice = world.add_customer()
    world.says(alice, "order no. 12345", mid="order", ago=3 * MINUTE)
    world.says(alice, "the blue sofa", mid="sofa", ago=2 * MINUTE)
    world.receives(alice, {"message_edit": {"mid": "sofa", "text": "the lamp", "num_edit": 1}}, ago=MINUTE)
    assert known(world) == {"order_number": "12345", "interest": "Desk Lamp", "product": "lamp"}
    world.receives(alice, {"message": {"mid": "sofa", "is_deleted": True}})
    assert known(world) == {"order_number": "12345"}
