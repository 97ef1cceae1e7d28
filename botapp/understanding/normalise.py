"""Turns what a person typed into plain words that can be compared with our lists, whatever the spelling tricks."""

import re
import unicodedata
from dataclasses import dataclass

# A withdrawal stands at the beginning, where far fewer words decide; reading on would only cost time.
LONGEST_READ = 200  # characters
MOST_WORDS = 32

# Apostrophes go before anything else: NFKD would turn the acute accent people type for one into a space.
_APOSTROPHES = "'`\u00b4\u2018\u2019\u02bc\u2032\uff07"  # straight, grave, acute, curly, modifier, prime, full width
_APOSTROPHES_AND_HYPHENS = str.maketrans({**dict.fromkeys(_APOSTROPHES), "\u2010": "-", "\u2011": "-"})

_WORD_AND_GAP = re.compile(r"([^\W\d_]+|\d+)([\W_]*)")
_THRICE = re.compile(r"(.)\1\1")
_RUN = re.compile(r"(.)\1+")

# Marks that do not end a clause; every other mark between two words does, emoji and line breaks too.
_QUIET_MARKS = frozenset(' \t\r-"()[]{}«»„“”<>/&?¿¡*_~+=|#@%')

_INVISIBLE = frozenset({"Mn", "Me", "Cf"})  # accents, enclosing marks such as a keycap's, format characters


@dataclass(frozen=True, slots=True)
class Message:
    """The words of a message, folded: no case, accents, apostrophes or invisible characters.

    `ends_clause[i]` is true when a mark such as a full stop, comma, dash or emoji follows word i.
    `accented` tells that the person typed accents, for the few comparisons in which they matter.
    """

    words: tuple[str, ...]
    ends_clause: tuple[bool, ...]
    accented: bool


def read_message(text: str) -> Message:
    """The first words of a text, at most `MOST_WORDS` within `LONGEST_READ` characters. Takes linear time."""
    folded, accented = _fold(_beginning(text.strip()))
    pairs = _WORD_AND_GAP.findall(folded)[:MOST_WORDS]
    if _is_spelled_out(pairs):
        return Message(("".join(word for word, _ in pairs),), (False,), accented)
    return Message(
        words=tuple([word for word, _ in pairs]),
        ends_clause=tuple([gap != " " and _ends_clause(gap) for _, gap in pairs]),
        accented=accented,
    )


def has_stretched_letters(text: str) -> bool:
    """True for "stoppp" and "STOOOP": hardly a word of our languages has a letter three times in a row."""
    return _THRICE.search(text) is not None


def squeeze(word: str) -> str:
    """The word with every run of a letter made one, so that stretched spellings meet."""
    return _RUN.sub(r"\1", word)


def _beginning(text: str) -> str:
    cut = text[:LONGEST_READ]
    # Half a word would be an unknown one.
    return cut if len(text) <= LONGEST_READ else cut.rpartition(" ")[0] or cut


def _fold(text: str) -> tuple[str, bool]:
    text = text.translate(_APOSTROPHES_AND_HYPHENS)
    if text.isascii():
        return text.lower(), False
    # Compatibility forms (full width, styled letters) may expand, hence the second cut.
    decomposed = _beginning(unicodedata.normalize("NFKD", text).casefold())
    strange = {character for character in set(decomposed) if not character.isascii()}
    invisible = {character for character in strange if unicodedata.category(character) in _INVISIBLE}
    visible = decomposed.translate(dict.fromkeys(map(ord, invisible)))
    return visible, any(map(unicodedata.combining, invisible))


def _is_spelled_out(pairs: list[tuple[str, str]]) -> bool:
    """Letter by letter, as in "S.T.O.P"."""
    return len(pairs) > 2 and all(len(word) == 1 for word, _ in pairs)  # noqa: PLR2004  two letters are no word


def _ends_clause(gap: str) -> bool:
    if gap in {"", "-"}:  # a hyphen inside a word joins; beside a space it is a dash
        return False
    return "-" in gap or not _QUIET_MARKS.issuperset(gap)
