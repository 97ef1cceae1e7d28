"""What an answer is about when it goes out: meanwhile another may have said it, or a no may have come."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from botapp.conversation.about import kind_without_greeting
from botapp.conversation.answers import AnswerKind
from botapp.policy.consent import Basis, ConsentRecord, ConsentState, allows, standing
from botapp.policy.suppression import COMPLAINT, MUTE, OUR_OWN, Suppression, stopped
from botapp.reengagement.facts import Standings
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.replies import Reply

DISCLOSING = frozenset({AnswerKind.GREETING, AnswerKind.GREETING_STOPPED, AnswerKind.AGAIN})
_PROMISES_MESSAGES = frozenset({AnswerKind.OPTIN_YES, AnswerKind.START_CONFIRMED})
_PROMISES_SILENCE = frozenset({AnswerKind.STOP_CONFIRMED, AnswerKind.MUTE_CONFIRMED})


def true_kind(
    contact: Contact,
    account: Account,
    reply: Reply,
    load_standings: Callable[[], Standings],
    is_start_confirmed_next: Callable[[], bool],
    now: datetime,
) -> str:
    """The kind that is true now. What is to be looked up for it is looked up only where it can matter."""
    if reply.kind in DISCLOSING and contact.disclosed_at is not None and contact.disclosed_at >= reply.planned_at:
        # Of several greetings that were planned before the first went out, the others are plain answers.
        return kind_without_greeting(reply.about)
    if reply.kind not in DISCLOSING | _PROMISES_MESSAGES | _PROMISES_SILENCE:
        return reply.kind
    standings, key = load_standings(), (contact.account_id, contact.id)
    suppressions = standings.suppressions(key).values()
    if _is_as_promised(reply, suppressions, now):
        return reply.kind
    if stopped(suppressions, now):
        return AnswerKind.GREETING_STOPPED if reply.kind in DISCLOSING else AnswerKind.STOP_HOLDS
    if reply.kind in DISCLOSING or (reply.kind in _PROMISES_SILENCE and is_start_confirmed_next()):
        return reply.kind
    return _kind_of_yes(reply.kind, standings.consents(key), Basis(account.basis))


def _kind_of_yes(kind: str, consents: Sequence[ConsentRecord], basis: Basis) -> str:
    """What is said where no stop holds; of silence that was promised too late, that a newer START has undone it."""
    told = AnswerKind.START_CONFIRMED if kind in _PROMISES_SILENCE else kind
    if allows(consents, basis):
        return told
    if standing(consents) is ConsentState.GIVEN:
        return AnswerKind.START_NEEDS_YES
    # Who only says that we may go on gives no consent.
    return AnswerKind.NOD if told == AnswerKind.START_CONFIRMED else told


def _is_as_promised(reply: Reply, suppressions: Collection[Suppression], now: datetime) -> bool:
    """Whether the silence that is confirmed holds: any no of the person, be it to one topic; or a mute."""
    in_force = {each.scope for each in suppressions if each.is_in_force(now)}
    if reply.kind == AnswerKind.STOP_CONFIRMED:
        return not in_force <= {*OUR_OWN, COMPLAINT}
    is_over = reply.until is not None and reply.until <= now  # it was confirmed late
    return reply.kind == AnswerKind.MUTE_CONFIRMED and (is_over or MUTE in in_force)
