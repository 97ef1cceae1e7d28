"""Whether it helped: one tap, asked for only within the closing of a conversation that somebody answered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from botapp.bootstrap.content import withdrawal_words
from botapp.campaign.pages import set_page_options
from botapp.campaign.results import Satisfaction, satisfaction_of
from botapp.compliance.agreement import AgreementCheck
from botapp.config_files import read_languages
from botapp.conversation.about import WHETHER_IT_HELPED
from botapp.conversation.answers import load_wordings
from botapp.conversation.satisfaction import Helper, asking, helper_among
from botapp.policy.experiments.outcome import Measure
from botapp.storage.handovers import HandoverKey
from botapp.storage.replies import BY_STAFF, Said
from botapp.understanding.wish import understand
from tests.campaign.histories import take_outcomes
from tests.conversation.test_handover import handover_of
from tests.world import PAGE_ID, World

_KNOWN = "what time do you close on saturday?"
_QUESTION = "Was this helpful to you?"


@pytest.fixture
def asking_shop(shop: World) -> World:
    assert set_page_options(shop.installation.database, "messenger", PAGE_ID, {"satisfaction": "on"})
    return shop


def _talks(world: World, psid: str, *said: str) -> dict[str, Any]:
    """Each is answered before the next; the last answer."""
    for text in said:
        world.says(psid, text)
        world.until_answered()
    return world.accepted(psid)[-1]


def _tap(world: World, psid: str, sent: dict[str, Any], number: int) -> dict[str, Any]:
    chosen = sent["quick_replies"][number]
    tap = {"mid": f"tap-{number}", "text": chosen["title"], "quick_reply": {"payload": chosen["payload"]}}
    world.act(psid, "message", text=chosen["title"])
    world.receives(psid, {"message": tap})
    world.until_answered()
    return world.accepted(psid)[-1]


def _recorded(world: World) -> list[str | None]:
    return [entry.reason for entry in world.ledger() if entry.kind == "satisfaction"]


def test_no_page_asks_that_has_not_been_told_to(shop: World) -> None:
    psid = shop.add_customer()
    closing = _talks(shop, psid, "hello", _KNOWN, "thank you!")
    assert _QUESTION not in closing["text"]
    assert not closing.get("quick_replies")


@pytest.mark.parametrize(
    ("number", "reason", "answer", "buttons"),
    [(0, "faq_helped", "glad to hear it", 0), (1, "faq_not_helped", "takes over", 3)],
)
def test_after_the_faq_the_closing_asks_and_a_tap_is_recorded_and_answered(
    asking_shop: World, number: int, reason: str, answer: str, buttons: int
) -> None:
    psid = asking_shop.add_customer()
    closing = _talks(asking_shop, psid, "hello", _KNOWN, "thank you!")
    assert closing["text"].endswith(f"\n\n{_QUESTION}")
    assert [choice["title"] for choice in closing["quick_replies"]] == ["Yes, it helped", "Not really"]
    said = _tap(asking_shop, psid, closing, number)
    assert _recorded(asking_shop) == [reason]
    assert (answer in said["text"], len(said.get("quick_replies", ()))) == (True, buttons)
    again = _talks(asking_shop, psid, _KNOWN, "thanks again")
    assert _QUESTION not in again["text"]
    check = AgreementCheck(asking_shop.installation.database, asking_shop.installation.house)
    assert check.run().first == []


@pytest.mark.parametrize("said", [("hello", "thank you!"), ("hello", "qwertz asdf", "thank you!"), ("hello", _KNOWN)])
def test_nothing_is_asked_where_nothing_was_answered_or_nobody_closes(
    asking_shop: World, said: tuple[str, ...]
) -> None:
    assert _QUESTION not in _talks(asking_shop, asking_shop.add_customer(), *said)["text"]


def test_whoever_wants_no_more_is_not_asked(asking_shop: World) -> None:
    assert _QUESTION not in _talks(asking_shop, asking_shop.add_customer(), "hello", "STOP", _KNOWN, "thanks")["text"]


def test_after_a_person_the_closing_asks_about_them(asking_shop: World) -> None:
    psid = asking_shop.add_customer()
    _talks(asking_shop, psid, "hello", "agent please")
    desk, found = asking_shop.installation.handover_desk(), handover_of(asking_shop)
    key = HandoverKey(found.account_id, found.contact_id, found.number)
    assert desk.claim(key, 7) is None
    assert desk.answer(key, 7, "Your parcel arrives on Monday.", "first") is None
    asking_shop.until_answered()
    assert desk.hand_back(key, 7) is None
    closing = _talks(asking_shop, psid, "thank you!")
    assert closing["text"].startswith("Hello! I am the automated assistant")
    assert closing["text"].endswith("\n\nWas our team able to help you?")
    _tap(asking_shop, psid, closing, 1)
    assert _recorded(asking_shop) == ["person_not_helped"]


def test_what_was_said_counts_for_the_message_before_it(asking_shop: World) -> None:
    psid = asking_shop.falls_silent()
    asking_shop.work()
    closing = _talks(asking_shop, psid, _KNOWN, "thank you!")
    _tap(asking_shop, psid, closing, 0)
    while asking_shop.installation.sealer().seal():
        pass
    asking_shop.installation.log_keeper().keep()
    take_outcomes(asking_shop)
    told = satisfaction_of(asking_shop.installation.database, asking_shop.account.id)
    assert told == Satisfaction(faq=(1, 0), person=(0, 0))
    keeper = asking_shop.installation.outcome_keeper()
    [send] = keeper.rebuild().told_sends
    assert Measure.SATISFIED in send.seen
    assert list(keeper.rebuild().differences()) == []


_NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "answered_ago", "helper"),
    [
        ([], None, None),
        ([Said("answer", None), Said("greeting", "?")], None, None),
        ([Said("answer", None), Said("answer", "returns")], None, Helper.FAQ),
        ([Said("greeting", "returns")], None, Helper.FAQ),
        ([Said(BY_STAFF, None), Said("answer", "returns")], None, Helper.PERSON),
        ([Said("answer", None)], timedelta(hours=1), Helper.PERSON),
        ([Said("answer", None)], timedelta(hours=3), None),
        ([Said("answer", "returns"), Said("thanks", WHETHER_IT_HELPED)], None, None),
    ],
)
def test_who_helped_is_whoever_answered_last(
    said: list[Said], answered_ago: timedelta | None, helper: Helper | None
) -> None:
    answered_at = _NOW - answered_ago if answered_ago else None
    assert helper_among(said, answered_at, _NOW - timedelta(hours=2)) is helper


def test_the_titles_of_its_buttons_wish_for_nothing() -> None:
    wordings, words = load_wordings(read_languages("answers")), withdrawal_words()
    for language in wordings.languages:
        asked = [asking("Thanks.", helper, language, "en", wordings) for helper in Helper]
        assert all("?" in text for text, _ in asked)
        for button in [button for _, buttons in asked for button in buttons]:
            assert understand(button.title, None, words, language).wish is None
            assert understand(button.title, button.payload, words, language).wish is None
            assert len(button.title) <= 20
