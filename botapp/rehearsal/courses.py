"""What became of each window, as numbers: what all customers share is counted on them, in order of time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from botapp.storage.times import from_microseconds, to_microseconds

CONTACT, BEGUN, ENDED, DEADLINE, RULE, PART = range(6)  # instants in microseconds; the rule by its place
NO_RULE = -1
_END = np.iinfo(np.int64).max


class Part(IntEnum):
    """How a window, or a message, takes part."""

    NOT_SENT = 0
    SENT = 1
    AS_IT_WAS = 2  # what was sent in silences that began before the stretch: nothing changes it


@dataclass(frozen=True, slots=True)
class Courses:
    """One row for each window, and for each message that was sent as it was."""

    rows: NDArray[np.int64]

    @staticmethod
    def of(rows: Sequence[tuple[int, ...]]) -> "Courses":
        return Courses(np.array(rows, dtype=np.int64).reshape(len(rows), PART + 1))

    @staticmethod
    def read(stored: bytes) -> "Courses":
        """What `bytes` gave another process."""
        return Courses(np.frombuffer(stored, dtype=np.int64).reshape(-1, PART + 1))

    def as_bytes(self) -> bytes:
        return self.rows.tobytes()

    @staticmethod
    def joined(parts: Iterable["Courses"]) -> "Courses":
        """All of them; of the same contact there is one part."""
        return Courses(np.concatenate([Courses.of(()).rows, *(part.rows for part in parts)]))

    def without(self, contacts: NDArray[np.int64]) -> "Courses":
        return Courses(self.rows[~np.isin(self.rows[:, CONTACT], contacts)])

    def messages(self) -> "Courses":
        """In order of time; of the same instant, by contact."""
        found = self.rows[self.rows[:, PART] != Part.NOT_SENT]
        return Courses(found[np.lexsort((found[:, CONTACT], found[:, ENDED]))])

    def part(self, part: Part) -> "Courses":
        return Courses(self.rows[self.rows[:, PART] == part])

    def of_rule(self, place: int) -> "Courses":
        return Courses(self.rows[self.rows[:, RULE] == place])

    def between(self, since: datetime, until: datetime | None) -> "Courses":
        """Of messages in order, those in [since, until)."""
        ended = self.rows[:, ENDED]
        end = _END if until is None else to_microseconds(until)
        return Courses(self.rows[np.searchsorted(ended, to_microseconds(since)) : np.searchsorted(ended, end)])

    def first_beyond(self, room: int) -> tuple[datetime, int] | None:
        """When and to whom the first of these messages would go for which there is no room; None: there is for all."""
        beyond = (np.arange(len(self.rows)) >= room) & (self.rows[:, PART] == Part.SENT)
        if not beyond.any():
            return None
        row = self.rows[int(beyond.argmax())]
        return from_microseconds(int(row[ENDED])), int(row[CONTACT])

    def first_from(self, instant: datetime | None) -> datetime | None:
        """When the first message goes at that instant or later; of all, without one."""
        place = 0 if instant is None else int(np.searchsorted(self.rows[:, ENDED], to_microseconds(instant)))
        return from_microseconds(int(self.rows[place, ENDED])) if place < len(self.rows) else None

    def touched(self, since: datetime, until: datetime | None, *, sent_only: bool) -> NDArray[np.int64]:
        """The contacts with a window that was open in [since, until), or with a message in it."""
        begun = self.rows[:, ENDED if sent_only else BEGUN]
        end = _END if until is None else to_microseconds(until)
        parts = (Part.SENT,) if sent_only else (Part.NOT_SENT, Part.SENT)
        is_open = (begun < end) & (self.rows[:, ENDED] >= to_microseconds(since))
        return np.unique(self.rows[is_open & np.isin(self.rows[:, PART], parts), CONTACT])
