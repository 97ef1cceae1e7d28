"""Wrong variants of how webhooks are taken in, answers go out, and words are understood."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection

from botapp.channels.messenger.envelope import parse
from botapp.channels.port import InboundEvent, ParsedBody, Signal
from botapp.clock import Clock
from botapp.conversation.answers import AnswerKind
from botapp.conversation.receive import Receipt, Receiver
from botapp.conversation.reply import ReplySender
from botapp.policy.preferences import Frequency, Preferences
from botapp.policy.suppression import ERASURE, Suppression, stopped
from botapp.policy.window import Interactions
from botapp.policy.zones import find_zone
from botapp.reengagement.facts import preferences_of
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.replies import Reply
from botapp.understanding.wish import Understood, Wish


class _Changed(Receiver):
    """Takes in what was delivered with every event changed."""

    def receive(self, body: ParsedBody, received_at: datetime) -> Receipt:
        events = tuple(self._change(event, received_at) for event in body.events)
        return super().receive(replace(body, events=events), received_at)

    def _change(self, event: InboundEvent, received_at: datetime) -> InboundEvent:
        raise NotImplementedError


class CountsFromArrival(_Changed):
    """The window begins when the webhook arrives."""

    def _change(self, event: InboundEvent, received_at: datetime) -> InboundEvent:
        return event._replace(occurred_at=received_at)


class CountsAStartFromArrival(_Changed):
    """Of a stop and a start the one that is delivered last wins."""

    def _change(self, event: InboundEvent, received_at: datetime) -> InboundEvent:
        is_start = self._understand(event).wish is Wish.START
        return event._replace(occurred_at=received_at) if is_start else event


def remembers_nobody(**parts: Any) -> Receiver:
    """Who was erased and comes back is anybody."""
    return Receiver(**{**parts, "remembrance": None})


def lets_nobody_rest(**parts: Any) -> Receiver:
    """Who was erased and comes back keeps their noes, and that is all."""
    return Receiver(**{**parts, "remembrance": replace(parts["remembrance"], rest=timedelta(0))})


class TakesAnythingForAnInteraction(_Changed):
    """Also what opens no window (an edit, an unreact) begins a new silence."""

    def _change(self, event: InboundEvent, received_at: datetime) -> InboundEvent:  # noqa: ARG002  the base's signature
        is_nothing = event.signal is Signal.CONTACT
        return event._replace(signal=Signal.INTERACTION) if is_nothing else event


class RevivedByAnyMessage(Receiver):
    """Who writes again after a STOP wants to hear from us again."""

    def _understand(self, event: InboundEvent) -> Understood:
        understood = super()._understand(event)
        is_ordinary = event.signal is Signal.INTERACTION and understood.wish is None
        return Understood(wish=Wish.START) if is_ordinary else understood


class ConfirmsAtOnce(ReplySender):
    """Says "you will hear no more from us" while a claim may still be on the wire."""

    def _may_go_out(self, connection: Connection, contact: Contact, account: Account, reply: Reply, *rest: Any) -> bool:
        # As if it confirmed a START, for which nobody waits.
        unhurried = replace(reply, kind=AnswerKind.START_CONFIRMED)
        return super()._may_go_out(connection, contact, account, unhurried, *rest)


def acknowledges_first(
    receiver: Receiver,
    body: Mapping[str, Any],
    opening_kinds: frozenset[str],
    clock: Clock,
    ring: Callable[[], bool],
    acknowledge: Callable[[], None],
) -> None:
    """Answers 200 whatever becomes of the commit."""
    received_at = clock.now()
    try:
        receipt = receiver.receive(parse(body, opening_kinds), received_at)
        if receipt.answers_owed:
            ring()
    finally:
        acknowledge()


def moves_back(self: Interactions, occurred_at: datetime, window_length: timedelta) -> Interactions:
    """Stands in for `Interactions.with_interaction`: what is delivered last is the last interaction."""
    started_at = self.conversation_started_at
    is_new = started_at is None or occurred_at >= started_at + window_length
    return Interactions(occurred_at, occurred_at if is_new else started_at)


def ends_early(understood: Understood, at: datetime, folding: Any) -> datetime | None:
    """Stands in for `mute_until`: its end as a wall clock east of here shows it, taken for UTC."""
    if understood.mute_for is None:
        return None
    scale: float = folding.house.scale
    return at + understood.mute_for * scale - timedelta(hours=5)


def knows_only_how_often(contact: Contact) -> Preferences:
    """Stands in for `preferences_of`."""
    return replace(preferences_of(contact), quiet_hours=None)


def knows_only_quiet_hours(contact: Contact) -> Preferences:
    """The same."""
    return replace(preferences_of(contact), frequency=Frequency.USUAL)


def stopped_by_anything_but_a_deletion(suppressions: Iterable[Suppression], now: datetime) -> bool:
    """Stands in for `stopped`."""
    return stopped([known for known in suppressions if known.scope != ERASURE], now)


def zone_without_summer(contact: Contact, account: Account) -> tzinfo:
    """Stands in for `zone_of`: the offset of the zone as it was in January."""
    zone = find_zone(contact.zone or account.zone) or UTC
    january = datetime(contact.created_at.year, 1, 15, tzinfo=UTC)
    return find_zone(_offset_name(zone, january)) or UTC


def _offset_name(zone: tzinfo, at: datetime) -> str:
    offset = at.astimezone(zone).utcoffset() or timedelta(0)
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{'-' if offset < timedelta(0) else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
