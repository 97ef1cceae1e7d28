"""What crosses between the platforms and the rest: typed events inwards, messages and their outcomes across.

No platform's vocabulary passes this file; each folder beside it translates its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Signal(StrEnum):
    """What an event means to us, whatever the platform calls it."""

    INTERACTION = "interaction"  # the person did something that the platform counts as opening the window
    CONTACT = "contact"  # from the person, but it opens nothing (an unreact, an edit, an ad click alone)
    ECHO = "echo"  # a copy of something the page sent, by us or by others
    DELIVERY = "delivery"
    READ = "read"
    THREAD_OWNER = "thread_owner"  # control of the thread passed
    NOTICE_STOPPED = "notice_stopped"  # the person stopped notifications on the platform itself
    NOTICE_RESUMED = "notice_resumed"
    UNSENT = "unsent"  # the person took a message back
    PAGE_BLOCKED = "page_blocked"  # the platform restricts the page
    PAGE_UNBLOCKED = "page_unblocked"
    OTHER = "other"  # kept raw and counted, acted on by nobody


FROM_THE_PERSON = frozenset(
    {Signal.INTERACTION, Signal.CONTACT, Signal.NOTICE_STOPPED, Signal.NOTICE_RESUMED, Signal.UNSENT}
)


class InboundEvent(NamedTuple):
    """One item of one webhook body. A tuple: a frozen dataclass of so many fields takes several times to make.

    `occurred_at` is the platform's own time, normalised but not clamped; None when absent or unreadable.
    `key` is unique within the page: the same event delivered twice has the same key.
    """

    page_id: str
    key: str
    kind: str  # the platform's finer kind, e.g. "message_text", "reaction:react"; stable, stored, counted
    signal: Signal
    platform_contact_id: str | None  # whom it concerns: the sender, for echoes the recipient
    occurred_at: datetime | None
    raw: str  # the item as JSON text, ASCII only
    standby: bool = False  # another app owns the thread: record, never answer
    wants_answer: bool = False  # text, attachment, quick reply, button, start
    text: str | None = None
    payload: str | None = None  # of a quick reply or button
    message_id: str | None = None  # the platform's id of the message (mid), where there is one
    subject_key: str | None = None  # of an edit or removal: the key of the message it is about
    metadata: str | None = None  # echoes: what the sender of the message attached
    app_id: str | None = None  # echoes: the app that sent it; thread owner: the new owner
    message_ids: tuple[str, ...] = ()  # deliveries: the messages named
    watermark_at: datetime | None = None  # deliveries and reads: everything up to here
    topic: str | None = None  # notices: the topic stopped or resumed
    facts: Mapping[str, str] = MappingProxyType({})  # referral ref, ad id, source, product id …
    addressed_elsewhere: bool = False  # names another page than the one it arrived for: drop it, log it


@dataclass(frozen=True, slots=True)
class MalformedItem:
    """An item that could not be read. Kept and counted; it never harms its neighbours."""

    page_id: str | None
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class ParsedBody:
    events: tuple[InboundEvent, ...]
    malformed: tuple[MalformedItem, ...]


@dataclass(frozen=True, slots=True)
class QuickReply:
    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class PageFace:
    """What a platform shows of a page in one language, before anybody has written and beside what is written."""

    greeting: str
    first_questions: Sequence[QuickReply]
    menu: Sequence[QuickReply]


@dataclass(frozen=True, slots=True)
class PageProfile:
    """The faces of a page by language; `default` is for every other."""

    start_payload: str  # of the button that begins a conversation
    default: PageFace
    by_language: Mapping[str, PageFace]


@dataclass(frozen=True, slots=True)
class LinkButton:
    """A button that leads to a page of the web. One that does not is a `QuickReply` with a longer life."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to one person."""

    platform_contact_id: str
    text: str
    metadata: str  # our token; comes back in the echo and is how an unknown outcome is reconciled
    is_response: bool  # True: answers something the person wrote; False: the re-engagement
    quick_replies: Sequence[QuickReply] = ()  # gone with the next message
    buttons: Sequence[LinkButton | QuickReply] = ()  # stay with this one
    image_url: str | None = None  # with it, the text is shown as a title and what stands below it


class OutcomeKind(StrEnum):
    ACCEPTED = "accepted"  # the platform named the message
    REFUSED = "refused"  # the platform certainly did not deliver it, and said why
    NOT_SENT = "not_sent"  # certain that the whole request never left this host
    UNKNOWN = "unknown"  # anything else: never repeated


class ErrorClass(StrEnum):
    """What a refusal asks of us (platform-reference 2.5); the table is data in config/platforms.toml."""

    RETRY = "retry"
    WAIT = "wait"  # a throttle: nothing was delivered, wait
    NEVER = "never"  # never this message again
    PAUSE = "pause"  # the page is in trouble: send nothing more from it
    UNREACHABLE = "unreachable"  # this person cannot be reached: no plans until they write again
    WINDOW_CLOSED = "window_closed"  # the platform says the window is closed: correct ours
    THREAD_TAKEN = "thread_taken"  # another app or a person owns the thread
    STOPPED = "stopped"  # the person stopped this kind of message on the platform


@dataclass(frozen=True, slots=True)
class PlatformError:
    error_class: ErrorClass
    code: int | None
    subcode: int | None

    def __str__(self) -> str:
        return f"{self.code}/{self.subcode}" if self.subcode else f"{self.code}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known after one attempt. Carries no text of the platform: those may quote people."""

    kind: OutcomeKind
    detail: str  # a short word of ours: "accepted", "connect", "read_timeout", "late", "http_500", "551/1545041" …
    message_id: str | None = None
    error: PlatformError | None = None
    usage_percent: float = 0.0  # the highest of the platform's usage headers
    wait_seconds: float | None = None  # how long the platform asks us to wait
    platform_now: datetime | None = None  # its Date header, to compare clocks
    write_lag_seconds: float | None = None  # from the claim to the release of the request's body


@dataclass(frozen=True, slots=True)
class Profile:
    """What the platform tells of a person; each part may be missing, with the permission for it."""

    first_name: str | None
    last_name: str | None
    locale: str | None  # such as "en_US"
    timezone_offset_hours: float | None  # from GMT, at the moment of asking


class LateError(Exception):
    """Raised by the last check before the request's body is written: too late, nothing was delivered."""

    detail = "late"


class ClocksDisagreeError(LateError):
    """Raised by the same check: nobody can say whether it is too late."""

    detail = "clocks_disagree"
