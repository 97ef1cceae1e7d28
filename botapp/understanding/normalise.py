"""Turns what a person typed into plain words that can be compared with our lists, whatever the spelling tricks."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from sys import intern

# Long messages tell a story, and say at their beginning or at their end what they want: what stands between is not
# read, so that reading costs little.
LONGEST_READ = 1000  # characters
MOST_WORDS = 160
_LAST_READ = 350  # characters of these
_LAST_WORDS = 60

# Apostrophes go before anything else: NFKD would turn the acute accent people type for one into a space.
_APOSTROPHES = "'`\u00b4\u2018\u2019\u02bc\u2032\uff07"  # straight, grave, acute, curly, modifier, prime, full width
_APOSTROPHES_AND_HYPHENS = str.maketrans({**dict.fromkeys(_APOSTROPHES, "'"), "\u2010": "-", "\u2011": "-"})

# English shortens what follows ("don't" is one word); French and Italian what goes before ("m'envoyer" is two).
_ENGLISH_CONTRACTION = re.compile(r"'(?=(?:t|s|m|d|re|ve|ll)?(?:[\W_]|$))")
_WORD_AND_GAP = re.compile(r"([^\W\d_]+|\d+)([\W_]*)")
_THRICE = re.compile(r"([^\W\d])\1\1")  # no figures: 1000 is not 10
_RUN = re.compile(r"([^\W\d])\1+")

# The letters of our own lists, so that these need not be taken apart one by one.
_WITHOUT_ACCENTS = str.maketrans("àáâãäåçèéêëìíîïñòóôõöùúûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy") | {ord("ß"): "ss"}

# Digits that people type for letters: "st0p", "s1gn".
_LETTERS_FOR_DIGITS = str.maketrans("013457@$", "oieastas")
_FROM_A_LETTER = re.compile(r"(?<![\w@$])[^\W\d_][\w@$]{2,}")
_LETTERS_AROUND_DIGIT = re.compile(r"[^\W\d_][013457@$]+[^\W\d_]")

# Signs that, without any word beside them, are meant as one.
_SIGNS = {"🛑": "stop", "⛔": "stop", "🚫": "stop", "🔕": "mute", "🔇": "mute", "🤫": "mute"}

_LEFT_OUT = "\n"  # stands for what is not read, and ends a clause

# Marks that do not end a clause; every other mark between two words does, emoji and line breaks too.
_QUIET_MARKS = frozenset(" \t\r-\"'()[]{}«»„“”<>/&¿¡*_~+=|#@%")

_INVISIBLE = frozenset({"Mn", "Me", "Cf"})  # accents, enclosing marks such as a keycap's, format characters


@dataclass(frozen=True, slots=True)
class Message:
    """The words of a message, folded: no case, accents, apostrophes or invisible characters.

    `ends_clause[i]` is true when a mark such as a full stop, comma, dash or emoji follows word i.
    `accented` tells that the person typed accents, for the few comparisons in which they matter.
    `marks[i]` is what stands between word i and the next: "24.12." and "24:12" are not the same.
    """

    words: tuple[str, ...]
    ends_clause: tuple[bool, ...]
    accented: bool
    marks: tuple[str, ...]


def read_message(text: str) -> Message:
    """The first and last words of a text, at most `MOST_WORDS` within `LONGEST_READ` characters. Takes linear time."""
    return _read(_both_ends(text.strip()))


# Wishes, preferences, anger and courtesies are looked for one after the other in the messages of one delivery.
@lru_cache(maxsize=128)
def _read(text: str) -> Message:
    folded, accented = _fold(text)
    pairs = _WORD_AND_GAP.findall(folded)
    if len(pairs) > MOST_WORDS:
        first = pairs[: MOST_WORDS - _LAST_WORDS]
        pairs = [*first[:-1], (first[-1][0], _LEFT_OUT), *pairs[-_LAST_WORDS:]]
    if not pairs:
        return _signs(text)
    if _is_spelled_out(pairs):
        return Message(("".join(word for word, _ in pairs),), (False,), accented, ("",))
    words = tuple([word for word, _ in pairs])
    ends = [gap != " " and _ends_clause(gap) for _, gap in pairs]
    for position, (word, gap) in enumerate(pairs[:-1]):
        if gap in {":", "."} and word.isdecimal() and words[position + 1].isdecimal():
            ends[position] = False  # "9:30", "24.12."
    if len(words) > 2 and all(gap.strip() == "." for _, gap in pairs[:-1]):  # noqa: PLR2004  "Stop. Thanks." are two
        ends = [False] * len(words)  # "leave. me. alone."
    return Message(words, tuple(ends), accented, tuple([gap for _, gap in pairs]))


def words_of_entry(entry: str) -> tuple[str, ...]:
    """The words of an entry of our data, as `read_message` gives them; plain ones many times quicker.

    The same word of thousands of entries is one object, which saves megabytes in each process.
    """
    plain = entry.lower() if entry.isascii() else entry.lower().translate(_WITHOUT_ACCENTS)
    if "'" in plain:
        plain = _ENGLISH_CONTRACTION.sub("", plain).replace("'", " ")
    words = plain.replace("-", " ").split()
    letters = "".join(words)
    is_spelled_out = len(words) > 2 and len(letters) == len(words)  # noqa: PLR2004  two letters are no word
    if letters.isascii() and letters.isalpha() and not is_spelled_out:
        return tuple(map(intern, words))
    return tuple(map(intern, read_message(entry).words))


def _signs(text: str) -> Message:
    """What a message without words says by a sign: "🛑" is the word on it."""
    said = next((_SIGNS[character] for character in text if character in _SIGNS), None)
    return Message((said,), (False,), False, ("",)) if said else Message((), (), False, ())


def has_stretched_letters(text: str) -> bool:
    """True for "stoppp" and "STOOOP": hardly a word of our languages has a letter three times in a row."""
    return _THRICE.search(text) is not None


def squeeze(word: str) -> str:
    """The word with every run of a letter made one, so that stretched spellings meet."""
    return _RUN.sub(r"\1", word)


def _both_ends(text: str) -> str:
    if len(text) <= LONGEST_READ:
        return text
    first, last = text[: LONGEST_READ - _LAST_READ - len(_LEFT_OUT)], text[-_LAST_READ:]
    # Half a word would be an unknown one.
    return f"{first.rpartition(' ')[0] or first}{_LEFT_OUT}{last.partition(' ')[2] or last}"


def _fold(text: str) -> tuple[str, bool]:
    text = text.translate(_APOSTROPHES_AND_HYPHENS)
    accented = False
    if text.isascii():
        text = text.lower()
    else:
        # Compatibility forms (full width, styled letters) may expand, hence the second cut.
        decomposed = _both_ends(unicodedata.normalize("NFKD", text).casefold())
        strange = {character for character in set(decomposed) if not character.isascii()}
        invisible = {character for character in strange if unicodedata.category(character) in _INVISIBLE}
        text = decomposed.translate(dict.fromkeys(map(ord, invisible)))
        accented = any(map(unicodedata.combining, invisible))
    if "'" in text:
        text = _ENGLISH_CONTRACTION.sub("", text)
    if _LETTERS_AROUND_DIGIT.search(text):
        text = _FROM_A_LETTER.sub(_as_letters, text)
    return text, accented


def _as_letters(match: re.Match[str]) -> str:
    word = match[0]
    return word.translate(_LETTERS_FOR_DIGITS) if _LETTERS_AROUND_DIGIT.search(word) else word


def _is_spelled_out(pairs: list[tuple[str, str]]) -> bool:
    """Letter by letter, as in "S.T.O.P"."""
    return len(pairs) > 2 and all(len(word) == 1 for word, _ in pairs)  # noqa: PLR2004  two letters are no word


def _ends_clause(gap: str) -> bool:
    if gap in {"", "-"}:  # a hyphen inside a word joins; beside a space it is a dash
        return False
    return "-" in gap or not _QUIET_MARKS.issuperset(gap)
