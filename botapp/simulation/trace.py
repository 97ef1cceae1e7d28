"""What truly happened in a simulated world, told by the world itself. The oracle judges by this and nothing else.

Every `at` is true time. No production code is asked: what it believes stands in its tables, handed over as plain data.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Said(StrEnum):
    """What a person meant by an act, as the world knows it."""

    TALK = "talk"
    STOP = "stop"
    MUTE = "mute"
    START = "start"
    YES = "yes"  # to the opt-in question
    NO = "no"
    COMPLAINT = "complaint"
    PERSON = "person"  # they want one; the thread is a person's from then on
    BOT = "bot"  # they choose the bot instead
    BLOCK = "block"  # the platform refuses sends from now on; no webhook tells of it
    UNBLOCK = "unblock"
    NOTICES_STOPPED = "notices_stopped"
    NOTICES_RESUMED = "notices_resumed"
    DATA = "data"  # they want to see what is known of them
    DELETE = "delete"  # they want all of it deleted, and have said so twice; nothing undoes it
    CHOICE = "choice"  # how often, or when not
    OTHER = "other"  # a reaction, a read, an edit, …


@dataclass(frozen=True, slots=True)
class Acted:
    """A person did something on the platform. `occurred_at` is the platform's own time of it, as its webhook says."""

    at: datetime
    page_id: str
    contact_id: str  # the platform's id of the person for this page
    person: str  # the same for linked identities
    mid: str | None  # names the event in `Acknowledged` and `Stored`
    occurred_at: datetime | None
    said: Said
    opens_window: bool
    wants_answer: bool
    mute_until: datetime | None = None  # by the true clock, for MUTE with an end
    takes_back: str | None = None  # the mid of the message that they took back, their own or ours
    chosen: tuple[str, str] | None = None  # for CHOICE: what, and the choice


@dataclass(frozen=True, slots=True)
class Stored:
    """The transaction that stored these events was committed."""

    at: datetime
    mids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A delivery of these events was answered 200."""

    at: datetime
    mids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The body of a send began to leave a worker. `claimed_at`: the true instant of the commit before it."""

    at: datetime
    claimed_at: datetime
    page_id: str
    contact_id: str
    is_proactive: bool
    metadata: str
    text: str
    asked_at: datetime | None = None  # when the database was last asked whether a no has crossed; None: not asked


@dataclass(frozen=True, slots=True)
class Accepted:
    """The platform took a message. The customer sees it from now on, whatever the worker learns of it."""

    at: datetime
    page_id: str
    contact_id: str
    is_proactive: bool
    metadata: str
    confirms: Said | None = None  # STOP, MUTE, NO: the message is our word that we will be quiet


@dataclass(frozen=True, slots=True)
class Refused:
    """The platform refused a message that was written, and the worker learnt it: nothing was delivered, certainly.

    A write with neither this nor `Accepted` is lost: the worker cannot know, and must not repeat it.
    """

    at: datetime
    page_id: str
    contact_id: str
    is_proactive: bool
    metadata: str
    error: str = ""  # "551/1545041"


@dataclass(frozen=True, slots=True)
class Linked:
    """The commit by which two contacts, each (page id, contact id), became one person to us."""

    at: datetime
    first: tuple[str, str]
    second: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Erased:
    """The commit by which all that we knew of a contact was gone.

    From then on its rows are called `grave`, and who writes under `contact_id` is somebody new to us.
    """

    at: datetime
    page_id: str
    contact_id: str
    grave: str


@dataclass(frozen=True, slots=True)
class ZoneLearnt:
    """The commit by which a customer's zone became known to us. Before it, the page's zone counts."""

    at: datetime
    page_id: str
    contact_id: str
    zone: str  # an IANA name, or an offset such as "+05:30"


@dataclass(frozen=True, slots=True)
class ThreadPassed:
    """Control of the thread passed; `told_at` is when a commit of ours first knew of it (None: never told)."""

    at: datetime
    page_id: str
    contact_id: str
    to_bot: bool
    told_at: datetime | None = None
    answers: bool = False  # it was seen by what somebody else wrote to the customer


