"""An instant in the words of a language: "Monday, 23 November, 9:00 in the morning, your time"."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from botapp.config_files import read_languages

_HALF_DAY = 12  # hours


class _Part(BaseModel):
    """A part of the day, up to an hour."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    until: int = Field(ge=1, le=24)
    words: str


class MomentWords(BaseModel):
    """How one language tells an instant; config/calendar/en.toml explains the keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weekdays: tuple[str, ...] = Field(min_length=7, max_length=7)
    months: tuple[str, ...] = Field(min_length=12, max_length=12)
    this_year: str
    another_year: str
    own: str
    page: str
    parts: tuple[_Part, ...] = ()

    def tell(self, instant: datetime, now: datetime, *, is_own_zone: bool) -> str:
        """The words of an instant, in the time zone that it carries; `is_own_zone`: the person's, not the page's."""
        pattern = self.this_year if instant.year == now.astimezone(instant.tzinfo).year else self.another_year
        said = pattern.format(
            weekday=self.weekdays[instant.weekday()],
            day=instant.day,
            month=self.months[instant.month - 1],
            year=instant.year,
            hour=instant.hour,
            hour12=instant.hour % _HALF_DAY or _HALF_DAY,
            minute=f"{instant.minute:02}",
            part=next((part.words for part in self.parts if instant.hour < part.until), ""),
        )
        return said + (self.own if is_own_zone else self.page)


def load_moment_words(tables: Mapping[str, Mapping[str, object]]) -> dict[str, MomentWords]:
    """Checks the parsed files, language code -> table. Raises ValueError naming file and key."""
    words = {}
    for language, table in tables.items():
        try:
            words[language] = MomentWords.model_validate(table)
        except ValidationError as error:
            raise ValueError(f"config/calendar/{language}.toml: {error}") from error
    return words


@cache
def shipped_moment_words() -> Mapping[str, MomentWords]:
    """Those of config/calendar."""
    return load_moment_words(read_languages("calendar"))


def tell_moment(language: str | None, default_language: str, instant: datetime, now: datetime, *, own: bool) -> str:
    """An instant in the words of a language or locale ("pt_BR" is "pt"), else of the default, else in English."""
    shipped = shipped_moment_words()
    codes = [(code or "").replace("-", "_").partition("_")[0].lower() for code in (language, default_language)]
    words = next((shipped[code] for code in codes if code in shipped), shipped["en"])
    return words.tell(instant, now, is_own_zone=own)
