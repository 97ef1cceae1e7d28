"""What kinds and reasons are called in front of people. The one place; a test asks it for every one there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from botapp.policy.reason import Reason
from botapp.storage.ledger import EntryKind


class Tone(StrEnum):
    """How an entry looks beside others; the style sheet's class names."""

    PLAIN = ""
    GOOD = "good"
    CARE = "warn"
    NO = "bad"


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    meaning: str
    tone: Tone = Tone.PLAIN


KINDS: Mapping[EntryKind, Words] = {
    EntryKind.INTERACTION: Words(
        "The customer wrote", "A message or a tap of the customer: it opens or renews the window."
    ),
    EntryKind.CONSENT_GIVEN: Words("Consent given", "The customer agreed to be written to.", Tone.GOOD),
    EntryKind.CONSENT_REFUSED: Words("Consent refused", "The customer was asked and said no.", Tone.NO),
    EntryKind.CONSENT_WITHDRAWN: Words("Consent withdrawn", "The customer took their consent back.", Tone.NO),
    EntryKind.SUPPRESSION_SET: Words("Stop or pause set", "From here on nothing is sent on our own.", Tone.NO),
    EntryKind.SUPPRESSION_LIFTED: Words("Stop or pause lifted", "The customer allowed messages again.", Tone.GOOD),
    EntryKind.REACHABILITY: Words("Reachability changed", "The platform said whether the customer can be reached."),
    EntryKind.THREAD_OWNER: Words("Conversation handed over", "Who answers in this conversation changed."),
    EntryKind.QUESTION_ASKED: Words("Asked for consent", "The bot asked whether it may write again."),
    EntryKind.PLANNED: Words("Message planned", "One message may follow if the customer stays silent."),
    EntryKind.SKIPPED: Words("Not sent", "It was decided not to write to the customer.", Tone.CARE),
    EntryKind.SUPERSEDED: Words("Plan replaced", "The customer wrote again, so an older plan no longer counts."),
    EntryKind.HELD: Words("Put off", "The message has to wait; it may still be sent inside the window.", Tone.CARE),
    EntryKind.CLAIMED: Words("Message begun", "A worker took the message on; nobody else can send it."),
    EntryKind.RELEASED: Words("Given back", "Nothing left us for certain, so it may be tried again."),
    EntryKind.SENT: Words("Message sent", "The platform accepted the message.", Tone.GOOD),
    EntryKind.FAILED: Words("Message refused", "The platform did not take the message. It did not arrive.", Tone.CARE),
    EntryKind.UNKNOWN: Words("Outcome unknown", "The platform's answer was lost. It is never sent again.", Tone.CARE),
    EntryKind.EXPIRED: Words("Too late", "The window closed before the message could be sent.", Tone.CARE),
    EntryKind.CROSSED: Words("Crossed", "A no arrived while a message was already on its way.", Tone.NO),
    EntryKind.RECONCILED: Words("Outcome cleared up", "The platform told later what became of the message.", Tone.GOOD),
    EntryKind.TAKEN_UP: Words("Message taken up", "The customer answered a message of ours.", Tone.GOOD),
    EntryKind.CONVERTED: Words("Conversion", "The business's own systems told of a purchase or the like.", Tone.GOOD),
    EntryKind.ANSWERED: Words("Answered by others", "A person or another app answered the customer."),
    EntryKind.PREFERENCE: Words("Setting chosen", "The customer chose how often, when not, or in which language."),
    EntryKind.WINDOW_CORRECTED: Words("Window corrected", "The platform said that the window had closed.", Tone.CARE),
    EntryKind.HANDOVER_REQUESTED: Words("A person was wanted", "From here on a person of the team is to answer."),
    EntryKind.HANDOVER_CLAIMED: Words("A person took over", "A staff member took this conversation on."),
    EntryKind.HANDOVER_ANSWERED: Words("A person wrote", "A staff member wrote an answer.", Tone.GOOD),
    EntryKind.HANDOVER_PASSED: Words(
        "Passed on", "The conversation went to the platform's inbox, or the platform refused to pass it."
    ),
    EntryKind.HANDOVER_LATE: Words(
        "Nobody came in time", "The customer had waited for a person longer than the house means them to.", Tone.CARE
    ),
    EntryKind.HANDOVER_ENDED: Words("No person any more", "The bot answers again."),
    EntryKind.SATISFACTION: Words("Helped or not", "The customer said with one tap whether the answer helped."),
    EntryKind.REPLY_PLANNED: Words("Answer owed", "Something that opens no window is answered all the same."),
    EntryKind.REPLY_RELEASED: Words("Answer given back", "The answer did not leave us, so it may be tried again."),
    EntryKind.REPLY_SENT: Words("Answered", "The platform accepted our answer.", Tone.GOOD),
    EntryKind.REPLY_FAILED: Words("Answer refused", "The platform did not take our answer.", Tone.CARE),
    EntryKind.REPLY_UNKNOWN: Words("Answer unknown", "Whether our answer arrived is not known.", Tone.CARE),
    EntryKind.REPLY_SKIPPED: Words("Not answered", "It was decided not to answer.", Tone.CARE),
    EntryKind.LINKED: Words("Identities linked", "Two identities belong to one person: a no of one is a no of both."),
    EntryKind.ACCOUNT_ADDED: Words("Page added", "We began to speak for this page."),
    EntryKind.ACCOUNT_CHANGED: Words("Page changed", "The page's token or settings changed."),
    EntryKind.PAGE_PAUSED: Words("Page paused", "Nothing is sent from this page until somebody resumes it.", Tone.NO),
    EntryKind.PAGE_RESUMED: Words("Page resumed", "The page may send again.", Tone.GOOD),
    EntryKind.PROACTIVE_STOPPED: Words("Kill switch on", "Staff stopped everything that we send on our own.", Tone.NO),
    EntryKind.PROACTIVE_RESUMED: Words("Kill switch off", "Staff allowed our own messages again.", Tone.GOOD),
    EntryKind.LIVE_ASKED: Words("Going live asked for", "A second person was asked to let the page be live."),
    EntryKind.TEMPLATE_TRIED: Words("Template tried", "A staff member had a template sent to a contact of their own."),
    EntryKind.STAFF_LINKED: Words("Contact of the team", "A staff member showed that this contact is their own."),
    EntryKind.STAFF_UNLINKED: Words("No contact of the team", "This contact is not a staff member's own any more."),
    EntryKind.TEMPLATE_WRITTEN: Words("Wording written", "Somebody wrote words for a message; nobody gets them yet."),
    EntryKind.TEMPLATE_SUBMITTED: Words("Wording submitted", "Another person was asked to approve a message's words."),
    EntryKind.TEMPLATE_RETURNED: Words("Wording returned", "A message's words went back to whoever wrote them."),
    EntryKind.TEMPLATE_APPROVED: Words("Wording approved", "Somebody other than their author approved the words."),
    EntryKind.TEMPLATE_PUBLISHED: Words("Wording published", "A version of a message's words went live."),
    EntryKind.TEMPLATE_PAUSED: Words("Wording paused", "Nobody gets these words until a second person resumes them."),
    EntryKind.TEMPLATE_RETIRED: Words("Wording retired", "A version of a message's words is no longer used."),
    EntryKind.RULE_WRITTEN: Words("Rule written", "Somebody wrote a rule; nobody gets anything by it yet."),
    EntryKind.RULE_SUBMITTED: Words("Rule submitted", "Another person was asked to approve a rule."),
    EntryKind.RULE_RETURNED: Words("Rule returned", "A rule went back to whoever wrote it."),
    EntryKind.RULE_APPROVED: Words("Rule approved", "Somebody other than its author approved a rule."),
    EntryKind.RULE_HALTED: Words("Rule paused by staff", "It sends nothing until a second person resumes it."),
    EntryKind.RULE_PUBLISHED: Words("Rule published", "A version of a rule went live."),
    EntryKind.RULE_RETIRED: Words("Rule retired", "A rule is no longer used."),
    EntryKind.RULE_PAUSED: Words(
        "Rule paused by a guard", "Too few customers answered it, or too many wanted no more.", Tone.CARE
    ),
    EntryKind.RULE_RESUMED: Words("Rule resumed", "A second person let a rule go on that a guard had paused."),
    EntryKind.QUESTION_PUBLISHED: Words("Question published", "A version of the consent question went live."),
    EntryKind.FAQ_PUBLISHED: Words("Answers published", "What this page knows to answer changed."),
    EntryKind.CANNED_CHANGED: Words("Ready words changed", "A member of the staff changed words that the team uses."),
    EntryKind.TEXTS_PUBLISHED: Words("Texts published", "What the bot says on this page changed."),
    EntryKind.PROFILE_SET: Words("Greeting and menu set", "What the platform shows of this page was set."),
    EntryKind.MESSAGE_UNSENT: Words("Message taken back", "The customer took back a message; its words are gone here."),
    EntryKind.MESSAGE_EDITED: Words(
        "Message changed", "The customer changed a message; its first words are gone here."
    ),
    EntryKind.CATALOGUE_APPLIED: Words("Catalogue applied", "The page's products and categories were replaced."),
    EntryKind.WEBHOOK_ADDED: Words("Webhook added", "Another system is told of sends, replies and stops of this page."),
    EntryKind.WEBHOOK_CHANGED: Words(
        "Webhook changed", "A webhook was paused, resumed, ended or given another secret."
    ),
    EntryKind.API_KEY_ADDED: Words("API key added", "A system of ours or the business's may tell us facts."),
    EntryKind.API_KEY_REVOKED: Words("API key revoked", "A key of the API lets nobody in any more."),
    EntryKind.TERMS: Words("Terms", "What this page's messages are judged by from here on."),
    EntryKind.ERASURE_REQUESTED: Words(
        "Erasure asked for", "The customer asked to have their data deleted.", Tone.CARE
    ),
    EntryKind.ERASED: Words("Erased", "Messages, facts and identifiers are gone; the proofs stay.", Tone.CARE),
    EntryKind.ACCESS_REQUESTED: Words("Access asked for", "The customer asked what we know of them."),
    EntryKind.DATA_EXPORTED: Words("Data handed out", "The customer's data were handed out to them."),
    EntryKind.FORGOTTEN: Words("Kept long enough", "What had been kept for its time was removed."),
    EntryKind.STAFF_ADDED: Words("Staff member added", "Somebody may work here."),
    EntryKind.STAFF_CHANGED: Words("Staff member changed", "What a staff member may do changed."),
    EntryKind.LOGGED_IN: Words("Logged in", "A staff member logged in."),
    EntryKind.LOG_IN_REFUSED: Words("Log-in refused", "Somebody tried to log in and was refused.", Tone.CARE),
    EntryKind.LOGGED_OUT: Words("Logged out", "A staff member logged out."),
    EntryKind.SESSION_REVOKED: Words("Session ended", "A staff member's session was ended for them."),
    EntryKind.EXPORT_BEGUN: Words("Export begun", "A staff member began to take something out of the log."),
    EntryKind.EXPORT_ENDED: Words("Export ended", "How much of it was handed out."),
    EntryKind.LOG_CHECKED: Words("Log checked", "A staff member had the stored log compared with what was signed."),
    EntryKind.REQUEST_HANDLED: Words("Request handled", "A staff member said whose a request is, or closed it."),
}

