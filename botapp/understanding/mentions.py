"""What a message mentions beside a wish: an order's number, a price, a date. Pure, and cheap where there is none.

Only these are taken out of what people write, as facts with an end; the words around them are nobody's business.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from botapp.understanding.relative_days import RelativeDays, load_relative_days

_LONGEST_READ = 500  # characters
_DIGIT = re.compile(r"\d")
_DIGIT_AND_MARK = re.compile(r"\d[./-]")  # every date in digits has one
_WORD = re.compile(r"\w+")
_MONTHS_OF_A_YEAR = 12
_LEAST_DIGITS = 3  # of an order's number
_GERMAN_FORM = r"(?<![\d.,/-])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.(?:\s?(?P<year>\d{4}|\d{2}))?(?![\d])"
_SLASHED_FORM = r"(?<![\d.,/-])(?P<day>\d{1,2})[/-](?P<month>\d{1,2})(?:[/-](?P<year>\d{4}|\d{2}))?(?![\d/-])"
_ISO_FORM = r"(?<![\d.,/-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\d/-])"
_AMOUNT = r"(\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?)(?![\d.,]?\d)"
_CENTURY = 2000


@dataclass(frozen=True, slots=True)
class Mention:
    """One fact that a message holds."""

    name: str
    value: str
    confidence_percent: int
    lasts: timedelta | None = None
    until: datetime | None = None  # where it ends by itself


@dataclass(frozen=True, slots=True)
class MentionWords:
    """config/mentions.toml, ready to be looked for."""

    order: re.Pattern[str]
    order_cues: tuple[str, ...]  # without any of these there is none: a look for each costs less than the pattern
    price: re.Pattern[str]
    currencies: Mapping[str, str]  # by sign or word
    dates: tuple[re.Pattern[str], ...]
    worded_dates: tuple[re.Pattern[str], ...]
    months: Mapping[str, int]
    relative_days: RelativeDays

    def read(self, text: str, said_at: datetime, language: str) -> Iterator[Mention]:
        """All that is mentioned in the first five hundred characters, in linear time; `said_at` by their own clock."""
        folded, today = _fold(text[:_LONGEST_READ]), said_at.date()
        dated = False
        if _DIGIT.search(folded) is not None:
            yield from self._order(folded)
            yield from self._price(folded)
            for mention in self._date(folded, today, language):
                dated = True
                yield mention
        found = None if dated else self.relative_days.find(folded, today)
        if found is not None:
            yield _date_of(*found)

    def _order(self, text: str) -> Iterator[Mention]:
        if not any(cue in text for cue in self.order_cues):
            return
        for found in self.order.finditer(text):
            number = found[1] or found[2]
            if sum(character.isdigit() for character in number) >= _LEAST_DIGITS:
                yield Mention("order_number", number.upper().strip("-"), 90, lasts=_ORDER_LASTS)
                return

    def _price(self, text: str) -> Iterator[Mention]:
        found = self.price.search(text) if any(sign in text for sign in self.currencies) else None
        if found is not None:
            sign, amount = (found[1], found[2]) if found[1] else (found[4], found[3])
            yield Mention("price", _plain_amount(amount), 90, lasts=_INTEREST_LASTS)
            yield Mention("currency", self.currencies[sign], 80, lasts=_INTEREST_LASTS)

    def _date(self, text: str, today: date, language: str) -> Iterator[Mention]:
        dates = self.dates if _DIGIT_AND_MARK.search(text) else ()
        has_month = not self.months.keys().isdisjoint(_WORD.findall(text))
        for pattern in (*dates, *self.worded_dates) if has_month else dates:
            found = pattern.search(text)
            day = self._resolve(found.groupdict(), today, language) if found else None
            if day is not None:
                yield _date_of(day, 80)
                return

    def _resolve(self, parts: Mapping[str, str | None], today: date, language: str) -> date | None:
        """A day from today on; None for what is none, is over, or may be either of two."""
        day, word, given = int(parts["day"] or 0), parts["month"] or "", parts.get("year")
        month = int(word) if word.isdecimal() else self.months[word]
        is_slashed = parts.get("year") is None and word.isdecimal()
        if language == "en" and word.isdecimal() and day != month and max(day, month) <= _MONTHS_OF_A_YEAR:
            return None if is_slashed or len(given or "") <= len("yy") else _day(int(given or 0), month, day, today)
        if language == "en" and month > _MONTHS_OF_A_YEAR:
            day, month = month, day
        if given is not None:
            year = int(given)
            return _day(year if year >= _CENTURY else _CENTURY + year, month, day, today)
        return _day(today.year, month, day, today) or _day(today.year + 1, month, day, today)


_INTEREST_LASTS = timedelta(days=30)
_ORDER_LASTS = timedelta(days=60)


def load_mention_words(content: Mapping[str, Any]) -> MentionWords:
    """From the tables of config/mentions.toml."""
    languages = [table for name, table in content.items() if name != "currencies"]
    currencies = {_fold(word): code for code, words in content["currencies"].items() for word in words}
    months = {_fold(word): number for table in languages for number, word in enumerate(table["months"], 1)}
    signs, month = _any_of(currencies), _any_of(months)
    cues = {name: [_fold(word) for table in languages for word in table[name]] for name in ("order", "number")}
    order, number = _any_of(cues["order"]), _any_of(cues["number"])
    number_itself = r"([a-z0-9][a-z0-9-]{2,24})(?![a-z0-9])"
    of_month = rf"(?P<month>{month})\b(?:,?\s+(?:de\s+|del\s+)?(?P<year>\d{{4}}))?"
    return MentionWords(
        order=re.compile(
            rf"\b(?:{order})\b\.?(?:\s+(?:{number})\b\.?){{0,2}}\s{{0,3}}[:#]?\s?(?=[a-z0-9-]*\d){number_itself}"
            r"|#(\d{4,20})\b"
        ),
        order_cues=("#", *dict.fromkeys(cues["order"])),
        price=re.compile(rf"(?<!\w)({signs})\s?{_AMOUNT}|(?<![\w.,]){_AMOUNT}\s?({signs})(?!\w)"),
        currencies=currencies,
        dates=(re.compile(_ISO_FORM), re.compile(_GERMAN_FORM), re.compile(_SLASHED_FORM)),
        worded_dates=(
            re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|o)?\s+(?:de\s+|of\s+)?{of_month}"),
            re.compile(rf"\b(?P<month>{month})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,\s?(?P<year>\d{{4}}))?"),
        ),
        months=months,
        relative_days=load_relative_days(languages, _fold),
    )


def _date_of(day: date, percent: int) -> Mention:
    """It counts until the day is over."""
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)
    return Mention("date", day.isoformat(), percent, until=end)


def _fold(text: str) -> str:
    """Small letters without accents; signs stay."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFD", lowered)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _any_of(words: Iterable[str]) -> str:
    """The longest first, so that a word is not cut short."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word)))


def _plain_amount(written: str) -> str:
    """With a point before the cents and nothing between thousands, as conditions compare it."""
    whole, cents = written, ""
    if len(written) > 2 and (tail := re.search(r"[.,](\d{1,2})\Z", written)):  # noqa: PLR2004  a digit, a mark, a digit
        whole, cents = written[: tail.start()], tail[1]
    digits = re.sub(r"\D", "", whole)
    return f"{Decimal(f'{digits}.{cents or 0}').normalize():f}"


def _day(year: int, month: int, day: int, today: date) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if found >= today else None
