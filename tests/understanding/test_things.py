"""A thing that no list knows may be the object of an exit word, and our messages may not be taken for one."""

import pytest

from botapp.understanding.wish import Wish, WithdrawalWords, understand
from tests.understanding.measure import lists_alone

_SILENCES = {Wish.STOP, Wish.TOPIC_STOP, Wish.MUTE}


@pytest.mark.parametrize(
    "text",
    [
        *("quítenme los puntos de la herida", "estoy harto de mi colchón", "no me manden la alfombra todavía"),
        *("quiero salir del hospital", "nunca pedí el sofá", "se acabó la crema?"),
        *("me tira uma dúvida?", "não enviem o tapete hoje", "quero sair do cinema", "não autorizei esse cheque"),
        *("chi può togliermi un dente?", "non mi interessa il divano", "mi dà fastidio la vernice"),
        *("come esco dalla lista d'attesa?", "sono stufo del mio router"),
        "unsubscribe from the sports channel package",
    ],
)
def test_a_thing_of_their_own_is_not_our_messages(text: str) -> None:
    assert understand(text, None, lists_alone()).wish not in _SILENCES


@pytest.mark.parametrize(
    "text",
    [
        *(
            "quítenme de la lista",
            "estoy harto de sus mensajes",
            "no me manden la publicidad",
            "quiten el spam de mi cel",
        ),
        *("dejen el spam", "como cancelo la suscripcion a sus mensajes"),  # "el" is an article, and "él" is a person
        *("me tirem dessa lista", "não enviem as promoções", "quero sair da lista", "não autorizei essas mensagens"),
        *("toglietemi dalla lista", "non mi interessano le promozioni", "voglio uscire dalla lista"),
    ],
)
def test_our_messages_are_no_such_thing(words: WithdrawalWords, text: str) -> None:
    assert understand(text, None, words).wish in _SILENCES


@pytest.mark.parametrize(
    "text",
    [
        *("me gustaría que no me escribieran más", "agradecería que me borrasen de la lista"),
        *("gostaria que não me mandassem mais nada", "agradecia que me retirassem da lista"),
        *("vorrei che non mi scrivesse più", "vi sarei grato se mi eliminaste dalla lista"),
    ],
)
def test_who_asks_politely_in_the_past_subjunctive_is_heard(words: WithdrawalWords, text: str) -> None:
    assert understand(text, None, words).wish is Wish.STOP


@pytest.mark.parametrize(
    "text",
    [
        *("pueden enviarme el código?", "pueden enviar a domicilio?", "pueden escribir una dedicatoria en la torta?"),
        *("podem me enviar a fatura?", "potete inviarmi la fattura?", "potete scrivere all'altro numero?"),
    ],
)
def test_who_may_send_something_is_not_told_how_to_return(words: WithdrawalWords, text: str) -> None:
    assert understand(text, None, words).wish is None


@pytest.mark.parametrize("text", ["ya pueden escribirme", "podem voltar a mandar mensagem", "potete riscrivermi"])
def test_who_may_write_again_is_told(words: WithdrawalWords, text: str) -> None:
    assert understand(text, None, words).wish is Wish.RETURN


@pytest.mark.parametrize("text", ["nunca pedí esto", "yo no pedí esto", "nunca pedi isso", "non ho mai chiesto questo"])
def test_never_asked_for_may_be_the_order_or_the_message_and_is_asked_about(words: WithdrawalWords, text: str) -> None:
    understood = understand(text, None, words)

    assert understood.wish is Wish.STOP
    assert understood.is_ambiguous


@pytest.mark.parametrize("text", ["no more job alerts", "stop the restock alerts", "nooit meer boek berichten"])
def test_a_thing_that_messages_are_about_is_no_other_object(text: str) -> None:
    assert understand(text, None, lists_alone()).wish in _SILENCES
    assert understand("no more jobs", None, lists_alone()).wish is None


@pytest.mark.parametrize(
    "text",
    [
        *("Ich kann morgen leider nicht kommen, bitte den Termin absagen", "Die Lieferung kommt nicht"),
        *(
            "Ich kann mich nicht daran erinnern",
            "Sie stören gar nicht",
            "ah no bother at all",
            "descuide, no corre prisa",
        ),
        *("Jamais entendu parler de vous", "il mal di denti non passa", "Bedankt voor de felicitaties"),
    ],
)
def test_coming_remembering_and_courtesies_are_no_messages(text: str) -> None:
    assert understand(text, None, lists_alone()).wish not in _SILENCES
