"""What a person wishes of us: to stop, mute, start again, answer the opt-in question, get help, a person or their data.

A tapped button decides before any text; then what the whole message says, then its sentences, by the lists of
config/optout.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from botapp.durations import parse_duration
from botapp.understanding.calendar_time import sensible_mute
from botapp.understanding.exits import Weight
from botapp.understanding.guesses import compared, guessed, is_about_else
from botapp.understanding.heard import Heard
from botapp.understanding.normalise import Message, read_message
from botapp.understanding.reading import Reading, read_sentences
from botapp.understanding.said import said_in
from botapp.understanding.spoken import Spoken
from botapp.understanding.understood import NOTHING, Understood
from botapp.understanding.vocabulary import WithdrawalWords, language_code
from botapp.understanding.wishes import Wish
from botapp.understanding.withdrawal_tables import load_withdrawal_words

__all__ = [
    "PAYLOAD_BOT",
    "PAYLOAD_DATA",
    "PAYLOAD_DELETE",
    "PAYLOAD_DELETE_YES",
    "PAYLOAD_ENTRY",
    "PAYLOAD_GO_ON",
    "PAYLOAD_HELLO",
    "PAYLOAD_HELP",
    "PAYLOAD_HELPED",
    "PAYLOAD_MUTE",
    "PAYLOAD_NOT_HELPED",
    "PAYLOAD_OPT_IN_NO",
    "PAYLOAD_OPT_IN_YES",
    "PAYLOAD_PERSON",
    "PAYLOAD_START",
    "PAYLOAD_STOP",
    "PAYLOAD_WHY",
    "Understood",
    "Wish",
    "WithdrawalWords",
    "load_withdrawal_words",
    "understand",
]

PAYLOAD_STOP = "botapp:stop"
PAYLOAD_START = "botapp:start"
PAYLOAD_MUTE = "botapp:mute"  # alone: until undone; "botapp:mute:3d": for three days
PAYLOAD_OPT_IN_YES = "botapp:optin:yes"  # and the version of the question's wording: "botapp:optin:yes:2"
PAYLOAD_OPT_IN_NO = "botapp:optin:no"
PAYLOAD_HELLO = "botapp:hello"  # the button that begins a conversation: no wish, whatever its title says
PAYLOAD_HELP = "botapp:help"
PAYLOAD_PERSON = "botapp:person"
PAYLOAD_BOT = "botapp:bot"  # back from a person, or from waiting for one
PAYLOAD_GO_ON = "botapp:go_on"  # the answer to "shall we stop?"; lifts that pause and nothing else
PAYLOAD_DATA = "botapp:data"
PAYLOAD_DELETE = "botapp:delete"
PAYLOAD_DELETE_YES = "botapp:delete:yes"  # the second tap, after being asked whether they are sure
PAYLOAD_WHY = "botapp:why"
PAYLOAD_HELPED = "botapp:helped:yes"  # and who did: "botapp:helped:yes:faq"
PAYLOAD_NOT_HELPED = "botapp:helped:no"
PAYLOAD_ENTRY = "botapp:entry:"  # and language and name of the FAQ entry that was chosen: "botapp:entry:en:returns"

_NO_WISH = (PAYLOAD_ENTRY, PAYLOAD_HELPED, PAYLOAD_NOT_HELPED)
_QUESTION_VERSION = re.compile(r"[A-Za-z0-9._-]{1,64}")

_PLAIN_BUTTONS = {
    PAYLOAD_STOP: Wish.STOP,
    PAYLOAD_START: Wish.START,
    PAYLOAD_MUTE: Wish.MUTE,
    PAYLOAD_OPT_IN_NO: Wish.OPT_OUT_OF_QUESTION,
    PAYLOAD_GO_ON: Wish.GO_ON,
    PAYLOAD_HELP: Wish.HELP,
    PAYLOAD_PERSON: Wish.PERSON,
    PAYLOAD_BOT: Wish.BOT,
    PAYLOAD_DATA: Wish.DATA,
    PAYLOAD_DELETE: Wish.DELETE,
    PAYLOAD_DELETE_YES: Wish.DELETE_CONFIRMED,
    PAYLOAD_WHY: Wish.WHY,
}

_SURE = 0.97
_MOST_MENDED = 25  # words; slips are looked for in short messages, where a single word decides


def understand(
    text: str | None, payload: str | None, words: WithdrawalWords, language_hint: str | None = None
) -> Understood:
    """Finds the wish in a tapped button's payload or else in the text.

    All languages are tried whatever the hint, which only decides between the languages that share a word.
    A payload that is not ours is left to the text: other tools' buttons begin conversations with "START".
    """
    tapped = _understand_button(payload or "")
    if tapped is not None:
        return tapped
    message = words.unstretch(read_message(text or ""))
    if not message.words:
        return NOTHING
    spoken, understood = _by_lists(message, words, language_hint)
    if understood.wish is None and len(message.words) <= _MOST_MENDED:
        message, spoken, understood = _mended(message, words, language_hint) or (message, spoken, understood)
    if understood.method == "keyword":
        return understood
    hearing = words.likeness.hear(said_in(message, spoken))
    if hearing is None:
        return understood
    if understood.wish is None or is_about_else(understood, hearing):
        return guessed(hearing, words.listed(message))
    return compared(understood, hearing)


def _mended(
    message: Message, words: WithdrawalWords, language_hint: str | None
) -> tuple[Message, Sequence[Spoken], Understood] | None:
    """The same without its slips of typing; None if it has none that we can tell."""
    mended = words.corrected(message)
    if mended is None:
        return None
    spoken, understood = _by_lists(mended, words, language_hint)
    if understood.wish is Wish.COMPLAINT and not understood.also:
        return None  # words of anger resemble too many others: "Schade" is no "Schande", "gezogen" no "gelogen"
    if understood.wish is not None:  # it may be no slip but a word that no list knows
        understood = replace(understood, confidence=min(understood.confidence, Weight.LIKELY / 100))
    return mended, spoken, understood


def _by_lists(
    message: Message, words: WithdrawalWords, language_hint: str | None
) -> tuple[Sequence[Spoken], Understood]:
    """The message as its likeliest languages divide it, and what they hear."""
    whole = words.whole(message, language_hint)
    if whole is not None:
        is_told = not whole.is_shared or whole.language.language == language_code(language_hint)
        language = whole.language.language if is_told else None
        return (), Understood(whole.wish, language, method="keyword", evidence=whole.entry, confidence=_SURE)
    spoken = words.spoken(message, language_hint)
    readings = [read_sentences(each) for each in spoken]
    reading = _settle(readings)
    if reading is None:
        return spoken, NOTHING
    is_told = len(spoken) == 1 or reading.language == language_code(language_hint)
    return spoken, _as_understood(reading.language if is_told else None, reading.wishes)


def _settle(readings: Sequence[Reading]) -> Reading | None:
    """The reading of the language that knows most words; of several the surest.

    What one of them knows of another object outweighs what another guesses, or hears in a single word.
    """
    fewest = min((reading.unknown for reading in readings), default=0)
    fluent = [reading for reading in readings if reading.unknown == fewest]
    best = max((each for each in fluent if each.wishes), key=lambda each: each.wishes[0].weight, default=None)
    if best is None:
        return None
    first = best.wishes[0]
    if first.weight <= Weight.GUESS and any(reading.has_veto or reading.has_object for reading in fluent):
        return None
    return None if first.is_bare and any(reading.has_veto for reading in fluent) else best


def _as_understood(language: str | None, heard: list[Heard]) -> Understood:
    first = heard[0]
    moment = first.moment
    return Understood(
        first.wish,
        language,
        mute_for=moment.span if moment else None,
        method="sentence",
        evidence=" … ".join(first.evidence),
        mute_to=moment.at if moment else None,
        confidence=first.weight / 100,
        is_ambiguous=first.wish is Wish.STOP and first.weight <= Weight.GUESS,
        also=tuple(dict.fromkeys(each.wish for each in heard[1:] if each.wish and each.wish is not first.wish)),
    )


def _understand_button(payload: str) -> Understood | None:
    if payload == PAYLOAD_HELLO or payload in _PLAIN_BUTTONS:
        return Understood(_PLAIN_BUTTONS.get(payload), method="button", evidence=payload)
    if payload.startswith(_NO_WISH):  # whatever its title says
        return Understood(method="button", evidence=next(known for known in _NO_WISH if payload.startswith(known)))
    kind, _, argument = payload.rpartition(":")
    if kind == PAYLOAD_MUTE:
        return _understand_mute_button(argument)
    version = argument if _QUESTION_VERSION.fullmatch(argument) else None
    if kind == PAYLOAD_OPT_IN_NO:
        return Understood(Wish.OPT_OUT_OF_QUESTION, method="button", evidence=kind, version=version)
    # A yes to a wording we cannot name would prove nothing, so it is none.
    if kind == PAYLOAD_OPT_IN_YES and version is not None:
        return Understood(Wish.OPT_IN, method="button", evidence=kind, version=version)
    return None


def _understand_mute_button(argument: str) -> Understood:
    try:
        span = sensible_mute(parse_duration(argument))
    except ValueError:
        span = None  # until undone: the longer silence when in doubt
    evidence = PAYLOAD_MUTE if span is None else f"{PAYLOAD_MUTE}:{argument}"
    return Understood(Wish.MUTE, mute_for=span, method="button", evidence=evidence)
