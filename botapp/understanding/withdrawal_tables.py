"""Reads the tables of config/optout into word lists, and says which language and key is wrong when one is."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TypeVar

from botapp.durations import parse_duration
from botapp.understanding.continuation import Verdict
from botapp.understanding.mute_duration import UNITS, DurationWords
from botapp.understanding.phrases import Phrases
from botapp.understanding.vocabulary import LanguageWords, WithdrawalWords

Meaning = TypeVar("Meaning")

_KEYS = {
    "": {"courtesies", "stop", "mute", "duration", "start", "help", "person", "examples"},
    "stop": {"exact", "leading", "openers", "followed_by", "not_followed_by", "new_clause"},
    "mute": {"until_undone", "for_a_while"},
    "duration": {"connectors", "numbers", "units", "whole"},
    "start": {"exact"},
    "help": {"exact"},
    "person": {"exact"},
    "units": set(UNITS),
}


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

    def phrases(self, *keys: str) -> Phrases[None]:
        return self.meaning(dict.fromkeys(entry for key in keys for entry in self.entries(key)))

    def meaning(self, meanings: Mapping[str, Meaning]) -> Phrases[Meaning]:
        try:
            return Phrases(meanings)
        except ValueError as error:
            raise ValueError(f"{self.where}: {error}") from error


def _load_language(top: _Table) -> LanguageWords:
    stop, mute, start = top.table("stop"), top.table("mute"), top.table("start")
    _refuse_contradictions(stop, start)
    courtesies = top.entries("courtesies")
    exits = [*stop.entries("exact"), *stop.entries("leading")]
    mutes = dict.fromkeys(mute.entries("until_undone")) | _spans(mute.table("for_a_while"))
    top.table("examples")
    return LanguageWords(
        language=top.language,
        courtesies=top.phrases("courtesies"),
        openers=stop.meaning(dict.fromkeys(courtesies, True) | dict.fromkeys(stop.entries("openers"), False)),
        exact_stops=stop.phrases("exact", "leading"),
        leading_stops=stop.phrases("leading"),
        after_stop=stop.meaning(_continuations(stop, [*courtesies, *exits])),
        mutes=mute.meaning(mutes),
        after_mute=mute.meaning(_continuations(stop, [*courtesies, *mutes])),
        durations=_load_durations(top.table("duration")),
        starts=start.phrases("exact"),
        helps=top.table("help").phrases("exact"),
        people=top.table("person").phrases("exact"),
    )


def _continuations(stop: _Table, also_allowed: Iterable[str]) -> dict[str, Verdict]:
    """What may follow; where lists share an entry, the one that keeps the exit word's meaning comes first."""
    allowed = dict.fromkeys([*stop.entries("followed_by"), *also_allowed], Verdict.LISTED)
    vetoes = dict.fromkeys(stop.entries("not_followed_by"), Verdict.VETO)
    clauses = dict.fromkeys(stop.entries("new_clause"), Verdict.NEW_CLAUSE)
    return allowed | {entry: verdict for entry, verdict in (clauses | vetoes).items() if entry not in allowed}


def _load_durations(duration: _Table) -> DurationWords:
    units = duration.table("units")
    return DurationWords(
        connectors=duration.phrases("connectors"),
        numbers=duration.meaning(_counts(duration.table("numbers"))),
        units=duration.meaning({entry: UNITS[unit] for unit, _ in units.items() for entry in units.entries(unit)}),
        whole=duration.meaning(_spans(duration.table("whole"))),
    )


def _counts(numbers: _Table) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry, count in numbers.items():
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"{numbers.where}: {entry!r} must be a whole number from 1")
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


def _refuse_contradictions(stop: _Table, start: _Table) -> None:
    """A word that withdraws may not also revive; a continuation that is allowed may not also be refused."""
    exits = {*stop.entries("exact"), *stop.entries("leading")}
    if both := exits.intersection(start.entries("exact")):
        raise ValueError(f"{start.where}: also stop words: {', '.join(sorted(both))}")
    if both := set(stop.entries("followed_by")).intersection(stop.entries("not_followed_by")):
        raise ValueError(f"{stop.where}: both followed_by and not_followed_by: {', '.join(sorted(both))}")
