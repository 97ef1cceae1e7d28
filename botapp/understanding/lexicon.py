"""Divides a message into the phrases of one language's lists, the longest first, each with its roles."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from botapp.understanding.normalise import Message, words_of_entry
from botapp.understanding.roles import INHERITED, INHERITING, Role

SHORTEST_STEM = 4  # letters; "unsub*" is listed, "un*" would be rash
_SHORTEST_ENDING = 3
_MOST_SKIPPED = 3  # fillers inside a phrase: "take me please off"
_UNKNOWN = int(Role.UNKNOWN)
_INHERITING, _INHERITED = int(INHERITING), int(INHERITED)
_OTHER = int(Role.OTHER)


class Token(NamedTuple):
    """A phrase of a message. `roles` is a `Role` as a plain number, which is many times quicker to test."""

    roles: int
    start: int  # its first word
    end: int  # the first word after it
    entry: str  # as our data writes it; "" for a word in no list


class Lexicon:
    """The entries of one language with their roles. Immutable once built."""

    # The entries stand in one flat table by all their words, and so does every beginning of one, with no roles: as
    # quick to walk along as a tree, and a third of its size.
    __slots__ = ("_endings", "_fillers", "_roles", "_skipped", "_stems", "_written", "words")

    def __init__(
        self, entries: Mapping[str, int], spelled: Mapping[str, Sequence[str]], fillers: Iterable[str]
    ) -> None:
        """`entries` may end in an asterisk: any word that begins so. `spelled` gives the words of each.

        One that begins with an asterisk stands for the words in no list that end so: "*kurs" for "Schwimmkurs". It may
        only name another object; what tells a wish must be found by its first letters.
        Raises ValueError for one without letters, and for one that is too short or may not have its asterisk.
        """
        self._roles: dict[str, int] = {}
        self._written: dict[str, str] = {}  # an entry as our data writes it, where that differs
        self._stems: dict[str, tuple[tuple[str, int, str], ...]] = {}
        self._endings: dict[str, tuple[tuple[str, str], ...]] = {}
        self.words: set[str] = set()
        for entry, roles in entries.items():
            self._add(entry, spelled[entry], _inherited(entry, entries) | roles)
        for word, roles in self._roles.items():
            if roles and " " not in word and (stem := self.stem_of(word)):
                self._roles[word] = roles | stem[1]
        self._fillers: dict[str, int] = {}
        for filler in fillers:
            words = words_of_entry(filler)
            _grow(self._fillers, words, 1)
            self.words.update(words)
        # Inside a phrase only these are passed over: "no thanks" is a filler, "no" is none.
        self._skipped = frozenset(
            filler for filler, is_whole in self._fillers.items() if is_whole and " " not in filler
        )

    def _add(self, entry: str, words: Sequence[str], roles: int) -> None:
        if not words:
            raise ValueError(f"the entry {entry!r} has no letters")
        if entry.startswith("*"):
            self._add_ending(entry, words, roles)
            return
        if entry.endswith("*"):
            stem = words[-1]
            if len(words) != 1 or len(stem) < SHORTEST_STEM:
                raise ValueError(
                    f"the entry {entry!r} must be one word of {SHORTEST_STEM} letters or more before the *"
                )
            known = self._stems.get(stem[:SHORTEST_STEM], ())
            longest_first = sorted([*known, (stem, roles, entry)], key=lambda item: -len(item[0]))
            self._stems[stem[:SHORTEST_STEM]] = tuple(longest_first)
            self.words.add(stem)
            return
        spelled = _grow(self._roles, words, roles)
        if spelled != entry:
            self._written.setdefault(spelled, entry)
        self.words.update(words)

    def _add_ending(self, entry: str, words: Sequence[str], roles: int) -> None:
        ending = words[-1]
        if len(words) != 1 or len(ending) < _SHORTEST_ENDING or roles != _OTHER:
            raise ValueError(
                f"the entry {entry!r} must be one word of {_SHORTEST_ENDING} letters or more after the *,"
                " and in no other list than objects"
            )
        known = self._endings.get(ending[-_SHORTEST_ENDING:], ())
        self._endings[ending[-_SHORTEST_ENDING:]] = (*known, (ending, entry))

    def stem_of(self, word: str) -> tuple[str, int, str] | None:
        """The longest listed beginning of a word."""
        for stem in self._stems.get(word[:SHORTEST_STEM], ()):
            if word.startswith(stem[0]):
                return stem
        return None

    def stems(self) -> Iterator[str]:
        """The listed beginnings of words."""
        for stems in self._stems.values():
            yield from (stem for stem, _, _ in stems)

    def tokens(self, message: Message) -> Iterator[Token]:
        """The message in phrases, fillers left out. A phrase does not reach over the end of a clause."""
        position, count = 0, len(message.words)
        while position < count:
            token = self._at(message, position)
            skipped = _reach(self._fillers, message, position)
            if skipped and (token is None or skipped > token.end):
                position = skipped
                continue
            yield token or self._token_by_part(message.words[position], position)
            position = token.end if token else position + 1

    def _token_by_part(self, word: str, position: int) -> Token:
        """A word by how it begins or ends, or as one in no list."""
        if stem := self.stem_of(word):
            return Token(stem[1], position, position + 1, stem[2])
        for ending, entry in self._endings.get(word[-_SHORTEST_ENDING:], ()):
            if word.endswith(ending) and word != ending:
                return Token(_OTHER, position, position + 1, entry)
        return Token(_UNKNOWN, position, position + 1, "")

    def _at(self, message: Message, position: int) -> Token | None:
        words, ends_clause = message.words, message.ends_clause
        said = words[position]
        roles = self._roles.get(said)
        found: Token | None = None
        here, count = position + 1, len(words)
        while roles is not None:
            if roles:
                found = Token(roles, position, here, self._written.get(said, said))
            roles = None
            for _ in range(_MOST_SKIPPED + 1):
                if here >= count or ends_clause[here - 1]:
                    return found
                longer = f"{said} {words[here]}"
                roles = self._roles.get(longer)
                here += 1
                if roles is not None:
                    said = longer
                    break
                if words[here - 1] not in self._skipped:
                    break
        return found


def _inherited(entry: str, entries: Mapping[str, int]) -> int:
    """What an entry of several words is by its words, unless it is there to say that they mean something else."""
    if " " not in entry or entries[entry] & ~_INHERITING:
        return 0
    roles = 0
    for word in entry.split():
        roles |= entries.get(word, 0)
    return roles & _INHERITED


def _grow(table: dict[str, int], words: Sequence[str], roles: int) -> str:
    """Adds the words and all their beginnings; gives them as one text."""
    said = words[0]
    for word in words[1:]:
        table.setdefault(said, 0)
        said = f"{said} {word}"
    table[said] = table.get(said, 0) | roles
    return said


def _reach(table: Mapping[str, int], message: Message, position: int) -> int:
    """The first word after the longest entry of the table that begins at a word, or 0."""
    said = message.words[position]
    is_whole, here, reached = table.get(said), position, 0
    while is_whole is not None:
        here += 1
        if is_whole:
            reached = here
        if here >= len(message.words) or message.ends_clause[here - 1]:
            break
        said = f"{said} {message.words[here]}"
        is_whole = table.get(said)
    return reached
