"""Echoes, deliveries and reads: what the platform says of what we, or others, sent. Inside the one write path."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from botapp.channels.port import InboundEvent, Signal
from botapp.conversation.change import Change, Folding
from botapp.conversation.fold import fold_thread_owner
from botapp.conversation.suppressing import set_suppression
from botapp.conversation.voiding import fold_answer_of_others
from botapp.policy.reason import Reason
from botapp.policy.suppression import REST
from botapp.policy.window import clamp
from botapp.reengagement.delivery import METADATA_PREFIX
from botapp.storage import observations, reengagements, replies
from botapp.storage.accounts import Account
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.reengagements import Reengagement, State
from botapp.storage.replies import Reply

_IN_DOUBT = (State.CLAIMED, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class AppIds:
    """How echoes and thread owners are told apart."""

    ours: str | None
    inbox: str

    def owner(self, event: InboundEvent) -> str:
        """Who owns the thread after control of it passed (platform-reference 1.6, 2.8)."""
        if event.app_id == self.inbox:
            return "person"
        if self.ours is not None and event.app_id is not None:
            return "bot" if event.app_id == self.ours else "other_app"
        # Where an id is missing: the platform tells an app by "pass" that it was given the thread.
        return "bot" if event.kind == "pass_thread_control" else "other_app"


@dataclass(frozen=True, slots=True)
class OurMessages:
    """Those of the messages named in a batch that are ours, read under their contacts' locks."""

    by_token: Mapping[tuple[int, str], Reengagement | Reply]
    message_ids: frozenset[tuple[int, str]]  # account id, message id


def find_ours(connection: Connection, fresh: Iterable[tuple[Account, InboundEvent]]) -> OurMessages:
    """Look up what a batch's echoes name, with a few statements however many they are."""
    echoes = [(account.id, event) for account, event in fresh if event.signal is Signal.ECHO]
    tokens = [(account_id, token) for account_id, event in echoes if (token := _token(event))]
    named = [(account_id, event.message_id) for account_id, event in echoes if event.message_id]
    found: list[Reengagement | Reply] = []
    found += reengagements.find_by_tokens(connection, tokens)
    found += replies.find_by_tokens(connection, tokens)
    by_token = {(message.key.account_id, message.claim_token or ""): message for message in found}
    known = observations.find_known_messages(connection, named) | replies.find_known_messages(connection, named)
    return OurMessages(by_token, frozenset(known))


def take_echo(change: Change, event: InboundEvent, folding: Folding, apps: AppIds, ours: OurMessages) -> None:
    """Ours: settles an outcome in doubt. Somebody else's: they are talking with the customer."""
    account_id, token = change.contact.account_id, _token(event)
    if token is not None:
        found = ours.by_token.get((account_id, token))
        if found is not None and found.state in _IN_DOUBT:
            _settle(change, event, found, folding)
        return
    # Without our metadata it may still be ours where a platform drops it: our app, or a message that we know.
    is_our_app = event.app_id is not None and event.app_id == apps.ours
    if is_our_app or (account_id, event.message_id or "") in ours.message_ids:
        return
    owner = "person" if event.app_id == apps.inbox else "other_app"
    fold_thread_owner(change, owner, event, folding)
    fold_answer_of_others(change, event, owner, folding)


def take_receipt(change: Change, event: InboundEvent, folding: Folding) -> None:
    """A delivery or read: kept with the re-engagement it is about."""
    column = "delivered_at" if event.signal is Signal.DELIVERY else "read_at"
    at = clamp(event.watermark_at or event.occurred_at or folding.received_at, folding.received_at)
    change.receipts.extend((column, message_id, at) for message_id in event.message_ids)
    if event.watermark_at is not None:
        change.receipts.append((column, None, at))


def write(connection: Connection, touched: Sequence[Change], received_at: datetime) -> None:
    """Write what was settled and received, with a few statements however much it is."""
    settled = [(found, message_id) for change in touched for found, message_id in change.settled]
    of_reengagements = [(f.key, mid) for f, mid in settled if isinstance(f, Reengagement)]
    observations.settle(connection, of_reengagements, received_at)
    for change in touched:
        _take_back_ignored(change)
    answers = [(found, mid) for found, mid in settled if isinstance(found, Reply)]
    for found in [found for found, _ in answers if found.has_more_to_say]:
        replies.go_on(connection, found, received_at)
    ended = [(found.key, mid) for found, mid in answers if not found.has_more_to_say]
    replies.settle(connection, ended, received_at)
    for column in ("delivered_at", "read_at"):
        received = [(c.key, mid, at) for c in touched for name, mid, at in c.receipts if name == column]
        named = {(key[0], mid): at for key, mid, at in received if mid is not None}
        observations.mark_received(connection, column, named)
        watermarks = {key: at for key, mid, at in sorted(received, key=lambda r: r[2]) if mid is None}
        observations.mark_received_until(connection, column, watermarks)


def _take_back_ignored(change: Change) -> None:
    """What was lost did arrive, and they have come back since: a silence refused because of it is decided anew."""
    silence_at = change.contact.last_interaction_at
    arrived = [f for f, _ in change.settled if isinstance(f, Reengagement) and f.state is State.UNKNOWN]
    if silence_at is not None and any(found.key.interaction_at < silence_at for found in arrived):
        change.undone |= {Reason.IGNORED}
        change.standing_changed = True


def _settle(change: Change, event: InboundEvent, found: Reengagement | Reply, folding: Folding) -> None:
    change.settled.append((found, event.message_id))
    entry = Entry(EntryKind.RECONCILED, occurred_at=event.occurred_at, reason="echo", evidence_key=event.key)
    if isinstance(found, Reengagement):
        change.entries.append(entry._replace(subject_at=found.key.interaction_at))
        _rest(change, event, found, folding)
        return
    part = {"part": found.part + 1, "parts": found.parts} if found.has_more_to_say else {}  # the next one is due
    change.entries.append(entry._replace(details=part, private={"answer_to": found.key.event_key}))


def _rest(change: Change, event: InboundEvent, found: Reengagement, folding: Folding) -> None:
    """A day counts from when it arrived, where that is later than its claim allows for."""
    at = clamp(event.occurred_at or folding.received_at, folding.received_at)
    if found.claimed_at is not None and at > found.claimed_at + folding.house.send_allowance:
        set_suppression(change, REST, at, at + folding.house.cool_down, event.key)


def _token(event: InboundEvent) -> str | None:
    """Our token, if the metadata carries one."""
    metadata = event.metadata or ""
    return metadata.removeprefix(METADATA_PREFIX) if metadata.startswith(METADATA_PREFIX) else None
