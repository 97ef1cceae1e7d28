"""What makes a re-engagement void because nobody needs it any more: a conversion, or an answer by somebody else.

A complaint is a suppression, and who holds the thread a reason to wait.
"""

from datetime import datetime
from enum import StrEnum

from botapp.policy.window import Interactions


class ConversionVoids(StrEnum):
    """What a conversion makes void, as a page chooses."""

    CONVERSATION = "conversation"  # all of the conversation in which it happened: who bought has been served
    SILENCE = "silence"  # only what was planned before it: what the customer writes afterwards counts anew
    NOTHING = "nothing"


class AnswerVoids(StrEnum):
    """What an answer by somebody else makes void."""

    SILENCE = "silence"  # what was planned because nobody had answered yet
    NOTHING = "nothing"


def is_converted(converted_at: datetime | None, interactions: Interactions, voids: ConversionVoids) -> bool:
    """Whether the latest conversion speaks for the present silence."""
    if converted_at is None or voids is ConversionVoids.NOTHING:
        return False
    of_conversation = voids is ConversionVoids.CONVERSATION
    since = interactions.conversation_started_at if of_conversation else interactions.last_at
    return since is None or converted_at >= since


def is_answered(answered_at: datetime | None, interactions: Interactions, voids: AnswerVoids) -> bool:
    """Whether somebody else has answered since the customer last wrote."""
    if answered_at is None or voids is AnswerVoids.NOTHING:
        return False
    return interactions.last_at is None or answered_at >= interactions.last_at
