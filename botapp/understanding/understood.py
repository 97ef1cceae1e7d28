"""What was understood of a message."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from botapp.understanding.calendar_time import CalendarTime
from botapp.understanding.preferences import Preference
from botapp.understanding.wishes import Wish


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood, and by which entries of our own data. Never holds the person's text."""

    wish: Wish | None = None
    language: str | None = None  # of the entry; None for buttons and for words that many languages share
    mute_for: timedelta | None = None  # with MUTE; neither this nor `mute_to`: until undone
    method: str = ""  # "keyword", "sentence", "likeness", "button", or "" when no wish was found
    evidence: str = ""
    version: str | None = None  # of the opt-in question that was answered
    mute_to: CalendarTime | None = None  # with MUTE: when by the person's own calendar
    confidence: float = 1.0
    is_ambiguous: bool = False  # a no that may not be meant, or what may be one: pause at once; a no is asked about
    also: tuple[Wish, ...] = ()  # further wishes of the same message
    preference: Preference | None = None  # with PREFERENCE

    def mute_end(self, at: datetime, zone: tzinfo) -> datetime | None:
        """The end of a mute said at an instant by a person in that zone; None for one without an end."""
        if self.mute_to is not None:
            return self.mute_to.resolve(at, zone)
        return None if self.mute_for is None else at + self.mute_for


NOTHING = Understood()
