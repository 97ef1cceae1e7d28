"""What the overview shows of a page, or of one rule: read from the counts, however many messages there were."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy import Connection

from botapp.policy.analytics.course import Stage
from botapp.policy.analytics.local_days import HOURS
from botapp.policy.analytics.tally import Tally, together
from botapp.policy.analytics.unusual import DAYS_BEFORE, Mark, unusual_days
from botapp.policy.zones import find_zone
from botapp.storage import plan_counts, rollup_reading
from botapp.storage.accounts import Account
from botapp.storage.rollup_reading import SUMS, Span
from botapp.storage.rule_topics import load_topics

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOURS_AHEAD = 24
# What pages show of each part; the rest is for those who take the numbers along.
_OF_PARTS = ("opened", "planned", "sent", "matured", "responded", "harmed")
_OF_LISTS = (*_OF_PARTS, "messaged", "held_out", "held_out_responded")


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
    """The numbers of some days, by the clocks of the page."""

    span: Span
    total: Tally  # of one rule, where one is asked for; its windows are those of the whole page
    by_day: Mapping[int, Tally]  # every day named
    by_hour: Sequence[Bucket]  # 24
    by_language: Sequence[Bucket]
    by_intent: Sequence[Bucket]
    by_variant: Sequence[Bucket]
    by_version: Sequence[VersionTally]
    by_topic: Sequence[Bucket]  # of the rules that sent them; none where no rule is about one
    losses: Sequence[Loss]
    unusual: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of the funnel: how many came as far, and why the others of the stage before did not."""

    stage: Stage
    windows: int
    losses: Sequence[Loss]
    undecided: int  # of those others: nothing has been decided yet, or ever had to be


@dataclass(frozen=True, slots=True)
class Outlook:
    """The plans that fall due in each of the next hours."""

    hours: Sequence[tuple[datetime, int]]  # when each begins, by the page's clocks
    counted_at: datetime | None  # None: not yet


def zone_of_page(page: Account) -> tzinfo:
    """The zone by whose clocks its days are counted."""
    return find_zone(page.zone) or UTC


def load_overview(connection: Connection, span: Span, *, is_for_reading: bool = False) -> Overview:
    """All that the page shows, with a handful of statements. For reading, parts have the few numbers that it shows."""
    parts = replace(span, measures=_OF_PARTS) if is_for_reading else span
    by_day, by_hour = _by_the_clock(connection, parts)
    by_variant, by_version = _by_variant_and_version(connection, span)
    days = range(span.first_day, span.last_day + 1)
    total = together(each.tally for each in by_version)
    return Overview(
        span,
        _with_windows_of_the_page(connection, span, total),
        {day: by_day.get(day, Tally()) for day in days},
        by_hour,
        _buckets(connection, parts, "language"),
        _buckets(connection, parts, "intent"),
        by_variant,
        [each for each in by_version if each.rule],
        _topics(connection, span, by_version),
        _losses(connection, span),
        unusual_days(by_day, days[:-1]),  # the last day is not over
    )


def funnel(overview: Overview) -> list[Step]:
    """From the opened windows to the messages; what is lost at each step adds up to the difference."""
    steps: list[Step] = []
    for stage in Stage:
        windows = overview.total[stage.word]
        losses = [loss for loss in overview.losses if loss.stage == stage - 1]
        before = steps[-1].windows if steps else windows
        undecided = before - windows - sum(loss.windows for loss in losses)
        steps.append(Step(stage, windows, losses, max(undecided, 0)))
    return steps


def load_totals(connection: Connection, span: Span) -> dict[int, Tally]:
    """Of each page, all rules together: what lists of pages show."""
    rows = rollup_reading.load_by(connection, replace(span, measures=_OF_LISTS), SUMS, "account_id")
    return {account_id: tally for (account_id,), tally in rows}


def load_total(connection: Connection, span: Span) -> Tally:
    """All of it together."""
    [*found] = rollup_reading.load_by(connection, span, SUMS)
    return found[0][1] if found else Tally()


