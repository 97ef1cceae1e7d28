"""How far a conversation came on the way to our one message, told from the log alone; or why no farther.

Instants and spans are microseconds, as in entries.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from botapp.policy.experiments.outcome import Entry
from botapp.policy.reason import Reason


class Stage(IntEnum):
    """What was reached. A conversation has reached all stages before it too."""

    OPENED = 0  # a window is open
    ELIGIBLE = 1  # nothing of the person's own forbids a message
    PLANNED = 2  # a rule has a moment for it
    MESSAGED = 3  # one was sent

    @property
    def word(self) -> str:
        """As it is stored."""
        return self.name.lower()


# Reasons that lie with the person or with what we owe them; all others lie with the campaign, the page or the moment.
OF_THE_PERSON = frozenset(
    {
        Reason.NEVER_SPOKE,
        Reason.ONE_PER_SILENCE,
        Reason.COOL_DOWN,
        Reason.STOPPED,
        Reason.COMPLAINT,
        Reason.MUTED,
        Reason.UNREACHABLE,
        Reason.ERASED,
        Reason.NO_CONSENT,
        Reason.CONVERTED,
        Reason.ANSWERED,
        Reason.WEEKLY_CAP,
        Reason.IGNORED,
        Reason.FREQUENCY,
        Reason.OWN_QUIET_HOURS,
        Reason.TOPIC_STOPPED,
    }
)


@dataclass(frozen=True, slots=True)
class Course:
    """One conversation, from its first message until the window after its last one has closed."""

    opened_at: int
    last_at: int
    ends_at: int  # by the log's clock: from then on nothing changes it
    stage: Stage = Stage.OPENED
    rule: str = ""
    version: int = 0
    reason: str = ""  # why it came no farther; empty: it may still, or nothing was decided
    silence_at: int = 0  # the one that was decided about last


def wrote(course: Course | None, entry: Entry, window: int) -> Course | None:
    """The conversation after another message of the customer; a new one where the last one's window had closed."""
    if entry.occurred_at is None:
        return course  # nobody knows when it was, and it opens nothing
    at, patience = entry.occurred_at, window // 24
    ends_at = max(at + window, entry.recorded_at) + patience
    if course is None or at > course.last_at + window:
        return Course(at, at, ends_at)
    return replace(course, last_at=max(course.last_at, at), ends_at=max(course.ends_at, ends_at))


def decided(course: Course, entry: Entry) -> Course:
    """The conversation after an entry about its message."""
    step = _STEPS.get(entry.kind)
    if step is None or entry.subject_at is None:
        return course
    if entry.subject_at < course.silence_at and step is not _messaged:
        return course  # about an older silence: a newer one has been decided about since
    return step(replace(course, silence_at=max(course.silence_at, entry.subject_at)), entry)


def _planned(course: Course, entry: Entry) -> Course:
    if course.stage is Stage.MESSAGED:
        return course
    return _with_rule(replace(course, stage=Stage.PLANNED, reason=""), entry)


def _lost(course: Course, entry: Entry) -> Course:
    if course.stage is Stage.MESSAGED:
        return course
    reason = entry.reason or entry.kind
    reached = Stage.OPENED if reason in OF_THE_PERSON else Stage.ELIGIBLE
    return replace(course, stage=max(course.stage, reached), reason=reason)


def _messaged(course: Course, entry: Entry) -> Course:
    if course.stage is Stage.OPENED:
        return course  # of a conversation before this one
    return _with_rule(replace(course, stage=Stage.MESSAGED, reason=""), entry)


def _with_rule(course: Course, entry: Entry) -> Course:
    """Of the entry, where it names one."""
    details = entry.details
    return replace(course, rule=details.get("rule", course.rule), version=details.get("rule_version", course.version))


_STEPS: Mapping[str, Callable[[Course, Entry], Course]] = {
    "planned": _planned,
    "claimed": _planned,
    "released": _planned,
    "sent": _messaged,
    "reconciled": _messaged,
    "skipped": _lost,
    "superseded": _lost,
    "expired": _lost,
    "failed": _lost,
    "unknown": _lost,
}
KINDS = ("interaction", *_STEPS)
