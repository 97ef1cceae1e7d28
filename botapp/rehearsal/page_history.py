"""What was true of a page at each instant of its history, as its own entries tell it."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from botapp.compliance.cases import terms_on_record
from botapp.compliance.told import Told
from botapp.policy.decision import PageFacts, Terms
from botapp.reengagement.terms import HouseRules
from botapp.storage.accounts import LIVE, Account
from botapp.storage.ledger import EntryKind
from botapp.storage.switches import EVERYTHING

_THE_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Standing:
    terms: Terms
    is_paused: bool = False
    is_stopped: bool = False
    all_are_stopped: bool = False
    mode: str = LIVE
    daily_cap: int | None = None
    paused_rules: frozenset[tuple[str, int]] = frozenset()  # by a guard, with their versions


@dataclass(frozen=True, slots=True)
class PageHistory:
    """A page from its first entry on. Before it, and of terms that nobody recorded, today's hold."""

    instants: tuple[datetime, ...]
    standings: tuple[_Standing, ...]  # one more: that before the first instant

    @staticmethod
    def of(entries: Iterable[Told], page: Account, house: HouseRules) -> "PageHistory":
        standings, instants = [_Standing(house.terms_of(page))], []
        for entry in entries:
            following = _after(standings[-1], entry, house)
            if following != standings[-1]:
                standings.append(following)
                instants.append(entry.recorded_at)
        return PageHistory(tuple(instants), tuple(standings))

    def terms(self, now: datetime) -> Terms:
        """What its messages were judged by."""
        return self._standing(now).terms

    def facts(self, now: datetime, page: PageFacts) -> PageFacts:
        """The same page as it stood then: its rules are those that are given."""
        then = self._standing(now)
        stopped = then.is_stopped or then.all_are_stopped
        if (stopped, then.is_paused, then.mode != LIVE) == (page.proactive_stopped, page.paused, page.team_mode):
            return page
        return replace(page, proactive_stopped=stopped, paused=then.is_paused, team_mode=then.mode != LIVE)

    def daily_caps(self) -> list[tuple[datetime, int | None]]:
        """What it might begin on its own in a day, and from when on; the first from the beginning."""
        found = [(_THE_BEGINNING, self.standings[0].daily_cap)]
        for instant, standing in zip(self.instants, self.standings[1:], strict=True):
            if standing.daily_cap != found[-1][1]:
                found.append((instant, standing.daily_cap))
        return found

    def is_rule_paused(self, name: str, version: int, now: datetime) -> bool:
        """Whether a guard had paused that very version then."""
        return (name, version) in self._standing(now).paused_rules

    def next_change(self, now: datetime) -> datetime | None:
        """When something of it changed next."""
        place = bisect_right(self.instants, now)
        return self.instants[place] if place < len(self.instants) else None

    def _standing(self, now: datetime) -> _Standing:
        return self.standings[bisect_right(self.instants, now)]


def _after(known: _Standing, entry: Told, house: HouseRules) -> _Standing:
    match entry.kind:
        case EntryKind.TERMS:
            return replace(known, terms=terms_on_record(entry.details, house))
        case EntryKind.PAGE_PAUSED | EntryKind.PAGE_RESUMED:
            return replace(known, is_paused=entry.kind == EntryKind.PAGE_PAUSED)
        case EntryKind.PROACTIVE_STOPPED | EntryKind.PROACTIVE_RESUMED:
            return _switched(known, entry)
        case EntryKind.ACCOUNT_ADDED | EntryKind.ACCOUNT_CHANGED:
            told = entry.details
            return replace(
                known, mode=str(told.get("mode", known.mode)), daily_cap=told.get("daily_cap", known.daily_cap)
            )
        case EntryKind.RULE_PAUSED | EntryKind.RULE_RESUMED if "variant" not in entry.details:
            return replace(known, paused_rules=_paused(known.paused_rules, entry))
    return known


def _switched(known: _Standing, entry: Told) -> _Standing:
    is_stopped = entry.kind == EntryKind.PROACTIVE_STOPPED
    if entry.details.get(EVERYTHING):
        return replace(known, all_are_stopped=is_stopped)
    return replace(known, is_stopped=is_stopped)


def _paused(known: frozenset[tuple[str, int]], entry: Told) -> frozenset[tuple[str, int]]:
    version = frozenset({(entry.details["name"], entry.details["version"])})
    return known | version if entry.kind == EntryKind.RULE_PAUSED else known - version
