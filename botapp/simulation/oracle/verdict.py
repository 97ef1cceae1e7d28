"""What the oracle may find, each by the promise that it breaks."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Broken(StrEnum):
    """One name for each way to break a promise."""

    # Only when spoken to.
    NEVER_SPOKE = "never_spoke"
    # Once.
    TWICE_IN_A_SILENCE = "twice_in_a_silence"
    WITHIN_A_DAY = "within_a_day"
    REPEATED = "repeated"  # of what may have arrived, a second copy was written
    OVER_THE_CAP = "over_the_cap"
    IGNORED = "ignored"
    OVER_THE_BUDGET = "over_the_budget"  # of the rule
    OVER_THE_RULE_CAP = "over_the_rule_cap"  # what the rule allows one person
    OVER_THE_DAILY_CAP = "over_the_daily_cap"  # of a new page
    TOO_OFTEN = "too_often"  # for what they had chosen
    CONVERTED = "converted"  # they had bought already
    ANSWERED = "answered"  # somebody else had answered them
    # In time.
    OUTSIDE_THE_WINDOW = "outside_the_window"  # the platform took it when its window was closed
    NO_ALLOWANCE = "no_allowance"  # begun so late that a slow send would have ended outside
    QUIET_HOURS = "quiet_hours"
    OWN_QUIET_HOURS = "own_quiet_hours"  # those that they had chosen
    TOO_EARLY = "too_early"
    # Never after no.
    AFTER_A_NO = "after_a_no"
    CROSSED_TOO_LATE = "crossed_too_late"  # there was time to see the no
    AFTER_OUR_WORD = "after_our_word"  # something arrived after "you will hear no more from us"
    BLOCKED = "blocked"
    ANSWERED_TOO_SOON = "answered_too_soon"  # a 200 before the commit
    THREAD_OWNED = "thread_owned"
    KILL_SWITCH = "kill_switch"
    PAUSED = "paused"
    TEAM_ONLY = "team_only"  # the page was in team mode, and they are none of the team
    GUARDED = "guarded"  # a guard had paused the rule
    NOT_LIVE = "not_live"  # the words of no rule that was live
    # On the record.
    NO_CLAIM = "no_claim"
    NO_OUTCOME = "no_outcome"
    GAP = "gap"
    ROW_AND_LEDGER = "row_and_ledger"  # they tell different stories
    TAKEN_AND_NOT_RECORDED = "taken_and_not_recorded"  # the platform took it, the record says that it was not sent
    RECORDED_AND_NOT_TAKEN = "recorded_and_not_taken"
    CROSSING_NOT_RECORDED = "crossing_not_recorded"
    # Liveness.
    UNANSWERED = "unanswered"
    UNSENT = "unsent"
    GIVEN_UP = "given_up"  # for a rate that would have carried it


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that did not hold, for one contact, at an instant of true time."""

    promise: Broken
    at: datetime
    page_id: str
    contact_id: str
    told: str  # what happened, with its instants


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a world."""

    violations: tuple[Violation, ...]
    sends: int  # proactive messages that may have arrived
    lost: int  # those of them of which nothing was heard
    sendable: int  # silences in which one could have been sent, all being well for long enough
    unsent: tuple[Violation, ...]  # those of them in which none was; held against a run, not a world: `is_lively`
    answerable: int
    answered: int
    worst_lateness_seconds: float  # of a send that nothing was in the way of

    @property
    def unanswered(self) -> int:
        return self.answerable - self.answered


LEAST_SENT = 0.999


def is_lively(sendable: int, unsent: int) -> bool:
    """Whether enough of what could have been sent was: 99.9 % over a run."""
    return sendable - unsent >= LEAST_SENT * sendable
