"""What changed between two weeks: the numbers, and what staff and guards did meanwhile."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from botapp.campaign.overview import load_total, zone_of_page
from botapp.console.access import requires
from botapp.console.campaigns.shown import HARMS, OUTCOMES
from botapp.console.compliance.shown import show
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission
from botapp.policy.analytics.local_days import begins_at, date_of, day_of
from botapp.policy.analytics.tally import Tally, difference
from botapp.policy.experiments.intervals import Estimate
from botapp.storage import entries
from botapp.storage.ledger import EntryKind
from botapp.storage.rollup_reading import Span
from botapp.storage.tally import Filter

_LISTED = 50
_MOST_WEEKS_BACK = 52
_COUNTED = (
    ("opened", "Windows opened"),
    ("eligible", "May be written to"),
    ("planned", "Planned"),
    ("sent", "Messages sent"),
    ("matured", "Messages whose time to be answered is over"),
)
# Of the page itself; kinds that a later version brings are found under Compliance all the same.
_KINDS = tuple(
    kind
    for kind in EntryKind
    if kind.value.startswith(("rule_", "template_", "page_", "proactive_", "account_", "question_", "texts_", "faq_"))
)


@dataclass(frozen=True, slots=True)
class Changed:
    """A measure in both weeks. Rates have a difference with its interval."""

    title: str
    before: int
    after: int
    rates: tuple[Estimate | None, Estimate | None] | None = None
    difference: Estimate | None = None
    is_harm: bool = False

    @property
    def tone(self) -> str:
        """For the better or the worse; empty where the difference is no more than chance explains, at 95 %."""
        if self.difference is None or self.difference.low <= 0 <= self.difference.high:
            return ""
        return "good" if (self.difference.value > 0) is not self.is_harm else "bad"


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The comparison."""

    @blueprint.get("/pages/<int:account_id>/changes")
    @requires(Permission.READ_CAMPAIGNS)
    def changes(account_id: int) -> str:
        named = page_or_404(parts, account_id)
        back = min(max(request.args.get("back", 0, type=int), 0), _MOST_WEEKS_BACK)
        with parts.database.reading() as connection:
            zone = zone_of_page(named)
            last = day_of(parts.database.now(connection), zone) - 1 - 7 * back  # today is not over
            spans = [Span([account_id], last_day - 6, last_day, zone=zone) for last_day in (last - 7, last)]
            weeks = [load_total(connection, span) for span in spans]
            since, until = begins_at(zone, last - 13), begins_at(zone, last + 1)
            wanted = Filter({account_id}, kinds=_KINDS, since=since, until=until)
            done = [show(entry) for entry in entries.search(connection, wanted, None, _LISTED)]
        return render_template(
            "campaigns_changes.html",
            page=named,
            back=back,
            most_back=_MOST_WEEKS_BACK,
            weeks=[(date_of(end - 6), date_of(end)) for end in (last - 7, last)],
            compared=compare(*weeks),
            done=done,
        )


def compare(before: Tally, after: Tally) -> list[Changed]:
    """What both weeks came to."""
    found = [Changed(title, before[measure], after[measure]) for measure, title in _COUNTED]
    for names, is_harm in ((OUTCOMES, False), (HARMS, True)):
        for measure, title, _ in names:
            rates = (before.rate(measure), after.rate(measure))
            by = difference(before, after, measure) if before[measure] or after[measure] else None
            found.append(Changed(title, before[measure], after[measure], rates, by, is_harm))
    return found
