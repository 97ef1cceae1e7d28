"""What headers say about limits and time; rubbish in them says nothing."""

import json
from datetime import UTC, datetime

import pytest

from botapp.channels.messenger.usage import read_platform_now, read_usage_percent, read_wait_seconds

DATE = "Sun, 22 Nov 2026 10:00:00 GMT"


def business_use(**figures: object) -> str:
    return json.dumps({"1000": [{"type": "messenger"} | figures], "1001": []})


@pytest.mark.parametrize(
    ("headers", "percent"),
    [
        ({}, 0),
        ({"X-App-Usage": '{"call_count": 28, "total_time": 25, "total_cputime": 31}'}, 31),
        ({"X-Page-Usage": '{"call_count": 4.5}'}, 4.5),
        ({"X-App-Usage": '{"call_count": 28}', "X-Page-Usage": '{"total_time": 90}'}, 90),
        ({"X-Business-Use-Case-Usage": business_use(call_count=120)}, 120),
        ({"X-Business-Use-Case-Usage": business_use(estimated_time_to_regain_access=99)}, 0),
        (
            {"X-Business-Use-Case-Usage": '{"1": [{"call_count": 1}, {"total_cputime": 7}], "2": [{"call_count": 3}]}'},
            7,
        ),
    ],
)
def test_usage_is_the_highest_figure_of_all_headers(headers: dict[str, str], percent: float) -> None:
    assert read_usage_percent(headers) == percent


@pytest.mark.parametrize(
    "written",
    [
        "",
        "100",
        "null",
        "[]",
        '"call_count"',
        "{",
        '{"call_count": "90"}',
        '{"call_count": true}',
        '{"call_count": null}',
        '{"call_count": -5}',
        '{"call_count": NaN}',
        '{"call_count": 1e999}',
        '{"call_count": {"call_count": 90}}',
        '{"a": [[{"call_count": 90}]]}',
        '{"calls": 90}',
        "[" * 60_000,
        "\u00e9",
    ],
)
def test_rubbish_is_no_usage(written: str) -> None:
    headers = dict.fromkeys(("X-App-Usage", "X-Page-Usage", "X-Business-Use-Case-Usage"), written)
    assert read_usage_percent(headers) == 0
    assert read_wait_seconds(headers) is None


def test_a_figure_longer_than_any_float_is_no_fault() -> None:
    assert read_usage_percent({"X-App-Usage": '{"call_count": 1%s}' % ("0" * 400)}) >= 100


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": " 0 "}, 0),
        ({"Retry-After": "9" * 400}, 86_400),
        ({"Retry-After": "Sun, 22 Nov 2026 10:01:30 GMT", "Date": DATE}, 90),
        ({"Retry-After": "Sun, 22 Nov 2026 09:00:00 GMT", "Date": DATE}, 0),
        ({"Retry-After": "Sun, 22 Nov 2026 10:01:30 GMT"}, None),  # by whose clock?
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "\u0664"}, None),
        ({"X-Business-Use-Case-Usage": business_use(estimated_time_to_regain_access=19)}, 1140),
        ({"X-Business-Use-Case-Usage": business_use(estimated_time_to_regain_access=0)}, None),
        ({"X-Business-Use-Case-Usage": business_use(estimated_time_to_regain_access=10**9)}, 86_400),
        ({"Retry-After": "5", "X-Business-Use-Case-Usage": business_use(estimated_time_to_regain_access=19)}, 5),
        ({"Retry-After": "soon", "X-Business-Use-Case-Usage": business_use(estimated_time_to_regain_access=1)}, 60),
    ],
)
def test_how_long_to_wait_is_said_in_seconds_or_minutes_or_not_at_all(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert read_wait_seconds(headers) == seconds


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (DATE, datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 11:00:00 +0100", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 10:00:00 -0000", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("", None),
        ("now", None),
        ("Sun, 99 Nov 2026 10:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:00:00 -2300", None),
    ],
)
def test_the_platforms_clock_is_read_in_utc(written: str, expected: datetime | None) -> None:
    assert read_platform_now({"Date": written}) == expected
