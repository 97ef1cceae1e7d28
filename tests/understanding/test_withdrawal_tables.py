"""Bad data is refused with its language, its key and the reason."""

from typing import Any

import pytest

from botapp.understanding.likeness import Likeness
from botapp.understanding.normalise import LONGEST_READ, MOST_WORDS, read_message
from botapp.understanding.wish import load_withdrawal_words


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"stops": {}}, r"optout/xx\.toml, top: unknown keys: stops"),
        ({"stop": {"exakt": []}}, r"\[stop\]: unknown keys: exakt"),
        ({"stop": "stop"}, r"\[stop\] must be a table"),
        ({"stop": {"exact": "stop"}}, r"\[stop\]: exact must be a list of texts"),
        ({"stop": {"verbs": [1]}}, r"\[stop\]: verbs must be a list of texts"),
        ({"stop": {"exact": ["!!"]}}, r"\[stop\]: the entry '!!' has no letters"),
        ({"fillers": [""]}, "top: the entry '' has no letters"),
        ({"stop": {"verbs": ["un*"]}}, r"top: the entry 'un\*' must be one word of 4 letters or more"),
        ({"not_about": {"objects": ["*ab"]}}, r"the entry '\*ab' must be one word of 3 letters or more after the \*"),
        ({"about": {"messages": ["*post"]}}, r"top: the entry '\*post' must .* in no other list than objects"),
        ({"sentence": {"order_is_free": 1}}, r"\[sentence\]: order_is_free must be true or false"),
        ({"time": {"dayparts": {"noon": "12h"}}}, r"\[dayparts\]: 'noon': '12h' is not a time of day"),
        ({"stop": {"exact": ["go"]}, "start": {"exact": ["go"]}}, r"\[start\]: also stop words: go"),
        ({"mute": {"for_a_while": {"not now": "soon"}}}, r"\[for_a_while\]: 'not now': 'soon' is not a duration"),
        ({"mute": {"for_a_while": ["not now"]}}, r"\[for_a_while\] must be a table"),
        ({"time": {"numbers": {"none": 0}}}, r"\[numbers\]: 'none' must be a whole number from 1"),
        ({"time": {"numbers": {"some": "3"}}}, r"\[numbers\]: 'some' must be a whole number from 1"),
        ({"time": {"units": {"years": ["year"]}}}, r"\[units\]: unknown keys: years"),
        ({"time": {"feasts": {"noel": "13-45"}}}, r"\[feasts\]: 'noel': '13-45' is no day of the year"),
        ({"time": {"feasts": {"noel": "easter*2"}}}, r"\[feasts\]: 'noel': 'easter\*2' is no day of the year"),
        ({"shorthand": {"u r": "you are"}}, r"\[shorthand\]: 'u r' must be one word"),
        ({"likeness": {"out": ["stop"]}}, "likeness"),
        ({"time": {"spans": {"a bit": 1}}}, r"\[spans\]: 'a bit': 1 is not a duration"),
    ],
)
def test_a_wrong_table_is_refused_with_key_and_reason(table: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_withdrawal_words({"xx": table}, Likeness())


def test_no_language_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no language"):
        load_withdrawal_words({}, Likeness())


@pytest.mark.parametrize(
    "text", ["a " * 4000, "stop," * 2000, "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 8000]
)
def test_only_the_head_of_a_long_text_is_read(text: str) -> None:
    message = read_message(text)

    assert len(message.words) <= MOST_WORDS
    assert sum(map(len, message.words)) <= LONGEST_READ


def test_a_long_text_is_not_cut_within_a_word() -> None:
    assert set(read_message("unsubscribe " * 500).words) == {"unsubscribe"}
