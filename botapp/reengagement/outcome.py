"""What an outcome means: the state that follows, whether to try again, and what it teaches of person and page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from botapp.channels.port import ClocksDisagreeError, ErrorClass, LateError, Outcome, OutcomeKind, PlatformError
from botapp.policy.reason import Reason
from botapp.policy.suppression import NOTICES, REST
from botapp.reengagement.crossing import cross
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, contacts, ledger, standing
from botapp.storage.contacts import Contact
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.reengagements import State

_MOST_RETRIES_AFTER_REFUSAL = 3
_FINAL = {
    ErrorClass.UNREACHABLE: Reason.UNREACHABLE,
    ErrorClass.WINDOW_CLOSED: Reason.WINDOW_CLOSED,
    ErrorClass.STOPPED: Reason.STOPPED,
}


@dataclass(frozen=True, slots=True)
class Consequence:
    """`retry_at` is set only where it is certain that nothing was delivered."""

    state: State
    reason: Reason | None = None
    retry_at: datetime | None = None


def consequence_of(
    outcome: Outcome, releases: int, start_before: datetime, now: datetime, house: HouseRules
) -> Consequence:
    """What follows for the message. A retry that could not start inside the window is none."""
    found = _consequence(outcome, releases, now, house)
    if found.retry_at is not None and found.retry_at >= start_before:
        return Consequence(State.EXPIRED, found.reason)
    return found


def _consequence(outcome: Outcome, releases: int, now: datetime, house: HouseRules) -> Consequence:
    match outcome.kind:
        case OutcomeKind.ACCEPTED:
            return Consequence(State.SENT)
        case OutcomeKind.NOT_SENT if outcome.detail == LateError.detail:
            return Consequence(State.PLANNED, Reason.LATE, now)
        case OutcomeKind.NOT_SENT if outcome.detail == ClocksDisagreeError.detail:
            return Consequence(State.PLANNED, Reason.CLOCKS_DISAGREE, now + house.hold_interval)
        case OutcomeKind.NOT_SENT:
            return Consequence(State.PLANNED, Reason.NOT_CONNECTED, now + _back_off(releases, house))
        case OutcomeKind.REFUSED if outcome.error is not None:
            return _refused(outcome.error, outcome.wait_seconds, releases, now, house)
        case _:
            return Consequence(State.UNKNOWN, Reason.NO_ANSWER)


def _refused(
    error: PlatformError, wait_seconds: float | None, releases: int, now: datetime, house: HouseRules
) -> Consequence:
    """A refusal is certain: nothing was delivered. Some of them pass."""
    wait = house.hold_interval
    match error.error_class:
        case ErrorClass.WAIT:
            reason, wait = Reason.THROTTLED, max(timedelta(seconds=wait_seconds or 0), _back_off(releases, house))
        case ErrorClass.RETRY if releases < _MOST_RETRIES_AFTER_REFUSAL:
            reason, wait = Reason.REFUSED, _back_off(releases, house)
        case ErrorClass.PAUSE:
            reason = Reason.PAGE_PAUSED
        case ErrorClass.THREAD_TAKEN:
            reason = Reason.THREAD_OWNED
        case final:
            return Consequence(State.FAILED, _FINAL.get(final, Reason.REFUSED))
    return Consequence(State.PLANNED, reason, now + wait)


def _back_off(releases: int, house: HouseRules) -> timedelta:
    return min(timedelta(seconds=2.0 ** min(releases, 10)), house.hold_interval)


def learn(
    connection: Connection, contact: Contact, error: PlatformError, house: HouseRules, now: datetime
) -> list[Entry]:
    """Keep what a refusal taught of this locked contact or of the page; the entries to append for the contact."""
    details = {"error": str(error)}
    match error.error_class:
        case ErrorClass.UNREACHABLE:
            contacts.change_contact(connection, contact.account_id, contact.id, unreachable_since=now)
            return [Entry(EntryKind.REACHABILITY, occurred_at=now, details={"reachable": False, **details})]
        case ErrorClass.WINDOW_CLOSED:
            _close_window(connection, contact, house, now)
            return [Entry(EntryKind.WINDOW_CORRECTED, occurred_at=now, details=details)]
        case ErrorClass.THREAD_TAKEN:
            contacts.change_contact(
                connection, contact.account_id, contact.id, thread_owner="other_app", thread_owned_at=now
            )
            return [Entry(EntryKind.THREAD_OWNER, occurred_at=now, details={"owner": "other_app", **details})]
        case ErrorClass.STOPPED:
            identity = (contact.account_id, contact.id)
            standing.suppress(connection, identity, NOTICES, now, until=None)
            stop = Entry(EntryKind.SUPPRESSION_SET, occurred_at=now, details={"scope": NOTICES, **details})
            return [stop, *cross(connection, [identity], now).get(identity, ())]
        case ErrorClass.PAUSE:
            if accounts.pause(connection, contact.account_id, str(error), now):
                paused = Entry(EntryKind.PAGE_PAUSED, occurred_at=now, reason=str(error))
                ledger.append_for_page(connection, contact.account_id, paused, now)
            return []
        case _:
            return []


def rest(
    connection: Connection, contact: Contact, claimed_at: datetime, house: HouseRules, now: datetime
) -> list[Entry]:
    """Let a day count from now for this locked contact if what may have arrived took longer than a claim allows for.

    The claims themselves are a day and the send allowance apart. That is enough unless the process was frozen between
    its last look at the clock and the write, or whoever passed the message on kept it. The entries to append.
    """
    if now <= claimed_at + house.send_allowance:
        return []
    until = now + house.cool_down
    standing.suppress(connection, (contact.account_id, contact.id), REST, now, until)
    return [Entry(EntryKind.SUPPRESSION_SET, occurred_at=now, details={"scope": REST, "until": until.isoformat()})]


def _close_window(connection: Connection, contact: Contact, house: HouseRules, now: datetime) -> None:
    """The platform knows better: whatever we believed, the window is closed until the person writes again."""
    closed = now - house.window_length
    contacts.change_contact(
        connection,
        contact.account_id,
        contact.id,
        last_interaction_at=min(contact.last_interaction_at or closed, closed),
        conversation_started_at=min(contact.conversation_started_at or closed, closed),
    )
