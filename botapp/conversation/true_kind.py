"""What an answer is about when it goes out: meanwhile another may have said it, or a no may have come."""

from collections.abc import Callable
from datetime import datetime

from botapp.conversation.answers import AnswerKind
from botapp.policy.consent import Basis, ConsentState, allows, standing
from botapp.policy.suppression import stopped
from botapp.reengagement.facts import Standings
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.replies import Reply

DISCLOSING = frozenset({AnswerKind.GREETING, AnswerKind.GREETING_STOPPED, AnswerKind.AGAIN})
_PROMISES_MESSAGES = frozenset({AnswerKind.OPTIN_YES, AnswerKind.START_CONFIRMED})


def true_kind(
    contact: Contact, account: Account, reply: Reply, load_standings: Callable[[], Standings], now: datetime
) -> str:
    """The kind that is true now. Standings are loaded only where they can matter."""
    if reply.kind in DISCLOSING:
        # Of several greetings that were planned before the first went out, the others are plain answers.
        is_disclosed = contact.disclosed_at is not None and contact.disclosed_at >= reply.planned_at
        if is_disclosed:
            return AnswerKind.ANSWER
    elif reply.kind not in _PROMISES_MESSAGES:
        return reply.kind
    standings, key = load_standings(), (contact.account_id, contact.id)
    if stopped(standings.suppressions(key).values(), now):
        return AnswerKind.GREETING_STOPPED if reply.kind in DISCLOSING else AnswerKind.STOP_HOLDS
    if reply.kind in DISCLOSING:
        return reply.kind
    consents = standings.consents(key)
    is_unasked = standing(consents) is ConsentState.GIVEN and not allows(consents, Basis(account.basis))
    return AnswerKind.START_NEEDS_YES if is_unasked else reply.kind
