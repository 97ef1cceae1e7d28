"""Whether a text reads as if behaviour had been watched, presses, shouts, or asks too much. Data in config/tone.

How entries are written: config/tone/en.toml. All languages are looked at whatever the text's own: the phrases are long
enough not to mean something else elsewhere, and a language that was not stated must not be a way around.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import product

from botapp.understanding.normalise import read_message

_MOST_QUESTIONS = 1
_MOST_EXCLAMATIONS = 2
_MOST_EMOJI = 3
_SHOUTED_WORDS = 2  # in a row, each of three letters or more

_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|\S+@\S+\.\S+", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?;:\u2026\u203c-\u2049\uff01\uff1f]+(?=\s|$)|\n\s*\n")
_QUESTION = re.compile(r"[?\uff1f\u2047-\u2049]+")
_CAPITALS = re.compile(r"(?<!\w)(?:[^\W\d_a-zß-öø-ÿ]{3,}[ ,!-]+)*[^\W\d_a-zß-öø-ÿ]{3,}(?!\w)")
_CHOICE = re.compile(r"\(([^()]*)\)")
_TOKEN = re.compile(r"\S+")
_GAP, _NUMBER = "...", "#"
_ANY = r"(?:\S+ ){0,4}"
_READ_FOR_A_BEGINNING = 8  # pieces of an entry, enough for its first two words
_REGIONAL = range(0x1F1E6, 0x1F200)  # two of them are one flag
_INDEXED_LETTERS = 3
_JOINER = "\u200d"


class Tone(StrEnum):
    """What may be wrong with a text. The first four are sections of config/tone."""

    TRACKING = "tracking"
    PRESSURE = "pressure"
    URGENCY = "urgency"
    GUILT = "guilt"
    QUESTIONS = "questions"
    SHOUTING = "shouting"
    EMOJI = "emoji"


_REMEDIES: Mapping[Tone, str] = {
    Tone.TRACKING: "say what you can do for them, not what you saw them do",
    Tone.PRESSURE: "offer it, and leave the choice to them",
    Tone.URGENCY: "name the date on which it ends, or leave it out",
    Tone.GUILT: "do not make them feel bad for not having answered",
    Tone.QUESTIONS: "ask one question at most",
    Tone.SHOUTING: "write without runs of capitals and with two exclamation marks at most",
    Tone.EMOJI: "keep to three emoji at most",
}
_SECTIONS = (Tone.TRACKING, Tone.PRESSURE, Tone.URGENCY, Tone.GUILT)
_SERVICE = "service"  # the section of ordinary sentences, inside which nothing is found
_LISTS: Mapping[str, Tone | None] = {**{tone.value: tone for tone in _SECTIONS}, _SERVICE: None}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a text: the words of it, the entry of our data that found it, and what to do."""

    tone: Tone
    words: str
    remedy: str
    entry: str = ""

    def __str__(self) -> str:
        return f"{self.tone.value}: {self.words!r}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class _Entry:
    tone: Tone | None  # none: an ordinary sentence
    written: str
    pattern: str

    def match(self, text: str, position: int) -> re.Match[str] | None:
        return _compiled(self.pattern).match(text, position)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """When a text first begins like it: most entries never are, and all of them would take a second."""
    return re.compile(pattern)


class ToneWords:
    """The entries of all languages, looked up by how their first word begins. Immutable; share one."""

    __slots__ = ("_by_beginning",)

    def __init__(self, entries: Mapping[str, Sequence[_Entry]]) -> None:
        self._by_beginning = {beginning: tuple(found) for beginning, found in entries.items()}

    def find(self, sentence: str) -> Iterator[Finding]:
        """What entries find in one sentence; every kind once."""
        words = read_message(sentence).words
        text, position = " ".join(words), 0
        found: set[Tone] = set()
        ordinary_until = 0  # no phrase of service that began so far goes further
        for word in words:
            entries = self._by_beginning.get(_beginning(word), ())
            begun = [(entry, match) for entry in entries if (match := entry.match(text, position))]
            ordinary_until = max([ordinary_until, *(match.end() for entry, match in begun if entry.tone is None)])
            for entry, match in begun:
                if entry.tone and entry.tone not in found and match.end() > ordinary_until:
                    found.add(entry.tone)
                    yield Finding(entry.tone, match[0], _REMEDIES[entry.tone], entry.written)
            position += len(word) + 1


def check_tone(text: str, words: ToneWords) -> list[Finding]:
    """What is wrong with a text as customers would read it, every kind once; empty if nothing is. Linear time."""
    plain = _ADDRESS.sub(" ", text)
    found: dict[Tone, Finding] = {}
    for sentence in _SENTENCE_END.split(plain):
        for finding in words.find(sentence):
            found.setdefault(finding.tone, finding)
    return [*found.values(), *_marks(plain)]


