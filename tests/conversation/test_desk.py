"""People of the team: of two who take a conversation on one has it, and what they write goes the bot's own way out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from botapp.campaign.pages import set_page_options
from botapp.compliance.agreement import AgreementCheck
from botapp.conversation.desk import HandoverDesk, Refusal
from botapp.conversation.thread_errands import ThreadErrands
from botapp.storage.handovers import HandoverKey
from botapp.storage.schema import contact as contact_table
from botapp.storage.schema import handover as handover_table
from tests.conversation.test_handover import handover_of, words
from tests.world import PAGE_ID, World

KIM, ALEX = 7, 8
ANNOUNCED = 2  # messages: the greeting, and that a person will come
Start = Callable[[Sequence[Callable[[], Any]]], list[Any]]


@pytest.fixture
def psid(world: World) -> str:
    """Somebody who asked for a person, and was told that one will come."""
    psid = world.add_customer()
    world.says(psid, "hello")
    world.says(psid, "agent please")
    world.until_answered()
    return psid


def desk(world: World) -> HandoverDesk:
    return world.installation.handover_desk()


def key(world: World) -> HandoverKey:
    found = handover_of(world)
    return HandoverKey(found.account_id, found.contact_id, found.number)


def test_of_two_who_take_it_on_one_has_it(world: World, psid: str, at_once: Start) -> None:
    answers = at_once([partial(desk(world).claim, key(world), staff) for staff in (KIM, ALEX)])
    assert sorted(map(str, answers)) == ["None", "taken"]
    assert handover_of(world).staff_id == (KIM if answers[0] is None else ALEX)
    assert [e.kind for e in world.ledger()].count("handover_claimed") == 1
    assert len(words(world, psid)) == ANNOUNCED


def test_a_colleague_takes_it_over_only_from_whom_they_saw(world: World, psid: str) -> None:
    assert desk(world).claim(key(world), KIM) is None
    assert desk(world).claim(key(world), ALEX, known=ALEX) is Refusal.TAKEN
    assert desk(world).claim(key(world), ALEX, known=KIM) is None
    assert desk(world).answer(key(world), KIM, "I am gone", "n") is Refusal.NOT_YOURS
    assert words(world, psid)[ANNOUNCED:] == []


def test_an_answer_reaches_the_customer_once_and_says_that_a_person_writes(world: World, psid: str) -> None:
    desk(world).claim(key(world), KIM)
    for text, nonce in (("  Hello, Kim here.\nHow can I help? ", "first"), ("sent twice", "first"), ("Well?", "next")):
        assert desk(world).answer(key(world), KIM, text, nonce) is None
        world.until_answered()
    assert words(world, psid)[ANNOUNCED:] == [
        "You are now writing with a person of our team.\n\nHello, Kim here.\nHow can I help?",
        "Well?",
    ]
    assert world.accepted(psid)[-1]["is_response"]
    assert not world.accepted(psid)[-1].get("quick_replies")
    kinds = [entry.kind for entry in world.ledger()]
    assert kinds.count("handover_answered") == kinds.count("answered") == 2
    assert "Kim here" not in "".join(entry.details for entry in world.ledger()), "the log holds numbers only"


def test_words_that_did_not_leave_us_are_kept_and_tried_again(world: World, psid: str) -> None:
    desk(world).claim(key(world), KIM)
    world.faults({"match": {"path": "/messages"}, "fault": "error=613", "count": 1})
    desk(world).answer(key(world), KIM, "Hello!", "n")
    world.until_answered()
    assert words(world, psid)[-1].endswith("Hello!")
    assert "reply_released" in [entry.kind for entry in world.ledger()]


def test_handed_back_the_bot_introduces_itself_to_whom_nobody_has_answered(world: World, psid: str) -> None:
    desk(world).claim(key(world), KIM)
    desk(world).answer(key(world), KIM, "Hello!", "n")
    world.until_answered()
    world.says(psid, "and when do you open?")
    assert desk(world).hand_back(key(world), KIM) is None
    world.until_answered()
    assert "automated assistant of this page, not a person" in words(world, psid)[-1]
    world.says(psid, "hello?")
    world.until_answered()
    assert "not a person" not in words(world, psid)[-1], "it is said once"
    assert (handover_of(world).state, world.contacts()[0].thread_owner) == ("handed_back", "bot")


def test_the_log_tells_all_of_it(world: World, psid: str) -> None:
    desk(world).claim(key(world), KIM)
    desk(world).answer(key(world), KIM, "Hello!", "n")
    world.until_answered()
    world.says(psid, "thank you")
    desk(world).hand_back(key(world), KIM)
    world.until_answered()
    found = AgreementCheck(world.installation.database, world.installation.house).run()
    assert (found.differences, found.first) == (0, [])
    told = [e.kind for e in world.ledger() if e.kind.startswith("handover")]
    assert told == ["handover_requested", "handover_claimed", "handover_answered", "handover_ended"]


@pytest.mark.parametrize("step", ["hand_back", "close"])
def test_where_nothing_is_left_to_answer_the_bot_says_nothing_until_they_write(
    world: World, psid: str, step: str
) -> None:
    desk(world).claim(key(world), KIM)
    desk(world).answer(key(world), KIM, "All done!", "n")
    world.until_answered()
    assert getattr(desk(world), step)(key(world), KIM) is None
    world.until_answered()
    assert words(world, psid)[-1].endswith("All done!")
    world.says(psid, "one more question")
    world.until_answered()
    assert "not a person" in words(world, psid)[-1]


def test_who_was_answered_by_a_person_is_not_reminded_of_us(world: World, psid: str) -> None:
    desk(world).claim(key(world), KIM)
    desk(world).answer(key(world), KIM, "Hello!", "n")
    world.until_answered()
    desk(world).close(key(world), KIM)
    world.replan()
    assert world.claim(psid) is None
    assert world.contacts()[0].answered_at is not None
    assert world.reengagements()[-1].reason in ("answered", "thread_owned", None)


def test_nothing_is_written_after_a_stop_until_they_write_again(world: World, psid: str) -> None:
    desk(world).claim(key(world), KIM)
    assert desk(world).answer(key(world), KIM, "Hello!", "before") is None
    world.says(psid, "STOP")  # before the words are sent
    assert desk(world).answer(key(world), KIM, "But wait!", "after") is Refusal.SAID_STOP
    world.until_answered()
    assert [(r.state, r.reason) for r in world.replies() if r.kind == "staff"] == [("skipped", "stopped")]
    world.says(psid, "well, one question still")
    assert desk(world).answer(key(world), KIM, "Gladly.", "again") is None
    world.until_answered()
    assert words(world, psid)[-1].endswith("Gladly.")


@pytest.mark.parametrize(
    ("text", "refusal"), [("  ", Refusal.EMPTY), ("x" * 1990, Refusal.TOO_LONG), ("hello", Refusal.WINDOW_CLOSED)]
)
def test_what_cannot_be_sent_is_refused_at_once(world: World, psid: str, text: str, refusal: Refusal) -> None:
    desk(world).claim(key(world), KIM)
    if refusal is Refusal.WINDOW_CLOSED:
        with world.installation.database.transaction() as connection:
            wrote_at = world.installation.clock.now() - timedelta(hours=23, minutes=55)
            connection.execute(update(contact_table).values(last_interaction_at=wrote_at))
    assert desk(world).answer(key(world), KIM, text, "n") is refusal
    assert [r for r in world.replies() if r.kind == "staff"] == []
    assert len(words(world, psid)) == ANNOUNCED


def errands(world: World) -> ThreadErrands:
    installation = world.installation
    return ThreadErrands(installation.database, installation.sender, installation.vault, timedelta(minutes=10))


@pytest.fixture
def passed(world: World) -> str:
    """Somebody of a page whose people answer in the platform's inbox, who asked for one of them."""
    set_page_options(world.installation.database, "messenger", PAGE_ID, {"handover": "platform"})
    psid = world.add_customer()
    world.says(psid, "agent please")
    return psid


