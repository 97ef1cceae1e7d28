"""What the bot says is complete in every language, keeps to the platform's limits, and means what it promises."""

import re
import tomllib
from pathlib import Path

import pytest

from botapp.channels.port import QuickReply
from botapp.conversation.answers import (
    CLOSING,
    AnswerKind,
    OptInQuestion,
    Wordings,
    compose,
    default_question,
    filled,
    language_of_question,
    load_wordings,
)
from botapp.understanding import wish as wishes
from botapp.understanding.likeness import Likeness
from botapp.understanding.wish import Wish, WithdrawalWords, load_withdrawal_words, understand

LANGUAGES = ["de", "en", "es", "fr", "it", "nl", "pt"]
VALUES = dict.fromkeys(("link", "until", "sent", "wrote", "rule", "basis", "entry", "checkpoint"), "X")
_ONLY_TAPPED = {
    *((wish, None) for wish in (Wish.DELETE_CONFIRMED, Wish.GO_ON, Wish.BOT)),
    (Wish.DELETE_CONFIRMED, Wish.DELETE),
}
QUESTION = OptInQuestion("2026-01", "May we remind you?", "Yes", "No")

ABOUT_THEIR_DATA = (
    AnswerKind.DATA,
    AnswerKind.DELETE_ASKED,
    AnswerKind.DELETE_CONFIRMED,
    AnswerKind.WHY,
    AnswerKind.WHY_NOTHING,
)

# What ends a conversation asks nothing and offers nothing.
WITHOUT_BUTTONS = {AnswerKind.DELETE_CONFIRMED, AnswerKind.STICKER, AnswerKind.SATISFIED, *CLOSING}

_CONFIG = Path(__file__).resolve().parents[2] / "config"
_SHOUTED = re.compile(r"\b[A-ZÀ-Ü]{4,}(?: \d+ [A-ZÀ-Ü]{4,})?\b")


def _read(folder: str) -> dict[str, dict[str, object]]:
    return {path.stem: tomllib.loads(path.read_text()) for path in sorted((_CONFIG / folder).glob("*.toml"))}


@pytest.fixture(scope="module")
def tables() -> dict[str, dict[str, object]]:
    return _read("answers")


@pytest.fixture(scope="module")
def wordings(tables: dict[str, dict[str, object]]) -> Wordings:
    return load_wordings(tables)


@pytest.fixture(scope="module")
def words() -> WithdrawalWords:
    return load_withdrawal_words(_read("optout"), Likeness())


def test_every_language_is_there(tables: dict[str, dict[str, object]]) -> None:
    assert sorted(tables) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(AnswerKind))
def test_every_answer_is_whole_and_has_buttons(wordings: Wordings, language: str, kind: AnswerKind) -> None:
    text, quick_replies = compose(kind, language, wordings, until="2026-05-04 18:30")

    assert text
    assert "{" not in filled(text, VALUES)
    assert (kind not in WITHOUT_BUTTONS) <= len(quick_replies) <= 13
    assert all(0 < len(quick_reply.title) <= 20 for quick_reply in quick_replies)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_button_means_the_same_tapped_or_typed(wordings: Wordings, words: WithdrawalWords, language: str) -> None:
    for kind in AnswerKind:
        for button in compose(kind, language, wordings)[1]:
            typed = understand(button.title, None, words, language).wish
            tapped = understand(None, button.payload, words).wish
            # What cannot be undone is never understood from words, only from that one button: words ask back.
            # And "go on" is only an answer to our question, so that its words alone end no mute.
            assert typed is tapped or (tapped, typed) in _ONLY_TAPPED, button.title


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_an_answer_tells_people_to_send_are_understood(
    wordings: Wordings, words: WithdrawalWords, language: str
) -> None:
    def wishes_named(kind: AnswerKind) -> list[Wish | None]:
        text, _ = compose(kind, language, wordings)
        return [understand(word, None, words, language).wish for word in _SHOUTED.findall(text)]

    assert wishes_named(AnswerKind.GREETING) == [Wish.STOP]
    assert wishes_named(AnswerKind.AGAIN) == [Wish.STOP]
    assert wishes_named(AnswerKind.ANSWER) == [Wish.PERSON]
    assert wishes_named(AnswerKind.STOP_CONFIRMED) == [Wish.START]
    assert wishes_named(AnswerKind.STOP_ASKED) == []
    assert wishes_named(AnswerKind.STOP_HOLDS) == [Wish.STOP, Wish.START]
    assert wishes_named(AnswerKind.START_NEEDS_YES) == [Wish.STOP]
    assert wishes_named(AnswerKind.MUTE_CONFIRMED) == [Wish.START]
    assert wishes_named(AnswerKind.START_CONFIRMED) == [Wish.STOP]
    assert wishes_named(AnswerKind.OPTIN_YES) == [Wish.STOP]
    assert all(wishes_named(kind) == [] for kind in ABOUT_THEIR_DATA)
    assert wishes_named(AnswerKind.HELP) == [Wish.STOP, Wish.MUTE, Wish.MUTE, Wish.START, Wish.PERSON]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(WITHOUT_BUTTONS))
