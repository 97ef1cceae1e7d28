"""Deliveries that wait for the database anyway wait together, and are committed in one transaction."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from botapp.channels.port import ParsedBody
from botapp.conversation.receive import Receipt

_MOST_EVENTS = 100  # of one transaction; a body that has more goes alone
_PATIENCE_SECONDS = 0.05  # behind a transaction that waits for somebody's lock


@dataclass(slots=True, eq=False)
class _Delivery:
    """A body whose thread waits for what becomes of it."""

    body: ParsedBody
    received_at: datetime
    called: threading.Event = field(default_factory=threading.Event)
    group: Sequence["_Delivery"] = ()  # to take in, for whom it is their turn
    receipt: Receipt | None = None  # of the transaction that it was committed with


class Gathering:
    """Takes in deliveries, one transaction at a time; what arrives meanwhile goes with the next, all of it.

    Whoever finds nobody at it begins at once, so that a single delivery waits for nobody. A fault is nobody's but the
    body's that has it: after one, each of the group tries alone.
    """

    def __init__(
        self, receive: Callable[[ParsedBody, datetime], Receipt], patience_seconds: float = _PATIENCE_SECONDS
    ) -> None:
        self._receive = receive
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._waiting: deque[_Delivery] = deque()
        self._is_busy = False

    @property
    def waiting(self) -> int:
        """How many deliveries wait for the transaction in hand to end."""
        return len(self._waiting)

    def receive(self, body: ParsedBody, received_at: datetime) -> Receipt:
        """As `Receiver.receive`: when this returns it is committed. The receipt is that of the whole transaction."""
        mine = _Delivery(body, received_at)
        with self._lock:
            if self._is_busy:
                self._waiting.append(mine)
            else:
                self._is_busy = True
                mine.group = [mine]
        if not mine.group:
            self._await_call(mine)
        if mine.group:
            self._take_in(mine.group)
        return mine.receipt or self._receive(body, received_at)

    def _await_call(self, mine: _Delivery) -> None:
        """Until it is committed, or it is my turn. Who has waited too long goes alone, if nobody has begun with it."""
        if mine.called.wait(self._patience_seconds):
            return
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return
        mine.called.wait()

    def _take_in(self, group: Sequence[_Delivery]) -> None:
        try:
            receipt = self._receive(*_together(group))
            for delivery in group:
                delivery.receipt = receipt
        except Exception:
            if len(group) == 1:
                raise
        finally:
            self._call_next()
            for delivery in group[1:]:
                delivery.called.set()

    def _call_next(self) -> None:
        with self._lock:
            group = self._gather()
            self._is_busy = bool(group)
        if group:
            group[0].group = group
            group[0].called.set()

    def _gather(self) -> list[_Delivery]:
        group: list[_Delivery] = []
        events = 0
        while self._waiting and (not group or events + _size(self._waiting[0]) <= _MOST_EVENTS):
            group.append(self._waiting.popleft())
            events += _size(group[-1])
        return group


def _size(delivery: _Delivery) -> int:
    return len(delivery.body.events) + len(delivery.body.malformed)


def _together(group: Sequence[_Delivery]) -> tuple[ParsedBody, datetime]:
    """One body of all, which arrived when the first of them did: the earlier instant never opens a window longer."""
    if len(group) == 1:
        return group[0].body, group[0].received_at
    events = tuple(event for delivery in group for event in delivery.body.events)
    malformed = tuple(item for delivery in group for item in delivery.body.malformed)
    return ParsedBody(events, malformed), min(delivery.received_at for delivery in group)
