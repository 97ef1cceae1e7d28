"""What customers hear of a page that has a FAQ: its answers, a choice where it is unsure, and never an invention."""

import json
from typing import Any

import pytest
from sqlalchemy import Row, select

from botapp.compliance.retention import Retention
from botapp.storage.schema import unanswered_question
from botapp.understanding.wish import PAYLOAD_ENTRY
from tests.answering.conftest import teach
from tests.world import World

TINY = """
[[entries]]
name = "tea"
en = {question = "Which teas do you have?", answer = "Green, black and white."}
"""


def _said(world: World, psid: str) -> list[str]:
    world.until_answered()
    return [sent["text"] for sent in world.accepted(psid)]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what time do you close on saturday?", "Saturday from 9:00 to 18:00"),
        ("Wie hoch sind denn die Versandkosten bei euch?", "kostet 3,90"),
        ("hola, puedo pagar con tarjeta?", "tarjeta, PayPal o transferencia"),
    ],
)
def test_a_question_in_the_faq_is_answered_in_the_language_it_is_asked_in(
    shop: World, question: str, answer: str
) -> None:
    alice = shop.add_customer()
    shop.says(alice, "hello")
    shop.says(alice, question)

    assert answer in _said(shop, alice)[-1]
    assert shop.replies()[-1].kind == "answer"


def test_the_first_message_of_all_is_greeted_and_answered_at_once(shop: World) -> None:
    alice = shop.add_customer()
    shop.says(alice, "where is your shop please")

    (said,) = _said(shop, alice)
    assert "automated" in said
    assert "12 Market Street" in said


@pytest.mark.parametrize(
    ("question", "greeting", "button"),
    [("Wo ist euer Laden?", "Guten Tag!", "Hilfe"), ("¿dónde está la tienda?", "¡Hola!", "Ayuda")],
)
def test_whose_language_is_not_known_yet_is_greeted_in_that_of_the_question(
    shop: World, question: str, greeting: str, button: str
) -> None:
    alice = shop.add_customer()
    shop.says(alice, question)

    (said,) = _said(shop, alice)
    assert said.startswith(greeting)
    assert button in [reply["title"] for reply in shop.accepted(alice)[0]["quick_replies"]]


def test_where_two_answers_are_likely_they_are_offered_and_a_tap_gives_one(shop: World) -> None:
    alice = shop.add_customer()
    shop.says(alice, "hello")
    shop.says(alice, "money back please")
    shop.until_answered()
    offered = shop.accepted(alice)[-1]["quick_replies"]
    choices = [choice for choice in offered if choice["payload"].startswith(PAYLOAD_ENTRY)]
    assert (shop.replies()[-1].kind, len(choices)) == ("offered", 2)

    tapped = {"mid": "tap", "text": choices[0]["title"], "quick_reply": {"payload": choices[0]["payload"]}}
    shop.receives(alice, {"message": tapped})
    assert "we refund it the same way you paid" in _said(shop, alice)[-1]


def test_a_choice_is_never_taken_for_a_wish_whatever_its_title_says(shop: World) -> None:
    alice = shop.add_customer()
    shop.says(alice, "hello")
    tapped = {"mid": "tap", "text": "Stop", "quick_reply": {"payload": f"{PAYLOAD_ENTRY}en:returns"}}
    shop.receives(alice, {"message": tapped})

    assert "within 30 days" in _said(shop, alice)[-1]


def test_what_is_not_in_the_faq_is_not_answered_but_kept_for_the_staff(shop: World) -> None:
    alice = shop.add_customer()
    shop.says(alice, "hello")
    shop.says(alice, "who won the football game last night")

    assert not any("football" in text for text in _said(shop, alice))
    assert [row.text for row in _kept(shop)] == ["who won the football game last night"]


def test_a_kept_question_is_forgotten_with_its_message_and_with_its_time(shop: World) -> None:
    alice = shop.add_customer()
    shop.says(alice, "hello")
    shop.says(alice, "who won the football game last night", mid="m_game")
    shop.says(alice, "quantum chromodynamics lecture homework")
    shop.until_answered()
    shop.receives(alice, {"message": {"mid": "m_game", "is_deleted": True}})
    assert [row.text for row in _kept(shop)] == ["quantum chromodynamics lecture homework"]

    times = shop.installation.retention().times
    later = type(times)(**{name: getattr(times, name) * 0 for name in times.__slots__})
    forgotten = Retention(shop.installation.database, later).run()
    assert (forgotten["questions"], _kept(shop)) == (1, [])


def test_another_version_answers_from_the_next_message_on(world: World) -> None:
    teach(world, TINY)
    alice = world.add_customer()
    world.says(alice, "hello")
    world.says(alice, "which teas do you have?")
    assert "Green, black" in _said(world, alice)[-1]

    teach(world, TINY.replace("Green, black and white", "Only red"))
    world.says(alice, "so, which teas do you have?")
    assert "Only red" in _said(world, alice)[-1]


def test_neither_queue_nor_log_hold_what_was_asked(shop: World) -> None:
    alice = shop.add_customer()
    shop.says(alice, "who won the football game last night")
    shop.until_answered()

    assert not any("football" in json.dumps(list(row), default=str) for row in shop.ledger())


def _kept(world: World) -> list[Row[Any]]:
    with world.installation.database.reading() as connection:
        return list(connection.execute(select(unanswered_question).order_by(unanswered_question.c.asked_at)))