def load_tone_words(tables: Mapping[str, Mapping[str, object]]) -> ToneWords:
    """Builds the entries from parsed TOML files, language code -> table.

    Raises ValueError naming language and section for an unknown key, a wrong type, or an entry without two words.
    """
    entries: dict[str, list[_Entry]] = {}
    for language, table in tables.items():
        if unknown := table.keys() - {*_SECTIONS, _SERVICE, "examples"}:
            raise ValueError(f"config/tone/{language}.toml: unknown keys: {', '.join(sorted(unknown))}")
        for section, tone in _LISTS.items():
            where = f"config/tone/{language}.toml: {section}"
            for written in _entries(where, table.get(section, [])):
                entry = _Entry(tone, written, _pattern(written))
                for beginning in _beginnings(where, written):
                    entries.setdefault(beginning, []).append(entry)
    return ToneWords(entries)


def _entries(where: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise ValueError(f"{where} must be a list of texts")
    return value


def _pattern(written: str) -> str:
    """An entry as a regular expression over folded words with one space between."""
    pieces = _CHOICE.split(written.strip())
    parts = [
        f"(?:{'|'.join(map(_literal, piece.split('|')))})" if number % 2 else _literal(piece)
        for number, piece in enumerate(pieces)
    ]
    return "".join(parts).replace(f"{_ANY} ", _ANY) + "(?= |$)"


def _literal(piece: str) -> str:
    return _TOKEN.sub(lambda token: _token(token[0]), piece) + (" " if piece.endswith("'") else "")


def _token(token: str) -> str:
    if token == _GAP:
        return _ANY
    if token == _NUMBER:
        return r"\d+"
    folded = " ".join(read_message(token.rstrip("*")).words)
    return folded + r"\S*" if token.endswith("*") else folded


def _beginnings(where: str, written: str) -> set[str]:
    """The first letters of the words with which an entry may begin."""
    pieces = _CHOICE.split(written.strip())
    choices = [piece.split("|") if number % 2 else [piece] for number, piece in enumerate(pieces)]
    readings = ["".join(chosen).split()[:2] for chosen in product(*choices[:_READ_FOR_A_BEGINNING])]
    if any(len(reading) < 2 or reading[0] == _GAP or reading[0].endswith("*") for reading in readings):  # noqa: PLR2004  a word alone tells too little
        raise ValueError(f"{where}: {written!r} needs two words, and a whole one first")
    return {_beginning(*read_message(reading[0]).words[:1] or reading[:1]) for reading in readings}


def _beginning(word: str) -> str:
    return _NUMBER if word == _NUMBER or word.isdecimal() else word[:_INDEXED_LETTERS]


def _marks(text: str) -> Iterator[Finding]:
    questions = _QUESTION.findall(text)
    if len(questions) > _MOST_QUESTIONS:
        yield _found(Tone.QUESTIONS, f"{len(questions)} questions")
    shouted = _shouted(text)
    if shouted:
        yield _found(Tone.SHOUTING, shouted)
    emoji = _emoji(text)
    if len(emoji) > _MOST_EMOJI:
        yield _found(Tone.EMOJI, "".join(emoji))


def _found(tone: Tone, words: str) -> Finding:
    return Finding(tone, words, _REMEDIES[tone])


def _shouted(text: str) -> str:
    """Capitals in a row, or too many exclamation marks. A keyword alone, such as STOP, is no shouting."""
    if "!!" in text or text.count("!") + text.count("\uff01") > _MOST_EXCLAMATIONS:
        return "!!"
    shouted = [run[0] for run in _CAPITALS.finditer(text) if len(run[0].split()) >= _SHOUTED_WORDS]
    return next(iter(shouted), "")


def _emoji(text: str) -> list[str]:
    """The pictures in a text. What is joined, as a family is, is one; and so is a flag."""
    pictures: list[str] = []
    before = ""
    for character in text:
        if unicodedata.category(character) == "So" and character not in "\u00a9\u00ae\u2122\u00b0":
            is_second = before == _JOINER or (ord(character) in _REGIONAL and _is_half_a_flag(pictures, before))
            if is_second:
                pictures[-1:] = ["".join([*pictures[-1:], character])]
            else:
                pictures.append(character)
        if character != "\ufe0f":
            before = character
    return pictures


def _is_half_a_flag(pictures: Sequence[str], before: str) -> bool:
    return bool(pictures) and pictures[-1] == before and len(before) == 1 and ord(before) in _REGIONAL
