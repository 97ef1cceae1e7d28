"""What is to be expected of an open window if nothing else happens: the production decision, at each of its looks."""

from dataclasses import dataclass
from datetime import datetime

from botapp.policy.decision import ContactFacts, Hold, PageFacts, Send, Skip, Terms, decide
from botapp.policy.reason import Reason
from botapp.policy.window import window_of

_LOOKS = 10  # how often a plan is looked at again before it is given up


@dataclass(frozen=True, slots=True)
class Prospect:
    """One window. Without a reason it is a send; with one that may pass, it waits."""

    at: datetime  # of the last look
    deadline_at: datetime
    rule: str = ""
    worth: int = 0
    reason: Reason | None = None
    may_pass: bool = False

    @property
    def is_sent(self) -> bool:
        return self.reason is None

    @property
    def outcome(self) -> str:
        """In a word: the reason, or the rule that sends."""
        return f"rule:{self.rule}" if self.reason is None else self.reason.value


def prospect(contact: ContactFacts, page: PageFacts, terms: Terms, now: datetime) -> Prospect | None:
    """What the plan of the latest silence comes to; None where no window is open."""
    window = window_of(contact.interactions, terms.anchor, terms.window_length)
    silence_at = contact.interactions.last_at
    if window is None or silence_at is None or not window.admits(now, terms.send_allowance):
        return None
    deadline_at, at = window.closes_at - terms.send_allowance, now
    decision = decide(contact, page, terms, planned_for=silence_at, now=at)
    for _ in range(_LOOKS):
        if not isinstance(decision, Hold) or decision.reason is not Reason.NOT_DUE:
            break
        at = decision.until
        decision = decide(contact, page, terms, planned_for=silence_at, now=at)
    return _told(decision, at, deadline_at)


def _told(decision: Send | Hold | Skip, at: datetime, deadline_at: datetime) -> Prospect:
    rule = decision.rule
    name, worth = (rule.name, rule.worth) if rule else ("", 0)
    if isinstance(decision, Send):
        return Prospect(at, deadline_at, name, worth)
    return Prospect(at, deadline_at, name, worth, decision.reason, may_pass=isinstance(decision, Hold))
