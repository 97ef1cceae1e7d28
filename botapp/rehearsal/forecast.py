"""The forecast: what the rules make of the windows that are open now, if nothing else happens."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from botapp.policy.allowances import Allowance, Bounded, bound
from botapp.policy.daily_cap import DailyCap
from botapp.policy.decision import PageFacts
from botapp.policy.outlook import Outlook, Scale, look_ahead
from botapp.policy.overload import Rate
from botapp.policy.prospect import Prospect, prospect
from botapp.policy.reason import Reason
from botapp.policy.rule import LiveRule
from botapp.reengagement.daily_cap import find_daily_cap
from botapp.reengagement.facts import Histories, Known, LiveRules, Standings, contact_facts, page_facts
from botapp.reengagement.rule_pasts import RulePasts, with_spending
from botapp.reengagement.terms import HouseRules
from botapp.rehearsal.tally import Tally
from botapp.storage import accounts, contacts
from botapp.storage.accounts import Account
from botapp.storage.engine import Database

TRIED, LIVE = "tried", "live"
_STRETCHES_AN_HOUR = 60

Progress = Callable[[int, int], object]  # contacts looked at, of how many


@dataclass(frozen=True, slots=True)
class Forecast:
    """One look at a page: which rules are asked, beside which, and at what instant."""

    page: Account
    house: HouseRules
    facts: Mapping[str, PageFacts]  # TRIED, and LIVE beside it where they differ; without what customers share
    allowances: Mapping[str, tuple[Allowance, ...]]  # what they share
    at: datetime

    @staticmethod
    def of(
        connection: Connection, page: Account, house: HouseRules, tried: tuple[LiveRule, ...] | None, at: datetime
    ) -> "Forecast":
        """Of the live rules where none are given to be tried."""
        everything = accounts.proactive_is_stopped(connection)
        live = page_facts(connection, page, LiveRules(house.scale), everything_is_stopped=everything)
        sets = {TRIED: live} if tried is None else {TRIED: replace(live, rules=tried), LIVE: live}
        spent = {which: with_spending(connection, each, page, at) for which, each in sets.items()}
        cap = find_daily_cap(connection, page, at)
        return Forecast(
            page,
            house,
            {which: replace(each, spending={}) for which, each in spent.items()},
            {which: tuple(_allowances(each, cap)) for which, each in spent.items()},
            at,
        )

    @property
    def scale(self) -> Scale:
        """Minutes, counted from the hour in which it is made; both shorter where the day is."""
        epoch = datetime(1970, 1, 1, tzinfo=self.at.tzinfo)
        return Scale(self.at - (self.at - epoch) % self.house.hour, self.house.hour / _STRETCHES_AN_HOUR)

    def run(self, database: Database, rate: Rate, progress: Progress, *, at_once: int = 1000) -> "Foreseen":
        """Over all windows, at so many contacts at once."""
        tally, after, done = Tally(), 0, 0
        with database.reading() as connection:
            number = contacts.count_heard_of(connection, self.page.id, self._opened_after)
        while True:
            progress(min(done, number), number)
            with database.reading() as connection:
                part, last = self._step(connection, after, at_once)
            if last is None:
                return self._conclude(tally, rate)
            tally.add(part)
            after, done = last, done + at_once

    @property
    def _opened_after(self) -> datetime:
        return self.at - self.house.window_length

    def _step(self, connection: Connection, after: int, limit: int) -> tuple[Tally, int | None]:
        """What the next contacts come to, and the id of the last of them; None: there are no more."""
        found = contacts.next_heard_of(connection, self.page.id, self._opened_after, after, limit)
        if not found:
            return Tally(), None
        known = Known(
            Standings(connection, [(c.account_id, c.id) for c in found]), Histories(connection, found, self.house)
        )
        every = replace(self.facts[TRIED], rules=tuple(rule for page in self.facts.values() for rule in page.rules))
        pasts = RulePasts(connection, found, {self.page.id: every}, self.at)
        tally, terms = Tally(), self.house.terms_of(self.page)
        for each in found:
            # What the customer wrote is answered within seconds: it is not waited for here.
            facts = contact_facts(each, self.page, known, self.house, self.at, answer_pending=False)
            facts = pasts.complete(facts, each, self.house.window_length)
            seen = {which: prospect(facts, page, terms, self.at) for which, page in self.facts.items()}
            self._count(tally, seen)
        return tally, found[-1].id

    def _count(self, tally: Tally, seen: Mapping[str, Prospect | None]) -> None:
        for which, each in seen.items():
            if each is None:
                return  # no window is open, whatever the rules
            tally.count(f"{which} windows")
            if each.reason is None:
                due, deadline = self.scale.place(each.at), self.scale.place(each.deadline_at)
                tally.count(f"{which} planned", due, deadline, each.worth, each.rule)
            else:
                tally.count(f"{which} {'waiting' if each.may_pass else 'not sent'}", each.reason.value)
        outcomes = {which: each.outcome for which, each in seen.items() if each is not None}
        if LIVE in outcomes and outcomes[LIVE] != outcomes[TRIED]:
            tally.count("changes", outcomes[LIVE], outcomes[TRIED])

    def _conclude(self, tally: Tally, rate: Rate) -> "Foreseen":
        fared = {which: self._fare(which, tally, rate) for which in self.facts}
        changes = {(str(before), str(after)): n for (before, after), n in tally.of("changes").items()}
        return Foreseen(self.page.page_id, self.at, self.house.hour, rate, fared[TRIED], fared.get(LIVE), changes)

    def _fare(self, which: str, tally: Tally, rate: Rate) -> "Fared":
        planned = {
            (int(due), int(deadline), int(worth), str(rule)): number
            for (due, deadline, worth, rule), number in tally.of(f"{which} planned").items()
        }
        bounded = bound(planned, self.allowances[which], self.scale)
        ahead = look_ahead(bounded.planned, rate, self.scale)
        not_sent = _by_reason(tally.of(f"{which} not sent"))
        not_sent.update({reason.value: number for reason, number in sorted(bounded.refused.items())})
        if ahead.given_up:
            not_sent[Reason.PAGE_RATE.value] += ahead.given_up.total()
        return Fared(
            windows=tally.number(f"{which} windows"),
            by_hour=self._by_hour(ahead),
            not_sent=not_sent,
            waiting=_by_reason(tally.of(f"{which} waiting")),
            given_up=dict(sorted(ahead.given_up.items())),
            most_due_a_minute=ahead.most_due,
            behind=self._behind(ahead),
            held=dict(sorted(_held(self.allowances[which], bounded))),
        )

    def _by_hour(self, ahead: Outlook) -> dict[datetime, dict[str, int]]:
        hours: dict[datetime, Counter[str]] = {}
        for (place, rule), number in sorted(ahead.sent.items()):
            begins = self.scale.begins(place - place % _STRETCHES_AN_HOUR)
            hours.setdefault(begins, Counter())[rule] += number
        return {begins: dict(sorted(rules.items())) for begins, rules in hours.items()}

    def _behind(self, ahead: Outlook) -> tuple[datetime, datetime, int] | None:
        if not ahead.waiting:
            return None
        first, last = min(ahead.waiting), max(ahead.waiting)
        return self.scale.begins(first), self.scale.begins(last + 1), max(ahead.waiting.values())


def _held(allowances: Sequence[Allowance], bounded: Bounded) -> Iterator[tuple[str, dict[str, int]]]:
    """By reason, what is left of a limit now, and what it holds back."""
    for allowance in allowances:
        reason = allowance.reason
        counts = {"later": bounded.later[reason], "never": bounded.refused[reason]}
        if allowance.rule is None:
            counts |= {"left": max(allowance.left, 0), "most": allowance.most}
        yield reason.value, counts


def _allowances(page: PageFacts, cap: DailyCap | None) -> Iterator[Allowance]:
    if cap is not None:
        yield Allowance(Reason.DAILY_CAP, None, cap.most - cap.begun, cap.until, cap.most)
    for rule in page.rules:
        known = page.spending.get(rule.name)
        if rule.budget is not None and known is not None:
            most = rule.budget.most
            yield Allowance(Reason.BUDGET, rule.name, most - known.spent, known.until, most)


@dataclass(frozen=True, slots=True)
class Fared:
    """What becomes of the open windows under one set of rules."""

    windows: int
    by_hour: dict[datetime, dict[str, int]]  # sends by rule, in the hour that begins then
    not_sent: dict[str, int]  # by reason; what the rate leaves no room for is among them
    waiting: dict[str, int]  # by reasons that may pass while the window is open
    given_up: dict[str, int]  # for the rate's sake, by rule
    most_due_a_minute: int
    behind: tuple[datetime, datetime, int] | None  # since when, until when and how far the rate leaves sends behind
    held: dict[str, dict[str, int]]  # by daily cap and budgets: until their next period, or for good

    @property
    def by_rule(self) -> dict[str, int]:
        """Sends."""
        total: Counter[str] = Counter()
        for rules in self.by_hour.values():
            total.update(rules)
        return dict(sorted(total.items()))

    @property
    def sent(self) -> int:
        """In all."""
        return sum(self.by_rule.values())

    def as_json(self) -> dict[str, Any]:
        behind = self.behind and {
            "since": self.behind[0].isoformat(),
            "until": self.behind[1].isoformat(),
            "at_most": self.behind[2],
        }
        return {
            "windows": self.windows,
            "sent": self.sent,
            "by_rule": self.by_rule,
            "by_hour": [{"from": at.isoformat(), "by_rule": rules} for at, rules in self.by_hour.items()],
            "not_sent": self.not_sent,
            "waiting": self.waiting,
            "given_up": self.given_up,
            "most_due_a_minute": self.most_due_a_minute,
            "behind": behind,
            "held": self.held,
        }


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The forecast of a page."""

    page_id: str
    at: datetime
    hour: timedelta
    rate: Rate
    tried: Fared
    live: Fared | None  # where other rules were tried than those
    changes: dict[tuple[str, str], int]  # windows by what the live rules and those tried make of them

    def as_json(self) -> dict[str, Any]:
        """The stable form that `botapp campaign forecast --json` prints."""
        found = {
            "page_id": self.page_id,
            "at": self.at.isoformat(),
            "sends_per_second": self.rate.per_second,
            **self.tried.as_json(),
        }
        if self.live is None:
            return found
        changes = [{"live": a, "tried": b, "windows": n} for (a, b), n in _most_first(self.changes)]
        return {**found, "live": self.live.as_json(), "changes": changes}


def _most_first(counts: Mapping[tuple[str, str], int]) -> Sequence[tuple[tuple[str, str], int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _by_reason(counts: Mapping[tuple[str | int, ...], int]) -> Counter[str]:
    """The most frequent first."""
    return Counter({str(key[0]): n for key, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))})
