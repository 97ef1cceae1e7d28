"""What a message sounds like: learnt from lines, where the lists know no such turn of phrase."""

from collections.abc import Mapping
from typing import Any

import pytest

from botapp.config_files import read_toml
from botapp.understanding.likeness import (
    FEWER_GROUPS,
    FORMS,
    OTHERS,
    OUT,
    OUT_GROUPS,
    Hearing,
    Likeness,
    grams_of,
    load_likeness,
)
from botapp.understanding.normalise import read_message
from botapp.understanding.said import Said, said_in
from botapp.understanding.wish import Understood, Wish, WithdrawalWords, load_withdrawal_words, understand
from tests.understanding import learn
from tests.understanding.measure import OUT as LABELS_OF_OUT
from tests.understanding.measure import Line, held_back_lines, judged, lists_alone, own_lines, score_of_out

_LINES = {
    "optout": ["your cards pile up at mine", "cards pile up here again", "those cards pile up"],
    "topic_optout": ["bread cards yes but cake cards no", "cake cards no and bread cards yes"],
    "mute": ["let the cards rest until june", "cards may rest a while"],
    "resume": ["bring the cards back to me", "those cards back here now"],
    "human": ["who sells these, may we meet", "may we meet who sells cards"],
    "data": ["whatever is noted there of me", "show what is noted of me"],
    "delete": ["burn whatever is noted of me", "burn what was noted there"],
    "why": ["how come that cards reach me", "how come cards are at mine"],
    "complaint": ["these cards came torn and wet", "wet and torn cards once more"],
    "none": ["your cards are lovely", "do the cards come in blue", "they bake the boxes here"],
}
_TABLE: dict[str, Any] = {
    "stop": {"verbs": ["stop"]},
    "about": {"messages": ["cards"]},
    "not_about": {"objects": ["boxes"]},
}


def _said(text: str) -> Said:
    message = read_message(text)
    words = load_withdrawal_words({"xx": _TABLE}, Likeness())
    return said_in(message, words.spoken(message, None))


@pytest.fixture(scope="module")
def likeness() -> Likeness:
    lines = [Line("own", "en", label, text) for label, texts in _LINES.items() for text in texts]
    return learn.learn([learn.Lesson(line, _said(line.text)) for line in lines])


def _understood(text: str, likeness: Likeness) -> Understood:
    return understand(text, None, load_withdrawal_words({"xx": _TABLE}, likeness))


def _hearing(text: str, likeness: Likeness) -> Hearing:
    hearing = likeness.hear(_said(text))
    assert hearing is not None
    return hearing


@pytest.mark.parametrize(
    ("text", "wish", "is_asked"),
    [
        ("not long and your cards pile up", Wish.STOP, True),
        ("bread cards yes but no cake cards", Wish.TOPIC_STOP, True),
        ("the cards may rest till june", Wish.MUTE, True),
        ("the cards back to me", Wish.RETURN, False),
        ("how come that your cards reach me", Wish.WHY, False),
        ("the cards came torn and wet", Wish.COMPLAINT, False),
    ],
)
def test_what_sounds_like_a_wish_is_a_guess_and_a_no_is_asked_about(
    likeness: Likeness, text: str, wish: Wish, *, is_asked: bool
) -> None:
    understood = _understood(text, likeness)

    assert (understood.wish, understood.method, understood.is_ambiguous) == (wish, "likeness", is_asked)
    assert understood.confidence == 0.5
    assert set(understood.evidence.split(" … ")) == {"cards"}, "a word of our lists, and none of theirs"


@pytest.mark.parametrize(
    "text",
    [
        "do your cards come in lovely blue",  # sounds like the others
        "those pile up here again",  # no word that our lists know
        "those cards pile",  # so few say too little
    ],
)
def test_what_does_not_sound_so_is_left_alone(text: str, likeness: Likeness) -> None:
    assert _understood(text, likeness).wish is None


def test_in_a_long_message_a_part_between_marks_is_enough(likeness: Likeness) -> None:
    told = "they bake the boxes here and do the lovely boxes come in blue " * 3

    assert _hearing(f"{told}. those cards pile up", likeness).out().odds > 0
    assert _hearing(told, likeness).out().odds < 0
    assert _hearing(f"{told} those cards pile up {told}", likeness).out().odds < 0


