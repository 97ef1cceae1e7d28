"""How long a mute is to last, as people say it: "two weeks", "until tomorrow"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from botapp.understanding.normalise import Message
from botapp.understanding.phrases import Phrases

# Beyond this, or with a number that cannot be a count, the person means: until I say otherwise.
LONGEST_MUTE = timedelta(days=3650)

UNITS: Mapping[str, timedelta] = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
    "months": timedelta(days=30),
}

_LONGEST_NUMBER = 4  # digits


def sensible_mute(span: timedelta) -> timedelta | None:
    """The span, or None (until undone) for one that is no length of time or longer than a mute is ever meant."""
    return span if timedelta() < span <= LONGEST_MUTE else None


class Spoken(NamedTuple):
    """A duration found in a message; `span` None: open end."""

    span: timedelta | None
    length: int  # words
    is_introduced: bool  # by a connector: "for two weeks", not "two weeks"


class _Number(NamedTuple):
    amount: int  # 0: no sensible count
    length: int


@dataclass(frozen=True, slots=True)
class DurationWords:
    """How one language says a duration."""

    connectors: Phrases[None]  # "for", "until", "the next"
    numbers: Phrases[int]
    units: Phrases[timedelta]
    whole: Phrases[timedelta]  # durations said in one: "tomorrow", "next week"

    def spoken_at(self, message: Message, position: int) -> Spoken | None:
        """The duration that begins at this word, connectors included."""
        start = position
        while (said := self._bare_at(message, position)) is None:
            connector = self.connectors.longest_at(message, position)
            if connector is None:
                return None
            position += connector.length
        return said._replace(length=position + said.length - start, is_introduced=position > start)

    def _bare_at(self, message: Message, position: int) -> Spoken | None:
        if whole := self.whole.longest_at(message, position):
            return Spoken(whole.meaning, whole.length, is_introduced=False)
        number = self._number_at(message, position)
        if number is None:
            return None
        unit = self.units.longest_at(message, position + number.length)
        if unit is None:
            return None
        span = sensible_mute(number.amount * unit.meaning)
        return Spoken(span, number.length + unit.length, is_introduced=False)

    def _number_at(self, message: Message, position: int) -> _Number | None:
        if match := self.numbers.longest_at(message, position):
            return _Number(match.meaning, match.length)
        if position < len(message.words) and message.words[position].isdecimal():
            digits = message.words[position]
            return _Number(int(digits) if len(digits) <= _LONGEST_NUMBER else 0, 1)
        return None
