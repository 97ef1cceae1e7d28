"""The tone check: what reads as watched, pressed, hurried, reproached, shouted or asked too often; what does not."""

import csv
from pathlib import Path

import pytest

from botapp.config_files import read_languages
from botapp.understanding.tone import Tone, ToneWords, check_tone, load_tone_words

TABLES = read_languages("tone")
_LINES = Path(__file__).parent / "tone_lines"


@pytest.fixture(scope="module")
def words() -> ToneWords:
    return load_tone_words(TABLES)


def _found(text: str, words: ToneWords) -> set[Tone]:
    return {finding.tone for finding in check_tone(text, words)}


@pytest.mark.parametrize("language", sorted(TABLES))
def test_the_examples_of_each_language_are_judged_as_they_say(language: str, words: ToneWords) -> None:
    examples = TABLES[language]["examples"]
    assert [text for text in examples["must_match"] if not check_tone(text, words)] == []
    assert [(text, check_tone(text, words)) for text in examples["must_not_match"] if check_tone(text, words)] == []


@pytest.mark.parametrize("language", sorted(TABLES))
def test_own_lines_are_told_apart(language: str, words: ToneWords) -> None:
    with (_LINES / f"{language}.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    bad, good = ([row["text"] for row in rows if row["label"] == label] for label in ("bad", "good"))
    assert min(len(bad), len(good)) >= 30
    assert sum(bool(check_tone(text, words)) for text in bad) >= 0.95 * len(bad)
    assert sum(not check_tone(text, words) for text in good) >= 0.95 * len(good)


@pytest.mark.parametrize("language", sorted(TABLES))
def test_what_we_ship_is_in_tone_itself(language: str, words: ToneWords) -> None:
    preferences = read_languages("preferences")[language]["texts"].values()
    answers = read_languages("answers")[language].values()
    found = [(text, check_tone(text, words)) for text in (*preferences, *answers) if check_tone(text, words)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We  NOTICED\nyou, again", {Tone.TRACKING}),
        ("We've noticed that you like tea.", {Tone.TRACKING}),
        ("\uff37\uff45 \uff4eoticed you", {Tone.TRACKING}),
        ("We have a new tea. You noticed?", set()),
        ("What they said: we. Noticed you?", set()),
        ("One? Two? https://example.org/?a=1?b=2", {Tone.QUESTIONS}),
        ("Really??? https://example.org/?a=1?b=2", set()),
        ("¿Le ayudamos?", set()),
        ("Send STOP or MUTE 3 DAYS at any time.", set()),
        ("NEW SHOES for you", {Tone.SHOUTING}),
        ("Hello!!", {Tone.SHOUTING}),
        ("Hello! Welcome! Bye!", {Tone.SHOUTING}),
        ("GROẞE ÄPFEL für Sie", {Tone.SHOUTING}),
        ("🎉 🎉 🎉", set()),
        ("🎉 🎉 🎉 🎉", {Tone.EMOJI}),
        ("👩‍👩‍👧‍👦 and 🇩🇪 and ❤️", set()),
        ("© 2026 ™ 20 °C ®", set()),
        ("", set()),
    ],
)
def test_marks_and_spellings(text: str, found: set[Tone], words: ToneWords) -> None:
    assert _found(text, words) == found


def test_a_finding_names_the_words_the_remedy_and_the_entry(words: ToneWords) -> None:
    [finding] = check_tone("Good morning! Act now, please.", words)
    assert (finding.tone, finding.words) == (Tone.PRESSURE, "act now")
    assert finding.entry in TABLES["en"]["pressure"]
    assert "'act now'" in str(finding)
    assert finding.remedy in str(finding)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Your code ends in 10 minutes.", set()),
        ("The offer ends in 10 minutes.", {Tone.URGENCY}),
        ("Your code ends in 10 minutes and the offer ends in 10 minutes.", {Tone.URGENCY}),
        ("Your code. Ends in 10 minutes.", {Tone.URGENCY}),
        ("We noticed you wrote to us, act now.", {Tone.PRESSURE}),
        ("Your discount code ends in 10 minutes.", {Tone.URGENCY}),
    ],
)
def test_a_phrase_of_service_excuses_only_what_is_wholly_inside_it(text: str, found: set[Tone]) -> None:
    table = {
        "tracking": ["we noticed you"],
        "pressure": ["act now"],
        "urgency": ["ends in # minutes", "discount code ends in # minutes"],
        "service": ["code ends in # minutes", "we noticed you wrote"],
    }
    assert _found(text, load_tone_words({"xx": table})) == found


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"tracking": "we saw you"}, "xx.toml: tracking must be a list"),
        ({"tracking": ["noticed"]}, "'noticed' needs two words"),
        ({"pressure": ["buy* now"]}, "a whole one first"),
        ({"service": "your code"}, "xx.toml: service must be a list"),
        ({"guild": []}, "unknown keys: guild"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(table: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("*", r"\*")):
        load_tone_words({"xx": table})
