"""What was true of a page at each instant of its history, as its own entries tell it."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from botapp.compliance.cases import terms_on_record
from botapp.compliance.told import Told
from botapp.policy.decision import PageFacts, Terms
from botapp.reengagement.terms import HouseRules
from botapp.storage.accounts import LIVE, Account
from botapp.storage.ledger import EntryKind
from botapp.storage.switches import EVERYTHING


@dataclass(frozen=True, slots=True)
class _Standing:
    terms: Terms
    is_paused: bool = False
    is_stopped: bool = False
    all_are_stopped: bool = False
    mode: str = LIVE


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
            is_stopped = entry.kind == EntryKind.PROACTIVE_STOPPED
            if entry.details.get(EVERYTHING):
                return replace(known, all_are_stopped=is_stopped)
            return replace(known, is_stopped=is_stopped)
        case EntryKind.ACCOUNT_ADDED | EntryKind.ACCOUNT_CHANGED:
            return replace(known, mode=str(entry.details.get("mode", known.mode)))
    return known
