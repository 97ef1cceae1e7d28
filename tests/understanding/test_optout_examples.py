"""Every language's own examples, and the published keywords and labelled lines of the shared samples."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from botapp.durations import parse_duration
from botapp.understanding.wish import Wish, WithdrawalWords, understand

LANGUAGES = ["ar", "de", "en", "es", "fr", "he", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "uk", "zh"]
_CHANGES = {Wish.STOP, Wish.TOPIC_STOP, Wish.MUTE, Wish.START}
FULL_LANGUAGES = ["de", "en", "es", "fr", "it", "nl", "pt"]

Tables = dict[str, Mapping[str, Any]]


def _wrong(texts: list[str], wish: Wish | None, words: WithdrawalWords, language: str) -> list[str]:
    return [text for text in texts for hint in (None, language) if understand(text, None, words, hint).wish is not wish]


def test_every_language_file_is_tested(optout_tables: Tables) -> None:
    assert sorted(optout_tables) == LANGUAGES


@pytest.mark.parametrize("language", FULL_LANGUAGES)
def test_a_language_brings_enough_examples(optout_tables: Tables, language: str) -> None:
    examples = optout_tables[language]["examples"]

    assert all(examples[kind] for kind in ("stop", "not_stop", "start", "mute"))
    assert sum(map(len, examples.values())) >= 25


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "wish"), [("stop", Wish.STOP), ("start", Wish.START)])
def test_the_examples_of_a_language_hold(
    optout_tables: Tables, words: WithdrawalWords, language: str, kind: str, wish: Wish
) -> None:
    assert _wrong(optout_tables[language]["examples"].get(kind, []), wish, words, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_only_looks_like_a_withdrawal_changes_nothing(
    optout_tables: Tables, words: WithdrawalWords, language: str
) -> None:
    texts = optout_tables[language]["examples"].get("not_stop", [])

    assert [t for t in texts for hint in (None, language) if understand(t, None, words, hint).wish in _CHANGES] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mutes_of_a_language_last_as_its_examples_say(
    optout_tables: Tables, words: WithdrawalWords, language: str
) -> None:
    """Said on a Monday at nine in the morning."""
    now = datetime(2026, 5, 4, 9, tzinfo=UTC)
    for text, written in optout_tables[language]["examples"].get("mute", []):
        ends_at = now + parse_duration(written) if written else None
        understood = understand(text, None, words, language)
        assert (understood.wish, understood.mute_end(now, UTC)) == (Wish.MUTE, ends_at), text


@pytest.mark.parametrize("language", FULL_LANGUAGES)
def test_every_entry_alone_is_heard(optout_tables: Tables, words: WithdrawalWords, language: str) -> None:
    stop, start = optout_tables[language]["stop"], optout_tables[language]["start"]

    said = [entry.replace("*", "") for entry in (*stop["exact"], *stop["phrases"])]
    assert _wrong(said, Wish.STOP, words, language) == []
    assert _wrong(start["exact"], Wish.START, words, language) == []


def test_every_published_stop_keyword_is_a_stop(words: WithdrawalWords, utterances: list[dict[str, str]]) -> None:
    rows = [row for row in utterances if row["label"] == "optout" and row["origin"].startswith("keyword:")]

    assert rows
    assert [row["text"] for row in rows if understand(row["text"], None, words).wish is not Wish.STOP] == []


def test_a_published_stop_of_one_category_stops_or_mutes(
    words: WithdrawalWords, utterances: list[dict[str, str]]
) -> None:
    rows = [row for row in utterances if row["label"] == "mute" and row["origin"].startswith("keyword:")]

    assert rows
    wishes = {row["text"]: understand(row["text"], None, words).wish for row in rows}
    assert [text for text, wish in wishes.items() if wish not in {Wish.STOP, Wish.MUTE}] == []


def test_every_unambiguous_start_keyword_is_a_start(words: WithdrawalWords, utterances: list[dict[str, str]]) -> None:
    rows = [row for row in utterances if row["label"] == "resume" and row["strength"] == "core"]

    assert rows
    assert [row["text"] for row in rows if understand(row["text"], None, words).wish is not Wish.START] == []


def test_no_line_that_is_clearly_no_withdrawal_changes_anything(
    words: WithdrawalWords, utterances: list[dict[str, str]]
) -> None:
    rows = [row for row in utterances if row["label"] == "not_optout" and row["strength"] == "core"]

    assert rows
    assert [row["text"] for row in rows if understand(row["text"], None, words).wish in _CHANGES] == []


def test_the_recall_on_whole_sentences_is_told(words: WithdrawalWords, utterances: list[dict[str, str]]) -> None:
    """Information only (pytest -s): sentences are a later matcher's work."""
    rows = [row for row in utterances if row["label"] == "optout" and not row["origin"].startswith("keyword:")]
    heard = sum(understand(row["text"], None, words).wish in {Wish.STOP, Wish.MUTE} for row in rows)
    sys.stdout.write(f"withdrawals heard in whole sentences: {heard} of {len(rows)}\n")

    assert rows
