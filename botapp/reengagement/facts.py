"""Gathers what a decision sees. Everything is read under the contacts' locks."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import cached_property

from sqlalchemy import Connection

from botapp.policy.consent import ConsentRecord
from botapp.policy.decision import ContactFacts, PageFacts
from botapp.policy.experiments.variants import Tried, is_sampled, successes_and_failures
from botapp.policy.fact import values_that_count
from botapp.policy.portrait import Background
from botapp.policy.preferences import Frequency, Preferences, read_quiet_hours
from botapp.policy.rule import NONE_PAUSED, LiveRule, LiveTemplate, live_template
from botapp.policy.rule_definition import from_definition
from botapp.policy.suppression import Suppression
from botapp.policy.window import Interactions
from botapp.policy.wording import from_stored
from botapp.policy.zones import find_zone
from botapp.reengagement.terms import HouseRules
from botapp.storage import campaigns, guards, outcomes, reengagements, standing
from botapp.storage.accounts import LIVE, Account
from botapp.storage.campaigns import StoredTemplate
from botapp.storage.contacts import Contact
from botapp.storage.reengagements import PastClaims
from botapp.storage.standing import ContactId
from botapp.storage.statement import Answer

_NO_CLAIMS = PastClaims()


class LiveRules:
    """The live rules of each page. A page's generation grows with every publication, so what is kept is never stale."""

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._kept: dict[int, tuple[int, tuple[LiveRule, ...]]] = {}

    def of(self, connection: Connection, account: Account) -> tuple[LiveRule, ...]:
        kept = self._kept.get(account.id)
        if kept is not None and kept[0] == account.campaign_generation:
            return kept[1]
        rules = load_rules(connection, account.id, self._scale)
        self._kept[account.id] = (account.campaign_generation, rules)
        return rules


def load_rules(connection: Connection, account_id: int, scale: float) -> tuple[LiveRule, ...]:
    """Those that are live, each with its live template."""
    templates = load_templates(connection, account_id)
    rules = (
        from_definition(rule.name, rule.version, json.loads(rule.definition), templates, scale)
        for rule in campaigns.load_live_rules(connection, account_id)
    )
    paused = guards.load_paused(connection, account_id)
    return tuple(replace(rule, paused=paused.get((rule.name, rule.version), NONE_PAUSED)) for rule in rules)


def load_templates(connection: Connection, account_id: int) -> dict[str, LiveTemplate]:
    """Those that are live, by name."""
    return as_live(campaigns.load_live_templates(connection, account_id).values())


def as_live(templates: Iterable[StoredTemplate]) -> dict[str, LiveTemplate]:
    """Stored templates as rules use them, by name."""
    return {t.name: live_template(t.name, t.version, from_stored(t.language, t.text, t.parts)) for t in templates}


def page_facts(
    connection: Connection, account: Account, live_rules: LiveRules, *, everything_is_stopped: bool
) -> PageFacts:
    """What is true of the page, the kill switches included."""
    rules = live_rules.of(connection, account)
    return PageFacts(
        rules=rules,
        account_id=account.id,
        language=account.language,
        counts=_counts(connection, account.id, rules),
        proactive_stopped=account.proactive_stopped_at is not None or everything_is_stopped,
        paused=account.paused_at is not None,
        team_mode=account.mode != LIVE,
    )


def _counts(connection: Connection, account_id: int, rules: Iterable[LiveRule]) -> Mapping[Tried, tuple[int, int]]:
    """What came of each variant, where a rule chooses by that."""
    if not any(map(is_sampled, rules)):
        return {}
    return successes_and_failures(rules, outcomes.load_counts(connection, account_id))


class Standings:
    """What several locked contacts allow: one statement however many they are, waited for when it is needed.

    The one write path changes it in step with what it writes, so that plans are made from what will be committed.
    """

    def __init__(self, connection: Connection, contacts: Sequence[ContactId]) -> None:
        self._asked = standing.ask(connection, contacts)

    @cached_property
    def _known(self) -> standing.Standing:
        return self._asked.read()

    def suppressions(self, contact: ContactId) -> dict[str, Suppression]:
        return self._known[0][contact]

    def consents(self, contact: ContactId) -> list[ConsentRecord]:
        return self._known[1][contact]


