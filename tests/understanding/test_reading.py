"""What is passed over unread, because nothing in it can say a wish, would not have said one."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botapp.config_files import read_languages
from botapp.understanding.courtesy import load_courtesies
from botapp.understanding.language import LanguageWords
from botapp.understanding.normalise import Message, read_message
from botapp.understanding.reading import may_say_a_wish, read_sentences
from botapp.understanding.wish import WithdrawalWords
from tests.understanding.measure import own_lines


def _passes_over_a_wish(message: Message, language: LanguageWords) -> bool:
    return not _may_say_a_wish(message, language, together=True) and bool(read_sentences(message, language).wishes)


def _may_say_a_wish(message: Message, language: LanguageWords, *, together: bool = False) -> bool:
    return any(map(may_say_a_wish, language.lexicon.roles_within(message, together=together)))


def test_no_wish_of_our_own_lines_is_passed_over_in_any_language(words: WithdrawalWords) -> None:
    messages = [read_message(line.text) for line in own_lines()]

    missed = [(m, each.language) for m in messages for each in words.languages if _passes_over_a_wish(m, each)]

    assert not missed
    assert any(not _may_say_a_wish(m, each) for m in messages for each in words.languages)


def _entries(table: object) -> Iterator[str]:
    """Every text of a table of config/optout, however deep."""
    if isinstance(table, str):
        yield table
    elif isinstance(table, Mapping):
        yield from chain.from_iterable(map(_entries, (*table.keys(), *table.values())))
    elif isinstance(table, list):
        yield from chain.from_iterable(map(_entries, table))


@pytest.mark.parametrize("code", ["en", "de", "fr"])
def test_no_wish_is_passed_over_however_entries_are_mixed(
    words: WithdrawalWords, optout_tables: Mapping[str, Mapping[str, Any]], code: str
) -> None:
    language = next(each for each in words.languages if each.language == code)
    entries = sorted({entry.rstrip("*") for entry in _entries(optout_tables[code])})
    said = st.lists(st.sampled_from(entries) | st.sampled_from(["blue", "please", "2"]), min_size=1, max_size=5)

    @settings(max_examples=500, deadline=None)  # on a busy machine
    @given(said, st.sampled_from([" ", ", ", ". "]))
    def mix(parts: list[str], between: str) -> None:
        assert not _passes_over_a_wish(read_message(between.join(parts)), language)

    mix()


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("do one", True),
        ("do please one", True),
        ("one thing to do", False),  # out of order
        ("Hello, do you still have the blue one in my size?", False),  # too far apart
    ],
)
def test_a_message_is_read_only_where_the_words_of_a_phrase_stand_together(
    words: WithdrawalWords, text: str, may: bool
) -> None:
    english = next(each for each in words.languages if each.language == "en")

    assert _may_say_a_wish(read_message(text), english, together=True) is may


def test_a_courtesy_is_none_with_a_word_of_no_list() -> None:
    courtesies = load_courtesies(read_languages("courtesy"))

    assert courtesies.read("thank you very much") is not None
    assert courtesies.read("thank you very zebra") is None
