"""Pages that need a yes: the question is asked once, in words on record, and nothing proactive happens without it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from botapp.storage.schema import consent_record
from tests.world import CAMPAIGN, PAGE_ID, World

HOUR = timedelta(hours=1)
QUESTION = """
[opt_in]
question = "May we write once more when it goes quiet?"
yes = "Yes, do"
no = "No, never"
"""


@pytest.fixture
def explicit(world: World) -> World:
    """The world's page, resting on explicit consent, with a question of its own."""
    world.add_page(PAGE_ID, basis="explicit")
    world.apply(CAMPAIGN + QUESTION)
    return world


def _tap(world: World, psid: str, title: str, *, ago: timedelta) -> None:
    """Tap the button of that title under the last message that has one."""
    payload = next(
        button["payload"]
        for sent in reversed(world.accepted(psid))
        for button in sent.get("quick_replies", [])
        if button["title"] == title
    )
    item = {"message": {"mid": f"tap_{title}_{ago}", "text": title, "quick_reply": {"payload": payload}}}
    world.receives(psid, item, ago=ago)


def _proactive(world: World, psid: str) -> list[Any]:
    return [s for s in world.accepted(psid) if not s["is_response"]]


def _work(world: World) -> None:
    for _ in range(3):
        world.work()


def test_the_question_is_asked_once_and_its_wording_is_on_record(explicit: World) -> None:
    alice = explicit.add_customer()
    for minutes in (30, 20, 10):
        explicit.says(alice, f"hello {minutes}", ago=timedelta(minutes=minutes))
        _work(explicit)
    asked = [s for s in explicit.accepted(alice) if "May we write once more" in s["text"]]
    assert len(asked) == 1
    assert [button["title"] for button in asked[0]["quick_replies"]][:2] == ["Yes, do", "No, never"]
    [entry] = [e for e in explicit.ledger() if e.kind == "question_asked"]
    assert json.loads(entry.details) == {"wording_version": "1"}


def test_without_a_yes_nothing_proactive_is_sent(explicit: World) -> None:
    alice = explicit.add_customer()
    explicit.says(alice, ago=5 * HOUR)
    _work(explicit)
    explicit.says(alice, "yes", ago=5 * HOUR)
    explicit.says(alice, "thanks", ago=5 * HOUR)
    _work(explicit)
    assert len(explicit.accepted(alice)) == 3
    assert _proactive(explicit, alice) == []
    assert {r.reason for r in explicit.reengagements()} == {"no_consent"}


def test_a_yes_is_recorded_with_wording_and_evidence_and_then_one_is_sent(explicit: World) -> None:
    alice = explicit.add_customer()
    explicit.says(alice, ago=6 * HOUR)
    _work(explicit)
    _tap(explicit, alice, "Yes, do", ago=5 * HOUR)
    _work(explicit)
    [record] = explicit.rows(consent_record)
    assert (record.state, record.method, record.wording_version) == ("given", "button", "1")
    assert record.evidence_key.startswith("m:tap_")
    assert len(_proactive(explicit, alice)) == 1
    assert len(explicit.accepted(alice)) == 3


@pytest.mark.parametrize("answers", [("No, never",), ("Yes, do", "No, never")])
def test_a_no_is_recorded_confirmed_and_kept(explicit: World, answers: tuple[str, ...]) -> None:
    alice = explicit.add_customer()
    explicit.says(alice, ago=8 * HOUR)
    _work(explicit)
    for number, answer in enumerate(answers):
        _tap(explicit, alice, answer, ago=(7 - number) * HOUR)
    explicit.says(alice, "and another thing", ago=5 * HOUR)
    _work(explicit)
    assert explicit.rows(consent_record)[-1].state == "refused"
    assert _proactive(explicit, alice) == []
    assert len([s for s in explicit.accepted(alice) if "May we write" in s["text"]]) == 1


def test_a_yes_and_a_no_of_the_same_instant_are_a_no(explicit: World) -> None:
    alice = explicit.add_customer()
    explicit.says(alice, ago=6 * HOUR)
    _work(explicit)
    _tap(explicit, alice, "No, never", ago=5 * HOUR)
    at = next(r.occurred_at for r in explicit.rows(consent_record))
    yes = {"message": {"mid": "late_yes", "text": "Yes, do", "quick_reply": {"payload": "botapp:optin:yes:1"}}}
    explicit.receives_items([explicit.item(alice, yes, at=at)])
    explicit.says(alice, "and another thing", ago=4.5 * HOUR)
    _work(explicit)
    assert _proactive(explicit, alice) == []


def test_a_yes_after_a_stop_revives_nothing(explicit: World) -> None:
    alice = explicit.add_customer()
    explicit.says(alice, ago=8 * HOUR)
    _work(explicit)
    explicit.says(alice, "STOP", ago=7 * HOUR)
    _tap(explicit, alice, "Yes, do", ago=6 * HOUR)
    _work(explicit)
    assert _proactive(explicit, alice) == []


def test_a_yes_to_a_wording_that_nobody_can_name_is_none(explicit: World) -> None:
    yes = {"message": {"mid": "y", "text": "Yes", "quick_reply": {"payload": "botapp:optin:yes"}}}
    explicit.receives("2000", yes, ago=5 * HOUR)
    assert explicit.rows(consent_record) == []


def test_a_question_that_never_left_this_host_is_asked_with_the_next_try(explicit: World) -> None:
    alice = explicit.add_customer()
    explicit.faults({"fault": "error=4", "count": 1})
    explicit.says(alice)
    explicit.until_answered()
    [sent] = explicit.accepted(alice)
    assert "May we write once more" in sent["text"]


def test_a_page_without_a_question_of_its_own_asks_the_shipped_one_and_names_its_wording(world: World) -> None:
    world.add_page(PAGE_ID, basis="explicit")
    alice = world.add_customer()
    world.says(alice, ago=6 * HOUR)
    _work(world)
    _tap(world, alice, "Yes, please", ago=5 * HOUR)
    _work(world)
    [record] = world.rows(consent_record)
    asked = next(json.loads(e.details)["wording_version"] for e in world.ledger() if e.kind == "question_asked")
    assert record.wording_version == asked
    assert asked.startswith("default-en-")
    [given] = [e for e in world.ledger() if e.kind == "consent_given"]
    assert (record.language, json.loads(given.private)) == ("en", {"language": "en"})
    assert len(_proactive(world, alice)) == 1


def test_a_page_on_the_platforms_rule_asks_nothing(world: World) -> None:
    alice = world.add_customer()
    world.says(alice)
    _work(world)
    assert "May we" not in world.accepted(alice)[0]["text"]
