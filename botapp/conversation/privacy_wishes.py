"""What people ask in the chat about their own data: to see it, and to have it deleted."""

from botapp.channels.port import InboundEvent
from botapp.conversation.change import Change, Folding
from botapp.conversation.suppressing import be_quiet, set_suppression, withdrawn_at
from botapp.identifiers import new_token
from botapp.policy.suppression import ERASURE
from botapp.storage import privacy_requests
from botapp.storage.ledger import Entry, EntryKind
from botapp.understanding.wish import Wish


def fold_privacy_wish(change: Change, event: InboundEvent, wish: Wish | None, folding: Folding) -> None:
    """A wish about their data; any other changes nothing here."""
    match wish:
        case Wish.DATA:
            _request(change, event, privacy_requests.ACCESS, EntryKind.ACCESS_REQUESTED, folding)
        case Wish.DELETE:
            # Who thinks about having their data deleted is not reminded of us in this silence.
            be_quiet(change, event, folding.house.window_length, folding)
        case Wish.DELETE_CONFIRMED:
            # Until it is done, which takes a moment, nothing is written to them but the answer to this.
            fold_erasure(change, event, folding)
            _request(change, event, privacy_requests.DELETION, EntryKind.ERASURE_REQUESTED, folding)
        case _:
            pass


def fold_erasure(change: Change, event: InboundEvent, folding: Folding) -> None:
    """They are about to be erased, with every identity that is linked to them: nothing is sent to any on our own."""
    set_suppression(change, ERASURE, withdrawn_at(event, folding), None, event.key)
    change.withdrawn = True


def _request(change: Change, event: InboundEvent, kind: str, entry_kind: EntryKind, folding: Folding) -> None:
    """A row for those who see to it that it is done in time, and an entry."""
    account_id, contact_id = change.key
    change.requests.append(
        {
            "confirmation_code": new_token(),
            "platform": folding.platform,
            "kind": kind,
            "origin": "chat",
            "account_id": account_id,
            "contact_id": contact_id,
            "issued_at": event.occurred_at,
            "received_at": folding.received_at,
        }
    )
    change.entries.append(Entry(entry_kind, occurred_at=event.occurred_at, evidence_key=event.key))
