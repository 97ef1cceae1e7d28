"""Thanks, greetings and anger are heard in seven languages, and nothing that asks for something is taken for them."""

import pytest

from botapp.bootstrap.content import withdrawal_words
from botapp.config_files import read_languages
from botapp.understanding.courtesy import Courtesies, Courtesy, load_courtesies
from botapp.understanding.wish import WithdrawalWords, understand

TABLES = read_languages("courtesy")
EXAMPLES = [
    (language, heard, line)
    for language in TABLES
    for heard, lines in TABLES[language]["examples"].items()
    for line in lines
]


@pytest.fixture(scope="module")
def courtesies() -> Courtesies:
    return load_courtesies(TABLES)


@pytest.fixture(scope="module")
def words() -> WithdrawalWords:
    return withdrawal_words()


def test_all_languages_that_the_bot_answers_in_are_there() -> None:
    assert TABLES.keys() == read_languages("answers").keys()


@pytest.mark.parametrize(("language", "heard", "line"), EXAMPLES)
def test_the_examples_are_heard_as_they_are_meant(courtesies: Courtesies, language: str, heard: str, line: str) -> None:
    courtesy, is_angry = courtesies.read(line, language), courtesies.is_angry(line)
    expected = {"angry": (None, True), "none": (None, False)}.get(heard, (heard, False))
    assert (courtesy, is_angry) == expected, language


@pytest.mark.parametrize(("language", "heard", "line"), [each for each in EXAMPLES if each[1] not in ("angry", "none")])
def test_a_courtesy_is_no_wish(words: WithdrawalWords, language: str, heard: str, line: str) -> None:
    found = understand(line, None, words, language)
    assert found.wish is None, (language, heard, line)


@pytest.mark.parametrize(
    "line",
    ["Stop. Thank you", "STOP thanks", "no more please, thank you", "Hör auf. Danke", "no me escriban más, gracias"],
)
def test_a_no_with_thanks_stays_a_no(words: WithdrawalWords, courtesies: Courtesies, line: str) -> None:
    assert understand(line, None, words).wish is not None
    assert courtesies.read(line) is None


@pytest.mark.parametrize(
    ("line", "heard"),
    [("👍🏽", Courtesy.NOD), ("❤️", Courtesy.NOD), ("🛑", None), ("???", None), ("", None), ("🍕", None)],
)
def test_pictures_alone_may_be_a_nod(courtesies: Courtesies, line: str, heard: Courtesy | None) -> None:
    assert courtesies.read(line) is heard


@pytest.mark.parametrize("language", TABLES)
def test_the_shipped_greetings_say_that_a_machine_writes(courtesies: Courtesies, language: str) -> None:
    texts = read_languages("answers")[language]
    assert all(courtesies.discloses(texts[key], language) for key in ("greeting", "again"))


def test_a_greeting_without_it_is_found_out(courtesies: Courtesies) -> None:
    assert not courtesies.discloses("Hello, this is Anna from the shop!", "en")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("thanks", None, "must have these keys"),
        ("thanks", "ta", "thanks must be a list"),
        ("slang", ["yo"], "must have these keys"),
    ],
)
def test_a_wrong_list_is_refused_with_file_and_key(key: str, value: object, message: str) -> None:
    table = {name: content for name, content in {**TABLES["en"], key: value}.items() if content is not None}
    with pytest.raises(ValueError, match=rf"courtesy/en\.toml.*{message}"):
        load_courtesies({"en": table})


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("¡Hola!", "es"),
        ("Bonjour", "fr"),
        ("Olá", "pt"),
        ("Hallo", None),
        ("hi", None),
        ("👍", None),
        ("hola stop", None),
    ],
)
def test_a_courtesy_tells_the_language_where_only_one_says_it(
    courtesies: Courtesies, line: str, language: str | None
) -> None:
    assert courtesies.language(line) == language


def test_a_courtesy_is_none_with_a_word_of_no_list(courtesies: Courtesies) -> None:
    assert courtesies.read("thank you very much") is not None
    assert courtesies.read("thank you very zebra") is None
