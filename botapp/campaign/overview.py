"""What the overview shows of a page, or of one rule: read from the counts, however many messages there were."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from botapp.policy.analytics.course import Stage
from botapp.policy.analytics.tally import Tally, together
from botapp.policy.analytics.unusual import DAYS_BEFORE, Mark, unusual_days
from botapp.storage import plan_counts, rollup_reading
from botapp.storage.rollup_reading import Span

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOURS_AHEAD = 24


@dataclass(frozen=True, slots=True)
class Bucket:
    """One part of a split, with its numbers."""

    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class VersionTally:
    """What a version of a rule came to."""

    rule: str
    version: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class Loss:
    """Conversations that came no farther than a stage, for one reason."""

    stage: Stage
    reason: str
    windows: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The numbers of some days."""

    span: Span
    total: Tally  # of one rule, where one is asked for; its windows are those of the whole page
    by_day: Mapping[int, Tally]  # every day named
    by_hour: Sequence[Bucket]  # 24
    by_language: Sequence[Bucket]
    by_intent: Sequence[Bucket]
    by_variant: Sequence[Bucket]
    by_version: Sequence[VersionTally]
    losses: Sequence[Loss]
    unusual: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Outlook:
    """The plans that fall due in each of the next hours."""

    hours: Sequence[tuple[datetime, int]]
    counted_at: datetime | None  # None: not yet


def day_of(instant: datetime) -> int:
    """Days since 1970 UTC."""
    return (instant - _EPOCH).days


def date_of(day: int) -> datetime:
    """Its first instant."""
    return _EPOCH + timedelta(days=day)


def load_overview(connection: Connection, span: Span) -> Overview:
    """All that the page shows, with a handful of statements."""
    by_day, by_version = _days_and_versions(connection, span)
    days = range(span.first_day, span.last_day + 1)
    total = together(each.tally for each in by_version)
    return Overview(
        span,
        _with_windows_of_the_page(connection, span, total),
        {day: by_day.get(day, Tally()) for day in days},
        _hours(connection, span),
        _buckets(connection, span, "language"),
        _buckets(connection, span, "intent"),
        _buckets(connection, span, "variant"),
        [each for each in by_version if each.rule],
        _losses(connection, span),
        unusual_days(by_day, days[:-1]),  # the last day is not over
    )


def load_totals(connection: Connection, account_ids: Sequence[int], first_day: int, last_day: int) -> dict[int, Tally]:
    """Of each page, all rules together."""
    span = Span(account_ids, first_day, last_day)
    return {key[0]: tally for key, tally in rollup_reading.load_by(connection, span, rollup_reading.DAYS, "account_id")}


def load_total(connection: Connection, span: Span) -> Tally:
    """All of it together."""
    [*found] = rollup_reading.load_by(connection, span, rollup_reading.DAYS)
    return found[0][1] if found else Tally()


def load_by_rule(connection: Connection, span: Span) -> list[tuple[tuple[int, str, int], Tally]]:
    """By page, rule and version; what was counted before any rule was chosen has an empty name."""
    rows = rollup_reading.load_by(connection, span, rollup_reading.DAYS, "account_id", "rule_name", "rule_version")
    return [((account_id, rule, version), tally) for (account_id, rule, version), tally in rows]


def load_outlook(connection: Connection, account_ids: Sequence[int], now: datetime) -> Outlook:
    """The next 24 hours of plans, as they were counted last."""
    counted, counted_at = plan_counts.load(connection)
    by_hour: dict[int, int] = defaultdict(int)
    for each in counted:
        by_hour[each.hour] += each.plans if each.account_id in account_ids else 0
    first = (now - _EPOCH) // timedelta(hours=1)
    hours = [(_EPOCH + timedelta(hours=hour), by_hour[hour]) for hour in range(first, first + HOURS_AHEAD)]
    return Outlook(hours, counted_at if counted_at > _EPOCH else None)


def _days_and_versions(connection: Connection, span: Span) -> tuple[dict[int, Tally], list[VersionTally]]:
    """From two weeks before the span on, which unusual days are told by; versions of the span only."""
    wider = Span(span.account_ids, span.first_day - DAYS_BEFORE, span.last_day, span.rule)
    by_day: dict[int, list[Tally]] = defaultdict(list)
    by_version: dict[tuple[str, int], list[Tally]] = defaultdict(list)
    rows = rollup_reading.load_by(connection, wider, rollup_reading.DAYS, "day", "rule_name", "rule_version")
    for (day, rule, version), tally in rows:
        by_day[day].append(tally)
        if day >= span.first_day:
            by_version[rule, version].append(tally)
    versions = [VersionTally(*key, together(by_version[key])) for key in sorted(by_version)]
    return {day: together(found) for day, found in by_day.items()}, versions


def _with_windows_of_the_page(connection: Connection, span: Span, total: Tally) -> Tally:
    """Windows open for a page before any rule is chosen: a rule's funnel begins with those of its page."""
    if span.rule is None:
        return total
    unchosen = Span(span.account_ids, span.first_day, span.last_day, "")
    windows = load_total(connection, unchosen)
    return together([total, Tally({name: windows[name] for name in ("opened", "eligible")})])


def _hours(connection: Connection, span: Span) -> list[Bucket]:
    found = {key[0]: tally for key, tally in rollup_reading.load_by(connection, span, "hour", "bucket")}
    return [Bucket(name, found.get(name, Tally())) for name in (f"{hour:02}" for hour in range(24))]


def _buckets(connection: Connection, span: Span, split: str) -> list[Bucket]:
    found = [Bucket(key[0], tally) for key, tally in rollup_reading.load_by(connection, span, split, "bucket")]
    return sorted((b for b in found if b.tally["sent"]), key=lambda b: (-b.tally["sent"], b.name))


def _losses(connection: Connection, span: Span) -> list[Loss]:
    """Of one rule: those that were lost before any was chosen, as well."""
    if span.rule:
        unchosen = Span(span.account_ids, span.first_day, span.last_day, "")
        return [*_losses(connection, unchosen), *_losses_of(connection, span)]
    return _losses_of(connection, span)


def _losses_of(connection: Connection, span: Span) -> list[Loss]:
    return [Loss(Stage[s.upper()], reason, n) for s, reason, n in rollup_reading.load_losses(connection, span)]
