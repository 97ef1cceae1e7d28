"""A page's answers change all at once, by nobody's leave but the last reader's, and on the record."""

import json

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from botapp.answering.answerer import Answered, Answerer
from botapp.answering.content import hash_of
from botapp.answering.groups import group
from botapp.answering.learning import learn_model
from botapp.answering.publish import ChangedMeanwhileError, live_entries, publish, with_phrasings
from botapp.campaign.faq_file import read_faq
from botapp.clock import SystemClock
from botapp.storage.schema import faq_model, faq_version, ledger_entry
from botapp.storage.unanswered import Question
from tests.answering.conftest import DEMO, teach
from tests.world import World

TINY = """
[[entries]]
name = "tea"
en = {question = "Which teas do you have?", answer = "Green."}
de = {question = "Welchen Tee habt ihr?", answer = "Grünen."}
"""


def test_publishing_is_recorded_with_the_hash_of_what_answers(world: World) -> None:
    assert (teach(world, TINY), teach(world, TINY), teach(world, TINY.replace("Green", "White"))) == (1, 1, 2)
    assert teach(world, TINY) == 1  # the same content has its number already, and answers again

    with world.installation.database.reading() as connection:
        told = connection.execute(
            select(ledger_entry.c.details).where(ledger_entry.c.kind == "faq_published")
        ).scalars()
        entries = [json.loads(details) for details in told]
        stored = connection.execute(select(faq_version).where(faq_version.c.version == 1)).one()
        live = connection.execute(select(faq_model)).one()
    assert [entry["version"] for entry in entries] == [1, 2, 1]
    assert entries[0]["content_hash"] == hash_of(stored.content) == stored.content_hash
    assert (live.version, entries[-1]["model_hash"]) == (1, hash_of(live.model))


def test_a_version_is_never_edited(world: World) -> None:
    teach(world, TINY)
    with pytest.raises(DBAPIError, match="never edited"), world.installation.database.transaction() as connection:
        connection.execute(update(faq_version).values(content="[]"))


def test_who_publishes_over_somebody_elses_change_is_refused(shop: World) -> None:
    database, page = shop.installation.database, shop.account.id
    base, entries = live_entries(database, page)
    teach(shop, TINY)
    with pytest.raises(ChangedMeanwhileError):
        publish(database, page, entries, base_version=base, learn=learn_model)
    assert [e.name for e in live_entries(database, page)[1]] == ["tea", "tea"]


def test_a_damaged_model_answers_nothing(shop: World) -> None:
    database = shop.installation.database
    with database.transaction() as connection:
        connection.execute(update(faq_model).values(model=b"something else"))
    with database.reading() as connection:
        assert Answerer().answer(connection, shop.account.id, "when are you open?", "en") is None


def test_questions_that_are_alike_are_one_group_and_teach_an_entry(shop: World) -> None:
    asked = [
        "do you have gluten free bread",
        "have you got gluten-free bread?",
        "can my dog come in",
        "Gluten free bread",
    ]
    now = SystemClock().now()
    questions = [Question(1, 7, f"k{number}", text, "en", now) for number, text in enumerate(asked)]
    groups = group(questions)
    assert [[q.text for q in found.questions] for found in groups] == [[asked[0], asked[1], asked[3]], [asked[2]]]
    assert group(questions[:2])[0].name == groups[0].name

    database, page = shop.installation.database, shop.account.id
    base, entries = live_entries(database, page)
    taught = with_phrasings(entries, "discounts", [(q.text, q.language) for q in groups[0].questions])
    publish(database, page, taught, base_version=base, learn=learn_model)
    with database.reading() as connection:
        found = Answerer().answer(connection, page, "is there gluten free bread", "en")
    assert isinstance(found, Answered)
    assert found.entry.name == "discounts"


def test_the_demonstration_speaks_three_languages_throughout() -> None:
    entries = read_faq(DEMO.read_bytes())
    assert {len([e for e in entries if e.name == name]) for name in {e.name for e in entries}} == {3}
