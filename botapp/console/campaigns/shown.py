"""The numbers of the overview as its pages show them: words, shares and charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from botapp.campaign.overview import Bucket, Loss, Outlook, Overview
from botapp.campaign.overview import funnel as steps_of
from botapp.console.campaigns.charts import Chart, Value, draw, draw_rates
from botapp.policy.analytics.course import Stage
from botapp.policy.analytics.local_days import date_of
from botapp.policy.analytics.tally import Tally, together
from botapp.policy.analytics.unusual import Mark
from botapp.policy.experiments.intervals import Estimate

_STAGES = {
    Stage.OPENED: ("Windows opened", "a customer wrote, and could be answered for a day"),
    Stage.ELIGIBLE: ("May be written to", "nothing of their own forbade it"),
    Stage.PLANNED: ("Planned", "a rule had a moment for it"),
    Stage.MESSAGED: ("Sent", "one message went out"),
}
OUTCOMES = (  # measure, what it is called, what it means
    ("delivered", "Delivered", "the platform said that it arrived"),
    ("seen", "Read", "the platform said that it was read; not everybody lets it"),
    ("replied", "Replied", "within a window's length"),
    ("responded", "Responded", "replied, and neither stopped, muted, complained nor blocked"),
    ("pressed", "Pressed a button", "of those who replied"),
    ("converted", "Converted", "told by your own systems, within seven windows"),
    ("handed_over", "Asked for a person", "within a window's length"),
    ("satisfied", "Said that it helped", "of an answer afterwards, where the page asks"),
    ("dissatisfied", "Said that it did not help", "the same"),
)
HARMS = (
    ("stopped", "Said STOP", "within seven windows, and before the next message"),
    ("muted", "Paused us", "the same"),
    ("complained", "Complained", "the same"),
    ("blocked", "Blocked us", "as the platform said when something was sent next"),
    ("harmed", "Harm", "stopped, complained or blocked"),
    ("ignored_twice", "Ignored twice", "this message and the one before it"),
)
_IF_ANY = ("satisfied", "dissatisfied")
_UNUSUAL = {"sent": "messages sent", "response": "response", "harm": "harm"}
_MOST_NAMED = 12  # buckets; the rest go together


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A stage of the funnel in words."""

    title: str
    about: str
    number: int
    share: float  # of the first stage
    losses: Sequence[tuple[str, int]]  # reason and number: those who came to the stage before and no farther
    open: int  # of those, the undecided


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table with its bar."""

    title: str
    about: str
    tally: Tally
    estimate: Estimate | None
    number: int


@dataclass(frozen=True, slots=True)
class Days:
    """The numbers of each day, as charts."""

    dates: Sequence[datetime]
    tallies: Sequence[Tally]
    sent: Chart
    response: Chart


def funnel(overview: Overview) -> list[ShownStep]:
    """From the opened windows to the messages."""
    steps = steps_of(overview)
    first = steps[0].windows
    return [
        ShownStep(
            *_STAGES[step.stage],
            step.windows,
            step.windows / first if first else 0.0,
            [(loss.reason, loss.windows) for loss in step.losses],
            step.undecided,
        )
        for step in steps
    ]


def outcome_rows(tally: Tally, names: Sequence[tuple[str, str, str]]) -> list[Row]:
    """Of the messages whose time to be answered is over; of what pages need not ask, only where somebody said it."""
    told = [each for each in names if each[0] not in _IF_ANY or any(tally[measure] for measure in _IF_ANY)]
    return [Row(title, about, tally, tally.rate(measure), tally[measure]) for measure, title, about in told]


def bucket_rows(buckets: Sequence[Bucket], unknown: str, words: Mapping[str, str] | None = None) -> list[Row]:
    """The most frequent by name, the others together."""
    rows = [_row((words or {}).get(b.name, b.name) or unknown, b.tally) for b in buckets[:_MOST_NAMED]]
    rest = together(bucket.tally for bucket in buckets[_MOST_NAMED:])
    return [*rows, _row(f"{len(buckets) - _MOST_NAMED} others", rest)] if rest else rows


def version_rows(overview: Overview) -> list[Row]:
    """Rules and their versions."""
    return [_row(f"{each.rule}, version {each.version}", each.tally) for each in overview.by_version]


def days(overview: Overview) -> Days:
    """Messages by day, and the response of those whose time is over."""
    dates, tallies = [date_of(day) for day in overview.by_day], list(overview.by_day.values())
    marked = {(mark.day, "sent" if mark.what == "sent" else "response") for mark in overview.unusual}
    sent = [
        Value(t["sent"], f"{date_of(day):%d %b}: {t['sent']:,} sent", is_marked=(day, "sent") in marked)
        for day, t in overview.by_day.items()
    ]
    rates = [
        _rate_value(f"{date_of(day):%d %b}", t, is_marked=(day, "response") in marked)
        for day, t in overview.by_day.items()
    ]
    return Days(dates, tallies, draw(sent), draw_rates(rates))


def hours(overview: Overview) -> tuple[Chart, Chart]:
    """Messages by the hour of day in which they were begun, and their response."""
    sent = [Value(b.tally["sent"], f"{b.name}:00: {b.tally['sent']:,} sent") for b in overview.by_hour]
    rates = [_rate_value(f"{b.name}:00", b.tally) for b in overview.by_hour]
    return draw(sent), draw_rates(rates)


def outlook_chart(outlook: Outlook, most_an_hour: float) -> Chart:
    """The next 24 hours of plans against what the pages may send in one."""
    values = [
        Value(plans, f"{at:%d %b %H:%M}: {plans:,} plans", is_marked=plans > most_an_hour)
        for at, plans in outlook.hours
    ]
    return draw(values, most_an_hour)


def mark_words(mark: Mark) -> str:
    """A mark as a sentence."""
    what, day = _UNUSUAL[mark.what], f"{date_of(mark.day):%A, %d %B}"
    if mark.what == "sent":
        return f"{day}: {mark.found:,.0f} {what}, where {mark.usual:,.0f} were usual."
    return f"{day}: {what} {mark.found:.1%}, where {mark.usual:.1%} was usual."


def losses_by_stage(losses: Sequence[Loss]) -> list[tuple[str, str, int]]:
    """For tables and downloads."""
    return [(loss.stage.word, loss.reason, loss.windows) for loss in losses]


def _row(title: str, tally: Tally) -> Row:
    return Row(title, "", tally, tally.response, tally["sent"])


def _rate_value(when: str, tally: Tally, *, is_marked: bool = False) -> Value:
    found = tally.response
    if found is None:
        return Value(0.0, f"{when}: no outcome is known yet")
    title = f"{when}: response {found.value:.1%} (95 %: {found.low:.1%} to {found.high:.1%}) of {tally['matured']:,}"
    return Value(found.value, title, found, is_marked)
