"""What is not said in so many words: a pause and a question, a stop of some messages, two wishes in one message."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from botapp.policy.suppression import Suppression
from botapp.storage.schema import consent_record, suppression
from tests.world import World

HOUR = timedelta(hours=1)
_PSID = "2001"


def _says(world: World, text: str, mid: str) -> None:
    world.receives(_PSID, {"message": {"mid": mid, "text": text}})


def _taps(world: World, payload: str, mid: str) -> None:
    world.receives(_PSID, {"message": {"mid": mid, "text": "button", "quick_reply": {"payload": payload}}})


def _in_force(world: World, at: datetime | None = None) -> set[str]:
    now = at or world.installation.clock.now()
    rows: list[Any] = world.rows(suppression)
    return {row.scope for row in rows if Suppression(row.scope, row.set_at, row.until, row.lifted_at).is_in_force(now)}


@pytest.fixture
def known(world: World) -> World:
    """A page to which a customer wrote an hour ago."""
    world.receives(_PSID, {"message": {"mid": "m_1", "text": "hello"}}, ago=HOUR)
    return world


def test_words_that_may_mean_a_stop_pause_for_a_day_and_ask(known: World) -> None:
    _says(known, "stop quibbling zebras", "m_2")
    now = known.installation.clock.now()

    assert [reply.kind for reply in known.replies()] == ["greeting", "stop_asked"]
    assert _in_force(known) == {"mute"}
    assert _in_force(known, now + timedelta(hours=25)) == set()
    assert known.rows(consent_record) == []


@pytest.mark.parametrize(
    "text",
    [
        "I can do without the fundraising appeals; the term dates I do need.",
        "please keep quiet overnight, nothing between 10pm and 7am",
    ],
)
def test_what_only_sounds_like_a_topic_or_a_mute_pauses_and_asks_too(known: World, text: str) -> None:
    _says(known, text, "m_2")

    assert known.replies()[-1].kind == "stop_asked"
    assert _in_force(known) == {"mute"}
    assert _in_force(known, known.installation.clock.now() + timedelta(hours=25)) == set()


def test_a_stop_that_is_told_of_to_take_it_back_pauses_and_says_what_it_takes(known: World) -> None:
    taken_back = "Hab aus Versehen STOP geschrieben, bitte weitermachen"
    _says(known, taken_back, "m_2")
    assert (known.replies()[-1].kind, _in_force(known)) == ("stop_asked", {"mute"})

    _says(known, "stop", "m_3")
    _says(known, taken_back, "m_4")
    assert known.replies()[-1].kind == "stop_holds"
    assert "stop" in _in_force(known)


def test_a_shorter_mute_that_is_in_force_does_not_cut_the_pause_short(known: World) -> None:
    _taps(known, "botapp:mute:1h", "m_2")
    _says(known, "stop quibbling zebras", "m_3")
    now = known.installation.clock.now()

    assert _in_force(known, now + timedelta(hours=20)) == {"mute"}


def test_a_longer_mute_is_not_shortened_by_the_pause(known: World) -> None:
    _taps(known, "botapp:mute:3d", "m_2")
    _says(known, "stop quibbling zebras", "m_3")
    now = known.installation.clock.now()

    assert _in_force(known, now + timedelta(hours=60)) == {"mute"}


@pytest.mark.parametrize(("payload", "left"), [("botapp:stop", {"mute", "stop"}), ("botapp:go_on", set())])
def test_the_question_is_answered_with_one_tap(known: World, payload: str, left: set[str]) -> None:
    _says(known, "stop quibbling zebras", "m_2")
    _taps(known, payload, "m_3")

    assert _in_force(known) == left


def test_to_go_on_lifts_no_stop_and_gives_no_consent(known: World) -> None:
    _says(known, "stop", "m_2")
    _taps(known, "botapp:go_on", "m_3")

    assert "stop" in _in_force(known)
    assert [row.state for row in known.rows(consent_record)] == ["withdrawn"]


def test_a_guess_shortens_no_mute_that_is_in_force(known: World) -> None:
    _says(known, "mute 30 days", "m_2")
    _says(known, "stop quibbling zebras", "m_3")

    assert _in_force(known, known.installation.clock.now() + timedelta(days=29)) == {"mute"}


def test_a_stop_of_promotions_ends_what_we_send_on_our_own_until_a_start(known: World) -> None:
    _says(known, "no more promotions, but order updates are fine", "m_2")
    assert _in_force(known) == {"topic"}
    assert {row.reason for row in known.reengagements() if row.state == "skipped"} == {"stopped"}

    _says(known, "START", "m_3")
    assert _in_force(known) == set()


def test_who_wants_their_data_deleted_and_no_more_messages_gets_both(known: World) -> None:
    _says(known, "delete all my data and never contact me again", "m_2")

    assert "stop" in _in_force(known)
    assert known.replies()[-1].kind == "delete_asked"


def test_a_wish_to_return_that_is_no_start_is_told_which_word_it_takes(known: World) -> None:
    _says(known, "stop", "m_2")
    _says(known, "you can message me again", "m_3")

    assert "stop" in _in_force(known)
    assert known.replies()[-1].kind == "stop_holds"


def test_to_go_on_is_confirmed_as_what_it_is(known: World) -> None:
    _says(known, "stop quibbling zebras", "m_2")
    _taps(known, "botapp:go_on", "m_3")
    known.until_answered()

    assert [row.kind for row in known.replies()][-2:] == ["stop_asked", "start_confirmed"]
