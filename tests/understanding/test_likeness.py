"""What no list knows is compared with lines that people wrote; what sounds like a stop is asked about."""

from typing import Any

import pytest

from botapp.understanding.likeness import Likeness
from botapp.understanding.normalise import read_message
from botapp.understanding.wish import Wish, WithdrawalWords, load_withdrawal_words, understand

_OUT = ["your cards pile up at mine", "cards pile up here again", "those cards pile up"]
_OTHER = ["your cards are lovely", "do the cards come in blue", "they pile the boxes here"]
_TABLE: dict[str, Any] = {
    "stop": {"negations": ["not"], "verbs": ["stop"]},
    "about": {"messages": ["cards"], "me": ["me"]},
    "not_about": {"objects": ["boxes"]},
    "likeness": {"out": _OUT, "other": _OTHER},
}


def test_what_sounds_like_a_stop_is_one_to_ask_about() -> None:
    understood = understand("not long and cards pile up", None, load_withdrawal_words({"xx": _TABLE}))

    assert (understood.wish, understood.method, understood.is_ambiguous) == (Wish.STOP, "likeness", True)
    assert understood.confidence == 0.5
    assert "pile up" in understood.evidence


@pytest.mark.parametrize(
    "text",
    [
        "cards not lovely in blue",  # sounds like the others
        "not the boxes where cards pile up",  # about something else
        "cards pile up",  # no word that could say a wish: the lists would have to know one
        "not so " + "well " * 24 + "cards pile up",  # in so many words a wish has one that the lists know
    ],
)
def test_what_does_not_sound_so_is_left_alone(text: str) -> None:
    assert understand(text, None, load_withdrawal_words({"xx": _TABLE})).wish is None


def test_no_lines_at_all_sound_like_nothing() -> None:
    assert Likeness([], []).evidence(read_message("stop sending me cards")) == ()


@pytest.mark.parametrize(
    "text",
    [
        "xfa ya no m escriban mas",
        "jveux pu de vos msg",
        "n m manda mais msg pfv",
        "dnt txt me nomore",
        "kb mehr auf eure msgs",
    ],
)
def test_what_is_written_short_is_read_in_full(words: WithdrawalWords, text: str) -> None:
    understood = understand(text, None, words)

    assert (understood.wish, understood.method) == (Wish.STOP, "sentence")
