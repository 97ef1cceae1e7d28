"""Reads the tables of config/optout into word lists, and says which language and key is wrong when one is."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import time, timedelta
from typing import TypeVar

from botapp.durations import parse_duration
from botapp.understanding.language import LanguageWords, Telling
from botapp.understanding.lexicon import Lexicon
from botapp.understanding.moments import UNITS, TimeWords
from botapp.understanding.normalise import read_message
from botapp.understanding.phrases import Phrases
from botapp.understanding.roles import ALONE, FIRST_HALVES, SECOND_HALVES, Role
from botapp.understanding.vocabulary import WithdrawalWords
from botapp.understanding.wishes import Wish

Meaning = TypeVar("Meaning")

# Section -> its lists -> what their entries are in a sentence.
_ROLES: Mapping[str, Mapping[str, Role]] = {
    "sentence": {
        "openers": Role.OPENER,
        "joins": Role.JOIN,
        "determiners": Role.DETERMINER,
        "keeps": Role.KEEP,
    },
    "stop": {
        "phrases": Role.EXIT,
        "guesses": Role.GUESS,
        "verbs": Role.VERB,
        "cancel": Role.CANCEL,
        "removal": Role.REMOVAL,
        "negations": Role.NEGATION,
        "no_more": Role.NO_MORE,
        "unwanted": Role.UNWANTED,
    },
    "about": {
        "messages": Role.MESSAGES,
        "writing": Role.WRITING,
        "naming": Role.NAMING,
        "receiving": Role.RECEIVING,
        "me": Role.ME,
        "neutral": Role.NEUTRAL,
    },
    "not_about": {"objects": Role.OTHER, "people": Role.PEOPLE},
    "mute": {"until_undone": Role.MUTE, "again": Role.AGAIN | Role.WRITING},
    "start": {"verbs": Role.RETURN},
    "person": {"talk": Role.TALK, "people": Role.PERSON, "phrases": Role.TALK | Role.PERSON},
    "data": {"show": Role.SHOW, "nouns": Role.DATA, "phrases": Role.SHOW | Role.DATA},
    "delete": {"verbs": Role.ERASE, "phrases": Role.ERASE | Role.DATA},
    "why": {"ask": Role.WHY, "phrases": Role.WHY | Role.RECEIVING},
    "complaint": {"phrases": Role.COMPLAINT},
}
# Sections whose "exact" entries are a wish as the whole message.
_WHOLE = {
    "stop": Wish.STOP,
    "start": Wish.START,
    "help": Wish.HELP,
    "person": Wish.PERSON,
    "data": Wish.DATA,
    "delete": Wish.DELETE,
    "why": Wish.WHY,
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
# So common that they tell little.
_ORDINARY = Role.OPENER | Role.JOIN | Role.DETERMINER | Role.NEUTRAL | Role.TIME
_TIME_LISTS = ("until", "during", "small", "oclock", "am", "pm", "plus")
_KEYS = {
    "": {"fillers", "time", "help", "examples", *_ROLES},
    **{name: {*lists, "exact"} if name in _WHOLE else {*lists} for name, lists in _ROLES.items()},
    "help": {"exact"},
    "time": {*_TIME_LISTS, "numbers", "units", "spans", "days", "weekdays", "dayparts", "months"},
    "units": set(UNITS),
    "weekdays": set(_WEEKDAYS),
    "months": set(_MONTHS),
}
_KEYS["sentence"] |= {"order_is_free"}
_KEYS["mute"] |= {"for_a_while"}


def load_withdrawal_words(tables: Mapping[str, Mapping[str, object]]) -> WithdrawalWords:
    """Builds the lists from parsed TOML files, language code -> table; the first language wins ties without a hint.

    Raises ValueError naming language and key when a key is unknown, a value has the wrong type, an entry has no
    letters, or a word both stops and starts.
    """
    if not tables:
        raise ValueError("no withdrawal words: config/optout holds no language")
    return WithdrawalWords([_load_language(_Table(language, "", table)) for language, table in tables.items()])


class _Table:
    """A TOML table that knows its name, so that errors can say where they are."""

    def __init__(self, language: str, name: str, content: object) -> None:
        self.language = language
        self.where = f"config/optout/{language}.toml, {f'[{name}]' if name else 'top'}"
        if not isinstance(content, Mapping):
            raise ValueError(f"{self.where} must be a table")  # noqa: TRY004  the data is bad, not the call
        unknown = set(content) - _KEYS.get(name, set(content))
        if unknown:
            raise ValueError(f"{self.where}: unknown keys: {', '.join(sorted(map(str, unknown)))}")
        self._content = content

    def table(self, name: str) -> "_Table":
        return _Table(self.language, name, self._content.get(name, {}))

    def items(self) -> Iterator[tuple[str, object]]:
        yield from self._content.items()

    def entries(self, key: str) -> list[str]:
        value = self._content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise ValueError(f"{self.where}: {key} must be a list of texts")
        return value

    def flag(self, key: str) -> bool:
        value = self._content.get(key, False)
        if not isinstance(value, bool):
            raise ValueError(f"{self.where}: {key} must be true or false")  # noqa: TRY004  the data is bad
        return value

    def phrases(self, key: str) -> Phrases[None]:
        return self.meaning(dict.fromkeys(self.entries(key)))

    def meaning(self, meanings: Mapping[str, Meaning]) -> Phrases[Meaning]:
        try:
            return Phrases(meanings)
        except ValueError as error:
            raise ValueError(f"{self.where}: {error}") from error

    def lists(self, names: Iterable[str]) -> dict[str, int]:
        """The entries of several lists, each with the number of its list."""
        return {entry: number for number, name in enumerate(names) for entry in self.entries(name)}


def _load_language(top: _Table) -> LanguageWords:
    sections = {name: top.table(name) for name in {*_ROLES, *_WHOLE}}
    _refuse_contradictions(sections["stop"], sections["start"])
    top.table("examples")
    mutes = dict.fromkeys(sections["mute"].entries("until_undone")) | _spans(sections["mute"].table("for_a_while"))
    time_table = top.table("time")
    roles = _roles(sections)
    for entry in mutes:
        roles[entry] = roles.get(entry, Role(0)) | Role.MUTE
    for entry, role in _time_roles(time_table).items():
        roles[entry] = roles.get(entry, Role(0)) | role
    fillers = top.entries("fillers")
    telling = _telling(roles, fillers)
    return LanguageWords(
        language=top.language,
        is_order_free=sections["sentence"].flag("order_is_free"),
        courtesies=top.phrases("fillers"),
        whole={wish: sections[name].phrases("exact") for name, wish in _WHOLE.items()},
        lexicon=_lexicon(top, roles, fillers),
        telling=telling,
        mutes=mutes,
        times=_load_times(time_table),
    )


def _roles(sections: Mapping[str, _Table]) -> dict[str, Role]:
    roles: dict[str, Role] = {}
    for name, lists in _ROLES.items():
        for key, role in lists.items():
            for entry in sections[name].entries(key):
                roles[entry] = roles.get(entry, Role(0)) | role
    return roles


def _time_roles(table: _Table) -> dict[str, Role]:
    """What may begin a time; "until" without one begins a clause: "mute until I am back"."""
    roles = dict.fromkeys(table.entries("until"), Role.TIME | Role.JOIN)
    tables = ("numbers", "spans", "days", "dayparts")
    begins = [*table.entries("during"), *(entry for name in tables for entry, _ in table.table(name).items())]
    begins += table.table("weekdays").lists(_WEEKDAYS)
    begins += table.table("months").lists(_MONTHS)
    return roles | {entry: Role.TIME for entry in begins if entry not in roles}


def _telling(roles: Mapping[str, Role], fillers: Iterable[str]) -> Telling:
    """For each entry that may tell a wish the word that is least common; it stands for the whole entry."""
    told = ALONE | FIRST_HALVES | SECOND_HALVES
    spelled = {entry: read_message(entry).words for entry, role in roles.items() if role & told}
    counts = Counter(word for words in spelled.values() for word in words)
    tells_anyway = {words[0] for entry, words in spelled.items() if len(words) == 1 and roles[entry] & ALONE}
    ordinary = {word for entry in fillers for word in read_message(entry).words}
    ordinary |= {entry for entry, role in roles.items() if role & _ORDINARY}

    def commonness(word: str) -> tuple[bool, bool, int, int]:
        return word not in tells_anyway, word in ordinary, -len(word), counts[word]

    standing_for = {entry: min(words, key=commonness) for entry, words in spelled.items() if words}

    def words_of(wanted: Role) -> frozenset[str]:
        return frozenset(word for entry, word in standing_for.items() if roles[entry] & wanted)

    return Telling(words_of(ALONE), words_of(FIRST_HALVES), words_of(SECOND_HALVES))


def _lexicon(top: _Table, roles: Mapping[str, Role], fillers: Iterable[str]) -> Lexicon:
    try:
        return Lexicon(roles, fillers)
    except ValueError as error:
        raise ValueError(f"{top.where}: {error}") from error


def _load_times(table: _Table) -> TimeWords:
    units = table.table("units")
    lists = {name: table.phrases(name) for name in _TIME_LISTS}
    return TimeWords(
        numbers=table.meaning(_counts(table.table("numbers"), least=1)),
        units=table.meaning({entry: UNITS[unit] for unit, _ in units.items() for entry in units.entries(unit)}),
        spans=table.meaning(_spans(table.table("spans"))),
        days=table.meaning(_counts(table.table("days"), least=0)),
        weekdays=table.meaning(table.table("weekdays").lists(_WEEKDAYS)),
        dayparts=table.meaning(_clocks(table.table("dayparts"))),
        months=table.meaning({e: number + 1 for e, number in table.table("months").lists(_MONTHS).items()}),
        **lists,
    )


def _counts(numbers: _Table, *, least: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry, count in numbers.items():
        if not isinstance(count, int) or count < least:
            raise ValueError(f"{numbers.where}: {entry!r} must be a whole number from {least}")
        counts[entry] = count
    return counts


def _spans(table: _Table) -> dict[str, timedelta]:
    spans: dict[str, timedelta] = {}
    for entry, written in table.items():
        try:
            spans[entry] = parse_duration(written)
        except ValueError as error:
            raise ValueError(f"{table.where}: {entry!r}: {error}") from error
    return spans


def _clocks(table: _Table) -> dict[str, time]:
    clocks: dict[str, time] = {}
    for entry, written in table.items():
        try:
            clocks[entry] = time.fromisoformat(written if isinstance(written, str) else "")
        except ValueError as error:
            raise ValueError(f"{table.where}: {entry!r}: {written!r} is not a time of day") from error
    return clocks


def _refuse_contradictions(stop: _Table, start: _Table) -> None:
    """A word that withdraws may not also revive."""
    exits = {entry for key in ("exact", "phrases", "verbs") for entry in stop.entries(key)}
    if both := exits.intersection(start.entries("exact")):
        raise ValueError(f"{start.where}: also stop words: {', '.join(sorted(both))}")
