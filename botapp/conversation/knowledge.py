"""What a page knows to answer, as the dialogue asks for it. What knows it is plugged in by bootstrap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from sqlalchemy import Connection

from botapp.channels.port import QuickReply
from botapp.storage.accounts import Account
from botapp.storage.replies import Reply
from botapp.understanding.faq.entry import FaqEntry


@dataclass(frozen=True, slots=True)
class Answered:
    """The page knows it: the entry by its name, and what the page says to it.

    `provenance` is for the log, where the words are not the entry's own.
    """

    entry: str
    text: str
    language: str | None = None  # in which it was asked
    provenance: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offered:
    """It is not sure which of these was meant; each payload names its entry."""

    choices: Sequence[QuickReply]
    language: str | None = None  # of the likeliest


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The page knows answers, but none to this."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A question that the page is not sure of, and the entries that come nearest, the likeliest first."""

    question: str
    entries: tuple[FaqEntry, ...]


Finding: TypeAlias = Answered | Offered | Unanswered


class Knowledge(Protocol):
    """Finds answers. Inside the claim's transaction, so within milliseconds."""

    def find(self, connection: Connection, account: Account, reply: Reply) -> Finding | None:
        """What there is to say to the event that this reply answers; None: the page knows nothing at all."""
        ...


class Doubting(Protocol):
    """Knows what it does not know for sure."""

    def doubt(self, connection: Connection, account: Account, reply: Reply) -> Doubt | None:
        """The question of that event, where it has no sure answer to it. Changes nothing."""
        ...
