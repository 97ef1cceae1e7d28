"""Who says stop in plain words is heard; who says the word of something else is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botapp.understanding.likeness import Likeness
from botapp.understanding.wish import Wish, WithdrawalWords, load_withdrawal_words, understand
from tests.understanding.measure import lists_alone


def _wish(text: str, words: WithdrawalWords, language_hint: str | None = None) -> Wish | None:
    return understand(text, None, words, language_hint).wish


def test_a_stop_word_in_capitals_with_an_emoji_is_a_stop(words: WithdrawalWords) -> None:
    assert _wish("STOP 🛑", words) is Wish.STOP


@pytest.mark.parametrize(
    "text",
    [
        "  stop  ",
        "\N{ZERO WIDTH SPACE}st\N{ZERO WIDTH JOINER}op",
        "\N{LEFT DOUBLE QUOTATION MARK}Stop\N{RIGHT DOUBLE QUOTATION MARK}",
        "\uff33\uff34\uff2f\uff30",  # full width
        "\U0001d412\U0001d413\U0001d40e\U0001d40f",  # mathematical bold
        "stoppp",
        "STOOOP",
        "S.T.O.P.",
        "s t o p",
        "stöp",
        "*STOP*",
        "_stop_",
        "#stop",
        "'stop'",
        "stop!!1",
        "🙏🙏 stop 🙏🙏",
        "opt-out",
        "opt\N{NON-BREAKING HYPHEN}out",
    ],
)
def test_the_spelling_of_a_stop_word_does_not_matter(words: WithdrawalWords, text: str) -> None:
    assert _wish(text, words) is Wish.STOP


@pytest.mark.parametrize("apostrophe", ["'", "`", "´", "’", "‘", "ʼ", "＇", ""])  # noqa: RUF001  lookalikes are the point
def test_any_apostrophe_or_none_will_do(words: WithdrawalWords, apostrophe: str) -> None:
    assert _wish(f"don{apostrophe}t text me", words) is Wish.STOP


@pytest.mark.parametrize("text", ["désinscription", "desinscription", "DE\u0301SINSCRIPTION", "descadástrar"])
def test_accents_may_be_left_out_or_typed_apart(words: WithdrawalWords, text: str) -> None:
    assert _wish(text, words) is Wish.STOP


@pytest.mark.parametrize("hint", [None, "en", "de", "pt_BR", "zh-Hant", "nonsense"])
def test_the_words_of_all_languages_count_whatever_the_hint(words: WithdrawalWords, hint: str | None) -> None:
    for text in ("unsubscribe", "salir", "arrêtez", "abbestellen", "sair", "disiscrivimi", "uitschrijven", "退订"):
        assert _wish(text, words, hint) is Wish.STOP


@pytest.mark.parametrize(
    ("hint", "language"), [("es", "es"), ("es_MX", "es"), ("PT-br", "pt"), ("nl", "nl"), ("it", "it")]
)
def test_the_hint_names_the_language_of_a_word_that_many_share(
    words: WithdrawalWords, hint: str, language: str
) -> None:
    assert understand("stop", None, words, hint).language == language


def test_a_word_that_many_languages_share_tells_none_without_a_hint(words: WithdrawalWords) -> None:
    assert understand("stop", None, words).language is None
    assert understand("stop", None, words, "ja").language is None
    assert understand("arrêtez", None, words, "de").language == "fr"


def test_the_evidence_is_our_entry_and_not_the_persons_text(words: WithdrawalWords) -> None:
    understood = understand("Please STOP!! my name is Carol, of 12 Elm Street", None, words, "en")

    assert (understood.wish, understood.method, understood.evidence) == (Wish.STOP, "sentence", "stop")


@pytest.mark.parametrize("mark", [".", "!", ",", ";", ":", "\n", " - ", " – ", "—", "…", " 🤬 "])  # noqa: RUF001  dashes people type
def test_a_mark_right_after_the_exit_word_ends_its_clause(words: WithdrawalWords, mark: str) -> None:
    assert _wish(f"Stop{mark}the song I bought from you has arrived twice", words) is Wish.STOP


@pytest.mark.parametrize(
    "text",
    ["stop the song", "stop my order and refund the money", "stop, but only", "stop by", "stop the", "stop at"],
)
def test_without_a_mark_the_object_decides(words: WithdrawalWords, text: str) -> None:
    assert (_wish(text, words) is Wish.STOP) == ("," in text)


def test_what_follows_a_question_is_a_clause_of_its_own(words: WithdrawalWords) -> None:
    understood = understand("mi potete chiamare? così non ci capiamo", None, words)
    assert understood.wish is Wish.PERSON  # the "non" is not about the call


def test_an_entry_does_not_reach_over_a_full_stop() -> None:
    table = {"stop": {"verbs": ["whoa", "whoa there"]}, "not_about": {"objects": ["horse"]}}
    words = load_withdrawal_words({"xx": table}, Likeness())

    assert _wish("Whoa. There horse and rider parted company", words) is Wish.STOP
    assert _wish("Whoa there horse", words) is None


def test_two_words_that_no_list_knows_are_still_a_stop_and_three_are_not(words: WithdrawalWords) -> None:
    assert _wish("stop quibbling zebras", words) is Wish.STOP
    assert _wish("stop quibbling striped zebras", words) is None


def test_a_reason_or_a_threat_does_not_change_a_stop(words: WithdrawalWords) -> None:
    for text in (
        "stop or I will report you to the police",
        "Stop because I have already bought one elsewhere",
        "stop sonst zeige ich euch bei der Polizei an",
        "stop sinon je vous signale à la police",
        "stop o los denuncio a la policía mañana mismo",
        "stop bugging cousins or I will report you to the police",
    ):
        assert _wish(text, words) is Wish.STOP, text


@pytest.mark.parametrize(
    "text",
    [
        "stop whisper mode",  # short, and unlisted in six languages
        "stop i pagamenti",  # "i" opens a clause in English and is an article in Italian
        "stop o pagamento",
        "stop o pagamento porque já paguei",  # "porque" gives a reason in Spanish too, but not for "stop"
        "stop je bestelling",
        "stop car alarm",
    ],
)
def test_an_object_known_in_one_language_outweighs_a_guess_in_another(words: WithdrawalWords, text: str) -> None:
    assert _wish(text, words) is None


@pytest.mark.parametrize(
    "text", ["don't stop", "please don't stop", "no parar", "n'arrêtez pas", "stop niet", "non smettere"]
)
def test_a_negated_exit_word_is_no_stop(words: WithdrawalWords, text: str) -> None:
    assert _wish(text, words) is None


@pytest.mark.parametrize("text", ["x", "X!", "X 🛑"])
def test_a_single_x_is_a_stop(words: WithdrawalWords, text: str) -> None:
    assert _wish(text, words) is Wish.STOP


@pytest.mark.parametrize("text", ["thanks x", "xxx", "Xxxx", "see you x"])
def test_kisses_are_no_stop(words: WithdrawalWords, text: str) -> None:
    assert _wish(text, words) is None


@pytest.mark.parametrize("text", ["I want to stop smoking", "can you stop juggling", "je veux arrêter fumer"])
def test_the_lists_guess_nothing_after_an_opener(text: str) -> None:
    assert _wish(text, lists_alone()) is None


@pytest.mark.parametrize(
    ("text", "wish"), [("🛑", Wish.STOP), ("🛑🛑🛑!!", Wish.STOP), ("⛔", Wish.STOP), ("🔕", Wish.MUTE), ("🙏", None)]
)
def test_a_sign_alone_means_the_word_on_it(words: WithdrawalWords, text: str, wish: Wish | None) -> None:
    assert _wish(text, words) is wish


def test_dots_between_all_words_are_emphasis(words: WithdrawalWords) -> None:
    assert _wish("leave. me. alone.", words) is Wish.STOP
    assert _wish("Stop. Thank you", words) is Wish.STOP


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("no more promotions, but order updates are fine", "promotions"),
        ("keine Werbung mehr, aber Bestellinfos sind ok", "werbung"),
        ("no more ads, only order updates", "ads"),
    ],
)
def test_a_no_to_some_names_what_is_refused_and_not_what_is_kept(
    words: WithdrawalWords, text: str, refused: str
) -> None:
    understood = understand(text, None, words)

    assert understood.wish is Wish.TOPIC_STOP
    assert refused in understood.evidence
    assert "updates" not in understood.evidence


@pytest.mark.parametrize(
    "text",
    [
        "order updates yes, no ads",
        "I want order updates but no promos",
        "facturas sí, publicidad no",
        "les factures oui, pub non",
        "rechnungen ja, werbung nein",
        "fatture sì, pubblicità no",
        "bestellingen ja, reclame nee",
        "Appointment reminders yes, advertising no.",
        "les infos sur les retards oui, les jeux-concours non",
    ],
)
def test_a_yes_to_some_and_a_no_to_others_is_a_no_to_these(words: WithdrawalWords, text: str) -> None:
    assert _wish(text, words) is Wish.TOPIC_STOP


def test_a_comma_before_a_clause_that_carries_on_does_not_part_a_wish(words: WithdrawalWords) -> None:
    assert _wish("ich möchte nicht, dass ihr mir schreibt", words) is Wish.STOP


def test_a_yes_before_a_stop_keeps_nothing(words: WithdrawalWords) -> None:
    assert _wish("yes, stop the messages", words) is Wish.STOP


@pytest.mark.parametrize(
    "text",
    ["I don't want zorblax", "não quero a zorblax", "je ne veux plus la zorblax", "non voglio niente di zorblax"],
)
def test_what_is_not_wanted_may_be_a_thing_that_no_list_knows(text: str) -> None:
    assert _wish(text, lists_alone()) is None


def test_only_about_something_is_a_no_to_the_rest(words: WithdrawalWords) -> None:
    assert _wish("only text me about my order", words) is Wish.TOPIC_STOP
    assert _wish("just text me about my order", words) is None


@pytest.mark.parametrize(
    "text",
    [
        "I want to receive only delivery updates",
        "ich möchte nur noch Terminerinnerungen bekommen",
        "je veux recevoir seulement les rappels",
        "vorrei ricevere solo gli aggiornamenti sul mio ordine",
        "Solo los recordatorios de mis citas, lo otro no me interesa",
    ],
)
def test_who_wants_only_some_wants_no_others(words: WithdrawalWords, text: str) -> None:
    understood = understand(text, None, words)

    assert (understood.wish, understood.method) == (Wish.TOPIC_STOP, "sentence")
    assert Wish.RETURN not in understood.also


def test_who_got_only_one_reminder_tells_of_it(words: WithdrawalWords) -> None:
    assert _wish("ich habe nur eine Erinnerung bekommen", words) is None


@pytest.mark.parametrize("text", ["fine, leave me alone", "c'est bon j'en ai marre, m'envoyez plus rien"])
def test_a_word_of_content_before_a_stop_keeps_nothing(words: WithdrawalWords, text: str) -> None:
    assert _wish(text, words) is Wish.STOP


@pytest.mark.parametrize("text", [None, "", "   ", "🎉🎉", "...", "\N{ZERO WIDTH SPACE}", "\ud83d", "a" * 8000])
def test_a_text_without_words_or_meaning_is_no_wish(words: WithdrawalWords, text: str | None) -> None:
    understood = understand(text, None, words)

    assert (understood.wish, understood.method, understood.evidence) == (None, "", "")


@pytest.mark.parametrize(
    "text", ["stop " * 2000, "stop " + "me " * 3000, "Stop. " + "I want it " * 900, "stop" + "!" * 9000]
)
def test_a_stop_at_the_head_of_a_very_long_message_is_heard(words: WithdrawalWords, text: str) -> None:
    assert _wish(text, words) is Wish.STOP


_STORY = "Hello, I bought a floor lamp at your place in May for my mother and she liked it a lot, so I came back. "


@pytest.mark.parametrize("times", [5, 8, 20, 80])
def test_a_stop_at_the_end_of_a_very_long_message_is_heard(words: WithdrawalWords, times: int) -> None:
    assert _wish(_STORY * times + "Please stop messaging me, I do not want any more of these.", words) is Wish.STOP
    assert _wish(_STORY * times, words) is None


@given(text=st.text(max_size=300))
def test_no_text_breaks_the_reading_and_none_of_it_is_kept(words: WithdrawalWords, text: str) -> None:
    understood = understand(text, text, words)

    assert (understood.wish is None) == (understood.evidence == "")


@given(before=st.text("!?.,;:*~ \n\t🛑🙏🤬", max_size=20), after=st.text("!?.,;:*~ \n\t🛑🙏🤬", max_size=20))
def test_marks_and_emoji_around_a_stop_never_hide_it(words: WithdrawalWords, before: str, after: str) -> None:
    assert _wish(f"{before}Stop{after}", words) is Wish.STOP


@pytest.mark.parametrize(
    "text", ["Ist ein grüner Becher da?", "I missed your call", "do you shop local?", "which step is next?"]
)
def test_what_resembles_one_of_our_words_is_not_taken_for_a_slip_of_it(words: WithdrawalWords, text: str) -> None:
    assert understand(text, None, words).wish is None
