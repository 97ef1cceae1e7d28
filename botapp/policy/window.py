"""The messaging window: when it opened, when it closes, and the last instant at which a send may start."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Anchor(StrEnum):
    """From which interaction a page counts its windows."""

    LATEST = "latest"  # the platform's rule
    INITIAL = "initial"  # the stricter house rule: from the first interaction of the conversation


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open: [opened_at, closes_at)."""

    opened_at: datetime
    closes_at: datetime

    def admits(self, now: datetime, send_allowance: timedelta) -> bool:
        """Whether a send that starts now is over, however slow, strictly before the window closes."""
        return now + send_allowance < self.closes_at


@dataclass(frozen=True, slots=True)
class Interactions:
    """What is remembered of a person's interactions, by the platform's time."""

    last_at: datetime | None = None
    conversation_started_at: datetime | None = None
    earlier_last_at: datetime | None = None  # the last before this conversation began

    def with_interaction(self, occurred_at: datetime, window_length: timedelta) -> "Interactions":
        """Fold one in, in any order: the latest wins, and a conversation begins where a window had closed.

        One delivered late may join this conversation to the one before. How that one began is not remembered: its last
        interaction stands for it, from which a window has closed before this conversation went on.
        """
        if self.last_at is None or self.conversation_started_at is None:
            return Interactions(occurred_at, occurred_at)
        if occurred_at >= self.last_at + window_length:
            return Interactions(occurred_at, occurred_at, self.last_at)
        if occurred_at >= self.conversation_started_at:
            return Interactions(max(self.last_at, occurred_at), self.conversation_started_at, self.earlier_last_at)
        earlier_at = self.earlier_last_at
        if occurred_at + window_length <= self.conversation_started_at:
            return replace(self, earlier_last_at=max(occurred_at, earlier_at or occurred_at))
        if earlier_at is not None and occurred_at < earlier_at + window_length:
            return Interactions(self.last_at, earlier_at)
        return replace(self, conversation_started_at=occurred_at)


def clamp(occurred_at: datetime, received_at: datetime) -> datetime:
    """The platform's time, never after our receipt of it: a clock ahead of ours must not lengthen a window."""
    return min(occurred_at, received_at)


def window_of(interactions: Interactions, anchor: Anchor, length: timedelta) -> Window | None:
    """The window that the person's interactions opened; None if the person never wrote."""
    opened_at = interactions.conversation_started_at if anchor is Anchor.INITIAL else interactions.last_at
    if opened_at is None:
        return None
    return Window(opened_at, opened_at + length)
