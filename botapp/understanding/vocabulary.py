"""The words of withdrawal, muting, return and other requests of all languages, as one thing to ask."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from botapp.understanding.language import LanguageWords
from botapp.understanding.lexicon import SHORTEST_STEM
from botapp.understanding.likeness import Likeness
from botapp.understanding.misspellings import Misspellings
from botapp.understanding.normalise import Message, has_stretched_letters, squeeze
from botapp.understanding.phrases import Phrases
from botapp.understanding.spoken import Spoken, spoken_in
from botapp.understanding.wishes import Wish


class WholeEntry(NamedTuple):
    """An entry that says a wish as a whole message, in one language."""

    wish: Wish
    language: LanguageWords
    entry: str
    is_shared: bool = False  # the same words are an entry of another language, too


class _WordUse(NamedTuple):
    """The languages in which a word is listed, and those in which it tells a wish: bits, the first language lowest."""

    known: tuple[int, ...]
    alone: int
    first_half: int
    second_half: int


_UNUSED = _WordUse((), 0, 0, 0)
# So many languages are read at most; where more share all the words, they read them alike.
_MOST_LANGUAGES = 3
# A word that stops in one language and starts in another stops.
_FIRST_WISHES = {Wish.STOP: 0, Wish.DELETE: 1, Wish.MUTE: 2}


class WithdrawalWords:
    """The lists of all languages. Immutable once built; share one."""

    __slots__ = (
        "_all",
        "_courtesies",
        "_misspellings",
        "_shared",
        "_spellings",
        "_stems",
        "_uses",
        "_whole",
        "languages",
        "likeness",
    )

    def __init__(self, languages: Iterable[LanguageWords], likeness: Likeness) -> None:
        self.languages = tuple(languages)
        self.likeness = likeness
        self._all = frozenset(language.language for language in self.languages)
        self._courtesies = Phrases(_courtesies(self.languages))
        self._whole = Phrases(_whole_entries(self.languages))
        self._uses = _uses(self.languages)
        self._stems = _stem_uses(self.languages, self._uses)
        words = set(self._uses)
        self._spellings = _spellings(words)
        self._misspellings = Misspellings(
            {word for language in self.languages for words in language.telling for word in words}, known=words
        )

    def whole(self, message: Message, language_hint: str | None) -> WholeEntry | None:
        """The entry that the message is, courtesies aside; a START only if it is exactly that."""
        start = 0
        spoken = self._all
        while (match := self._whole.longest_at(message, start)) is None:
            courtesy = self._courtesies.longest_at(message, start)
            if courtesy is None:
                return None
            start += courtesy.length
            spoken &= courtesy.meaning
        end = start + match.length
        while courtesy := self._courtesies.longest_at(message, end):
            end += courtesy.length
            spoken &= courtesy.meaning
        is_exact = match.length == len(message.words)
        # A single letter stands alone: "x" withdraws, "thanks x" is a kiss.
        if end < len(message.words) or (len(match.entry) == 1 and not is_exact):
            return None
        hinted = language_code(language_hint)
        fitting = [
            entry
            for entry in match.meaning
            # The courtesies must be of the entry's language: "no" may be one, and "no parar" is none.
            if entry.language.language in spoken
            and (entry.wish is not Wish.START or _is_start(entry, message, is_exact))
        ]
        by_hint = sorted(
            fitting, key=lambda entry: (_FIRST_WISHES.get(entry.wish, 9), entry.language.language != hinted)
        )
        if not by_hint:
            return None
        return by_hint[0]._replace(is_shared=len({entry.language.language for entry in fitting}) > 1)

    def languages_of(self, message: Message, language_hint: str | None) -> Sequence[LanguageWords]:
        """The languages in which most words of the message are listed, if they may say a wish in it.

        The hinted one is first among equals ("pt_BR" hints at "pt").
        """
        counts = [0] * len(self.languages)
        alone = first_half = second_half = 0
        for word in message.words:
            use = self._uses.get(word) or self._stem_use(word)
            if use is not _UNUSED:
                alone |= use.alone
                first_half |= use.first_half
                second_half |= use.second_half
                for index in use.known:
                    counts[index] += 1
        telling = alone | (first_half & second_half)
        if not telling:
            return ()
        most = max(counts)
        fluent = [
            language for index, language in enumerate(self.languages) if counts[index] == most and telling >> index & 1
        ]
        if len(fluent) > 1:
            hinted = language_code(language_hint)
            fluent.sort(key=lambda language: language.language != hinted)
        return fluent[:_MOST_LANGUAGES]

    def spoken(self, message: Message, language_hint: str | None) -> list[Spoken]:
        """The message as each of those languages divides it."""
        return [spoken_in(language, message) for language in self.languages_of(message, language_hint)]

    def listed(self, message: Message) -> Sequence[str]:
        """Its words that stand in our lists, those first that may tell a wish."""
        words = [word for word in message.words if word in self._uses]
        return sorted(words, key=lambda word: not any(self._uses[word][1:]))

    def unstretch(self, message: Message) -> Message:
        """Gives "stoppp" its usual spelling, where our lists know one."""
        if not has_stretched_letters(" ".join(message.words)):
            return message
        words = tuple(
            self._spellings.get(squeeze(word), word) if has_stretched_letters(word) else word for word in message.words
        )
        return Message(words, message.ends_clause, message.accented, message.marks)

    def corrected(self, message: Message) -> Message | None:
        """The message with slips of typing mended, or None where there are none that we can tell."""
        words = tuple(word if word in self._uses else self._misspellings.mended(word) or word for word in message.words)
        if words == message.words:
            return None
        return Message(words, message.ends_clause, message.accented, message.marks)

    def _stem_use(self, word: str) -> _WordUse:
        for stem, use in self._stems.get(word[:SHORTEST_STEM], ()):
            if word.startswith(stem):
                return use
        return _UNUSED


def _is_start(entry: WholeEntry, message: Message, is_exact: bool) -> bool:
    """Consent is never revived on a guess. "Résumé" is not "resume": accents that the entry lacks make another word."""
    return is_exact and (not message.accented or not entry.entry.isascii())


def _whole_entries(languages: Iterable[LanguageWords]) -> dict[str, tuple[WholeEntry, ...]]:
    entries: dict[str, tuple[WholeEntry, ...]] = {}
    spelled: dict[tuple[str, ...], str] = {}
    for language in languages:
        for wish, phrases in language.whole.items():
            for words, entry in phrases.spelled():
                first = spelled.setdefault(words, entry)
                entries[first] = (*entries.get(first, ()), WholeEntry(wish, language, entry))
    return entries


def _courtesies(languages: Iterable[LanguageWords]) -> dict[str, frozenset[str]]:
    """The courtesies of all languages, each with the languages that have it."""
    spoken: dict[tuple[str, ...], tuple[str, set[str]]] = {}
    for language in languages:
        for words, entry in language.courtesies.spelled():
            spoken.setdefault(words, (entry, set()))[1].add(language.language)
    return {entry: frozenset(codes) for entry, codes in spoken.values()}


def _uses(languages: Sequence[LanguageWords]) -> dict[str, _WordUse]:
    known: dict[str, list[int]] = {}
    for index, language in enumerate(languages):
        for word in (language.lexicon.words | language.times.words()) - language.shorthand.keys():
            known.setdefault(word, []).append(index)
    alone, first_halves, second_halves = (
        _bits([language.telling[part] for language in languages]) for part in range(3)
    )
    for index, language in enumerate(languages):
        for short, full in language.shorthand.items():
            known.setdefault(short, []).append(index)
            for bits in (alone, first_halves, second_halves):
                bits[short] |= (1 << index) * any(bits[word] >> index & 1 for word in full)
    shared: dict[_WordUse, _WordUse] = {}  # there are thousands of words and few uses
    return {
        word: shared.setdefault(use, use)
        for word, indexes in known.items()
        for use in [_WordUse(tuple(indexes), alone[word], first_halves[word], second_halves[word])]
    }


def _bits(words_of_languages: Iterable[frozenset[str]]) -> Counter[str]:
    bits: Counter[str] = Counter()
    for index, words in enumerate(words_of_languages):
        bits.update(dict.fromkeys(words, 1 << index))
    return bits


def _stem_uses(
    languages: Sequence[LanguageWords], uses: Mapping[str, _WordUse]
) -> dict[str, tuple[tuple[str, _WordUse], ...]]:
    """The listed beginnings of words, the longest first, by their first letters."""
    stems = {stem for language in languages for stem in language.lexicon.stems()}
    grouped: dict[str, list[tuple[str, _WordUse]]] = {}
    for stem in sorted(stems, key=len, reverse=True):
        grouped.setdefault(stem[:SHORTEST_STEM], []).append((stem, uses[stem]))
    return {beginning: tuple(uses) for beginning, uses in grouped.items()}


def language_code(hint: str | None) -> str:
    """The language of a locale: "pt" of "pt_BR" and "PT-br"."""
    return (hint or "").replace("-", "_").partition("_")[0].lower()


def _spellings(words: Iterable[str]) -> dict[str, str]:
    """Squeezed spelling -> the shortest word of our lists with that squeezed spelling.

    Not for single letters: "x" withdraws, "xxx" are kisses.
    """
    longer = {word for word in words if len(word) > 1}
    return {squeeze(word): word for word in sorted(longer, key=lambda word: (-len(word), word))}