@dataclass(frozen=True, slots=True)
class Converted:
    """The commit by which a purchase was known to us, perhaps not for the first time."""

    at: datetime
    page_id: str
    contact_id: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Staffed:
    """A marketer or operator changed something; `at` is the commit.

    `what`: "campaign" (published or retired), "stop_all" and "resume_all" (the kill switch of a page, or of everything
    without `page_id`), "pause" and "unpause" (the page is in trouble, whoever noticed), "team" and "live" (the page
    writes on its own to the team's contacts, or to all), "guard" and "unguard" (a guard paused the rule of that name).
    """

    at: datetime
    page_id: str | None  # None: everything
    what: str
    name: str | None = None  # of the template or rule


@dataclass(frozen=True, slots=True)
class Capped:
    """The commit from which a page begins at most so many messages on its own in a calendar day; None: any number."""

    at: datetime
    page_id: str
    most: int | None


@dataclass(frozen=True, slots=True)
class OfTheTeam:
    """The commit by which a contact is known to be a staff member's own: a page in team mode writes to them."""

    at: datetime
    page_id: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class Unwell:
    """Something that a send or an answer needs was faulty in this interval; None: for everybody."""

    since: datetime
    until: datetime
    what: str
    page_id: str | None = None
    contact_id: str | None = None


Happening = (
    Acted
    | Stored
    | Acknowledged
    | Written
    | Accepted
    | Refused
    | Linked
    | Erased
    | ZoneLearnt
    | ThreadPassed
    | Converted
    | Staffed
    | Capped
    | OfTheTeam
    | Unwell
)


@dataclass(frozen=True, slots=True)
class HouseTold:
    """The durations and numbers that the house promises. `clock_error`: the most that any clock here is wrong by."""

    window: timedelta = timedelta(hours=24)
    send_allowance: timedelta = timedelta(minutes=5)
    cool_down: timedelta = timedelta(hours=24)
    cap_period: timedelta = timedelta(days=7)
    cap: int = 3
    ignored_cap: int = 2
    freshness: timedelta = timedelta(seconds=5)
    unasked: timedelta = timedelta(milliseconds=10)
    clock_error: timedelta = timedelta(seconds=60)
    sends_per_second: float = 20.0  # of a page, at most


@dataclass(frozen=True, slots=True)
class PageTold:
    """A page as the world set it up. Rules as plain data, so that the oracle computes due times by itself."""

    page_id: str
    zone: str
    basis: str  # "implied" or "explicit"
    anchor: str  # "latest" or "initial"


@dataclass(frozen=True, slots=True)
class RuleTold:
    """A rule as it was live from `since` until `until`."""

    page_id: str
    name: str
    since: datetime
    until: datetime | None
    priority: int
    delay: timedelta
    quiet_from: str | None = None  # "22:00", local time of the customer
    quiet_until: str | None = None
    text: str = ""  # of its template, to know a message by its words
    conditions: str = ""  # "" if it is for everybody
    at: str | None = None  # "08:00" in the customer's zone, if that comes before `delay`
    least: timedelta = timedelta(0)  # `at` does not come sooner than this
    budget: int | None = None  # at most so many for all customers, `budget_per` in total or a calendar day, week, month
    budget_per: str = "total"
    cap: int | None = None  # at most so many for one customer within `cap_within`
    cap_within: timedelta = timedelta(0)
    is_bounded: bool = False  # something that is not told here may keep it from being sent


@dataclass(frozen=True, slots=True)
class Trace:
    """A whole world, in the order in which it happened."""

    seed: int
    begins_at: datetime
    ends_at: datetime
    pages: tuple[PageTold, ...]
    rules: tuple[RuleTold, ...]
    zones: dict[tuple[str, str], str]  # (page id, contact id): the customer's zone, where it is known from the start
    happenings: tuple[Happening, ...]
    # The final rows of these tables, by column, with `page_id` and with the platform's `contact_id`. Instants are
    # aware datetimes. A row of `replies` has the `mid` that it answers, as `Acted` names it. Page entries are left out.
    reengagements: tuple[dict[str, object], ...]
    replies: tuple[dict[str, object], ...]
    ledger: tuple[dict[str, object], ...]
    house: HouseTold = HouseTold()
