"""Messages that people take back or change: their first words go, and what was taken back is not answered any more."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from botapp.channels.port import InboundEvent, Signal
from botapp.conversation.change import Change, Retraction
from botapp.policy.reason import Reason
from botapp.storage import inbound_events, replies, unanswered
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.replies import ReplyKey
from botapp.understanding.wish import Understood


def is_answered_anew(event: InboundEvent, understood: Understood) -> bool:
    """Whether an edit says what has to be answered whatever stood there before: "STOP" deserves its confirmation."""
    is_edit = event.subject_key is not None and event.signal is not Signal.UNSENT
    return is_edit and not event.standby and understood.wish is not None


def fold_retraction(change: Change, event: InboundEvent, understood: Understood) -> None:
    """A removal or an edit; any other event changes nothing. What was a no in it goes on being one."""
    if event.subject_key is None:
        return
    is_unsent = event.signal is Signal.UNSENT
    anew = is_answered_anew(event, understood)
    change.retractions.append(Retraction(event.subject_key, "" if is_unsent else event.raw, event.key, anew))
    kind = EntryKind.MESSAGE_UNSENT if is_unsent else EntryKind.MESSAGE_EDITED
    # Its evidence is the message that it is about: what removed it says no more than that.
    change.entries.append(Entry(kind, occurred_at=event.occurred_at, evidence_key=event.subject_key))


def write(connection: Connection, touched: Sequence[Change], received_at: datetime) -> None:
    """Inside the one write path, before its entries are numbered."""
    for change in touched:
        for retraction in change.retractions:
            inbound_events.replace_words(connection, change.contact, retraction.event_key, retraction.raw)
            # An edit's words stand where those of the message stood, and nowhere else: they may be taken back, too.
            inbound_events.replace_words(connection, change.contact, retraction.by, "")
            unanswered.forget(connection, *change.key, retraction.event_key)
            is_void = retraction.is_unsent or retraction.is_answered_anew
            if is_void and _take_back_answer(connection, change, retraction.event_key, received_at):
                entry = Entry(EntryKind.REPLY_SKIPPED, reason=Reason.UNSENT, evidence_key=retraction.event_key)
                change.entries.append(entry)


def _take_back_answer(connection: Connection, change: Change, event_key: str, received_at: datetime) -> bool:
    """The answer that is owed to it: of this very batch, or stored before."""
    owed = [row for row in change.replies if row["event_key"] == event_key and row["state"] == "planned"]
    for row in owed:
        row |= {"state": "skipped", "reason": Reason.UNSENT.value}
    return bool(owed) or replies.take_back(connection, ReplyKey(*change.key, event_key), Reason.UNSENT, received_at)
