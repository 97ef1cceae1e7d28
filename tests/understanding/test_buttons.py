"""A tapped button decides before any text."""

from datetime import timedelta

import pytest

from botapp.understanding import wish as wishes
from botapp.understanding.wish import Understood, Wish, WithdrawalWords, understand


@pytest.mark.parametrize(
    ("payload", "wish"),
    [
        (wishes.PAYLOAD_STOP, Wish.STOP),
        (wishes.PAYLOAD_START, Wish.START),
        (wishes.PAYLOAD_MUTE, Wish.MUTE),
        (wishes.PAYLOAD_HELP, Wish.HELP),
        (wishes.PAYLOAD_PERSON, Wish.PERSON),
        (wishes.PAYLOAD_OPT_IN_NO, Wish.OPT_OUT_OF_QUESTION),
    ],
)
def test_a_plain_button_says_its_wish(words: WithdrawalWords, payload: str, wish: Wish) -> None:
    assert understand(None, payload, words) == Understood(wish, method="button", evidence=payload)


def test_the_payload_decides_against_the_text(words: WithdrawalWords) -> None:
    assert understand("stop", wishes.PAYLOAD_START, words).wish is Wish.START
    assert understand("start", wishes.PAYLOAD_STOP, words).wish is Wish.STOP


@pytest.mark.parametrize(
    "payload", ["GET_STARTED", "START", "botapp:", "botapp:unknown", "botapp:optin:yes", "x" * 2000]
)
def test_a_payload_that_is_not_ours_leaves_the_decision_to_the_text(words: WithdrawalWords, payload: str) -> None:
    assert understand("stop", payload, words).wish is Wish.STOP
    assert understand(None, payload, words).wish is None


def test_a_mute_button_carries_its_duration(words: WithdrawalWords) -> None:
    understood = understand("3 days", "botapp:mute:3d", words)

    assert (understood.mute_for, understood.evidence) == (timedelta(days=3), "botapp:mute:3d")


@pytest.mark.parametrize(
    "payload", ["botapp:mute", "botapp:mute:", "botapp:mute:soon", "botapp:mute:0d", "botapp:mute:999999999d"]
)
def test_a_mute_button_without_a_sensible_duration_mutes_until_undone(words: WithdrawalWords, payload: str) -> None:
    assert understand(None, payload, words) == Understood(Wish.MUTE, method="button", evidence="botapp:mute")


def test_a_yes_names_the_version_of_the_question_it_answers(words: WithdrawalWords) -> None:
    understood = understand("Yes, please", "botapp:optin:yes:2026-03.b", words)

    assert (understood.wish, understood.version, understood.evidence) == (Wish.OPT_IN, "2026-03.b", "botapp:optin:yes")


@pytest.mark.parametrize("version", ["", " ", "a b", "é", "v" * 65, "1\n"])
def test_a_yes_to_a_question_that_cannot_be_named_is_no_consent(words: WithdrawalWords, version: str) -> None:
    assert understand(None, f"botapp:optin:yes:{version}", words).wish is None


@pytest.mark.parametrize(("payload", "version"), [("botapp:optin:no:7", "7"), ("botapp:optin:no: ", None)])
def test_a_no_counts_with_or_without_a_version(words: WithdrawalWords, payload: str, version: str | None) -> None:
    understood = understand(None, payload, words)

    assert (understood.wish, understood.version) == (Wish.OPT_OUT_OF_QUESTION, version)