def test_a_part_counts_where_it_speaks_as_clearly_as_the_whole_against_it(likeness: Likeness) -> None:
    told = "they bake the boxes here and do the lovely boxes come in blue "

    assert _understood(f"{told}. your cards pile up at mine", likeness).wish is Wish.STOP
    assert _understood(f"{told * 3}. your cards pile up at mine", likeness).wish is None


def test_the_time_that_counts_is_that_of_the_same_part(words: WithdrawalWords) -> None:
    def until(text: str) -> object:
        message = read_message(text)
        hearing = words.likeness.hear(said_in(message, words.spoken(message, "en")))
        return hearing and hearing.out().until

    assert until("my parcel comes on Friday. please be so kind and be silent here until Monday")
    assert not until("keep my parcel until Monday. I would rather have no texts of any kind from you")


def test_what_is_weighed_of_a_part_is_what_begins_in_its_words() -> None:
    letters, shapes = grams_of(_said("stop cards, stop boxes"))

    assert [len(letters.begins), len(shapes.begins)] == [5, 5]
    assert letters.begins[-1] == len(letters.checksums)
    assert shapes.begins[-1] == len(shapes.checksums)
    assert letters.checksums[0] == letters.checksums[letters.begins[2]], "the same letters are the same anywhere"
    assert letters.checksums[letters.begins[1]] != letters.checksums[letters.begins[3]]


def test_a_wish_that_the_lists_hear_is_not_asked_about(likeness: Likeness) -> None:
    assert _understood("stop, those cards pile up", likeness).method == "sentence"


def test_without_weights_nothing_sounds_like_anything() -> None:
    assert Likeness().hear(_said("those cards pile up")) is None


@pytest.mark.parametrize("text", ["a", "ok", "ы", "oh is it so"])
def test_the_shortest_words_can_be_weighed(text: str, likeness: Likeness) -> None:
    letters, shapes = grams_of(_said(text))

    assert len(letters.begins) == len(shapes.begins) == len(text.split()) + 1
    assert (likeness.hear(_said(text)) is None) == (len(text.split()) < 4)


@pytest.mark.parametrize("name", [OUT, *FORMS, *OTHERS])
@pytest.mark.parametrize(
    "broken",
    [{}, {"letters": "AAAA"}, {"letters": "no base64!"}, {"shapes": 7}, {"bias": None}, {"scale": "1"}],
)
def test_a_broken_file_says_what_it_must_hold_and_how_to_make_it(name: str, broken: dict[str, object]) -> None:
    learnt: Mapping[str, Any] = read_toml("likeness.toml")
    section = learnt[name] | broken if broken else {}
    letters, shapes = OUT_GROUPS if name == OUT else FEWER_GROUPS

    with pytest.raises(
        ValueError, match=rf"likeness\.toml: \[{name}\] .*{letters} bytes, and shapes, {shapes}; `make learn-likeness`"
    ):
        load_likeness({**learnt, name: section})


def test_it_is_learnt_from_the_lines_and_lists_as_they_stand() -> None:
    given = learn.lessons()
    learnt: Mapping[str, Any] = read_toml("likeness.toml")

    assert (learnt["lines"], learnt["digest"]) == (len(given), learn.digest_of(given)), "run `make learn-likeness`"


@pytest.mark.parametrize("examination", ["own yu", "own xk"])
def test_strangers_who_want_out_are_heard_in_examinations_that_were_not_learnt_from(examination: str) -> None:
    score = score_of_out(judged(line for line in held_back_lines() if line.part == examination))

    assert score.recall >= 0.99
    assert score.precision >= 0.97


def test_strangers_who_want_something_else_are_seldom_taken_to_want_out() -> None:
    everyday = judged(line for line in held_back_lines() if line.part == "own yt")

    assert len([each for each in everyday if each.heard in LABELS_OF_OUT]) <= 0.025 * len(everyday)


def test_it_hears_what_the_lists_miss_of_the_own_lines() -> None:
    unheard = [each.line for each in judged(own_lines(), lists_alone()) if each.heard == "none"]
    missed = [line for line in unheard if line.label in LABELS_OF_OUT]
    heard = [each for each in judged(missed) if each.heard in LABELS_OF_OUT]

    assert missed
    assert len(heard) >= 0.9 * len(missed)  # short messages are left to the lists


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
