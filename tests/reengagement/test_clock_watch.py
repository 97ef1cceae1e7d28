"""How clocks are compared: on the monotonic one, with the errors of reading allowed for."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from botapp.clock import SystemClock
from botapp.reengagement.clock_watch import ClockWatch

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LIMIT = 30 * SECOND


@dataclass
class Times(SystemClock):
    """Two clocks of a host, set by hand, and the platform's, which agrees with the wall until something is set."""

    passed_seconds: float = 0.0
    wall_is_off_by: timedelta = timedelta(0)
    platform_is_off_by: timedelta = timedelta(0)
    answer_takes_seconds: float = 0.1
    is_answering: bool = True
    asked: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.passed_seconds) + self.wall_is_off_by

    def elapsed(self) -> float:
        return self.passed_seconds

    def platform_now(self, token: str) -> datetime | None:
        """A Date header: the second in which the request came."""
        assert token == "TOKEN"
        self.asked.append(self.passed_seconds)
        shown = NOON + timedelta(seconds=self.passed_seconds) + self.platform_is_off_by
        self.passed_seconds += self.answer_takes_seconds
        return shown.replace(microsecond=0) if self.is_answering else None


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def watch(times: Times) -> ClockWatch:
    """It has not seen the platform's clock yet."""
    return ClockWatch(times, times, LIMIT)


def _look(watch: ClockWatch) -> None:
    watch.make_known(lambda: "TOKEN")


def _disagree(watch: ClockWatch, times: Times) -> bool:
    return watch.disagree(times.now(), times.elapsed())


def test_what_was_never_seen_is_not_known(watch: ClockWatch, times: Times) -> None:
    assert not watch.is_known()
    assert watch.apart(times.now(), times.elapsed()) is None


@pytest.mark.parametrize("begun_at", [0.0, 0.45, 0.999])
@pytest.mark.parametrize("takes", [0.0, 0.3, 2.0])
def test_clocks_that_agree_are_never_apart_wherever_in_a_second_the_request_falls(
    watch: ClockWatch, times: Times, begun_at: float, takes: float
) -> None:
    times.passed_seconds, times.answer_takes_seconds = begun_at, takes
    _look(watch)
    for _ in range(50):
        assert watch.apart(times.now(), times.elapsed()) == timedelta(0)
        times.passed_seconds += 7.13


@pytest.mark.parametrize("sign", [1, -1])
def test_they_are_told_apart_to_the_error_of_reading(watch: ClockWatch, times: Times, sign: int) -> None:
    times.platform_is_off_by = sign * 100 * SECOND
    _look(watch)
    apart = watch.apart(times.now(), times.elapsed())
    assert apart is not None
    assert 98 * SECOND < apart <= 100 * SECOND


def test_more_than_half_the_margin_is_a_disagreement_and_less_is_none(watch: ClockWatch, times: Times) -> None:
    for off_by, disagree in ((29, False), (33, True), (-29, False), (-33, True)):
        times.platform_is_off_by = off_by * SECOND
        times.passed_seconds += 1000
        _look(watch)
        assert _disagree(watch, times) == disagree, off_by


def test_a_wall_clock_that_is_stepped_shows_at_once(watch: ClockWatch, times: Times) -> None:
    _look(watch)
    times.passed_seconds += 60
    assert not _disagree(watch, times)
    times.wall_is_off_by = timedelta(hours=-1)
    assert _disagree(watch, times)


def test_a_database_on_another_clock_shows_though_the_hosts_is_right(watch: ClockWatch, times: Times) -> None:
    _look(watch)
    assert watch.disagree(times.now() + timedelta(hours=1), times.elapsed())
    assert not watch.disagree(times.now(), times.elapsed())


def test_how_long_the_database_took_to_answer_is_no_difference(watch: ClockWatch, times: Times) -> None:
    _look(watch)
    read_after, shown = times.elapsed(), times.now()
    times.passed_seconds += 300
    assert not watch.disagree(shown, read_after)


def test_an_answer_that_took_too_long_tells_nothing(watch: ClockWatch, times: Times) -> None:
    times.answer_takes_seconds = 29.5
    _look(watch)
    assert not watch.is_known()


def test_an_answer_without_a_date_tells_nothing(watch: ClockWatch, times: Times) -> None:
    _look(watch)
    watch.saw(None, times.elapsed())
    assert watch.is_known()


def test_what_was_seen_long_ago_is_asked_for_anew_and_what_was_seen_lately_is_not(
    watch: ClockWatch, times: Times
) -> None:
    _look(watch)
    times.passed_seconds += 590
    _look(watch)
    assert len(times.asked) == 1
    times.passed_seconds += 20
    assert not watch.is_known()
    _look(watch)
    assert len(times.asked) == 2
    assert watch.is_known()


def test_a_platform_that_does_not_answer_is_not_asked_at_every_turn(watch: ClockWatch, times: Times) -> None:
    times.is_answering, times.answer_takes_seconds = False, 0.0
    for _ in range(10):
        _look(watch)
        times.passed_seconds += 1
    assert times.asked == [0.0, 5.0]


def test_after_a_disagreement_the_platform_is_asked_whether_it_still_holds(watch: ClockWatch, times: Times) -> None:
    times.platform_is_off_by = timedelta(hours=1)
    _look(watch)
    assert _disagree(watch, times)
    times.platform_is_off_by = timedelta(0)
    times.passed_seconds += 10
    _look(watch)
    assert not _disagree(watch, times)
