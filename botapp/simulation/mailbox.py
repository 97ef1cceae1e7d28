"""One person's thread with one page, as the platform and the person keep it."""

from dataclasses import dataclass
from datetime import datetime, tzinfo


@dataclass(slots=True)
class Mailbox:
    """What both remember of it."""

    page_id: str
    contact_id: str
    person: str
    zone: tzinfo
    tells_zone: bool = False  # whether the profile shows the offset from GMT
    first_name: str | None = None
    locale: str | None = None
    opened_at: int | None = None  # of the last interaction that opened the window
    is_blocked: bool = False
    owner: str = "bot"
    last_mid: str = ""
    question: str | None = None  # the version of the last opt-in question that was shown
    believes: str = ""  # what the person last asked for: "stop", "mute" or nothing


def token_of(page_id: str) -> str:
    """The token that the platform gave to a page."""
    return f"token-{page_id}"


def page_of(token: str) -> str:
    return token.removeprefix("token-")


def offset_hours(mailbox: Mailbox, now: datetime) -> float:
    """As the platform tells it: the offset of this moment, not the zone."""
    offset = now.astimezone(mailbox.zone).utcoffset()
    return offset.total_seconds() / 3600 if offset is not None else 0.0


def offset_name(hours: float) -> str:
    minutes = abs(round(hours * 60))
    return f"{'-' if hours < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