def load_by_rule(connection: Connection, span: Span) -> list[tuple[tuple[int, str, int], Tally]]:
    """The same by page, rule and version; what was counted before any rule was chosen has an empty name."""
    listed = replace(span, measures=_OF_LISTS)
    rows = rollup_reading.load_by(connection, listed, SUMS, "account_id", "rule_name", "rule_version")
    return [((account_id, rule, version), tally) for (account_id, rule, version), tally in rows]


def load_outlook(connection: Connection, account_ids: Sequence[int], now: datetime, zone: tzinfo = UTC) -> Outlook:
    """The next 24 hours of plans, as they were counted last."""
    counted, counted_at = plan_counts.load(connection)
    by_hour: dict[int, int] = defaultdict(int)
    for each in counted:
        by_hour[each.hour] += each.plans if each.account_id in account_ids else 0
    first = (now - _EPOCH) // timedelta(hours=1)
    ahead = range(first, first + HOURS_AHEAD)
    hours = [((_EPOCH + timedelta(hours=hour)).astimezone(zone), by_hour[hour]) for hour in ahead]
    return Outlook(hours, counted_at if counted_at > _EPOCH else None)


def _by_the_clock(connection: Connection, span: Span) -> tuple[dict[int, Tally], list[Bucket]]:
    """By day, from two weeks before the span on, which unusual days are told by; and of the span by hour of the day."""
    by_day, by_hour = rollup_reading.load_by_the_clock(connection, span, DAYS_BEFORE)
    return by_day, [Bucket(f"{hour:02}", by_hour.get(hour, Tally())) for hour in range(HOURS)]


def _by_variant_and_version(connection: Connection, span: Span) -> tuple[list[Bucket], list[VersionTally]]:
    variants: dict[str, list[Tally]] = defaultdict(list)
    versions: dict[tuple[str, int], list[Tally]] = defaultdict(list)
    rows = rollup_reading.load_by(connection, span, SUMS, "bucket", "rule_name", "rule_version")
    for (variant, rule, version), tally in rows:
        variants[variant].append(tally)
        versions[rule, version].append(tally)
    by_variant = _by_sent(Bucket(name, together(found)) for name, found in variants.items())
    return by_variant, [VersionTally(*key, together(versions[key])) for key in sorted(versions)]


def _with_windows_of_the_page(connection: Connection, span: Span, total: Tally) -> Tally:
    """Windows open for a page before any rule is chosen: a rule's funnel begins with those of its page."""
    if span.rule is None:
        return total
    windows = load_total(connection, replace(span, rule=""))
    return together([total, Tally({name: windows[name] for name in ("opened", "eligible")})])


def _buckets(connection: Connection, span: Span, split: str) -> list[Bucket]:
    return _by_sent(Bucket(key[0], tally) for key, tally in rollup_reading.load_by(connection, span, split, "bucket"))


def _by_sent(buckets: Iterable[Bucket]) -> list[Bucket]:
    return sorted((b for b in buckets if b.tally["sent"]), key=lambda b: (-b.tally["sent"], b.name))


def _topics(connection: Connection, span: Span, versions: Sequence[VersionTally]) -> list[Bucket]:
    """By what the rules are about, as their versions say; an empty name for those about nothing in particular."""
    topics = {key: t for account_id in span.account_ids for key, t in load_topics(connection, account_id).items()}
    found: dict[str, list[Tally]] = defaultdict(list)
    for each in versions:
        found[topics.get((each.rule, each.version), "")].append(each.tally)
    buckets = [Bucket(topic, together(tallies)) for topic, tallies in found.items()]
    return _by_sent(buckets) if any(found) else []


def _losses(connection: Connection, span: Span) -> list[Loss]:
    """Of one rule: those that were lost before any was chosen, as well."""
    if span.rule:
        return [*_losses(connection, replace(span, rule="")), *_losses_of(connection, span)]
    return _losses_of(connection, span)


def _losses_of(connection: Connection, span: Span) -> list[Loss]:
    return [Loss(Stage[s.upper()], reason, n) for s, reason, n in rollup_reading.load_losses(connection, span)]
