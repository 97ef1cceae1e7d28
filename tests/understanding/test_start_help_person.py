"""Consent comes back by exactly a START word; help and people are called by name."""

import pytest

from botapp.config_files import read_languages
from botapp.understanding.likeness import Likeness
from botapp.understanding.wish import Wish, WithdrawalWords, load_withdrawal_words, understand


@pytest.mark.parametrize(
    "text",
    [
        "START",
        "start!",
        " Unstop ",
        "\uff33\uff34\uff21\uff32\uff34",
        "iniciar",
        "commencer",
        "fortsetzen",
        "voltar",
        "inizia",
    ],
)
def test_a_start_word_alone_is_a_start(words: WithdrawalWords, text: str) -> None:
    assert understand(text, None, words).wish is Wish.START


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "ok",
        "start please",
        "when do you start?",
        "start again",
        "hello",
        "Résumé",
        "weiter",
        "I did not stop",
        "si",
        "ja",
    ],
)
def test_nothing_else_is_a_start(words: WithdrawalWords, text: str) -> None:
    assert understand(text, None, words).wish is None


@pytest.mark.parametrize("text", ["recibir notificación", "RECIBIR NOTIFICACION", "Começar", "comecar"])
def test_a_start_word_may_be_typed_with_its_accents_or_without(words: WithdrawalWords, text: str) -> None:
    assert understand(text, None, words).wish is Wish.START


def test_a_word_that_stops_in_one_language_and_starts_in_another_is_a_stop() -> None:
    tables = {"aa": {"start": {"exact": ["fora"]}}, "bb": {"stop": {"exact": ["fora"]}}}
    words = load_withdrawal_words(tables, Likeness())

    assert understand("fora", None, words, "aa").wish is Wish.STOP


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("help", Wish.HELP),
        ("Help, please", Wish.HELP),
        ("ayuda", Wish.HELP),
        ("AIDE", Wish.HELP),
        ("What can you do?", Wish.HELP),
        ("Hi, who are you?", Wish.HELP),
        ("¿Qué puedes hacer?", Wish.HELP),
        ("Que peux-tu faire ?", Wish.HELP),
        ("what can you do about my broken lamp?", None),
        ("How does this work on a boat?", None),
        ("agent", Wish.PERSON),
        ("hello, human please", Wish.PERSON),
        ("Mitarbeiter", Wish.PERSON),
        ("falar com um atendente", Wish.PERSON),
        ("can you help me find the blue one?", None),
        ("Can someone ring me this afternoon?", Wish.PERSON),
        ("can a human contact me tomorrow morning?", Wish.PERSON),
        ("your agent was rude", Wish.COMPLAINT),
        ("delete", Wish.DELETE),
    ],
)
def test_help_and_people_are_called_by_a_word_alone(words: WithdrawalWords, text: str, wish: Wish | None) -> None:
    assert understand(text, None, words).wish is wish


@pytest.mark.parametrize(
    "text",
    [
        "Schade, dann bis nächste Woche",  # "Schande"
        "Schade!",
        "Ist das Gericht vegan?",
        "ich möchte ein Gedicht auf die Karte",  # "Gericht"
        "Wir sind nach Kiel gezogen",  # "gelogen"
        "Sono curiosa, quanto costa?",  # "furiosa"
        "I'm not getting any heat from the radiator",  # "cheat"
        "Me gustaría quedarme con la azul",  # "quejarme"
    ],
)
def test_words_that_resemble_those_of_anger_are_none(words: WithdrawalWords, text: str) -> None:
    assert understand(text, None, words).wish is None


@pytest.mark.parametrize("language", sorted(read_languages("answers")))
def test_what_we_offer_as_a_question_and_as_a_way_back_may_be_typed_as_well(
    words: WithdrawalWords, language: str
) -> None:
    texts = read_languages("answers")[language]
    assert understand(str(texts["ice_breaker_help"]), None, words).wish is Wish.HELP
    assert understand(str(texts["button_bot"]), None, words).wish is Wish.BOT


@pytest.mark.parametrize(
    "text",
    [
        "I asked you to stop last month but I changed my mind. Please send me messages again.",
        "Sorry, pressed unsubscribe by accident. Please put me back on the list.",
        "ich nehme meinen Stopp zurück, schickt wieder Nachrichten",
        "j'ai dit stop par erreur, écrivez-moi de nouveau",
        "I told you to stop last month but I'd like to get your messages again",
        "I told you to stop last month, but I'd like your messages again",
        "Ich hatte mich abgemeldet, würde aber gern wieder informiert werden.",
        "Vorige maand vroeg ik u te stoppen met berichten. Wilt u ze weer aanzetten?",
    ],
)
def test_who_takes_a_stop_back_and_asks_to_hear_from_us_is_told_how(words: WithdrawalWords, text: str) -> None:
    assert understand(text, None, words).wish is Wish.RETURN


@pytest.mark.parametrize(
    "text",
    [
        "I said stop last week!!",
        "I unsubscribed and you send me messages again",
        "I told you to stop last month and you send me messages again",
        "I told you to stop last week, could you please stop sending me messages again and again",
        "I said stop last week. Why would you message me again",
        "ich hatte stop geschrieben und ihr schickt mir wieder nachrichten",
        "ik had me afgemeld en krijg weer berichten",
        "había pedido que pararan y quieren volver a enviarme mensajes",
        "I changed my mind, don't send me messages again",
        "I signed up again by mistake, please stop",
        "Unsubscribe me, I signed up by mistake, and you send me messages again every day",
        "Meldet mich ab, das war ein Versehen, und ihr schickt mir wieder Nachrichten",
        "finalement stop",
    ],
)
def test_a_stop_that_is_told_of_or_comes_last_is_still_one(words: WithdrawalWords, text: str) -> None:
    assert understand(text, None, words).wish is Wish.STOP


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Please erase my name and my address", Wish.DELETE),
        ("Kan je mijn naam, nummer en gesprekken volledig laten wissen?", Wish.DELETE),
        ("take my name and my number off your list", Wish.STOP),
        ("my name and my address have changed", None),
        ("please don't erase my name and my address", None),
    ],
)
def test_who_has_two_details_erased_wants_all_erased(words: WithdrawalWords, text: str, wish: Wish | None) -> None:
    assert understand(text, None, words).wish is wish