class Histories:
    """Past claims and known facts of several locked contacts: two statements, waited for when they are needed."""

    def __init__(
        self,
        connection: Connection,
        contacts: Sequence[Contact],
        house: HouseRules,
        facts: Answer[standing.Facts] | None = None,
    ) -> None:
        """`facts`: where they were asked for already, before the contacts' rows were read."""
        keys = [(c.account_id, c.id) for c in contacts]
        claimed = [key for key, c in zip(keys, contacts, strict=True) if c.last_claimed_at is not None]
        self._claims_asked = (
            reengagements.ask_past_claims(connection, claimed, house.claims_remembered) if claimed else None
        )
        self._facts_asked = facts or standing.ask_facts(connection, keys)

    @cached_property
    def _claims(self) -> Mapping[ContactId, PastClaims]:
        return self._claims_asked.read() if self._claims_asked else {}

    @cached_property
    def _facts(self) -> standing.Facts:
        return self._facts_asked.read()

    def past_claims(self, contact: ContactId) -> PastClaims:
        return self._claims.get(contact, _NO_CLAIMS)

    def facts(self, contact: ContactId, now: datetime) -> dict[str, str]:
        """Those that count, by name."""
        return values_that_count(self._facts[contact], now)


@dataclass(frozen=True, slots=True)
class Known:
    """All that is loaded of some locked contacts."""

    standings: Standings
    histories: Histories


def contact_facts(
    contact: Contact, account: Account, known: Known, house: HouseRules, now: datetime, *, answer_pending: bool
) -> ContactFacts:
    """One locked contact as a decision sees it."""
    key = (contact.account_id, contact.id)
    past = known.histories.past_claims(key)
    return ContactFacts(
        interactions=interactions_of(contact),
        zone=zone_of(contact, account),
        suppressions=tuple(known.standings.suppressions(key).values()),
        consents=tuple(known.standings.consents(key)),
        past_claims=past.newest,
        last_claimed_at=contact.last_claimed_at,
        asked_for_more_at=contact.asked_for_more_at,
        converted_at=contact.converted_at,
        answered_at=contact.answered_at,
        preferences=preferences_of(contact),
        reachable=contact.unreachable_since is None,
        thread_owned=thread_is_owned(contact, house, now),
        answer_pending=answer_pending,
        is_of_the_team=contact.staff_id is not None,
        person=contact.person_id,
        values=_values(contact, account, known.histories.facts(key, now)),
        background=_background(contact, past, house),
    )


def _background(contact: Contact, past: PastClaims, house: HouseRules) -> Background:
    was_answered = past.newest[0].taken_up if past.newest else None
    return Background(contact.created_at, past.total, past.taken_up, was_answered, hour=house.hour)


def preferences_of(contact: Contact) -> Preferences:
    """What the person chose."""
    return Preferences(Frequency(contact.frequency or Frequency.USUAL), read_quiet_hours(contact.quiet_hours))


def interactions_of(contact: Contact) -> Interactions:
    """What is remembered of the contact's interactions."""
    return Interactions(contact.last_interaction_at, contact.conversation_started_at, contact.earlier_interaction_at)


def zone_of(contact: Contact, account: Account) -> tzinfo:
    """The contact's own zone, else the page's."""
    own = find_zone(contact.zone) if contact.zone else None
    return own or find_zone(account.zone) or UTC


def zone_name(contact: Contact, account: Account) -> str:
    """What that zone is called."""
    return contact.zone or account.zone


def thread_is_owned(contact: Contact, house: HouseRules, now: datetime) -> bool:
    """Whether a person or another app talks with the customer. An idle thread falls back to us after a day."""
    if contact.thread_owner == "bot" or contact.thread_owned_at is None:
        return False
    return now < contact.thread_owned_at + house.window_length


def _values(contact: Contact, account: Account, facts: Mapping[str, str]) -> dict[str, str]:
    """What conditions and placeholders may name. The profile wins over facts of the same name."""
    profile = {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "language": contact.language,
        "page_name": account.name,
    }
    return {**facts, **{name: value for name, value in profile.items() if value}}
