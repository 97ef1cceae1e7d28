"""How far a conversation came, which days stand out, and where columns stand: pure, as tables."""

import pytest

from botapp.console.campaigns.charts import HEIGHT, Value, draw, draw_rates
from botapp.policy.analytics.course import Course, Stage, decided, wrote
from botapp.policy.analytics.tally import Tally, difference, together
from botapp.policy.analytics.unusual import unusual_days
from botapp.policy.experiments.outcome import Entry
from botapp.policy.reason import Reason

_HOUR = 3600 * 1_000_000
_DAY = 24 * _HOUR
_RULE = {"rule": "after-a-while", "rule_version": 2}


def _wrote(course: Course | None, at: int, recorded_at: int | None = None) -> Course | None:
    return wrote(course, Entry(1, 2, "interaction", at if recorded_at is None else recorded_at, at), _DAY)


def _after(*told: tuple[str, str | None]) -> Course:
    course = _wrote(None, _HOUR)
    assert course is not None
    for kind, reason in told:
        course = decided(course, Entry(1, 2, kind, 2 * _HOUR, None, _HOUR, reason, _RULE))
    return course


@pytest.mark.parametrize(
    ("told", "stage", "reason"),
    [
        ((), Stage.OPENED, ""),
        ([("skipped", "stopped")], Stage.OPENED, "stopped"),
        ([("skipped", "no_rule")], Stage.ELIGIBLE, "no_rule"),
        ([("skipped", "a_reason_of_tomorrow")], Stage.ELIGIBLE, "a_reason_of_tomorrow"),
        ([("planned", None)], Stage.PLANNED, ""),
        ([("planned", None), ("skipped", "stopped")], Stage.PLANNED, "stopped"),
        ([("skipped", "no_rule"), ("planned", None)], Stage.PLANNED, ""),
        ([("planned", None), ("claimed", None), ("failed", "refused")], Stage.PLANNED, "refused"),
        ([("planned", None), ("claimed", None), ("released", "throttled")], Stage.PLANNED, ""),
        ([("planned", None), ("claimed", None), ("unknown", "no_answer")], Stage.PLANNED, "no_answer"),
        ([("planned", None), ("claimed", None), ("unknown", "no_answer"), ("reconciled", "echo")], Stage.MESSAGED, ""),
        ([("planned", None), ("claimed", None), ("sent", None)], Stage.MESSAGED, ""),
        ([("planned", None), ("claimed", None), ("sent", None), ("skipped", "cool_down")], Stage.MESSAGED, ""),
        ([("planned", None), ("expired", "thread_owned")], Stage.PLANNED, "thread_owned"),
        ([("sent", None)], Stage.OPENED, ""),
    ],
)
def test_a_conversation_stands_where_its_last_decision_left_it(
    told: list[tuple[str, str | None]], stage: Stage, reason: str
) -> None:
    course = _after(*told)
    assert (course.stage, course.reason) == (stage, reason)


def test_what_is_told_late_of_an_older_silence_changes_nothing() -> None:
    course = decided(_after(), Entry(1, 2, "planned", 3 * _HOUR, None, 3 * _HOUR, None, _RULE))
    late = decided(course, Entry(1, 2, "superseded", 4 * _HOUR, None, 2 * _HOUR, "superseded"))
    assert (late.stage, late.reason) == (Stage.PLANNED, "")


@pytest.mark.parametrize(
    ("hours", "is_another"), [(1, False), (24, False), (25, True), (-3, False)], ids=["soon", "just", "later", "before"]
)
def test_a_conversation_goes_on_within_a_windows_length(hours: int, *, is_another: bool) -> None:
    course = _wrote(None, 10 * _HOUR)
    after = _wrote(course, (10 + hours) * _HOUR)
    assert after is not None
    assert (after.opened_at != 10 * _HOUR) is is_another


def test_what_has_no_time_opens_nothing() -> None:
    assert wrote(None, Entry(1, 2, "interaction", _HOUR, None), _DAY) is None


def test_a_message_that_comes_days_late_is_still_decided_about() -> None:
    course = _wrote(None, _HOUR, recorded_at=9 * _DAY)
    assert course is not None
    assert course.ends_at > 9 * _DAY


def test_every_reason_is_of_the_person_or_of_the_campaign() -> None:
    """A new reason counts among the campaign's unless somebody says otherwise: look whether it should."""
    assert {_after(("skipped", reason)).stage for reason in Reason} == {Stage.OPENED, Stage.ELIGIBLE}


def _days(usual: Tally, last: Tally) -> dict[int, Tally]:
    return {**dict.fromkeys(range(100, 114), usual), 114: last}


def _tally(sent: int, responded: int, harmed: int = 0) -> Tally:
    return Tally({"sent": sent, "matured": sent, "responded": responded, "harmed": harmed})


@pytest.mark.parametrize(
    ("last", "marks"),
    [
        (_tally(100, 30), set()),
        (_tally(100, 22), set()),
        (_tally(100, 10), {"response"}),
        (_tally(100, 60), {"response"}),
        (_tally(19, 0), {"sent"}),
        (_tally(30, 10), {"sent"}),
        (_tally(310, 93), {"sent"}),
        (_tally(100, 30, harmed=10), {"harm"}),
        (_tally(100, 30, harmed=2), set()),
        (Tally(), {"sent"}),
    ],
)
def test_a_day_is_marked_when_chance_hardly_explains_it(last: Tally, marks: set[str]) -> None:
    assert {mark.what for mark in unusual_days(_days(_tally(100, 30, 1), last), [114])} == marks


def test_a_page_that_has_just_begun_has_no_unusual_days() -> None:
    assert unusual_days({113: _tally(5, 1), 114: _tally(500, 100)}, [114]) == []


def test_rates_have_intervals_and_their_difference_too() -> None:
    both = together([_tally(60, 20), _tally(40, 10, 2)])
    assert both["responded"] == 30
    assert both.response is not None
    assert both.response.low < 0.3 < both.response.high
    assert both.harm is not None
    assert both.uplift is None
    by = difference(_tally(100, 10), _tally(100, 40), "responded")
    assert by is not None
    assert by.low > 0.15
    assert difference(Tally(), _tally(100, 40), "responded") is None


def test_columns_stay_inside_their_drawing_and_a_far_limit_is_left_out() -> None:
    chart = draw([Value(0, "none"), Value(50, "some"), Value(100, "many")], limit=150)
    assert [column.height for column in chart.columns] == sorted(column.height for column in chart.columns)
    assert all(0 <= column.y <= HEIGHT for column in chart.columns)
    assert chart.limit is not None
    assert 0 < chart.limit < min(column.y for column in chart.columns)
    assert draw([Value(1, "few")], limit=1_000_000).limit is None
    assert draw_rates([Value(1.0, "all")]).top == 1.0
