"""What criteria may ask of a customer besides facts: all of it as of their last interaction, so that it stands still.

A criterion that held when a silence was planned holds when its message falls due, unless a fact has changed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from botapp.policy.window import Interactions

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NEW, RETURNING = "new", "returning"
ANSWERED, IGNORED = "answered", "ignored"
MOST_REMEMBERED = 1000  # of a customer's interactions, the newest
OF_THE_INTERACTIONS = frozenset({"messages", "conversations"})  # known only where somebody asks: they cost a look


@dataclass(frozen=True, slots=True)
class Background:
    """What is on record of one contact's past."""

    first_seen_at: datetime | None = None
    reengagements: int = 0  # earlier ones that may have arrived, as far back as messages are kept
    responses: int = 0  # how many of those were taken up
    last_was_answered: bool | None = None  # the last of those; None if there was none
    messages: int | None = None  # how often they interacted; None: nobody asked
    conversations: int | None = None  # the one that goes on is one of them
    hour: timedelta = timedelta(hours=1)  # scaled with the day


NO_BACKGROUND = Background()


@dataclass(frozen=True, slots=True)
class Portrait:
    """Facts, profile and traits of one contact under one roof of names. A trait wins over a fact of its name."""

    values: Mapping[str, str]
    interactions: Interactions
    zone: tzinfo = UTC
    background: Background = NO_BACKGROUND
    last_claimed_at: datetime | None = None
    converted_at: datetime | None = None

    def get(self, name: str) -> str | None:
        """What is known under that name, or None."""
        trait = _TRAITS.get(name)
        return self.values.get(name) if trait is None else trait(self)


def _customer_type(portrait: Portrait) -> str | None:
    """New until a conversation of theirs has ended and another begun."""
    if portrait.interactions.last_at is None:
        return None
    return NEW if portrait.interactions.earlier_last_at is None else RETURNING


def _weekday(portrait: Portrait) -> str | None:
    local = _local(portrait)
    return None if local is None else WEEKDAYS[local.weekday()]


def _hour(portrait: Portrait) -> str | None:
    local = _local(portrait)
    return None if local is None else str(local.hour)


def _local(portrait: Portrait) -> datetime | None:
    at = portrait.interactions.last_at
    return None if at is None else at.astimezone(portrait.zone)


def _hours_since(find: Callable[[Portrait], datetime | None]) -> Callable[[Portrait], str | None]:
    """Whole hours from then to the last interaction; none at all where it came later."""

    def count(portrait: Portrait) -> str | None:
        since, last_at = find(portrait), portrait.interactions.last_at
        if since is None or last_at is None:
            return None
        return str(max(last_at - since, timedelta(0)) // portrait.background.hour)

    return count


def _last_reengagement(was_answered: bool | None) -> str | None:
    if was_answered is None:
        return None
    return ANSWERED if was_answered else IGNORED


def _written(number: int | None) -> str | None:
    return None if number is None else str(number)


_TRAITS: Mapping[str, Callable[[Portrait], str | None]] = {
    "customer_type": _customer_type,
    "weekday": _weekday,
    "hour": _hour,
    "hours_since_first_seen": _hours_since(lambda portrait: portrait.background.first_seen_at),
    "hours_since_reengagement": _hours_since(lambda portrait: portrait.last_claimed_at),
    "hours_since_conversion": _hours_since(lambda portrait: portrait.converted_at),
    "reengagements": lambda portrait: str(portrait.background.reengagements),
    "responses": lambda portrait: str(portrait.background.responses),
    "last_reengagement": lambda portrait: _last_reengagement(portrait.background.last_was_answered),
    "hours_since_conversation": _hours_since(lambda portrait: portrait.interactions.earlier_last_at),
    "messages": lambda portrait: _written(portrait.background.messages),
    "conversations": lambda portrait: _written(portrait.background.conversations),
}
TRAIT_NAMES = frozenset(_TRAITS)


def count_conversations(interacted_at: Sequence[datetime], window_length: timedelta) -> int:
    """How many conversations these instants, in order, belong to: one ends with a window's length of silence."""
    ended = sum(after >= before + window_length for before, after in pairwise(interacted_at))
    return ended + 1 if interacted_at else 0
