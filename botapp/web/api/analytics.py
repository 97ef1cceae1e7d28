"""GET /api/v1/pages/…/analytics: the numbers of the console's overview, of a page or of one of its rules."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from botapp.campaign.overview import (
    Bucket,
    Outlook,
    Overview,
    Step,
    funnel,
    load_outlook,
    load_overview,
    zone_of_page,
)
from botapp.policy.analytics.local_days import date_of, day_of
from botapp.policy.analytics.tally import Tally
from botapp.policy.api_scope import ApiScope
from botapp.policy.experiments.intervals import Estimate
from botapp.storage.rollup_reading import Span
from botapp.storage.schema.rollups import MEASURES, OF_MESSAGES
from botapp.web.api.calls import PAGE, Asked, Call, Query, reading

_MOST_DAYS = 92
_HOUR_SECONDS = 3600
_EPOCH = date(1970, 1, 1)
_NO_RATES = frozenset({"sent", "matured", "held_out", "held_out_responded"})
_RATED = tuple(measure for measure in OF_MESSAGES if measure not in _NO_RATES)


class AnalyticsAsked(Query):
    """Which days, and of which rule."""

    days: int = Field(28, ge=1, le=_MOST_DAYS, description="how many days of the page's own clocks")
    until: date | None = Field(
        None,
        ge=date(2000, 1, 1),
        lt=date(2200, 1, 1),
        description="the last of them; without it today, which is not over",
    )
    rule: str | None = Field(None, min_length=1, max_length=200, description="only this one; without it all together")


class EstimateShown(BaseModel):
    """A rate, with the interval in which the true one lies in 95 of 100 cases."""

    value: float
    low: float
    high: float


class FiguresShown(BaseModel):
    """Counts by measure, and what they come to. Rates are of the messages whose time to be answered is over."""

    counts: dict[str, int]
    response: EstimateShown | None
    harm: EstimateShown | None
    uplift: EstimateShown | None = Field(description="of response, against those who were held out")


class DayShown(FiguresShown):
    """One day of the page's clocks. Conversations count on the day on which they began."""

    day: date


class HourShown(FiguresShown):
    """One hour of the page's day, over all days."""

    hour: int


class PartShown(FiguresShown):
    """One part of a split; an empty name where nothing is known, or there is none."""

    name: str


class VersionShown(FiguresShown):
    """One version of a rule."""

    rule: str
    version: int


class LossShown(BaseModel):
    """How many conversations came no farther, for one reason."""

    reason: str
    conversations: int


class StageShown(BaseModel):
    """A stage of the funnel, and why others of the stage before did not come as far: together they add up."""

    stage: str
    conversations: int
    lost: list[LossShown]
    undecided: int


class UnusualShown(BaseModel):
    """A day that stands out from the two weeks before it."""

    day: date
    what: str
    found: float
    usual: float


class PlansOfHourShown(BaseModel):
    """Plans that fall due within one hour."""

    begins_at: datetime
    plans: int


class PlansShown(BaseModel):
    """The next 24 hours of plans, all rules, against what the page may send."""

    counted_at: datetime | None
    most_an_hour: float
    hours: list[PlansOfHourShown]


class AnalyticsShown(BaseModel):
    """What came of some days."""

    zone: str
    rule: str | None
    first_day: date
    last_day: date
    total: FiguresShown
    outcomes: dict[str, EstimateShown | None] = Field(description="the rate of each, by measure")
    funnel: list[StageShown]
    by_day: list[DayShown]
    by_hour: list[HourShown]
    by_version: list[VersionShown]
    by_variant: list[PartShown]
    by_topic: list[PartShown] = Field(description="what the rules are about; empty where none is about something")
    by_language: list[PartShown]
    by_intent: list[PartShown] = Field(description="the entry of the FAQ that the customer had asked about last")
    unusual: list[UnusualShown]
    plans: PlansShown


def _read(asked: Asked) -> AnalyticsShown:
    query: AnalyticsAsked = asked.query
    database, page, zone = asked.parts.database, asked.page, zone_of_page(asked.page)
    with database.reading() as connection:
        now = database.now(connection)
        last_day = (query.until - _EPOCH).days if query.until else day_of(now, zone)
        span = Span([page.id], last_day - query.days + 1, last_day, query.rule, zone)
        found = load_overview(connection, span)
        outlook = load_outlook(connection, [page.id], now, zone)
    return AnalyticsShown(
        zone=page.zone,
        rule=query.rule,
        first_day=date_of(span.first_day).date(),
        last_day=date_of(span.last_day).date(),
        **_figures(found),
        plans=_plans(outlook, asked.parts.sends_per_second * _HOUR_SECONDS),
    )


def _figures(found: Overview) -> dict[str, Any]:
    return {
        "total": FiguresShown(**_of(found.total)),
        "outcomes": {measure: _estimate(found.total.rate(measure)) for measure in _RATED},
        "funnel": [_stage(step) for step in funnel(found)],
        "by_day": [DayShown(day=date_of(day).date(), **_of(tally)) for day, tally in found.by_day.items()],
        "by_hour": [HourShown(hour=int(bucket.name), **_of(bucket.tally)) for bucket in found.by_hour],
        "by_version": [VersionShown(rule=e.rule, version=e.version, **_of(e.tally)) for e in found.by_version],
        "by_variant": _parts(found.by_variant),
        "by_topic": _parts(found.by_topic),
        "by_language": _parts(found.by_language),
        "by_intent": _parts(found.by_intent),
        "unusual": [
            UnusualShown(day=date_of(mark.day).date(), what=mark.what, found=mark.found, usual=mark.usual)
            for mark in found.unusual
        ],
    }


def _of(tally: Tally) -> dict[str, Any]:
    return {
        "counts": {name: tally[name] for name in MEASURES},
        "response": _estimate(tally.response),
        "harm": _estimate(tally.harm),
        "uplift": _estimate(tally.uplift),
    }


def _parts(buckets: Iterable[Bucket]) -> list[PartShown]:
    return [PartShown(name=bucket.name, **_of(bucket.tally)) for bucket in buckets]


def _stage(step: Step) -> StageShown:
    lost = [LossShown(reason=loss.reason, conversations=loss.windows) for loss in step.losses]
    return StageShown(stage=step.stage.word, conversations=step.windows, lost=lost, undecided=step.undecided)


def _plans(outlook: Outlook, most_an_hour: float) -> PlansShown:
    hours = [PlansOfHourShown(begins_at=at, plans=plans) for at, plans in outlook.hours]
    return PlansShown(counted_at=outlook.counted_at, most_an_hour=most_an_hour, hours=hours)


def _estimate(estimate: Estimate | None) -> EstimateShown | None:
    return EstimateShown(value=estimate.value, low=estimate.low, high=estimate.high) if estimate else None


CALLS = (
    Call(
        "GET",
        f"{PAGE}/analytics",
        "analytics",
        "Read what came of the messages: funnel, losses, outcomes, by day, hour and more; and the plans ahead.",
        ApiScope.OUTCOMES_READ,
        reading(_read),
        answer=AnalyticsShown,
        query=AnalyticsAsked,
    ),
)
