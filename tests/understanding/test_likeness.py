"""Turns of phrase that no list knows: what sounds like those who wanted out is asked about."""

from collections.abc import Mapping
from typing import Any

import pytest

from botapp.config_files import read_toml
from botapp.understanding.likeness import GROUPS, Likeness, groups_of, load_likeness
from botapp.understanding.normalise import read_message
from botapp.understanding.wish import Understood, Wish, WithdrawalWords, load_withdrawal_words, understand
from tests.understanding import learn
from tests.understanding.measure import OUT, Line, judged, lists_alone, own_lines

_OUT = ["your cards pile up at mine", "cards pile up here again", "those cards pile up"]
_OTHER = ["your cards are lovely", "do the cards come in blue", "they bake the boxes here"]
_TABLE: dict[str, Any] = {
    "stop": {"verbs": ["stop"]},
    "about": {"messages": ["cards"]},
    "not_about": {"objects": ["boxes"]},
}
_LATEST = "own zk"


@pytest.fixture(scope="module")
def likeness() -> Likeness:
    lines = [Line("own", "en", "optout", text) for text in _OUT] + [Line("own", "en", "none", text) for text in _OTHER]
    return learn.learn(lines)


def _understood(text: str, likeness: Likeness) -> Understood:
    return understand(text, None, load_withdrawal_words({"xx": _TABLE}, likeness))


def test_what_sounds_like_a_stop_is_one_to_ask_about(likeness: Likeness) -> None:
    understood = _understood("not long and your cards pile up", likeness)

    assert (understood.wish, understood.method, understood.is_ambiguous) == (Wish.STOP, "likeness", True)
    assert understood.confidence == 0.5
    assert understood.evidence == "cards", "a word of our lists, and none of theirs"


@pytest.mark.parametrize(
    "text",
    [
        "do your cards come in lovely blue",  # sounds like the others
        "those pile up here again",  # no word that our lists know
        "those cards pile",  # so few say too little
        "well " * 24 + "those cards pile up",  # in so many words a wish has one that the lists know
    ],
)
def test_what_does_not_sound_so_is_left_alone(text: str, likeness: Likeness) -> None:
    assert _understood(text, likeness).wish is None


@pytest.mark.parametrize(
    ("odds", "text", "is_asked"),
    [
        (1.0, "see how my cards look here", True),
        (1.0, "stop the boxes of cards at the door", False),
        (3.0, "stop the boxes of cards at the door", True),
    ],
)
def test_against_what_the_lists_know_it_must_sound_so_clearly(odds: float, text: str, *, is_asked: bool) -> None:
    """Boxes are another object to stop than what we send."""
    assert _understood(text, Likeness(bytes(GROUPS), bias=odds)).is_ambiguous == is_asked


def test_a_wish_that_the_lists_hear_is_not_asked_about(likeness: Likeness) -> None:
    assert _understood("stop, those cards pile up", likeness).method == "sentence"


def test_without_weights_nothing_sounds_like_a_stop() -> None:
    assert not Likeness().sounds_like_out(read_message("those cards pile up"))


@pytest.mark.parametrize("text", ["", "a", "ok", "\N{SNOWMAN}", "ы"])
def test_the_shortest_messages_have_a_group_too(text: str) -> None:
    assert groups_of(read_message(text).words)


@pytest.mark.parametrize(
    "broken",
    [{}, {"weights": "AAAA"}, {"weights": "no base64!"}, {"bias": None}, {"scale": "1"}, {"weights": 7}],
)
def test_a_broken_file_says_what_it_must_hold_and_how_to_make_it(broken: dict[str, object]) -> None:
    table = {"weights": "", "scale": 0.1, "bias": 0.0} | broken
    with pytest.raises(ValueError, match=rf"likeness\.toml: .*{GROUPS} bytes in base64; `make learn-likeness`"):
        load_likeness(table)


def test_it_is_learnt_from_the_lines_as_they_stand() -> None:
    lines = learn.lines_to_learn()
    learnt: Mapping[str, Any] = read_toml("likeness.toml")

    assert (learnt["lines"], learnt["digest"]) == (len(lines), learn.digest_of(lines)), "run `make learn-likeness`"


def test_most_who_want_out_sound_so_in_lines_that_it_has_not_learnt_from_and_hardly_anyone_else() -> None:
    of_out, of_others = learn.held_out(learn.lines_to_learn(), _LATEST)

    assert of_out >= 0.75
    assert of_others <= 0.02


def test_it_hears_what_the_lists_miss_of_the_own_lines() -> None:
    unheard = [each.line for each in judged(own_lines(), lists_alone()) if each.heard == "none"]
    missed = [line for line in unheard if line.label in OUT]
    heard = [each for each in judged(missed) if each.heard == "optout"]

    assert missed
    assert len(heard) >= 0.5 * len(missed)  # in the others the lists know another object


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
