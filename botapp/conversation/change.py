"""What a batch of events does to one contact, until it is written."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from botapp.policy.suppression import Suppression
from botapp.reengagement.facts import Standings
from botapp.reengagement.terms import HouseRules
from botapp.storage.contacts import Contact
from botapp.storage.ledger import Entry
from botapp.storage.reengagements import Reengagement
from botapp.storage.replies import Reply
from botapp.storage.standing import ContactId


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
    interactions: list[datetime] = field(default_factory=list)
    settled: list[tuple[Reengagement | Reply, str | None]] = field(default_factory=list)  # with the message's id
    receipts: list[tuple[str, str | None, datetime]] = field(default_factory=list)  # column, message id, at
    requests: list[dict[str, Any]] = field(default_factory=list)  # about their own data
    withdrawn: bool = False
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
