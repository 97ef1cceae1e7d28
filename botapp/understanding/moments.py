"""Until when a mute is to last, as people say it: "two weeks", "until Monday 9am", "tomorrow evening".

A moment is found in the words and resolved later, by the wall clock of the person's own zone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
_LAST_MONTH = 12
_CENTURY = range(2000, 2100)
_DATE_MARKS = frozenset("./-")
_MONDAY, _SATURDAY = 0, 5
WEEKEND, THIS_WEEKEND = 7, 8  # among the days of a week


class Moment(NamedTuple):
    """A time found in a message: a length or a point in the calendar; neither when what was said has no end."""

    length: int  # words
    is_introduced: bool  # by a connector: "for two weeks", not "two weeks"
    span: timedelta | None = None
    at: CalendarTime | None = None
    is_open: bool = False  # "until after my holidays": it ends on a day that we cannot know
    over: CalendarTime | None = None  # the end of what no connector says to wait for: "this evening", "the weekend"
    is_one: bool = False  # such a day or part of one, and not every one: "no messages tonight", not "on Fridays"

    @property
    def whole(self) -> "Moment":
        """The moment as the end of a silence, which is over when what was named is, and not as it begins."""
        return self._replace(at=self.over) if self.over else self


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
    since: Phrases[None]  # stands before the first of two times of day: "from", "between"
    to: Phrases[None]  # stands between two times of day, besides "until": "from 2pm to 4pm"
    half_past: Phrases[None]  # thirty minutes after the hour that follows
    half_to: Phrases[None]  # thirty minutes before it: "halb acht"
    and_half: Phrases[None]  # stands behind an hour: "y media"
    is_either_order: bool  # "10/11" may be of October or of November

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
        # In "app me niet | voor maandag" the first of these words belongs to the phrase before.
        waits = self.wait.longest_at(message, position - 1) if position else None
        start, is_until, is_after = position, bool(waits and waits.length > 1), False
        while connector := self._connector_at(message, position):
            length, says_until, is_after = connector
            is_until = is_until or says_until
            position += length
        is_named = position > start
        found = self._feast_at(message, position, is_after=is_after, is_introduced=is_named)
        found = found or (None if is_until else self._range_at(message, position))
        if not found and not (is_until and self._clock_at(message, position, is_expected=True)):
            found = self._span(message, position)
        found = found or self._calendar(message, position, is_until=is_until, is_after=is_after)
        if found is None:
            return None
        if is_until or is_after:
            found = found._replace(over=None)
        is_introduced = is_named or found.is_introduced
        return found._replace(length=position + found.length - start, is_introduced=is_introduced)

    def _range_at(self, message: Message, position: int) -> Moment | None:
        """Reads "2pm to 4pm" and "14 bis 16 Uhr", of which the second is the end. "2 to 4" may be anything."""
        begin = self._clock_at(message, position, is_expected=True)
        here = position + begin[1] if begin else position
        to = self.to.longest_at(message, here) or self.until.longest_at(message, here)
        if begin is None or to is None:
            return None
        here += to.length
        while small := self.small.longest_at(message, here):
            here += small.length
        end = self._clock_at(message, here, is_expected=True)
        may_be_length = any(self.units.longest_at(message, number + 1) for number in (position, here))
        is_since = position > 0 and self.since.longest_at(message, position - 1)
        if end is None or (begin[1] == 1 and end[1] == 1) or (may_be_length and not is_since):
            return None
        days = 1 if end[0] <= begin[0] else None
        return Moment(here + end[1] - position, is_introduced=False, at=CalendarTime(days=days, clock=end[0]))

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
            return Moment(feast.length, is_introduced=False, at=at, over=feast.meaning.is_over)
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
        is_one = "days" in parts or parts.get("weekday", 0) in {WEEKEND, THIS_WEEKEND}
        is_introduced = parts.get("weekday") == THIS_WEEKEND
        return Moment(end - start, is_introduced, at=_calendar_time(parts), over=_over(parts), is_one=is_one)

    def _part_at(
        self, message: Message, position: int, *, is_until: bool, parts: Mapping[str, int | time]
    ) -> tuple[dict[str, int | time], int] | None:
        if named := self._named_at(message, position, parts=parts):
            return named
        if dated := self._dated_at(message, position, is_until=is_until, parts=parts):
            return dated
        if "clock" not in parts and (clock := self._clock_at(message, position, is_expected=is_until)):
            return {"clock": clock[0]}, clock[1]
        return None

    def _dated_at(
        self, message: Message, position: int, *, is_until: bool, parts: Mapping[str, int | time]
    ) -> tuple[dict[str, int | time], int] | None:
        """Reads days of a month, and the year that follows one."""
        if "day" not in parts and (first := self.next_month.longest_at(message, position)):
            return {"day": 1}, first.length
        if "day" not in parts and (date := self._date_in_figures_at(message, position, is_expected=is_until)):
            return date
        if "month" in parts and "year" not in parts and (year := _year(message.words, position)):
            return {"year": year}, 1
        for name, read in (("month", self._date_at), ("day", self._day_at)):
            if name not in parts and (date := read(message, position)):
                return date
        return None

    def _named_at(
        self, message: Message, position: int, *, parts: Mapping[str, int | time]
    ) -> tuple[dict[str, int | time], int] | None:
        """Reads days and parts of the day that have names."""
        for name, phrases in (("weekday", self.weekdays), ("days", self.days), ("daypart", self.dayparts)):
            if name not in parts and (match := phrases.longest_at(message, position)):
                part = self.dayparts.longest_at(message, position) if name == "days" else None
                if part and part.length == match.length and not match.meaning:
                    return {name: match.meaning, "daypart": part.meaning}, part.length  # "tonight"
                if name == "weekday" and match.meaning == _MONDAY and match.length > 1:
                    return {name: match.meaning, "week": 1}, match.length  # "next week"
                return {name: match.meaning}, match.length
        if "weekday" not in parts and (evening := self.compounds.longest_at(message, position)):
            return {"weekday": evening.meaning[0], "daypart": evening.meaning[1]}, evening.length
        return None

    def _date_at(self, message: Message, position: int) -> tuple[dict[str, int | time], int] | None:
        """Reads "5 May", "May 5", "1er mai", "5. Mai", "5 de mayo", "24.12."."""
        words, length = message.words, len(message.words)
        if month := self.months.longest_at(message, position):
            after = position + month.length
            day = _day(words[after]) if after < length and not _is_joined(message, after) else 0
            end = self._behind_day(message, after + 1) if day else after
            return {"month": month.meaning, "day": day or 1}, end - position
        day = _day(words[position]) if position < length else 0
        if not day:
            return None
        after = self._behind_day(message, position + 1)
        while small := self.small.longest_at(message, after):
            after += small.length
        if month := self.months.longest_at(message, after):
            return {"month": month.meaning, "day": day}, after + month.length - position
        return None

    def _behind_day(self, message: Message, position: int) -> int:
        ordinal = self.ordinals.longest_at(message, position)
        return position + ordinal.length if ordinal else position

    def _date_in_figures_at(
        self, message: Message, position: int, *, is_expected: bool
    ) -> tuple[dict[str, int | time], int] | None:
        """Reads "24.12.", "24/12/2026", "2026-12-24". "19.30" and "10.11 Uhr" are none, nor is "24/7" by itself."""
        figures = _figures(message, position)
        end = position + len(figures)
        if not figures or message.marks[end - 1] == ":" or self._is_clock_or_count(message, end):
            return None
        date = _date_of(figures, message.marks[position].strip())
        before = (self.day_markers.longest_at(message, position - 1), self.small.longest_at(message, position - 1))
        if not date or not (is_expected or "year" in date or (position and any(before))):
            return None
        is_year_first = len(figures[0]) > len("dd")
        if self.is_either_order and not is_year_first and max(date["day"], date["month"]) <= _LAST_MONTH:
            date["either order"] = 1
        return {**date}, len(figures)

    def _is_clock_or_count(self, message: Message, position: int) -> bool:
        """Whether this word makes what stands before it a time of day or so many hours or days."""
        return any(phrases.longest_at(message, position) for phrases in (self.oclock, self.am, self.pm, self.units))

    def _day_at(self, message: Message, position: int) -> tuple[dict[str, int | time], int] | None:
        """Reads "the 15th", "le 15", "dia 10": a plain number is a day only where its words say so."""
        day = _day(message.words[position]) if position < len(message.words) else 0
        if not day or _is_joined(message, position):
            return None
        if ordinal := self.ordinals.longest_at(message, position + 1):
            return {"day": day}, 1 + ordinal.length
        is_marked = position > 0 and self.day_markers.longest_at(message, position - 1)
        return ({"day": day}, 1) if is_marked and not self._is_clock_or_count(message, position + 1) else None

    def _clock_at(self, message: Message, position: int, *, is_expected: bool) -> tuple[time, int] | None:
        """Reads "9", "9:30", "9 am", "21h", "half past 9". A plain number is a time only where one is expected."""
        for phrases, minutes in ((self.half_past, 30), (self.half_to, -30)):
            if half := phrases.longest_at(message, position):
                hour = self._hour_at(message, position + half.length, is_expected=is_expected)
                return (_shifted(hour[0], minutes), half.length + hour[1]) if hour else None
        return self._hour_at(message, position, is_expected=is_expected)

    def _hour_at(self, message: Message, position: int, *, is_expected: bool) -> tuple[time, int] | None:
        """An hour in figures or in words, with what stands behind it."""
        number = self._number_at(message, position)
        if number is None or number.length > 1 or not _may_be_hour(message, position):
            return None
        hour, minute, end = number.amount, 0, position + number.length
        if (minutes := _minutes_at(message, end)) is not None:
            minute, end = minutes, end + 1
        if marker := self._oclock_at(message, end):
            hour, end = _by_half(hour, marker[1]), end + marker[0]
            if (minutes := _minutes_at(message, end)) is not None:
                minute, end = minutes, end + 1
        if half := self.and_half.longest_at(message, end):
            minute, end = 30, end + half.length
        if not marker and not (is_expected and self._is_hour(message, position, end, is_half=bool(half))):
            return None
        if hour >= _HOURS:
            return None
        return time(hour, minute), end - position

    def _is_hour(self, message: Message, position: int, end: int, *, is_half: bool) -> bool:
        """Whether a number without "o'clock" is an hour: "until ten", and not "until one of you answers"."""
        if self.units.longest_at(message, end):
            return False
        return is_half or message.words[position].isdecimal() or self._ends_or_has_a_day(message, end)

    def _oclock_at(self, message: Message, position: int) -> tuple[int, int] | None:
        """The words that make a number a time of day, and which half of the day it is of, if either."""
        for phrases, half in ((self.oclock, 0), (self.am, 1), (self.pm, 2)):
            if match := phrases.longest_at(message, position):
                return match.length, half
        return None

    def _ends_or_has_a_day(self, message: Message, position: int) -> bool:
        """Whether a clause is over before this word, or the word names a day or a part of one."""
        if position >= len(message.words) or message.ends_clause[position - 1]:
            return True
        return any(days.longest_at(message, position) for days in (self.days, self.weekdays, self.dayparts))


def _over(parts: Mapping[str, int | time]) -> CalendarTime | None:
    """The morning after a day or a part of one; None for a mere time of day."""
    at = _calendar_time(parts)
    if at.weekday is not None and parts["weekday"] in {WEEKEND, THIS_WEEKEND}:
        return CalendarTime(weekday=_MONDAY)
    if at.days is not None:
        return CalendarTime(days=at.days + 1)
    return None if set(parts) == {"clock"} else replace(at, days_after=7 if "week" in parts else 1)


def _calendar_time(parts: Mapping[str, int | time]) -> CalendarTime:
    clock, daypart = parts.get("clock"), parts.get("daypart")
    if isinstance(clock, time) and isinstance(daypart, time) and clock.hour < _NOON < daypart.hour:
        clock = clock.replace(hour=clock.hour + _NOON)  # "at 8 in the evening"
    at = clock if isinstance(clock, time) else daypart
    numbers = {name: value for name, value in parts.items() if isinstance(value, int)}
    weekday = numbers.get("weekday")
    return CalendarTime(
        days=numbers.get("days"),
        weekday=None if weekday is None else _SATURDAY if weekday >= WEEKEND else weekday,
        month=numbers.get("month"),
        day=numbers.get("day"),
        year=numbers.get("year"),
        is_either_order="either order" in numbers,
        clock=at if isinstance(at, time) else None,
    )


def _shifted(clock: time, minutes: int) -> time:
    hour, minute = divmod((clock.hour or _HOURS) * _MINUTES + clock.minute + minutes, _MINUTES)
    return time(hour % _HOURS, minute)


def _by_half(hour: int, half: int) -> int:
    if half == 1:
        return hour % _NOON if hour <= _NOON else hour
    return hour % _NOON + _NOON if half and hour <= _NOON else hour


def _minutes_at(message: Message, position: int) -> int | None:
    word = message.words[position] if position < len(message.words) else ""
    return int(word) if len(word) == 2 and word.isdecimal() and int(word) < _MINUTES else None  # noqa: PLR2004


def _is_joined(message: Message, position: int) -> bool:
    """Whether more than a space stands between this number and the next one: "9:30", "24/12"."""
    is_followed = position + 1 < len(message.words) and message.words[position + 1].isdecimal()
    return is_followed and message.marks[position].strip() not in {"", ","}


def _may_be_hour(message: Message, position: int) -> bool:
    """Whether a number is no part of "24/25" or "9.5"; with minutes behind it, it may be an hour."""
    if not _is_joined(message, position):
        return True
    return message.marks[position].strip() in {":", "."} and _minutes_at(message, position + 1) is not None


def _figures(message: Message, position: int) -> Sequence[str]:
    """The two or three numbers that are joined as those of a date are, or none."""
    words, end = message.words, position + 1
    if end >= len(words) or not words[position].isdecimal():
        return ()
    mark = message.marks[position]
    while end < min(position + 3, len(words)) and message.marks[end - 1].strip() == mark.strip() in _DATE_MARKS:
        is_last = end == position + 2
        if not words[end].isdecimal() or (is_last and message.marks[end - 1] != mark and not _year(words, end)):
            break  # in "24.12. 18 Uhr" the last is no year
        end += 1
    figures = words[position:end]
    return figures if len(figures) > 1 and len("".join(figures)) <= len("yyyymmdd") else ()


def _date_of(figures: Sequence[str], mark: str) -> dict[str, int]:
    """Day, month and year as people write them; empty where there is no such day."""
    if len(figures[0]) > len("dd"):
        figures = (*reversed(figures),)
    day, month = int(figures[0]), int(figures[1])
    if month > _LAST_MONTH and mark != ".":  # "12/24", and not "12.30"
        day, month = month, day
    date = {"day": day, "month": month}
    if len(figures) > len(date):
        short = len(figures[-1]) == len("yy")
        date["year"] = _CENTURY[int(figures[-1])] if short else _year(figures, -1)
    return date if 1 <= day <= _LAST_DAY and 1 <= month <= _LAST_MONTH and date.get("year", 1) else {}


def _year(words: Sequence[str], position: int) -> int:
    """A year in four digits, or 0."""
    word = words[position] if position < len(words) else ""
    return int(word) if word.isdecimal() and len(word) == len("yyyy") and int(word) in _CENTURY else 0


def _day(word: str) -> int:
    """The day of a month, or 0."""
    return int(word) if word.isdecimal() and len(word) <= 2 and 1 <= int(word) <= _LAST_DAY else 0  # noqa: PLR2004
