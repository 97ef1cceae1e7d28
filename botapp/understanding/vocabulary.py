"""The words of withdrawal, muting and return of all languages, as one thing to ask."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from botapp.understanding.continuation import Verdict
from botapp.understanding.mute_duration import DurationWords
from botapp.understanding.normalise import Message, has_stretched_letters, squeeze
from botapp.understanding.phrases import Phrases


@dataclass(frozen=True, slots=True)
class LanguageWords:
    """The lists of one language, as config/optout/en.toml explains them."""

    language: str
    courtesies: Phrases[None]
    openers: Phrases[bool]  # what may stand before a leading word; true for mere courtesies
    exact_stops: Phrases[None]
    leading_stops: Phrases[None]
    after_stop: Phrases[Verdict]
    mutes: Phrases[timedelta | None]  # how long without a duration; None: until undone
    after_mute: Phrases[Verdict]
    durations: DurationWords
    starts: Phrases[None]
    helps: Phrases[None]
    people: Phrases[None]

    def first_words(self) -> frozenset[str]:
        """A message that begins with none of these means nothing in this language."""
        heads = (self.openers, self.exact_stops, self.mutes, self.starts, self.helps, self.people)
        return frozenset(word for phrases in heads for word in phrases.first_words())

    def telling_words(self) -> frozenset[str]:
        """A message that holds none of these, anywhere, says no wish in this language."""
        lists = (self.exact_stops, self.leading_stops, self.mutes, self.starts, self.helps, self.people)
        return frozenset(word for phrases in lists for word in phrases.first_words())

    def wishes(self) -> frozenset[str]:
        """The entries that say a wish."""
        lists = (self.exact_stops, self.mutes, self.starts, self.helps, self.people)
        return frozenset(entry for phrases in lists for entry in phrases.entries())

    def vocabulary(self) -> set[str]:
        """The words whose stretched spellings are understood."""
        return (
            self.openers.vocabulary()
            | self.after_stop.vocabulary()
            | self.after_mute.vocabulary()
            | self.starts.vocabulary()
        )


class WithdrawalWords:
    """The lists of all languages. Immutable once built; share one."""

    __slots__ = ("_by_first_word", "_by_language", "_shared", "_spellings")

    def __init__(self, languages: Iterable[LanguageWords]) -> None:
        self._by_language = {words.language: words for words in languages}
        # First word of a message -> the languages in which it may say a wish, each with the words that would tell.
        self._by_first_word: dict[str, list[tuple[LanguageWords, frozenset[str]]]] = {}
        for words in self._by_language.values():
            telling = words.telling_words()
            for first_word in words.first_words():
                self._by_first_word.setdefault(first_word, []).append((words, telling))
        entries = Counter(entry for words in self._by_language.values() for entry in words.wishes())
        self._shared = frozenset(entry for entry, languages in entries.items() if languages > 1)
        self._spellings = _spellings(self._by_language.values())

    def languages_of(self, message: Message, language_hint: str | None) -> Sequence[LanguageWords]:
        """The languages in which the message may mean something, the hinted one first ("pt_BR" hints at "pt")."""
        if not message.words:
            return ()
        hinted = _language_of(language_hint)
        known = self._by_first_word.get(message.words[0], ())
        languages = [words for words, telling in known if not telling.isdisjoint(message.words)]
        return sorted(languages, key=lambda words: words.language != hinted)

    def language_told_by(self, entry: str, language: str, language_hint: str | None) -> str | None:
        """The language of a matched entry, or None for one like "stop" that many share and no hint decides."""
        return language if entry not in self._shared or language == _language_of(language_hint) else None

    def unstretch(self, message: Message) -> Message:
        """Gives "stoppp" its usual spelling, where our lists know one."""
        if not has_stretched_letters(" ".join(message.words)):
            return message
        words = tuple(
            self._spellings.get(squeeze(word), word) if has_stretched_letters(word) else word for word in message.words
        )
        return Message(words, message.ends_clause, message.accented)


def _language_of(hint: str | None) -> str:
    return (hint or "").replace("-", "_").partition("_")[0].lower()


def _spellings(languages: Iterable[LanguageWords]) -> dict[str, str]:
    """Squeezed spelling -> the shortest word of our lists with that squeezed spelling.

    Not for single letters: "x" withdraws, "xxx" are kisses.
    """
    words = {word for language in languages for word in language.vocabulary() if len(word) > 1}
    return {squeeze(word): word for word in sorted(words, key=lambda word: (-len(word), word))}
