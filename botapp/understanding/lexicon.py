"""Divides a message into the phrases of one language's lists, the longest first, each with its roles."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from botapp.understanding.normalise import Message, read_message
from botapp.understanding.roles import Role

SHORTEST_STEM = 4  # letters; "unsub*" is listed, "un*" would be rash
_MOST_SKIPPED = 3  # fillers inside a phrase: "take me please off"
_UNKNOWN = int(Role.UNKNOWN)


class Token(NamedTuple):
    """A phrase of a message. `roles` is a `Role` as a plain number, which is many times quicker to test."""

    roles: int
    start: int  # its first word
    end: int  # the first word after it
    entry: str  # as our data writes it; "" for a word in no list


class Lexicon:
    """The entries of one language with their roles. Immutable once built."""

    __slots__ = ("_fillers", "_skipped", "_stems", "_tree", "words")

    def __init__(self, entries: Mapping[str, Role], fillers: Iterable[str]) -> None:
        """`entries` may end in an asterisk: any word that begins so. Raises ValueError for one without letters."""
        self._tree: dict[str, Any] = {}  # word -> the same again; "" -> (roles, entry)
        self._stems: dict[str, tuple[tuple[str, int, str], ...]] = {}
        self.words: set[str] = set()
        for entry, roles in entries.items():
            self._add(entry, int(roles))
        for word, node in self._tree.items():
            if "" in node and (stem := self.stem_of(word)):
                node[""] = (node[""][0] | stem[1], node[""][1])
        self._fillers: dict[str, Any] = {}
        for filler in fillers:
            _grow(self._fillers, _words(filler), (0, filler))
            self.words.update(_words(filler))
        # Inside a phrase only these are passed over: "no thanks" is a filler, "no" is none.
        self._skipped = frozenset(word for word, node in self._fillers.items() if "" in node)

    def _add(self, entry: str, roles: int) -> None:
        words = _words(entry)
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
        _grow(self._tree, words, (roles, entry))
        self.words.update(words)

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
            if token is None:
                stem = self.stem_of(message.words[position])
                token = Token(stem[1] if stem else _UNKNOWN, position, position + 1, stem[2] if stem else "")
            yield token
            position = token.end

    def _at(self, message: Message, position: int) -> Token | None:
        words, ends_clause = message.words, message.ends_clause
        node = self._tree.get(words[position])
        found: Token | None = None
        here, count = position + 1, len(words)
        while node is not None:
            payload = node.get("")
            if payload is not None:
                found = Token(payload[0], position, here, payload[1])
            parent, node = node, None
            for _ in range(_MOST_SKIPPED + 1):
                if here >= count or ends_clause[here - 1]:
                    return found
                node = parent.get(words[here])
                here += 1
                if node is not None or words[here - 1] not in self._skipped:
                    break
        return found


def _grow(tree: dict[str, Any], words: Iterable[str], payload: tuple[int, str]) -> None:
    for word in words:
        tree = tree.setdefault(word, {})
    known = tree.get("")
    tree[""] = (known[0] | payload[0], known[1]) if known else payload


def _reach(tree: dict[str, Any], message: Message, position: int) -> int:
    """The first word after the longest entry of the tree that begins at a word, or 0."""
    node, here, reached = tree.get(message.words[position]), position, 0
    while node is not None:
        here += 1
        if "" in node:
            reached = here
        if here >= len(message.words) or message.ends_clause[here - 1]:
            break
        node = node.get(message.words[here])
    return reached


def _words(entry: str) -> tuple[str, ...]:
    words = read_message(entry).words
    if not words:
        raise ValueError(f"the entry {entry!r} has no letters")
    return words
