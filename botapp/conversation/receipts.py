"""Echoes, deliveries and reads: what the platform says of what we, or others, sent. Inside the one write path."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from botapp.channels.port import InboundEvent, Signal
from botapp.conversation.fold import Change, Folding, fold_thread_owner
from botapp.policy.window import clamp
from botapp.reengagement.delivery import METADATA_PREFIX
from botapp.storage import reengagements, replies
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
        # Where we are not told our own id: the platform tells an app that it was given the thread by "pass".
        is_ours = event.kind == "pass_thread_control" if self.ours is None else event.app_id == self.ours
        return "bot" if is_ours or event.app_id is None else "other_app"


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
    known = reengagements.find_known_messages(connection, named) | replies.find_known_messages(connection, named)
    return OurMessages(by_token, frozenset(known))


def take_echo(change: Change, event: InboundEvent, folding: Folding, apps: AppIds, ours: OurMessages) -> None:
    """Ours: settles an outcome in doubt. Somebody else's: they are talking with the customer."""
    account_id, token = change.contact.account_id, _token(event)
    if token is not None:
        found = ours.by_token.get((account_id, token))
        if found is not None and found.state in _IN_DOUBT:
            _settle(change, event, found)
        return
    # An echo without our metadata may still be ours where a platform drops it: then no app, ours, or a message we know.
    if event.app_id is None or event.app_id == apps.ours or (account_id, event.message_id or "") in ours.message_ids:
        return
    fold_thread_owner(change, "person" if event.app_id == apps.inbox else "other_app", event, folding)


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
    reengagements.settle(connection, of_reengagements, received_at)
    replies.settle(connection, [(f.key, mid) for f, mid in settled if isinstance(f, Reply)], received_at)
    for column in ("delivered_at", "read_at"):
        received = [(c.key, mid, at) for c in touched for name, mid, at in c.receipts if name == column]
        named = {(key[0], mid): at for key, mid, at in received if mid is not None}
        reengagements.mark_received(connection, column, named)
        watermarks = {key: at for key, mid, at in sorted(received, key=lambda r: r[2]) if mid is None}
        reengagements.mark_received_until(connection, column, watermarks)


def _settle(change: Change, event: InboundEvent, found: Reengagement | Reply) -> None:
    change.settled.append((found, event.message_id))
    subject_at = found.key.interaction_at if isinstance(found, Reengagement) else None
    change.entries.append(
        Entry(
            EntryKind.RECONCILED,
            occurred_at=event.occurred_at,
            reason="echo",
            evidence_key=event.key,
            subject_at=subject_at,
        )
    )


def _token(event: InboundEvent) -> str | None:
    """Our token, if the metadata carries one."""
    metadata = event.metadata or ""
    return metadata.removeprefix(METADATA_PREFIX) if metadata.startswith(METADATA_PREFIX) else None