def test_the_thread_goes_to_the_platforms_inbox_after_the_words_that_say_so(world: World, passed: str) -> None:
    assert errands(world).run() == 0, "not before it is said"
    world.until_answered()
    assert errands(world).run() == 1
    assert handover_of(world).state == "passed"
    assert len(words(world, passed)) == 1
    owner = world.installation.sender.take_thread(PAGE_ID, "a token of nobody", passed)
    assert owner is not None, "only with the page's own token"


def test_a_pass_whose_answer_was_lost_is_asked_again_and_found_done(world: World, passed: str) -> None:
    world.until_answered()
    account, sender = world.account, world.installation.sender
    token = world.installation.vault.open(account.token_encrypted)
    assert sender.pass_thread(PAGE_ID, token, passed) is None
    assert errands(world).run() == 1
    assert handover_of(world).state == "passed"


def test_what_the_platform_refuses_for_long_comes_to_the_desk(world: World, passed: str) -> None:
    world.until_answered()
    world.faults({"match": {"path": "pass_thread"}, "fault": "error=10"})
    assert errands(world).run() == 1
    assert handover_of(world).state == "passing", "it may go better in a moment"
    in_a_hurry = replace(errands(world), target=timedelta(0))
    with world.installation.database.transaction() as connection:
        connection.execute(update(handover_table).values(not_before=handover_of(world).requested_at))
    assert in_a_hurry.run() == 1
    assert handover_of(world).state == "queued"
    assert next(e.reason for e in world.ledger() if e.kind == "handover_passed") == "10"
    assert world.contacts()[0].thread_owner == "person", passed


def test_the_thread_is_taken_back_out_of_the_platforms_inbox(world: World, passed: str) -> None:
    world.until_answered()
    errands(world).run()
    assert desk(world).take_back(key(world), KIM) is None
    assert errands(world).run() == 1
    assert (handover_of(world).state, world.contacts()[0].thread_owner) == ("handed_back", "bot")
    world.says(passed, "hello")
    world.until_answered()
    assert "not a person" in words(world, passed)[-1]
