"""Entries, reasons and what would have changed them, in plain words."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from botapp.compliance.told import Told
from botapp.policy.counterfactual import Counterfactual
from botapp.policy.reason import Reason
from botapp.policy.suppression import REST, RETURNED
from botapp.storage.ledger import EntryKind
from botapp.storage.times import from_microseconds

# "… because …"
WHY: Mapping[str, str] = {
    Reason.NEVER_SPOKE: "the customer had not written first",
    Reason.WINDOW_CLOSED: "it was too late to begin inside the window",
    Reason.SUPERSEDED: "the customer had written again, and that silence has a plan of its own",
    Reason.ONE_PER_SILENCE: "one had been begun since the customer last wrote",
    Reason.COOL_DOWN: "less than a day had passed since the one before, or since all before was erased",
    Reason.STOPPED: "the customer had said stop",
    Reason.COMPLAINT: "the customer had complained and had not asked us back since",
    Reason.CONVERTED: "the customer had already done what it would have been about",
    Reason.ANSWERED: "somebody else had answered the customer since they last wrote",
    Reason.MUTED: "the customer had asked for quiet for longer than the window was open",
    Reason.UNREACHABLE: "the platform had said that the customer cannot be reached",
    Reason.NO_CONSENT: "there was no consent that the page may rest on",
    Reason.WEEKLY_CAP: "the customer had already had as many as a week allows",
    Reason.IGNORED: "the last ones in a row had not been taken up",
    Reason.NO_LEGAL_INSTANT: "the rule's hours and days and the window left no minute",
    Reason.FREQUENCY: "the customer had chosen to hear from the page less often",
    Reason.OWN_QUIET_HOURS: "the hours in which the customer wants quiet left no minute",
    Reason.TOPIC_STOPPED: "the customer had said no to that topic",
    Reason.PAGE_RATE: "more was due than the page's rate carries in time, and other messages came first",
    Reason.GUARD: "a guard had paused the rule",
    Reason.TONE: "the text, once filled, was refused by the tone check",
    Reason.NO_RULE: "no live rule was meant for this customer",
    Reason.BUDGET: "the rule's budget was spent",
    Reason.RULE_CAP: "the customer had already had as many by that rule as it allows one person",
    Reason.HOLD_OUT: "the customer is one of those held out of the rule, to see what it changes",
    Reason.NO_TEMPLATE: "the rule's template was not live",
    Reason.MISSING_FACT: "a placeholder of the text had no value",
    Reason.TEXT_TOO_LONG: "the text was longer than the platform takes",
    Reason.NOT_DUE: "it was not due yet",
    Reason.PROACTIVE_STOPPED: "the kill switch was on",
    Reason.PAGE_PAUSED: "the page was paused",
    Reason.TEAM_MODE: "the page was in team mode, and the customer is none of the team",
    Reason.DAILY_CAP: "the page was new and had begun as many that day as its cap allowed",
    Reason.ALREADY_CLOSED: "the conversation had been closed politely",
    Reason.UNSENT: "the customer took the message back",
    Reason.THREAD_OWNED: "somebody else was talking with the customer",
    Reason.CLOCKS_DISAGREE: "the platform's clock and ours disagreed, or theirs could not be seen",
    Reason.ANSWER_PENDING: "what the customer wrote had not been answered yet",
    Reason.LATE: "the clock, read again before the write, said that it was too late",
    Reason.THROTTLED: "the platform asked for fewer messages",
    Reason.NOT_CONNECTED: "the platform could not be reached, and nothing left this host",
    Reason.REFUSED: "the platform refused it",
    Reason.NO_ANSWER: "the platform's answer was lost",
    Reason.WORKER_LOST: "the process that had begun it was not heard of again",
    Reason.ERASED: "the customer's data were erased",
}
# "…, it would have been sent"
_WITHOUT: Mapping[Reason, str] = {
    Reason.SUPERSEDED: "Had the customer not written again",
    Reason.ONE_PER_SILENCE: "Had the one before not been begun",
    Reason.COOL_DOWN: "Had the one before not been begun",
    Reason.STOPPED: "Had the customer not said stop",
    Reason.COMPLAINT: "Had the customer not complained",
    Reason.CONVERTED: "Had there been no conversion",
    Reason.ANSWERED: "Had nobody else answered the customer",
    Reason.MUTED: "Had the customer not asked for quiet",
    Reason.UNREACHABLE: "Had the customer been reachable",
    Reason.NO_CONSENT: "Had there been a yes to the page's question",
    Reason.WEEKLY_CAP: "Had there been one less in that week",
    Reason.IGNORED: "Had the customer taken up the one before",
    Reason.NO_LEGAL_INSTANT: "Without the rule's hours and days",
    Reason.FREQUENCY: "Had the customer left the frequency to the page",
    Reason.OWN_QUIET_HOURS: "Without the customer's own quiet hours",
    Reason.TOPIC_STOPPED: "Had the customer not said no to that topic",
    Reason.GUARD: "Had no guard paused the rule",
    Reason.TONE: "Had the text been another",
    Reason.BUDGET: "Had there been a greater budget",
    Reason.RULE_CAP: "Had the rule allowed one person more",
    Reason.HOLD_OUT: "Had the customer not been held out of the rule",
    Reason.NO_TEMPLATE: "Had there been a text",
    Reason.MISSING_FACT: "Had there been a text",
    Reason.TEXT_TOO_LONG: "Had there been a text",
    Reason.PROACTIVE_STOPPED: "Had the kill switch been off",
    Reason.PAGE_PAUSED: "Had the page not been paused",
    Reason.TEAM_MODE: "Had the page been live",
    Reason.DAILY_CAP: "Had the page's daily cap been higher",
    Reason.CLOCKS_DISAGREE: "Had the clocks agreed",
    Reason.THREAD_OWNED: "Had nobody else been talking with the customer",
    Reason.ANSWER_PENDING: "Had the answer gone out before",
}
_BY: Mapping[Reason, str] = {
    Reason.MUTED: "It would have been sent if the quiet had ended by {}.",
    Reason.COOL_DOWN: "It would have been sent if the one before had been begun by {}.",
}
_KINDS: Mapping[str, str] = {
    EntryKind.INTERACTION: "the customer wrote or acted",
    EntryKind.CONSENT_GIVEN: "the customer said yes",
    EntryKind.CONSENT_REFUSED: "the customer said no to the question",
    EntryKind.CONSENT_WITHDRAWN: "the customer took back their consent",
    EntryKind.SUPPRESSION_SET: "the customer said no ({scope})",
    EntryKind.SUPPRESSION_LIFTED: "the no was lifted ({scope})",
    EntryKind.PREFERENCE: "the customer chose for themselves ({name}: {value})",
    EntryKind.REACHABILITY: "what is known of the customer's being reachable changed",
    EntryKind.THREAD_OWNER: "the thread belonged to: {owner}",
    EntryKind.PLANNED: "a message was planned",
    EntryKind.SKIPPED: "it was decided not to send it: {why}",
    EntryKind.SUPERSEDED: "the plan was given up: {why}",
    EntryKind.HELD: "it was put off: {why}",
    EntryKind.CLAIMED: "the message was begun",
    EntryKind.RELEASED: "nothing had been delivered, and it was planned again: {why}",
    EntryKind.SENT: "the platform took it",
    EntryKind.FAILED: "the platform did not take it: {why}",
    EntryKind.UNKNOWN: "whether it arrived is not known: {why}",
    EntryKind.EXPIRED: "it was given up: {why}",
    EntryKind.CROSSED: "a no came while the message was already on its way",
    EntryKind.RECONCILED: "the platform showed that a message had been sent",
    EntryKind.CONVERTED: "the customer bought, or did what counts as much",
    EntryKind.ANSWERED: "somebody else answered the customer",
    EntryKind.HANDOVER_REQUESTED: "a person of the team was to take over",
    EntryKind.HANDOVER_CLAIMED: "a person of the team took over",
    EntryKind.HANDOVER_ANSWERED: "a person of the team wrote an answer",
    EntryKind.HANDOVER_PASSED: "the conversation was to be answered in the platform's inbox",
    EntryKind.HANDOVER_LATE: "nobody of the team had come in time",
    EntryKind.HANDOVER_ENDED: "the conversation was the bot's again",
    EntryKind.SATISFACTION: "the customer said whether the answer had helped",
    EntryKind.TAKEN_UP: "the customer took it up",
    EntryKind.WINDOW_CORRECTED: "the platform said that the window was closed",
    EntryKind.REPLY_SENT: "an answer to the customer was sent",
    EntryKind.MESSAGE_UNSENT: "the customer took back a message",
    EntryKind.MESSAGE_EDITED: "the customer changed a message",
    EntryKind.LINKED: "this contact and another were found to be one person",
    EntryKind.ERASED: "the customer's data were erased",
    EntryKind.TEMPLATE_TRIED: "a staff member tried a template on this contact, which is their own",
    EntryKind.PAGE_PAUSED: "the page was paused",
    EntryKind.PROACTIVE_STOPPED: "the kill switch was turned on",
    EntryKind.RULE_PAUSED: "a guard paused a rule",
}
_RESTS = {
    RETURNED: "a day of rest began with the erasure of what was known before",
    REST: "a day of rest began, because the message had been on its way for longer than usual",
}


def instant(at: datetime) -> str:
    """To the second, UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def sentence(entry: Told) -> str:
    """What an entry says."""
    why = WHY.get(entry.reason or "", entry.reason or "no reason is recorded")
    named = {name: entry.details.get(name, "?") for name in ("scope", "owner", "name", "value")}
    said = _KINDS.get(entry.kind, entry.kind.replace("_", " ")).format(why=why, **named)
    if entry.kind == EntryKind.SUPPRESSION_SET:
        said = _RESTS.get(named["scope"], said)
    due_at = entry.details.get("due_at")
    return f"{said} for {instant(from_microseconds(due_at))}" if due_at else said


def otherwise(found: Counterfactual, reason: Reason | None) -> Iterator[str]:
    """What would have changed a decision: a send, where there is no reason against it."""
    if reason is not None:
        yield from _without(found, reason)
    would = "would not have been sent" if reason is None else "would have been sent"
    if found.message_before is not None:
        yield f"It {would} if the customer's last message had come by {instant(found.message_before)}."
    if found.message_after is not None:
        yield f"It {would} if the customer's last message had come at {instant(found.message_after)} or soon after."


def _without(found: Counterfactual, reason: Reason) -> Iterator[str]:
    if found.sent_at is not None:
        yield f"{_WITHOUT[reason]}, it would have been sent at {instant(found.sent_at)}."
    if found.still is not None and found.still is not reason:
        yield f"{_WITHOUT[reason]}, it would still not have been sent, because {WHY[found.still]}."
    if found.by is not None:
        yield _BY[reason].format(instant(found.by))
