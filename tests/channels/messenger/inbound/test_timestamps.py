import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botapp.channels.messenger.timestamps import read_instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        (1790000000123, datetime(2026, 9, 21, 14, 13, 20, 123_000, tzinfo=UTC)),
        (1790000000, datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)),
        (1790000000123.0, datetime(2026, 9, 21, 14, 13, 20, 123_000, tzinfo=UTC)),
        ("1790000000123", datetime(2026, 9, 21, 14, 13, 20, 123_000, tzinfo=UTC)),
        ("1790000000", datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)),
        (" 1790000000 ", datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)),
        (1, EPOCH + timedelta(seconds=1)),
        (10**12, EPOCH + timedelta(milliseconds=10**12)),
        (253402300799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (253402300799999, LATEST),
    ],
)
def test_milliseconds_seconds_and_numbers_as_text_are_read(value: object, instant: datetime) -> None:
    assert read_instant(value) == instant


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -1,
        -(10**12),
        253402300800,
        10**12 - 1,
        253402300800000,
        10**400,
        1790000000123.5,
        math.nan,
        math.inf,
        -math.inf,
        1e300,
        "",
        " ",
        "0",
        "-1",
        "+1",
        "1_000",
        "1e12",
        "1790000000.5",
        "٣٤٥",
        "²",
        "9" * 21,
        "9" * 5000,
        "yesterday",
        [1790000000123],
        {"time": 1790000000123},
    ],
)
def test_anything_else_is_no_instant(value: object) -> None:
    assert read_instant(value) is None


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(2001, 9, 10), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_every_millisecond_from_2001_on_comes_back_exactly(instant: datetime) -> None:
    instant = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    milliseconds = (instant - EPOCH) // timedelta(milliseconds=1)
    assert read_instant(milliseconds) == read_instant(str(milliseconds)) == instant
