"""Durations as people write them."""

from datetime import timedelta

import pytest

from botapp.durations import parse_duration


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("4h", timedelta(hours=4)),
        ("23h30m", timedelta(hours=23, minutes=30)),
        ("3d", timedelta(days=3)),
        ("250ms", timedelta(milliseconds=250)),
        ("5m", timedelta(minutes=5)),
        ("1m1ms", timedelta(minutes=1, milliseconds=1)),
        ("1d2h3m4s5ms", timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=5)),
        ("0s", timedelta(0)),
    ],
)
def test_whole_numbers_with_units_are_durations(written: str, expected: timedelta) -> None:
    assert parse_duration(written) == expected


@pytest.mark.parametrize(
    "written",
    ["", "s", "90", "1.5h", "-4h", "+4h", "4 h", " 4h", "4h ", "4H", "4h4h", "30m23h", "4hours", "४h", "1e3s", "4h\n"],
)
def test_anything_else_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        parse_duration(written)


@pytest.mark.parametrize("value", [None, 90, 1.5, True, ["4h"]])
def test_what_is_no_text_is_refused_too(value: object) -> None:
    with pytest.raises(ValueError, match="write it like"):
        parse_duration(value)


def test_a_duration_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        parse_duration("999999999d999999999h")
