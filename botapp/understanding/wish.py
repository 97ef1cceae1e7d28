"""What a person wishes of us: to stop, mute, start again, answer the opt-in question, get help or reach a person.

Plain words only, by the lists of config/optout. A tapped button decides before any text; a stop wins over all else.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from botapp.durations import parse_duration
from botapp.understanding import matching
from botapp.understanding.mute_duration import sensible_mute
from botapp.understanding.normalise import read_message
from botapp.understanding.vocabulary import WithdrawalWords
from botapp.understanding.withdrawal_tables import load_withdrawal_words

__all__ = [
    "PAYLOAD_HELP",
    "PAYLOAD_MUTE",
    "PAYLOAD_OPT_IN_NO",
    "PAYLOAD_OPT_IN_YES",
    "PAYLOAD_PERSON",
    "PAYLOAD_START",
    "PAYLOAD_STOP",
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
PAYLOAD_HELP = "botapp:help"
PAYLOAD_PERSON = "botapp:person"

_QUESTION_VERSION = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Wish(StrEnum):
    """What a person asked of us."""

    STOP = "stop"
    START = "start"
    MUTE = "mute"
    OPT_IN = "opt_in"  # tapped yes on the opt-in question
    OPT_OUT_OF_QUESTION = "opt_out_of_question"  # tapped no
    HELP = "help"
    PERSON = "person"


_PLAIN_BUTTONS = {
    PAYLOAD_STOP: Wish.STOP,
    PAYLOAD_START: Wish.START,
    PAYLOAD_MUTE: Wish.MUTE,
    PAYLOAD_OPT_IN_NO: Wish.OPT_OUT_OF_QUESTION,
    PAYLOAD_HELP: Wish.HELP,
    PAYLOAD_PERSON: Wish.PERSON,
}

# In this order: a stop wins over everything. Mutes come before the leading stops because they are the longer and
# plainer reading of "stop talking"; they give way to a further stop after them.
_RULES = (
    (Wish.STOP, matching.find_exact_stop),
    (Wish.MUTE, matching.find_mute),
    (Wish.STOP, matching.find_leading_stop),
    (Wish.START, matching.find_start),
    (Wish.HELP, matching.find_help),
    (Wish.PERSON, matching.find_person),
)


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood, and by which entry of our own data. Never holds the person's text."""

    wish: Wish | None = None
    language: str | None = None  # of the entry; None for buttons and for words that many languages share
    mute_for: timedelta | None = None  # with MUTE: None is until undone
    method: str = ""  # "keyword", "button", or "" when no wish was found
    evidence: str = ""
    version: str | None = None  # of the opt-in question that was answered


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
    languages = words.languages_of(message, language_hint)
    for wish, find in _RULES:
        if found := find(message, languages):
            # A stop that says how long, "stop texting me for two weeks", asks for a mute.
            asked = Wish.MUTE if found.mute_for else wish
            language = words.language_told_by(found.entry, found.language, language_hint)
            return Understood(asked, language, found.mute_for, "keyword", found.entry)
    return Understood()


def _understand_button(payload: str) -> Understood | None:
    if plain := _PLAIN_BUTTONS.get(payload):
        return Understood(plain, method="button", evidence=payload)
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