def test_nothing_is_asked_or_offered_at_the_end(wordings: Wordings, language: str, kind: AnswerKind) -> None:
    text, quick_replies = compose(kind, language, wordings)
    assert quick_replies == ()
    assert "?" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_question_whether_they_are_sure_has_the_button_that_deletes(wordings: Wordings, language: str) -> None:
    deleting = [
        k for k in AnswerKind if wishes.PAYLOAD_DELETE_YES in {b.payload for b in compose(k, language, wordings)[1]}
    ]
    assert deleting == [AnswerKind.DELETE_ASKED]


def test_after_a_stop_the_only_button_is_the_way_back(wordings: Wordings) -> None:
    _, quick_replies = compose(AnswerKind.STOP_CONFIRMED, "en", wordings)

    assert quick_replies == (QuickReply("Start", wishes.PAYLOAD_START),)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mute_names_its_end_when_it_has_one(wordings: Wordings, language: str) -> None:
    limited, _ = compose(AnswerKind.MUTE_CONFIRMED, language, wordings, until="2026-05-04 18:30")
    unlimited, _ = compose(AnswerKind.MUTE_CONFIRMED, language, wordings)

    assert "2026-05-04 18:30" in limited
    assert limited != unlimited


def test_what_fills_a_placeholder_is_not_read_as_one(wordings: Wordings) -> None:
    text, _ = compose(AnswerKind.MUTE_CONFIRMED, "en", wordings, until="{until} {0.__class__}")

    assert "{until} {0.__class__}" in text


@pytest.mark.parametrize(
    ("language", "as_language"),
    [("pt_BR", "pt"), ("PT-pt", "pt"), ("fr_CA", "fr"), (None, "de"), ("xx", "de"), ("", "de")],
)
def test_a_locale_is_its_language_and_an_unknown_one_the_default(
    wordings: Wordings, language: str | None, as_language: str
) -> None:
    said = compose(AnswerKind.ANSWER, language, wordings, default_language="de")

    assert said == compose(AnswerKind.ANSWER, as_language, wordings)


def test_a_default_language_without_texts_is_an_error(wordings: Wordings) -> None:
    with pytest.raises(LookupError, match="'xx'"):
        compose(AnswerKind.ANSWER, None, wordings, default_language="xx")


@pytest.mark.parametrize("kind", [AnswerKind.GREETING, AnswerKind.AGAIN, AnswerKind.ANSWER, AnswerKind.START_NEEDS_YES])
def test_the_question_follows_the_text_and_its_buttons_come_first(wordings: Wordings, kind: AnswerKind) -> None:
    plain, usual_buttons = compose(kind, "en", wordings)
    text, quick_replies = compose(kind, "en", wordings, question=QUESTION)

    assert text == f"{plain}\n\nMay we remind you?"
    assert quick_replies == (
        QuickReply("Yes", "botapp:optin:yes:2026-01"),
        QuickReply("No", "botapp:optin:no:2026-01"),
        *usual_buttons,
    )


@pytest.mark.parametrize("kind", [AnswerKind.STOP_CONFIRMED, AnswerKind.MUTE_CONFIRMED, AnswerKind.OPTIN_NO])
def test_nobody_who_said_no_is_asked_in_the_same_breath(wordings: Wordings, kind: AnswerKind) -> None:
    assert compose(kind, "en", wordings, question=QUESTION) == compose(kind, "en", wordings)


def test_a_tapped_answer_to_the_question_names_its_version_and_with_it_the_language_that_was_shown(
    wordings: Wordings, words: WithdrawalWords
) -> None:
    question = default_question("es_MX", wordings)
    _, (yes, no, *_) = compose(AnswerKind.GREETING, "es", wordings, question=question)

    assert understand(yes.title, yes.payload, words).wish is Wish.OPT_IN
    assert understand(yes.title, yes.payload, words).version == question.version
    assert understand(no.title, no.payload, words).wish is Wish.OPT_OUT_OF_QUESTION
    assert language_of_question(question.version) == "es"
    assert language_of_question(default_question("xx", wordings, default_language="de").version) == "de"
    assert language_of_question("7") is None, "a page's own question says nothing of its language"


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("greeting", None, r"answers/en\.toml: missing: greeting"),
        ("slogan", "Buy!", r"answers/en\.toml: unknown keys: slogan"),
        ("greeting", " ", "greeting must be a text that is not empty"),
        ("greeting", 3, "greeting must be a text that is not empty"),
        ("greeting", "a" * 401, "greeting has 401 characters, 400 are allowed"),
        ("button_stop", "a" * 21, "button_stop has 21 characters, 20 are allowed"),
        ("greeting", "Hello {name}", "greeting must hold no placeholder"),
        ("mute_confirmed", "Muted.", r"mute_confirmed must hold \{until\}"),
        ("mute_confirmed", "{until} {until}", r"mute_confirmed must hold \{until\}"),
        ("mute_confirmed", "{until", r"mute_confirmed must hold \{until\}"),
        ("data", "{until} only", r"data must hold \{link\} \{until\}"),
    ],
)
def test_a_wrong_text_is_refused_with_file_key_and_reason(
    tables: dict[str, dict[str, object]], key: str, text: object, message: str
) -> None:
    table = {**tables["en"], key: text}
    if text is None:
        del table[key]

    with pytest.raises(ValueError, match=message):
        load_wordings({"en": table})


def test_no_language_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no language"):
        load_wordings({})
