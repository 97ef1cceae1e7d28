"""Until when a mute is to last, as people say it: "two weeks", "until Monday 9am", "tomorrow evening".

A moment is found in the words and resolved later, by the wall clock of the person's own zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import NamedTuple

from botapp.understanding.calendar_time import CalendarTime, sensible_mute
from botapp.understanding.normalise import Message
from botapp.understanding.phrases import Phrases

UNITS: Mapping[str, timedelta] = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
    "months": timedelta(days=30),
}

_LONGEST_NUMBER = 4  # digits
_NOON = 12
_HOURS = 24
_MINUTES = 60
_LAST_DAY = 31
_MONDAY, _SATURDAY = 0, 5


class Moment(NamedTuple):
    """A time found in a message: a length or a point in the calendar; neither when what was said has no end."""

    length: int  # words
    is_introduced: bool  # by a connector: "for two weeks", not "two weeks"
    span: timedelta | None = None
    at: CalendarTime | None = None
    is_open: bool = False  # "until after my holidays": it ends on a day that we cannot know


class Feast(NamedTuple):
    """A day or days known by name: "Christmas", "Easter"."""

    begins: CalendarTime
    is_over: CalendarTime  # the day after its last


class _Number(NamedTuple):
    amount: int  # 0: no sensible count
    length: int


@dataclass(frozen=True, slots=True)
class TimeWords:
    """How one language says when."""

    until: Phrases[None]  # "until", "till"
    after: Phrases[None]  # "after", "until after"
    wait: Phrases[None]  # "not before", which says a mute by itself
    during: Phrases[None]  # "for", "the next", "in"
    small: Phrases[None]  # may stand between the parts of a time: "on", "at", "the"
    numbers: Phrases[int]
    units: Phrases[timedelta]
    spans: Phrases[timedelta]  # said in one: "half an hour"
    days: Phrases[int]
    weekdays: Phrases[int]
    dayparts: Phrases[time]
    months: Phrases[int]
    oclock: Phrases[None]  # "o'clock", "Uhr"
    am: Phrases[None]
    pm: Phrases[None]
    plus: Phrases[None]  # "and", between an hour and thirty minutes
    next_month: Phrases[None]  # its first day
    compounds: Phrases[tuple[int, time]]  # "Sonntagabend"
    feasts: Phrases[Feast]
    open_ended: Phrases[None]  # "my holidays"
    day_markers: Phrases[None]  # stand before the day of a month: "the", "le"
    ordinals: Phrases[None]  # stand behind it: "th"

    def words(self) -> frozenset[str]:
        """All words of times, which tell the language of a message, too."""
        lists = (
            self.until,
            self.after,
            self.wait,
            self.feasts,
            self.open_ended,
            self.during,
            self.small,
            self.oclock,
            self.am,
            self.pm,
            self.plus,
            self.next_month,
            self.compounds,
            self.numbers,
            self.units,
            self.spans,
        )
        days = (self.days, self.weekdays, self.dayparts, self.months)
        return frozenset(word for phrases in (*lists, *days) for words, _ in phrases.spelled() for word in words)

    def until_within(self, message: Message, start: int, end: int) -> int | None:
        """Where in a phrase a connector begins that ends it and says until when: "no messages until"."""
        for here in range(start + 1, end):
            if (match := self.until.longest_at(message, here)) and here + match.length >= end:
                return here
        return None

    def moment_at(self, message: Message, position: int) -> Moment | None:
        """The moment that begins at this word, connectors included."""
        start, is_until, is_after = position, False, False
        while connector := self._connector_at(message, position):
            length, says_until, is_after = connector
            is_until = is_until or says_until
            position += length
        found = self._feast_at(message, position, is_after=is_after, is_introduced=position > start)
        if not found and not (is_until and self._clock_at(message, position, is_expected=True)):
            found = self._span(message, position)
        found = found or self._calendar(message, position, is_until=is_until, is_after=is_after)
        if found is None:
            return None
        is_introduced = position > start or found.is_introduced
        return found._replace(length=position + found.length - start, is_introduced=is_introduced)

    def _connector_at(self, message: Message, position: int) -> tuple[int, bool, bool] | None:
        """The longest connector at a word: its words, whether it says until when, and whether it says after what."""
        found: tuple[int, bool, bool] | None = None
        for phrases, is_until, is_after in (
            (self.after, True, True),
            (self.until, True, False),
            (self.wait, True, False),
            (self.during, False, False),
        ):
            match = phrases.longest_at(message, position)
            if match and (found is None or match.length > found[0]):
                found = match.length, is_until, is_after
        return found

    def _feast_at(self, message: Message, position: int, *, is_after: bool, is_introduced: bool) -> Moment | None:
        if feast := self.feasts.longest_at(message, position):
            at = feast.meaning.is_over if is_after else feast.meaning.begins
            return Moment(feast.length, is_introduced=False, at=at)
        if is_introduced and (unknown := self.open_ended.longest_at(message, position)):
            return Moment(unknown.length, is_introduced=True, is_open=True)
        return None

    def _span(self, message: Message, position: int) -> Moment | None:
        if whole := self.spans.longest_at(message, position):
            # "This week" says how long without a connector.
            return Moment(whole.length, is_introduced=True, span=whole.meaning)
        number = self._number_at(message, position)
        if number is None:
            return None
        unit = self.units.longest_at(message, position + number.length)
        if unit is None:
            return None
        span, length = sensible_mute(number.amount * unit.meaning), number.length + unit.length
        plus = self.plus.longest_at(message, position + length)
        rest = self._span(message, position + length + plus.length) if plus and span else None
        if plus and span and rest and rest.span:
            span, length = sensible_mute(span + rest.span), length + plus.length + rest.length
        return Moment(length, is_introduced=False, span=span)

    def _number_at(self, message: Message, position: int) -> _Number | None:
        if match := self.numbers.longest_at(message, position):
            return _Number(match.meaning, match.length)
        if position < len(message.words) and message.words[position].isdecimal():
            digits = message.words[position]
            return _Number(int(digits) if len(digits) <= _LONGEST_NUMBER else 0, 1)
        return None

    def _calendar(self, message: Message, position: int, *, is_until: bool, is_after: bool) -> Moment | None:
        """Parts in any order: "Monday at 9", "tomorrow evening", "the 5th of May"; each is taken once."""
        parts: dict[str, int | time] = {}
        start = end = position
        while True:
            if part := self._part_at(message, position, is_until=is_until or position > start, parts=parts):
                name_to_value, length = part
                parts |= name_to_value
                position = end = position + length
            elif small := self.small.longest_at(message, position):
                position += small.length
            else:
                break
        if not parts or (set(parts) == {"month"}):
            return None
        if is_after and isinstance(named := parts.get("weekday"), int):
            parts["weekday"] = _MONDAY if named >= _SATURDAY else named + 1
        if is_after and isinstance(days := parts.get("days"), int):
            parts["days"] = days + 1  # "depois de amanhã"
        return Moment(end - start, is_introduced=False, at=_calendar_time(parts))

    def _part_at(
        self, message: Message, position: int, *, is_until: bool, parts: Mapping[str, int | time]
    ) -> tuple[dict[str, int | time], int] | None:
        if named := self._named_at(message, position, is_until=is_until, parts=parts):
            return named
        if "day" not in parts and (first := self.next_month.longest_at(message, position)):
            return {"day": 1}, first.length
        for name, read in (("month", self._date_at), ("day", self._day_at)):
            if name not in parts and (date := read(message, position)):
                return date
        if "clock" not in parts and (clock := self._clock_at(message, position, is_expected=is_until)):
            return {"clock": clock[0]}, clock[1]
        return None

    def _named_at(
        self, message: Message, position: int, *, is_until: bool, parts: Mapping[str, int | time]
    ) -> tuple[dict[str, int | time], int] | None:
        """Reads days and parts of the day that have names."""
        for name, phrases in (("weekday", self.weekdays), ("days", self.days), ("daypart", self.dayparts)):
            if name not in parts and (match := phrases.longest_at(message, position)):
                part = self.dayparts.longest_at(message, position) if is_until and name == "days" else None
                if part and part.length == match.length and not match.meaning:
                    return {"daypart": part.meaning}, part.length  # "until tonight", and not "not tonight"
                return {name: match.meaning}, match.length
        if "weekday" not in parts and (evening := self.compounds.longest_at(message, position)):
            return {"weekday": evening.meaning[0], "daypart": evening.meaning[1]}, evening.length
        return None

    def _date_at(self, message: Message, position: int) -> tuple[dict[str, int | time], int] | None:
        """Reads "5 May", "May 5", "1er mai", "5. Mai", "5 de mayo", "24.12."."""
        words, length = message.words, len(message.words)
        if month := self.months.longest_at(message, position):
            after = position + month.length
            day = _day(words[after]) if after < length else 0
            return {"month": month.meaning, "day": day} if day else {"month": month.meaning, "day": 1}, month.length + (
                1 if day else 0
            )
        day = _day(words[position]) if position < length else 0
        if not day:
            return None
        after = position + 1
        while small := self.small.longest_at(message, after):
            after += small.length
        if month := self.months.longest_at(message, after):
            return {"month": month.meaning, "day": day}, after + month.length - position
        return None

    def _day_at(self, message: Message, position: int) -> tuple[dict[str, int | time], int] | None:
        """Reads "the 15th", "le 15", "dia 10": a plain number is a day only where its words say so."""
        day = _day(message.words[position]) if position < len(message.words) else 0
        if not day:
            return None
        if ordinal := self.ordinals.longest_at(message, position + 1):
            return {"day": day}, 1 + ordinal.length
        is_marked = position > 0 and self.day_markers.longest_at(message, position - 1)
        is_time = any(
            phrases.longest_at(message, position + 1) for phrases in (self.oclock, self.am, self.pm, self.units)
        )
        return ({"day": day}, 1) if is_marked and not is_time else None

    def _clock_at(self, message: Message, position: int, *, is_expected: bool) -> tuple[time, int] | None:
        """Reads "9", "9:30", "9 am", "21h", "9 Uhr". A plain number is a time only where one is expected."""
        number = self._number_at(message, position)
        if number is None or number.length > 1 or not message.words[position]:
            return None
        hour, minute, end = number.amount, 0, position + number.length
        if end < len(message.words) and (minutes := _minutes(message.words[end])) is not None:
            minute, end = minutes, end + 1
        marker = next(
            (
                (match, shift)
                for phrases, shift in ((self.oclock, 0), (self.am, 1), (self.pm, 2))
                if (match := phrases.longest_at(message, end))
            ),
            None,
        )
        if marker:
            hour, end = _by_half(hour, marker[1]), end + marker[0].length
            if end < len(message.words) and (minutes := _minutes(message.words[end])) is not None:
                minute, end = minutes, end + 1
        elif not is_expected or self.units.longest_at(message, end):
            return None
        elif not message.words[position].isdecimal() and not self._ends_or_has_a_day(message, end):
            return None  # "until one of you answers"
        if hour >= _HOURS:
            return None
        return time(hour, minute), end - position

    def _ends_or_has_a_day(self, message: Message, position: int) -> bool:
        """Whether a clause is over before this word, or the word names a day or a part of one."""
        if position >= len(message.words) or message.ends_clause[position - 1]:
            return True
        return any(days.longest_at(message, position) for days in (self.days, self.weekdays, self.dayparts))


def _calendar_time(parts: Mapping[str, int | time]) -> CalendarTime:
    clock, daypart = parts.get("clock"), parts.get("daypart")
    if isinstance(clock, time) and isinstance(daypart, time) and clock.hour < _NOON < daypart.hour:
        clock = clock.replace(hour=clock.hour + _NOON)  # "at 8 in the evening"
    at = clock if isinstance(clock, time) else daypart
    numbers = {name: value for name, value in parts.items() if isinstance(value, int)}
    return CalendarTime(
        days=numbers.get("days"),
        weekday=numbers.get("weekday"),
        month=numbers.get("month"),
        day=numbers.get("day"),
        clock=at if isinstance(at, time) else None,
    )


def _by_half(hour: int, half: int) -> int:
    if half == 1:
        return hour % _NOON if hour <= _NOON else hour
    return hour % _NOON + _NOON if half and hour <= _NOON else hour


def _minutes(word: str) -> int | None:
    return int(word) if len(word) == 2 and word.isdecimal() and int(word) < _MINUTES else None  # noqa: PLR2004


def _day(word: str) -> int:
    """The day of a month, or 0."""
    return int(word) if word.isdecimal() and len(word) <= 2 and 1 <= int(word) <= _LAST_DAY else 0  # noqa: PLR2004
