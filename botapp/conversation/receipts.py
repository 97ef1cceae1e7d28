"""Echoes, deliveries and reads: what the platform says of what we, or others, sent. Inside the one write path."""

from dataclasses import dataclass

from sqlalchemy import Connection

from botapp.channels.port import InboundEvent, Signal
from botapp.conversation.fold import Change, Folding, fold_thread_owner
from botapp.policy.window import clamp
from botapp.reengagement.delivery import METADATA_PREFIX
from botapp.storage import reengagements, replies
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.reengagements import Reengagement, State
from botapp.storage.replies import Reply


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


def take_echo(connection: Connection, change: Change, event: InboundEvent, folding: Folding, apps: AppIds) -> None:
    """Ours: settles an unknown outcome. Somebody else's: they are talking with the customer."""
    account_id = change.contact.account_id
    if event.metadata is not None and event.metadata.startswith(METADATA_PREFIX):
        _settle(connection, change, event, event.metadata.removeprefix(METADATA_PREFIX), folding)
        return
    # An echo without our metadata may still be ours where a platform drops it: then no app, ours, or a message we know.
    if event.app_id is None or event.app_id == apps.ours:
        return
    if event.message_id is not None and _is_ours(connection, account_id, event.message_id):
        return
    fold_thread_owner(change, "person" if event.app_id == apps.inbox else "other_app", event, folding)


def take_receipt(connection: Connection, change: Change, event: InboundEvent, folding: Folding) -> None:
    """A delivery or read: kept with the re-engagement it is about."""
    column = "delivered_at" if event.signal is Signal.DELIVERY else "read_at"
    at = clamp(event.watermark_at or event.occurred_at or folding.received_at, folding.received_at)
    for found in reengagements.find_by_message(connection, change.contact.account_id, event.message_ids):
        reengagements.mark_received(connection, found.key, column, at)
    if event.watermark_at is not None:
        reengagements.mark_received_until(connection, change.key, column, at)


def _settle(connection: Connection, change: Change, event: InboundEvent, token: str, folding: Folding) -> None:
    account_id = change.contact.account_id
    outcome = {"message_id": event.message_id, "recorded_at": folding.received_at}
    found: Reengagement | Reply | None = reengagements.find_by_token(connection, account_id, token)
    moved = False
    if isinstance(found, Reengagement):
        moved = any(
            reengagements.move(connection, found.key, source, State.SENT, outcome)
            for source in (State.UNKNOWN, State.CLAIMED)
        )
        subject_at = found.key.interaction_at
    else:
        found, subject_at = replies.find_by_token(connection, account_id, token), None
        if found is not None:
            moved = any(
                replies.move(connection, found.key, source, State.SENT, outcome)
                for source in (State.UNKNOWN, State.CLAIMED)
            )
    if moved:
        change.entries.append(
            Entry(
                EntryKind.RECONCILED,
                occurred_at=event.occurred_at,
                reason="echo",
                evidence_key=event.key,
                subject_at=subject_at,
            )
        )


def _is_ours(connection: Connection, account_id: int, message_id: str) -> bool:
    return bool(reengagements.find_by_message(connection, account_id, [message_id])) or replies.knows_message(
        connection, account_id, message_id
    )
