"""What only some rules ask for: budgets, caps of their own, and a customer's past. Read only where a live rule asks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from sqlalchemy import Connection

from botapp.policy import usual_hours
from botapp.policy.criteria import facts_of
from botapp.policy.decision import ContactFacts, Decision, PageFacts, Send, Skip
from botapp.policy.portrait import MOST_REMEMBERED, OF_THE_INTERACTIONS, count_conversations
from botapp.policy.reason import Reason
from botapp.policy.rule import LiveRule
from botapp.policy.rule_limits import Spending, period_of
from botapp.policy.zones import find_zone
from botapp.storage import interactions, rule_limits
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.standing import ContactId

Instants = Mapping[ContactId, Sequence[datetime]]
_NOTHING: Instants = {}


def with_spending(connection: Connection, page: PageFacts, account: Account, now: datetime) -> PageFacts:
    """The page with what its rules have spent of their budgets, in the period that it is now."""
    if not any(rule.budget for rule in page.rules):
        return page
    zone = find_zone(account.zone) or UTC
    asked = []
    for rule in page.rules:
        if rule.budget is not None:
            since, until = period_of(rule.budget.per, now, zone)
            asked.append((rule.name, since, until, rule_limits.ask_spent(connection, account.id, rule.name, since)))
    return replace(page, spending={name: Spending(spent.read(), since, until) for name, since, until, spent in asked})


def decide_within_budget(
    connection: Connection, page: PageFacts, decide: Callable[[PageFacts], Decision]
) -> tuple[Decision, PageFacts]:
    """What is decided, a send counted in its rule's budget; and the page with what was spent before it.

    Where others were quicker and a budget has no more, it is decided again, with that known.
    """
    for _ in range(len(page.rules) + 1):  # each time one budget more is known to be spent
        decision = decide(page)
        if not isinstance(decision, Send) or decision.rule.budget is None:
            return decision, page
        name, most = decision.rule.name, decision.rule.budget.most
        known = page.spending[name]
        counted = rule_limits.spend(connection, page.account_id, name, known.since, most)
        seen = replace(known, spent=most if counted is None else counted - 1)
        page = replace(page, spending={**page.spending, name: seen})
        if counted is not None:
            return decision, page
    return Skip(Reason.BUDGET), page


class RulePasts:
    """The pasts of several locked contacts, each as far as the rules of its page ask."""

    def __init__(
        self,
        connection: Connection,
        contacts: Sequence[Contact],
        pages: Mapping[int, PageFacts],
        now: datetime,
        unwritten: Instants = _NOTHING,
    ) -> None:
        """`unwritten`: interactions that are to be committed with what is decided, and are not on record yet."""
        asks = {account_id: _Asks.of(page.rules) for account_id, page in pages.items()}
        self._asks, self._unwritten = asks, unwritten
        keys = [(c.account_id, c.id) for c in contacts]
        capped = [key for key in keys if asks[key[0]].cap_period]
        longest = max((asks[account_id].cap_period for account_id, _ in capped), default=timedelta(0))
        self._claims_asked = rule_limits.ask_claims_of_rules(connection, capped, now - longest) if capped else None
        asking = [key for key in keys if asks[key[0]].interactions]
        self._interactions_asked = interactions.ask_instants(connection, asking) if asking else None

    @cached_property
    def _claims(self) -> Mapping[ContactId, rule_limits.ClaimsOfRules]:
        return self._claims_asked.read() if self._claims_asked else {}

    @cached_property
    def _interactions(self) -> Instants:
        return self._interactions_asked.read() if self._interactions_asked else {}

    def complete(self, facts: ContactFacts, contact: Contact, window_length: timedelta) -> ContactFacts:
        """The facts of a contact with what its page's rules ask for besides."""
        key = (contact.account_id, contact.id)
        if self._asks[contact.account_id].cap_period:
            facts = replace(facts, claims_of_rules=self._claims.get(key, {}))
        if not self._asks[contact.account_id].interactions:
            return facts
        instants = {*self._interactions.get(key, ()), *self._unwritten.get(key, ())}
        return with_interactions(facts, instants, window_length)


def with_interactions(facts: ContactFacts, instants: Iterable[datetime], window_length: timedelta) -> ContactFacts:
    """With what is learnt from all that a contact ever did; habits are those from before their last words."""
    last_at = facts.interactions.last_at
    known = sorted(at for at in instants if last_at is not None and at <= last_at)[-MOST_REMEMBERED:]
    earlier = (instant for instant in known if instant != last_at)
    background = replace(facts.background, messages=len(known), conversations=count_conversations(known, window_length))
    return replace(facts, background=background, usual_hours=usual_hours.learn(earlier, facts.zone))


@dataclass(frozen=True, slots=True)
class _Asks:
    """What a page's rules ask for of a customer's past."""

    cap_period: timedelta  # the longest of their caps
    interactions: bool

    @staticmethod
    def of(rules: Iterable[LiveRule]) -> "_Asks":
        period, asked = timedelta(0), False
        for rule in rules:
            period = max(period, rule.cap.within if rule.cap else period)
            asked = asked or rule.timing.usual or any(name in OF_THE_INTERACTIONS for name in facts_of(rule.conditions))
        return _Asks(period, asked)
