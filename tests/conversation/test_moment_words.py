"""The end of a mute is told in words of the person's language, by their own clock."""

from datetime import UTC, datetime

import pytest
from dateutil import tz

from botapp.config_files import read_languages
from botapp.conversation.moment_words import load_moment_words, tell_moment

_MADRID = tz.gettz("Europe/Madrid")
_NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
_MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)  # nine o'clock in Madrid


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Monday, 23 November, 9:00 in the morning, your time"),
        ("es_MX", "lunes 23 de noviembre, 9:00 h (su hora)"),
        ("fr", "lundi 23 novembre à 9 h 00 (votre heure)"),
        ("de-AT", "Montag, 23. November, 9:00 Uhr (Ihre Zeit)"),
        ("pt_BR", "segunda-feira, 23 de novembro, 9h00 (seu horário)"),
        ("it", "lunedì 23 novembre, ore 9:00 (ora Sua)"),
        ("nl", "maandag 23 november, 9.00 uur (uw tijd)"),
        ("pl", "Montag, 23. November, 9:00 Uhr (Ihre Zeit)"),  # unknown: the page's language
        (None, "Montag, 23. November, 9:00 Uhr (Ihre Zeit)"),
    ],
)
def test_an_instant_is_told_in_the_language_of_the_person(language: str | None, said: str) -> None:
    assert tell_moment(language, "de", _MONDAY.astimezone(_MADRID), _NOW, own=True) == said


@pytest.mark.parametrize(
    ("hour", "said"),
    [
        (0, "12:05 in the morning"),
        (12, "12:05 in the afternoon"),
        (17, "5:05 in the afternoon"),
        (23, "11:05 in the evening"),
    ],
)
def test_english_says_the_part_of_the_day(hour: int, said: str) -> None:
    instant = datetime(2026, 11, 23, hour, 5, tzinfo=UTC)

    assert said in tell_moment("en", "en", instant, _NOW, own=True)


def test_another_year_is_named_and_a_zone_that_is_only_ours_is_not_called_theirs() -> None:
    said = tell_moment("en", "en", datetime(2027, 1, 4, 9, tzinfo=UTC), _NOW, own=False)

    assert said == "Monday, 4 January 2027, 9:00 in the morning, our time"


def test_a_calendar_with_a_month_too_few_is_refused_by_name() -> None:
    table = read_languages("calendar")["en"]

    with pytest.raises(ValueError, match=r"config/calendar/xx\.toml"):
        load_moment_words({"xx": {**table, "months": table["months"][:11]}})
