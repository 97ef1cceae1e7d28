"""Why something was not sent, or not yet. One enum, stored and counted."""

from enum import StrEnum


class Reason(StrEnum):
    # The promises.
    NEVER_SPOKE = "never_spoke"  # the person has not started the conversation
    WINDOW_CLOSED = "window_closed"  # too late to start a send strictly inside the window
    SUPERSEDED = "superseded"  # the person has written since: a newer plan stands
    ONE_PER_SILENCE = "one_per_silence"  # one was claimed since the person last wrote
    COOL_DOWN = "cool_down"  # one was claimed less than a day ago, and the window closes before it is over
    STOPPED = "stopped"  # the person said STOP
    COMPLAINT = "complaint"  # the person complained, and has said nothing kinder since
    MUTED = "muted"  # the person muted us beyond the window's end
    UNREACHABLE = "unreachable"  # the platform says that the person cannot be reached, perhaps a block
    ERASED = "erased"  # their data were deleted
    NO_CONSENT = "no_consent"  # the page asks for an explicit yes, and there is none
    # Consideration.
    CONVERTED = "converted"  # they have done what it would have reminded them of
    ANSWERED = "answered"  # somebody else has answered them since they last wrote
    WEEKLY_CAP = "weekly_cap"
    IGNORED = "ignored"  # the last ones in a row were not taken up
    FREQUENCY = "frequency"  # the person chose to hear from us less often
    OWN_QUIET_HOURS = "own_quiet_hours"  # the hours that the person wants quiet leave no minute
    TOPIC_STOPPED = "topic_stopped"  # the person does not want this topic
    NO_LEGAL_INSTANT = "no_legal_instant"  # quiet hours and the window leave no minute
    # The campaign.
    NO_RULE = "no_rule"  # no live rule is meant for this person
    BUDGET = "budget"  # as many of the rule as its budget allows have been begun
    RULE_CAP = "rule_cap"  # as many of the rule as one person may get have been begun
    HOLD_OUT = "hold_out"  # all would have been well; nothing is sent, to see what the rule changes
    NO_TEMPLATE = "no_template"  # the rule's template is not live
    MISSING_FACT = "missing_fact"  # a placeholder without a fallback has no value
    TEXT_TOO_LONG = "text_too_long"
    PAGE_RATE = "page_rate"  # more were due than the page's rate carries, and others were worth more
    GUARD = "guard"  # a guard has paused the rule: too few answered it, or it did harm
    TONE = "tone"  # the filled text reveals tracking, presses, or asks too much
    # Holds: not now, perhaps later inside the window.
    NOT_DUE = "not_due"
    PROACTIVE_STOPPED = "proactive_stopped"  # the kill switch
    PAGE_PAUSED = "page_paused"
    TEAM_MODE = "team_mode"  # the page is not live yet, and this is no contact of the team's own
    THREAD_OWNED = "thread_owned"  # a person or another app is talking with the customer
    CLOCKS_DISAGREE = "clocks_disagree"  # the platform's clock and ours, or theirs could not be seen
    DAILY_CAP = "daily_cap"  # the page is new, and has begun as many today as its cap allows
    ANSWER_PENDING = "answer_pending"  # what the customer wrote has not been answered yet
    # Answers only.
    ALREADY_CLOSED = "already_closed"  # thanks for thanks would never end
    UNSENT = "unsent"  # the person took back what it would have answered
    # What the attempt taught.
    LATE = "late"  # the clock, read again before the write, said no
    THROTTLED = "throttled"
    NOT_CONNECTED = "not_connected"  # nothing left this host
    REFUSED = "refused"  # the platform refused this message for good
    NO_ANSWER = "no_answer"  # the platform's answer was lost or ambiguous
    WORKER_LOST = "worker_lost"  # the process that claimed it was not heard of again


# What earlier claims are the cause of: where one of them turns out to have delivered nothing, it is decided anew.
FOR_THE_SAKE_OF_CLAIMS = frozenset(
    {Reason.ONE_PER_SILENCE, Reason.COOL_DOWN, Reason.WEEKLY_CAP, Reason.FREQUENCY, Reason.IGNORED, Reason.RULE_CAP}
)
UNDONE_BY_A_YES = frozenset(
    {Reason.STOPPED, Reason.MUTED, Reason.COMPLAINT, Reason.TOPIC_STOPPED, Reason.NO_CONSENT, Reason.IGNORED}
)
REPLANNED_WHEN_THE_CAMPAIGN_CHANGES = frozenset(
    {Reason.NO_RULE, Reason.NO_TEMPLATE, Reason.NO_LEGAL_INSTANT, Reason.MISSING_FACT, Reason.TEXT_TOO_LONG}
    | {Reason.GUARD, Reason.TONE, Reason.TOPIC_STOPPED, Reason.OWN_QUIET_HOURS, Reason.BUDGET, Reason.RULE_CAP}
)