REASONS: Mapping[Reason, str] = {
    Reason.NEVER_SPOKE: "The customer has not started a conversation.",
    Reason.WINDOW_CLOSED: "It was too late to be sure to arrive inside the window.",
    Reason.SUPERSEDED: "The customer has written since; a newer plan counts.",
    Reason.ONE_PER_SILENCE: "One message was begun already since the customer last wrote.",
    Reason.COOL_DOWN: "The last message was less than a day ago.",
    Reason.STOPPED: "The customer said STOP.",
    Reason.COMPLAINT: "The customer complained and has not asked us back since.",
    Reason.CONVERTED: "The customer has done what the message would have been about.",
    Reason.ANSWERED: "Somebody else has answered since the customer last wrote.",
    Reason.MUTED: "The customer asked for a pause that outlasts the window.",
    Reason.UNREACHABLE: "The platform says that the customer cannot be reached, perhaps a block.",
    Reason.NO_CONSENT: "This page needs a recorded yes, and there is none.",
    Reason.WEEKLY_CAP: "The customer has had as many messages as we allow in a week.",
    Reason.IGNORED: "The customer did not react to the last messages.",
    Reason.NO_LEGAL_INSTANT: "The rule's hours and days and the window leave no moment for it.",
    Reason.FREQUENCY: "The customer chose to hear from us less often.",
    Reason.OWN_QUIET_HOURS: "The hours in which the customer wants quiet leave no moment for it.",
    Reason.TOPIC_STOPPED: "The customer does not want this topic.",
    Reason.PAGE_RATE: "More was due than the page may send before the windows close, and other messages came first.",
    Reason.GUARD: "A guard has paused the rule: too few answered it, or it did harm.",
    Reason.TONE: "The filled message did not pass the tone check.",
    Reason.NO_RULE: "No rule in force is meant for this customer.",
    Reason.BUDGET: "The rule's budget is spent.",
    Reason.RULE_CAP: "The customer has had as many messages by this rule as it allows one person.",
    Reason.HOLD_OUT: "The customer is one of those who get nothing, so that the rule's effect can be seen.",
    Reason.NO_TEMPLATE: "The words of the rule's message are not published.",
    Reason.MISSING_FACT: "The message names something that we do not know of this customer.",
    Reason.TEXT_TOO_LONG: "The message would be longer than the platform allows.",
    Reason.NOT_DUE: "Its time has not come yet.",
    Reason.PROACTIVE_STOPPED: "The kill switch is on.",
    Reason.PAGE_PAUSED: "The page is paused.",
    Reason.TEAM_MODE: "The page is in team mode, and this is no contact of the team's own.",
    Reason.DAILY_CAP: "The page is new and has sent as many today as its cap allows.",
    Reason.ALREADY_CLOSED: "The conversation had been closed politely, and the customer asked for nothing.",
    Reason.UNSENT: "The customer took back what it would have answered.",
    Reason.THREAD_OWNED: "A person or another app is talking with the customer.",
    Reason.CLOCKS_DISAGREE: "Our clock and the platform's did not agree well enough to be sure.",
    Reason.ANSWER_PENDING: "What the customer wrote has to be answered first.",
    Reason.LATE: "The last look at the clock, just before sending, said no.",
    Reason.THROTTLED: "The platform asked us to slow down.",
    Reason.NOT_CONNECTED: "The platform could not be reached; nothing left us.",
    Reason.REFUSED: "The platform refused the message.",
    Reason.NO_ANSWER: "The platform's answer was lost or unclear.",
    Reason.WORKER_LOST: "The process that sent it stopped without a word.",
    Reason.ERASED: "The customer's data were erased.",
}


def words_of(kind: str) -> Words:
    """Of an entry of the log. A kind of a later version has none and goes by its name."""
    try:
        return KINDS[EntryKind(kind)]
    except (ValueError, KeyError):
        return Words(_spaced(kind), "")


def reason_in_words(reason: str | None) -> str:
    """Reasons of the policy in words; what staff or the platform gave as a reason as it stands. Empty for none."""
    if not reason:
        return ""
    try:
        return REASONS[Reason(reason)]
    except (ValueError, KeyError):
        return reason


def _spaced(name: str) -> str:
    return name.replace("_", " ").capitalize()
