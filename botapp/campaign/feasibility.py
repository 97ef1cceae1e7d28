"""Which rules of a file could not serve the page's customers, by when these have written so far."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from botapp.policy.feasibility import Feasibility, analyse_rule
from botapp.policy.rule import LiveRule
from botapp.storage import matching
from botapp.storage.accounts import Account
from botapp.storage.engine import Database

_LOOK_BACK = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class ImpossibleWindows:
    """A rule with windows in which it has no legal minute."""

    rule: LiveRule
    found: Feasibility
    is_refused: bool

    def __str__(self) -> str:
        hours = ", ".join(f"{hour:02d}" for hour in self.found.impossible_hours)
        kind = "with these quiet hours" if self.rule.quiet_hours else "with this timing"
        share = f"{100 * self.found.impossible_share:.3g} %"
        return f"{kind} {share} of open windows have no legal minute: who last wrote in the hours {hours} of their day"


def find_impossible(
    database: Database, page: Account, rules: Iterable[LiveRule], allowed: timedelta, most_share: float
) -> Iterator[ImpossibleWindows]:
    """The rules, durations unscaled, that leave some windows without a legal minute; refused above that share.

    `allowed` is the window's length less the send allowance, unscaled too.
    """
    by_hour = count_by_hour(database, page)
    for rule in rules:
        found = analyse_rule(rule, allowed, by_hour)
        if found.impossible_hours:
            yield ImpossibleWindows(rule, found, found.impossible_share > most_share)


def count_by_hour(database: Database, page: Account) -> dict[int, int]:
    """How many of the page's customers last wrote at each hour of their own day, within four weeks."""
    with database.reading() as connection:
        now = database.now(connection)
        windows = matching.OpenWindows(page, now, now - _LOOK_BACK, timedelta(hours=1))
        return matching.count_by_hour(connection, windows)
