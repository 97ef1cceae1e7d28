"""What a person's words come to, told a second time: from the set of what was delivered, so no order can matter."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

MUTE_LENGTH = timedelta(hours=5)
WINDOW = timedelta(hours=24)


class Said(Enum):
    """What can arrive of a person, as far as it matters here."""

    WORDS = auto()
    REACTION = auto()
    UNREACTION = auto()
    STOP = auto()
    STOP_IN_AN_EDIT = auto()
    START = auto()
    MUTE_FOR_A_WHILE = auto()
    MUTE = auto()
    YES = auto()
    NO = auto()
    NOTICES_STOPPED = auto()
    NOTICES_RESUMED = auto()
    ECHO_OF_THE_INBOX = auto()
    ECHO_OF_NOBODY = auto()
    ECHO_OF_OURS = auto()
    PASSED_TO_US = auto()
    TAKEN = auto()


_STOPS = (Said.STOP, Said.STOP_IN_AN_EDIT)
_INTERACTIONS = frozenset(
    {
        Said.WORDS,
        Said.REACTION,
        Said.STOP,
        Said.START,
        Said.MUTE_FOR_A_WHILE,
        Said.MUTE,
        Said.YES,
        Said.NO,
    }
)
CLOCKS_APART = timedelta(minutes=5)  # at most: the send allowance covers it
_NOT_OURS = (Said.ECHO_OF_THE_INBOX, Said.ECHO_OF_NOBODY, Said.TAKEN)
_OWNERSHIP = (*_NOT_OURS, Said.PASSED_TO_US)


@dataclass(frozen=True)
class Delivered:
    """One event, with the two instants that are known of it."""

    said: Said
    occurred_at: datetime | None  # as the platform told it; None: it did not
    received_at: datetime
    standby: bool = False

    @property
    def counts_at(self) -> datetime:
        """A clock ahead of ours lengthens nothing, and what has no time happened as late as it can have."""
        return min(self.occurred_at or self.received_at, self.received_at)

    @property
    def withdrawn_at(self) -> datetime:
        """Of a no: the platform's own time, a little late by our clock too, which may be behind."""
        return min(self.occurred_at or self.received_at, self.received_at + CLOCKS_APART)


@dataclass
class Standing:
    """One identity."""

    delivered: list[Delivered] = field(default_factory=list)
    stopped_elsewhere: list[Delivered] = field(default_factory=list)  # by another identity of the same person

    def _at(self, *said: Said) -> Iterator[datetime]:
        """When these were said, where somebody can tell."""
        return (d.counts_at for d in self.delivered if d.said in said and d.occurred_at is not None)

    def _withdrawn_at(self, *said: Said) -> Iterator[datetime]:
        """When these noes were said, or heard."""
        return (d.withdrawn_at for d in self.delivered if d.said in said)

    @property
    def interactions(self) -> list[datetime]:
        return list(self._at(*_INTERACTIONS))

    @property
    def last_interaction_at(self) -> datetime | None:
        return max(self.interactions, default=None)

    def is_stopped(self) -> bool:
        """By their own word, by that of a linked identity, or by the platform's switch."""
        elsewhere = [d.withdrawn_at for d in self.stopped_elsewhere]
        return self._is_set([*self._withdrawn_at(*_STOPS), *elsewhere], []) or self._is_set(
            self._withdrawn_at(Said.NOTICES_STOPPED), self._at(Said.NOTICES_RESUMED)
        )

    def is_muted(self, now: datetime) -> bool:
        sets = [(at, at + MUTE_LENGTH) for at in self._withdrawn_at(Said.MUTE_FOR_A_WHILE)]
        sets += [(at, datetime.max.replace(tzinfo=at.tzinfo)) for at in self._withdrawn_at(Said.MUTE)]
        if not self._is_set([at for at, _ in sets], []):
            return False
        latest = max(at for at, _ in sets)
        return now < max(until for at, until in sets if at == latest)

    def _is_set(self, sets: Iterable[datetime], lifts: Iterable[datetime]) -> bool:
        """The latest counts; at the same instant the no."""
        latest = max(sets, default=None)
        lifted = max([*lifts, *self._at(Said.START)], default=None)
        return latest is not None and (lifted is None or lifted <= latest)

    def is_consented(self, *, explicit: bool) -> bool:
        noes = [*self._withdrawn_at(*_STOPS, Said.NO), *(d.withdrawn_at for d in self.stopped_elsewhere)]
        answered = list(self._at(Said.YES))
        yeses = [*answered, *self._at(Said.START)]
        if noes and (not yeses or max(yeses) <= max(noes)):
            return False
        return bool(answered) if explicit else True

    def is_owned_by_others(self, now: datetime) -> bool:
        """Nobody's thread for a day after the last sign is ours again."""
        signs = [(d.counts_at, d.said is not Said.PASSED_TO_US) for d in self.delivered if d.said in _OWNERSHIP]
        signs += [
            (d.counts_at, True) for d in self.delivered if d.standby and d.said not in (Said.PASSED_TO_US, Said.TAKEN)
        ]
        if not signs:
            return False
        at, is_others = max(signs)
        return is_others and now < at + WINDOW
