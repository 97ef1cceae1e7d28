"""What a batch of events does to one contact, until it is written."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from botapp.policy.reason import Reason
from botapp.policy.suppression import Suppression
from botapp.reengagement.facts import Standings
from botapp.reengagement.terms import HouseRules
from botapp.storage.contacts import Contact
from botapp.storage.ledger import Entry
from botapp.storage.reengagements import Reengagement
from botapp.storage.replies import Reply
from botapp.storage.standing import ContactId
from botapp.understanding.courtesy import Courtesies


@dataclass(frozen=True, slots=True)
class Retraction:
    """A message that the person took back, or changed to other words."""

    event_key: str  # of the message itself
    raw: str  # what stands in its place; empty: nothing does
    by: str  # the key of the event that tells of it
    is_answered_anew: bool = False  # it asks for an answer of its own, in place of the one to the first words

    @property
    def is_unsent(self) -> bool:
        return not self.raw


@dataclass(slots=True)
class Change:
    """A locked contact while a batch is folded into it, and all that is to be written of it."""

    contact: Contact
    before: Contact
    standings: Standings
    entries: list[Entry] = field(default_factory=list)
    consents: list[dict[str, Any]] = field(default_factory=list)  # without their number, which follows from `entries`
    suppressions: dict[str, Suppression] = field(default_factory=dict)
    replies: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    unsaid: list[datetime] = field(default_factory=list)  # what was said then is not any more: its facts go
    interactions: list[datetime] = field(default_factory=list)
    settled: list[tuple[Reengagement | Reply, str | None]] = field(default_factory=list)  # with the message's id
    receipts: list[tuple[str, str | None, datetime]] = field(default_factory=list)  # column, message id, at
    requests: list[dict[str, Any]] = field(default_factory=list)  # about their own data
    handovers: list[dict[str, Any]] = field(default_factory=list)  # without their state, which the page decides
    left_person: bool = False  # the customer chose the bot instead of a person
    retractions: list[Retraction] = field(default_factory=list)
    withdrawn: bool = False
    undone: frozenset[Reason] = frozenset()  # for which the present silence may have been refused
    standing_changed: bool = False

    @property
    def key(self) -> ContactId:
        return self.contact.account_id, self.contact.id

    @property
    def is_to_be_planned(self) -> bool:
        """A new silence begins, or what was allowed has changed."""
        return self.standing_changed or self.contact.last_interaction_at != self.before.last_interaction_at


@dataclass(frozen=True, slots=True)
class Folding:
    """What every event of one batch is folded with."""

    house: HouseRules
    received_at: datetime
    default_language: str
    platform: str
    zone: tzinfo = UTC  # the person's, where what they said needs it
    courtesies: Courtesies | None = None  # None: politeness is answered like anything else
    topics: tuple[str, ...] = ()  # of the page's rules, where what they said may be about one
