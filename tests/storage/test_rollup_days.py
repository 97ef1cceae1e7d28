"""Pages are summed from whole days of UTC, and hours at both ends: it comes to what the hours alone come to."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from botapp.clock import SystemClock
from botapp.policy.analytics.funnel import Counts, Losses, LossSlot, Slot, by_days
from botapp.policy.analytics.local_days import day_of
from botapp.policy.zones import find_zone
from botapp.storage import rollup_reading, rollups
from botapp.storage.engine import Database
from botapp.storage.rollup_reading import Span
from botapp.storage.statement import Statement
from tests.storage.test_migrations import MIGRATIONS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE, _OTHER_PAGE = 1, 2
_DAYS_AROUND = 3
# The days around which hours are kept, and what is special about them.
_CHANGES = {
    "UTC": date(2026, 5, 1),
    "Asia/Kolkata": date(2026, 5, 1),  # half an hour off
    "Asia/Kathmandu": date(2026, 5, 1),  # three quarters
    "Pacific/Kiritimati": date(2026, 5, 1),  # fourteen hours ahead
    "Europe/Berlin": date(2026, 3, 29),  # a day of 23 hours
    "America/New_York": date(2026, 11, 1),  # one of 25
    "America/Havana": date(2025, 11, 2),  # changed at an end of the day, as in Santiago
    "America/Santiago": date(2026, 4, 5),
    "Australia/Lord_Howe": date(2026, 4, 5),  # half an hour back
    "Asia/Pyongyang": date(2018, 5, 5),  # from a half to a whole hour
    "Pacific/Apia": date(2011, 12, 30),  # a day that never was
}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url, clock=SystemClock())
    yield opened
    opened.close()


@pytest.fixture
def kept(database: Database) -> tuple[Counts, Losses]:
    """Numbers of the hours around each of those days, put there in two pieces."""
    chance = random.Random(11)  # noqa: S311  numbers, and no secrets
    both = [(Counts(), Losses()), (Counts(), Losses())]
    for around in sorted(set(_CHANGES.values())):
        noon = (around - _EPOCH.date()).days * 24 + 12
        for hour in range(noon - _DAYS_AROUND * 24, noon + _DAYS_AROUND * 24):
            counts, losses = chance.choice(both)
            page, rule = chance.choice([_PAGE, _PAGE, _OTHER_PAGE]), chance.choice(["", "r", "s"])
            split = chance.choice(["variant", "variant", "language"])
            counts[Slot(page, split, hour, chance.choice("ab"), rule, 1), "sent"] += chance.randrange(1, 1000)
            losses[LossSlot(page, hour, rule, 1, "opened", chance.choice(["muted", "stopped"]))] += hour % 7
    with database.transaction() as connection:
        for counts, losses in both:
            rollups.add(connection, counts, losses)
    return both[0][0] + both[1][0], both[0][1] + both[1][1]


@cache
def _day(hour: int, zone: str) -> int:
    return day_of(_EPOCH + timedelta(hours=hour), _zone(zone))


def _is_meant(slot: Slot | LossSlot, span: Span, zone: str) -> bool:
    is_its_rule = slot.account_id in span.account_ids and span.rule in (None, slot.rule)
    return is_its_rule and span.first_day <= _day(slot.hour, zone) <= span.last_day


@cache
def _zone(name: str) -> tzinfo:
    zone = find_zone(name)
    assert zone
    return zone


@st.composite
def _spans(draw: st.DrawFn) -> tuple[str, Span]:
    name = draw(st.sampled_from(sorted(_CHANGES)))
    around = (_CHANGES[name] - _EPOCH.date()).days
    first_day = around + draw(st.integers(-_DAYS_AROUND, _DAYS_AROUND))
    last_day = first_day + draw(st.integers(0, _DAYS_AROUND))
    pages = draw(st.sampled_from([[_PAGE], [_PAGE, _OTHER_PAGE]]))
    return name, Span(pages, first_day, last_day, draw(st.sampled_from([None, "", "r"])), _zone(name), ("sent",))


def _never_was() -> Span:
    day = (_CHANGES["Pacific/Apia"] - _EPOCH.date()).days
    return Span([_PAGE], day, day, None, _zone("Pacific/Apia"), ("sent",))


def test_in_any_zone_and_span_days_and_edges_come_to_what_the_hours_alone_do(
    database: Database, kept: tuple[Counts, Losses]
) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @example(asked=("Pacific/Apia", _never_was()))
    @given(asked=_spans())
    def agree(asked: tuple[str, Span]) -> None:
        zone, span = asked
        counts, losses = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        by_day, by_hour = Counter[int](), Counter[int]()
        for (slot, _), number in kept[0].items():
            if slot.split == "variant" and _is_meant(slot, span, zone):
                counts[slot.bucket, slot.rule] += number
                by_day[_day(slot.hour, zone)] += number
                by_hour[(_EPOCH + timedelta(hours=slot.hour)).astimezone(span.zone).hour] += number
        for lost, number in kept[1].items():
            if _is_meant(lost, span, zone):
                losses[lost.stage, lost.reason] += number
        with database.reading() as connection:
            found = rollup_reading.load_by(connection, span, "variant", "bucket", "rule_name")
            days, hours = rollup_reading.load_by_the_clock(connection, span, days_before=0)
            lost_windows = rollup_reading.load_losses(connection, span)
        assert {key: tally["sent"] for key, tally in found} == counts
        assert {day: tally["sent"] for day, tally in days.items()} == by_day
        assert {hour: tally["sent"] for hour, tally in hours.items()} == by_hour
        assert {(stage, reason): n for stage, reason, n in lost_windows} == +losses

    agree()


def test_who_compares_sees_one_moment_while_others_count(database: Database, kept: tuple[Counts, Losses]) -> None:
    with database.reading() as connection:
        rollups.see_one_moment(connection)
        assert rollups.load_all(connection) == kept
        with database.transaction() as another:
            rollups.add(another, *kept)
        assert rollups.load_days(connection) == by_days(*kept)


def test_the_migration_fills_the_days_from_the_hours(database: Database, kept: tuple[Counts, Losses]) -> None:
    of_days = ScriptDirectory(str(MIGRATIONS)).get_revision("0023").module
    with database.transaction() as connection:
        for table in ("rollup_day", "rollup_loss_day"):
            Statement(f"DROP TABLE {table}").run(connection)
        with Operations.context(MigrationContext.configure(connection)):
            of_days.upgrade()
        assert rollups.load_all(connection) == kept
        assert rollups.load_days(connection) == by_days(*kept)
