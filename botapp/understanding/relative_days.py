"""Days that people name from where they stand: "tomorrow", "on Friday", "pasado mañana"; dated by dateutil."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta, weekday

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LONGEST = 3  # words
_DAYS_OF_A_WEEK = 7
_SURE, _LIKELY = 80, 70  # percent: "next Friday" may be the one after


@dataclass(frozen=True, slots=True)
class RelativeDays:
    """Of all languages. Immutable once built."""

    days: Mapping[str, int]  # from today
    weekdays: Mapping[str, int]  # Monday is 0
    excluding: frozenset[str]  # beside one of these it is another day, or none: "last Friday", "good morning"
    first_words: frozenset[str]

    def find(self, folded: str, today: date) -> tuple[date, int] | None:
        """The first day that is named, from today on, and how sure that is in percent."""
        words = _WORD.findall(folded)
        if self.first_words.isdisjoint(words):
            return None
        for place in range(len(words)):
            for length in range(_LONGEST, 0, -1):
                said = " ".join(words[place : place + length])
                if (said in self.days or said in self.weekdays) and not self._is_excluded(words, place, length):
                    return self._dated(said, today)
        return None

    def _is_excluded(self, words: list[str], place: int, length: int) -> bool:
        beside = (*words[max(place - 1, 0) : place], *words[place + length : place + length + 1])
        return not self.excluding.isdisjoint(beside)

    def _dated(self, said: str, today: date) -> tuple[date, int]:
        if said in self.days:
            return today + relativedelta(days=self.days[said]), _SURE
        return today + relativedelta(days=1, weekday=weekday(self.weekdays[said])(1)), _LIKELY


def load_relative_days(languages: Iterable[Mapping[str, Any]], fold: Callable[[str], str]) -> RelativeDays:
    """From the tables of config/mentions.toml. Raises ValueError where a language has not seven weekdays."""
    days: dict[str, int] = {}
    weekdays: dict[str, int] = {}
    excluding: set[str] = set()
    for table in languages:
        if len(table["weekdays"]) != _DAYS_OF_A_WEEK:
            raise ValueError("config/mentions.toml: weekdays must be seven, Monday first")
        days |= {fold(said): number for said, number in table["days"].items()}
        weekdays |= {fold(name): number for number, name in enumerate(table["weekdays"])}
        excluding |= {fold(word) for word in table["other_days"]}
    return RelativeDays(days, weekdays, frozenset(excluding), frozenset(s.split()[0] for s in (*days, *weekdays)))
