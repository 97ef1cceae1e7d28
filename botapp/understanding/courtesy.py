"""What is said for politeness' sake, and what is said in anger. The words are data: config/courtesy.

A courtesy is a whole message: nothing else may stand in it. Anger is heard inside of any message, and takes words; a
message in capitals alone is none.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from botapp.understanding.normalise import Message, read_message
from botapp.understanding.phrases import Phrases

_LONGEST_COURTESY = 12  # words
_ENOUGH_LETTERS = 6
_SHOUTED = 0.6  # of the letters are capitals
_EMPHASIS = re.compile(r"[!?]{2}")
_NODS = frozenset("👍👌🙏🙂😊😀😃😄😁👏🤝✅💯🎉❤♥💙💚💛🧡💜🩷🤍😍🥰😘😉")  # say "fine" in every language
_FURIOUS = frozenset("🤬😡👿")
_SKIN_AND_JOINERS = re.compile("[\U0001f3fb-\U0001f3ff\ufe0e\ufe0f\u200d\\s]")


class Courtesy(StrEnum):
    """What a polite message is. The values are keys of config/courtesy."""

    GOODBYE = "goodbye"
    THANKS = "thanks"
    HELLO = "hello"
    NOD = "nod"  # "ok", a thumb up


_FILLERS = "fillers"
_ANGRY = "angry"
_FURIOUS_WORDS = "furious"
DISCLOSING = "discloses"  # words of which a greeting holds one, or it does not say that a machine writes
_LISTS = (*Courtesy, _FILLERS, _ANGRY, _FURIOUS_WORDS, DISCLOSING)
_KEYS = frozenset((*_LISTS, "examples"))


class Courtesies:
    """The lists of all languages. Immutable once built; share one."""

    __slots__ = ("_anger", "_by_language", "_disclosing", "_words")

    def __init__(
        self,
        by_language: Mapping[str, Phrases[Courtesy | None]],
        anger: Phrases[int],
        disclosing: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._by_language = by_language
        spelled = (words for phrases in by_language.values() for words, _ in phrases.spelled())
        self._words = frozenset(word for words in spelled for word in words)
        self._anger = anger
        self._disclosing = disclosing

    def read(self, text: str, language_hint: str | None = None) -> Courtesy | None:
        """The courtesy that a whole message is, in any one language; None for anything else.

        The hint decides where languages differ: "ciao" greets in Italian and parts in German.
        """
        message = read_message(text)
        if not message.words:
            pictures = _SKIN_AND_JOINERS.sub("", text)
            return Courtesy.NOD if pictures and _NODS.issuperset(pictures) else None
        if not self._may_read(message):
            return None
        hinted = self._by_language.get(language_hint or "")
        phrases = self._by_language.values() if hinted is None else (hinted, *self._by_language.values())
        found = (_whole(message, each) for each in phrases)
        return next((courtesy for courtesy in found if courtesy is not None), None)

    def language(self, text: str) -> str | None:
        """In which language a courtesy is said: "hola" is Spanish. None where several say it, as "hallo"."""
        message = read_message(text)
        if not message.words or not self._may_read(message):
            return None
        spoken = [code for code, phrases in self._by_language.items() if _whole(message, phrases) is not None]
        return spoken[0] if len(spoken) == 1 else None

    def _may_read(self, message: Message) -> bool:
        return len(message.words) <= _LONGEST_COURTESY and self._words.issuperset(message.words)

    def is_angry(self, text: str) -> bool:
        """Whether somebody is angry beyond doubt: two angry phrases, or one with emphasis, or one that needs none."""
        if not _FURIOUS.isdisjoint(text):
            return True
        message, weight, position = read_message(text), 0, 0
        if not self._anger.may_be_in(message):
            return False
        while position < len(message.words):
            match = self._anger.longest_at(message, position)
            weight += match.meaning if match else 0
            position += match.length if match else 1
        return weight > 1 or (weight > 0 and _is_emphatic(text))

    def discloses(self, text: str, language: str) -> bool:
        """Whether a text says that a machine writes it."""
        folded = f" {' '.join(read_message(text).words)}"
        return any(f" {beginning}" in folded for beginning in self._disclosing.get(language, ()))


def load_courtesies(tables: Mapping[str, Mapping[str, object]]) -> Courtesies:
    """Builds the lists from parsed TOML files, language code -> table.

    Raises ValueError naming language and key for one that is missing, unknown, or not a list of texts.
    """
    by_language, anger, disclosing = {}, {}, {}
    for language, table in tables.items():
        lists = _checked(f"config/courtesy/{language}.toml", table)
        meanings: dict[str, Courtesy | None] = {
            entry: courtesy for courtesy in Courtesy for entry in lists[courtesy.value]
        }
        by_language[language] = Phrases({**dict.fromkeys(lists[_FILLERS]), **meanings})
        anger.update(dict.fromkeys(lists[_ANGRY], 1) | dict.fromkeys(lists[_FURIOUS_WORDS], 2))
        disclosing[language] = tuple(" ".join(read_message(word).words) for word in lists[DISCLOSING])
    return Courtesies(by_language, Phrases(anger), disclosing)


def _whole(message: Message, phrases: Phrases[Courtesy | None]) -> Courtesy | None:
    """What a message is when entries cover all of it. A goodbye counts more than thanks, thanks more than a hello."""
    position, found = 0, set()
    while position < len(message.words):
        match = phrases.longest_at(message, position)
        if match is None:
            return None
        found.add(match.meaning)
        position += match.length
    return next((courtesy for courtesy in Courtesy if courtesy in found), None)


def _is_emphatic(text: str) -> bool:
    if _EMPHASIS.search(text):
        return True
    letters = [character for character in text if character.isalpha()]
    return len(letters) >= _ENOUGH_LETTERS and sum(map(str.isupper, letters)) >= _SHOUTED * len(letters)


def _checked(where: str, table: Mapping[str, object]) -> dict[str, list[str]]:
    if table.keys() != _KEYS:
        raise ValueError(f"{where}: must have these keys and no others: {', '.join(sorted(_KEYS))}")
    return {name: _texts(where, name, table[name]) for name in _LISTS}


def _texts(where: str, name: str, value: object) -> list[str]:
    if isinstance(value, list) and value and all(isinstance(entry, str) and entry.strip() for entry in value):
        return value
    raise ValueError(f"{where}: {name} must be a list of texts")
